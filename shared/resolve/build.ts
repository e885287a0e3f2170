// A faultless configuration as the functions get it. Pure; needs model.
import { type Check, isNamed } from "../model/check.ts";
import type { Config } from "../model/config.ts";
import { canonicalName } from "../model/record.ts";
import type { Box, Pool, Resolved } from "../model/resolved.ts";
import { digestOf } from "../model/digest.ts";
import { firstName, type ZoneLookup } from "./draft.ts";

/** A pass over this many boxes with four checks each fits one Lambda. */
export const SHARD_BOXES = 500;

/** @throws nothing: `judge` has found no fault in `config`. */
export function build(config: Config, cfg: number, zones: ZoneLookup): Resolved {
  const checks = resolveChecks(config);
  const boxes = resolveBoxes(config);
  const shards = Math.ceil(Object.keys(boxes).length / SHARD_BOXES);
  const rest: Omit<Resolved, "digest" | "cfg"> = {
    version: 1,
    owner: config.owner,
    ...(config.contact === undefined ? {} : { contact: config.contact }),
    ...(config.probeHeader === undefined ? {} : { probeHeader: config.probeHeader }),
    home: config.home,
    regions: config.regions,
    intervalS: config.intervalS,
    quorum: config.quorum ?? Math.floor(config.regions.length / 2) + 1,
    shards,
    confirm: { attempts: config.confirm.attempts, spreadMs: Math.round(config.confirm.spreadS * 1000) },
    canaries: config.canaries,
    ...(config.resolvers === undefined ? {} : { resolvers: config.resolvers }),
    ...(config.heartbeat ? { heartbeat: true } : {}),
    checks,
    islands: config.islands,
    boxes,
    pools: config.pools.map((pool) => resolvePool(pool, zones)),
    ...(config.zen === undefined ? {} : { zen: config.zen }),
    asked: Array.from({ length: shards }, (_, shard) => digestOf(questions(boxes, checks, shard))),
  };
  return { ...rest, digest: digestOf(rest), cfg };
}

function resolveChecks(config: Config): Resolved["checks"] {
  const entries = Object.entries(config.checks).map(([name, given]) => {
    const check = withHost(
      given,
      config.pools.find((pool) => pool.checks.includes(name)),
    );
    // Whether it votes is not part of what is asked: a switch of it must not make the evidence unknown.
    const { votes: _, ...asked } = check;
    return [name, { check, digest: digestOf(asked) }] as const;
  });
  return Object.fromEntries(entries);
}

function withHost(check: Check, pool: Config["pools"][number] | undefined): Check {
  const host = pool && firstName(pool)[0];
  return isNamed(check) && check.host === undefined && host !== undefined ? { ...check, host } : check;
}

/** By id in code unit order, which is also the order of the shards. */
function resolveBoxes(config: Config): Record<string, Box> {
  const boxes = new Map<string, Omit<Box, "shard">>();
  for (const pool of config.pools)
    for (const { id, island, address, address6, vips } of pool.loadBalancers) {
      const known = boxes.get(id);
      const checks = new Set([...(known?.checks ?? []), ...pool.checks]);
      const behind = [...new Set([...(known?.vips ?? []), ...vips])].toSorted();
      const nat = behind.length === 0 ? {} : { vips: behind };
      // `judge` lets no two differ, so whichever pool gives it gives it to all.
      const six = address6 ?? known?.address6;
      boxes.set(id, {
        id,
        island,
        address,
        ...(six === undefined ? {} : { address6: six }),
        ...nat,
        checks: [...checks].toSorted(),
      });
    }
  const sorted = [...boxes.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return Object.fromEntries(sorted.map((box, index) => [box.id, { ...box, shard: Math.floor(index / SHARD_BOXES) }]));
}

function resolvePool(pool: Config["pools"][number], zones: ZoneLookup): Pool {
  return {
    id: pool.id,
    mode: pool.mode,
    ttlS: pool.ttlS,
    withdraw: pool.withdraw,
    names: pool.names.map((entry) => resolveName(entry, zones)),
    checks: pool.checks,
    members: pool.loadBalancers.map(({ id, setIdentifier, weight }) => ({
      box: id,
      setIdentifier: setIdentifier ?? id,
      weight,
    })),
    floor: pool.floor,
    restore: pool.restore,
    ...(pool.follows.length === 0 ? {} : { follows: pool.follows.map(canonicalName) }),
  };
}

function resolveName(
  entry: Config["pools"][number]["names"][number],
  zones: ZoneLookup,
): { name: string; zoneId: string } {
  if (typeof entry !== "string") return { name: canonicalName(entry.name), zoneId: entry.zoneId };
  const name = canonicalName(entry);
  const zone = zones(name);
  return { name, zoneId: "fault" in zone ? "" : zone.zoneId };
}

/** The whole list of questions of a shard, in an order that nothing but its content decides. */
function questions(boxes: Record<string, Box>, checks: Resolved["checks"], shard: number): string[][] {
  return Object.values(boxes)
    .filter((box) => box.shard === shard)
    .flatMap(({ id, address, checks: names }) => names.map((name) => [id, address, name, checks[name]?.digest ?? ""]))
    .toSorted((a, b) => (a.join(" ") < b.join(" ") ? -1 : 1));
}
