// Which of an account's hosted zones holds a name. Pure; needs model.
import type { Resolved } from "../model/resolved.ts";
import type { HostedZone } from "../model/survey.ts";
import type { ZoneLookup } from "./draft.ts";

/**
 * The public zone of the longest name that holds a name, which DNS would ask.
 *
 * | zones that hold it      | of the longest name | look-up                  |
 * | ----------------------- | ------------------- | ------------------------ |
 * | none                    |                     | a fault                  |
 * | some                    | one                 | that one                 |
 * | some                    | several             | a fault: which is meant? |
 */
export function lookUpIn(zones: readonly HostedZone[]): ZoneLookup {
  return (name) => {
    const holding = zones.filter((zone) => !zone.private && isWithin(name, zone.name));
    const length = Math.max(0, ...holding.map((zone) => zone.name.length));
    const [first, ...more] = holding.filter((zone) => zone.name.length === length);
    if (!first)
      return { fault: `'${name}' is in no public hosted zone of this account; make the zone, or correct the name` };
    if (more.length === 0) return { zoneId: first.id };
    const ids = [first, ...more].map(({ id }) => id).join(" and ");
    return {
      fault: `'${first.name}' has several hosted zones, ${ids}; say which one the registrar names: { name: '${name}', zoneId: … }`,
    };
  };
}

/** Why a name cannot be in the hosted zone whose id is given for it: a sentence for each such name. */
export function judgeZoneIds({ pools }: Resolved, zones: readonly HostedZone[]): string[] {
  return pools.flatMap(({ id, names }) =>
    names.flatMap(({ name, zoneId }) => {
      const zone = zones.find((one) => one.id === zoneId);
      if (!zone)
        return [
          `pools: ${id}: '${name}' is given the zoneId ${zoneId}, which is no hosted zone of this account; correct it`,
        ];
      if (zone.private)
        return [`pools: ${id}: '${name}' is given the zoneId ${zoneId}, which is a private zone; give the public one`];
      return isWithin(name, zone.name)
        ? []
        : [
            `pools: ${id}: '${name}' is given the zoneId ${zoneId}, which is the zone of '${zone.name}'; correct one of them`,
          ];
    }),
  );
}

function isWithin(name: string, zone: string): boolean {
  return name === zone || name.endsWith(`.${zone}`);
}
