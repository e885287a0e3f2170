import { UserError } from "../shared/model/errors.ts";
import { canonicalName } from "../shared/model/record.ts";
import type { Resolved } from "../shared/model/resolved.ts";
import { namesToLookUp, resolveConfig, type ZoneLookup } from "../shared/resolve/resolve.ts";
import { isWithin } from "./embedded/route53/names.ts";
import type { Zones } from "./embedded/route53/zones.ts";

/**
 * Resolves a configuration against the embedded Route 53, in which each name gets a hosted zone if none holds it yet.
 * `deployedMs` (epoch) is the configuration's time. Throws a UserError with every fault of the configuration.
 */
export async function resolveLocally(
  config: unknown,
  zones: Zones,
  deployedMs = Date.now(),
): Promise<{ resolved: Resolved; warnings: string[] }> {
  const names = namesToLookUp(config);
  // Those of few labels first: a zone that they need may hold the longer ones.
  for (const name of names.sort((a, b) => a.split(".").length - b.split(".").length))
    if (!zones.find(name)) await zones.create({ name: zoneNameOf(name) });
  const lookUp: ZoneLookup = (name) => {
    const zone = zones.find(canonicalName(name));
    return zone ? { zoneId: zone.id } : { fault: `no hosted zone holds '${name}'` };
  };
  const result = resolveConfig(config, { cfg: Math.floor(deployedMs / 1000), zones: lookUp });
  await createNamedZones(result.resolved, zones);
  return result;
}

/** The zones that a configuration names by id are made here with that id. */
async function createNamedZones({ pools }: Resolved, zones: Zones): Promise<void> {
  const known = new Map(zones.list().map(({ id, name }) => [id, name]));
  for (const { name, zoneId } of pools.flatMap((pool) => pool.names)) {
    const zone = known.get(zoneId) ?? (await zones.create({ name: zoneNameOf(name), id: zoneId })).name;
    known.set(zoneId, zone);
    if (!isWithin(name, zone))
      throw new UserError(
        `'${name}' is given the zoneId ${zoneId}, which is the zone of '${zone}'; correct one of them`,
      );
  }
}

/** `lb.example.test` → `example.test`, `lb.example.co.uk` → `example.co.uk`. A wrong guess is only a larger zone. */
export function zoneNameOf(name: string): string {
  const labels = name.split(".").filter((label) => label !== "*");
  const [second = "", top = ""] = labels.slice(-2);
  const isSuffix = top.length === 2 && /^(ac|co|com|edu|gov|net|org)$/.test(second);
  return labels.slice(isSuffix ? -3 : -2).join(".");
}
