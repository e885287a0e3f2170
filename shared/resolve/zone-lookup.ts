// Which of an account's hosted zones holds a name. Pure; needs model.
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
    const holding = zones.filter((zone) => !zone.private && (name === zone.name || name.endsWith(`.${zone.name}`)));
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
