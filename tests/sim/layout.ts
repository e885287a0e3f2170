// What a world consists of, drawn from its seed: regions, islands, load balancers, pools, rules.
import type { ConfigInput } from "../../shared/model/config.ts";
import type { Resolved } from "../../shared/model/resolved.ts";
import { resolveConfig } from "../../shared/resolve/resolve.ts";
import type { Chance } from "./chance.ts";

/** The hosted zones of every world, by id. */
export const ZONES = { Z1: "example.com", Z2: "example.org" } as const;

const REGIONS = ["eu-west-1", "us-east-1", "ap-southeast-1", "eu-central-1", "us-west-2"] as const;
const NAMES = [
  { name: "lb.example.com", zoneId: "Z1" },
  { name: "example.com", zoneId: "Z1" },
  { name: "www.example.org", zoneId: "Z2" },
] as const;
const SECOND_NAMES = [{ name: "mail.example.com", zoneId: "Z1" }] as const;

type BoxInput = ConfigInput["pools"][number]["loadBalancers"][number];
type PoolInput = ConfigInput["pools"][number];

/** A configuration; the electorate is of three regions more often than not. */
export function drawConfig(chance: Chance): ConfigInput {
  const regions = REGIONS.slice(0, chance.of([1, 2, 3, 3, 3, 3, 3, 3, 4, 5]));
  const islands = ["north", "south", "west"].slice(0, chance.of([1, 2, 2, 2, 2, 3]));
  const boxes = drawBoxes(chance, islands);
  const checks: ConfigInput["checks"] = {
    web: { protocol: "http", host: "lb.example.com", timeoutMs: 2500 },
    ...(chance.is(0.5) ? { mail: { protocol: "tcp", port: 25, timeoutMs: 2500 } } : {}),
    ...(chance.is(0.15) ? { ssh: { protocol: "tcp", port: 22, votes: false, timeoutMs: 2500 } } : {}),
  };
  const first = drawPool(chance, "web", NAMES.slice(0, chance.of([1, 1, 1, 2, 3])), boxes, Object.keys(checks));
  const second = drawPool(chance, "post", SECOND_NAMES, chance.some(boxes, 0.7), ["web"]);
  const twoPools = chance.is(0.2) && second.loadBalancers.some(({ weight = 1 }) => weight > 0);
  return {
    owner: "acme",
    home: "eu-west-1",
    regions: [...regions],
    intervalS: chance.of([20, 30, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60]),
    ...(chance.is(0.1) ? { quorum: regions.length } : {}),
    checks,
    islands: Object.fromEntries(islands.map((island) => [island, {}])),
    pools: twoPools ? [first, second] : [first],
  };
}

function drawBoxes(chance: Chance, islands: readonly string[]): BoxInput[] {
  const perIsland = chance.of([1, 1, 2, 2, 2, 3]);
  return islands.flatMap((island, at) =>
    Array.from({ length: perIsland }, (_, index): BoxInput => {
      const number = at * perIsland + index + 1;
      const weight = chance.of([1, 1, 1, 1, 2, 10, 0]);
      return { id: `lb${number}`, island, address: `4.${at + 1}.0.${number}`, weight: number === 1 ? 1 : weight };
    }),
  );
}

function drawPool(
  chance: Chance,
  id: string,
  names: readonly { name: string; zoneId: string }[],
  loadBalancers: BoxInput[],
  checks: string[],
): PoolInput {
  const total = weightsOf(loadBalancers);
  return {
    id,
    mode: chance.is(0.05) ? "observe" : "active",
    names: names.map((name) => ({ ...name })),
    withdraw: chance.is(0.2) ? "delete" : "weight",
    checks,
    floor: {
      count: loadBalancers.length > 2 && chance.is(0.25) ? 2 : 1,
      weight: chance.is(0.05) ? Math.min(3, total) : 0,
    },
    restore: {
      mode: chance.is(0.08) ? "manual" : "auto",
      afterS: chance.of([60, 60, 60, 0, 120]),
      successes: chance.of([3, 3, 3, 1]),
      damping: !chance.is(0.2),
      ...(chance.is(0.15) ? { ramp: { percent: chance.of([[25], [10, 50]]), everyS: chance.of([60, 120, 300]) } } : {}),
    },
    loadBalancers,
  };
}

function weightsOf(loadBalancers: readonly BoxInput[]): number {
  return loadBalancers.reduce((sum, { weight = 1 }) => sum + weight, 0);
}

/** What a next deploy changes. The first of the names is never given up, so that the judges can go on. */
export function changeConfig(chance: Chance, input: ConfigInput): { input: ConfigInput; says: string } {
  const next = structuredClone(input);
  const [pool] = next.pools;
  const what = chance.of(["path", "member", "weight", "floor", "ttl", "fewer"] as const);
  if (!pool) return { input: next, says: "nothing" };
  const last = pool.loadBalancers.at(-1);
  switch (what) {
    case "path":
      next.checks["web"] = {
        protocol: "http",
        host: "lb.example.com",
        path: chance.is(0.25) ? "/wrong" : `/v${chance.whole(2, 9)}`,
        timeoutMs: 2500,
      };
      break;
    case "member": {
      const number = 20 + chance.whole(0, 9);
      const fresh = { id: `lb${number}`, island: last?.island ?? "north", address: `4.9.0.${number}`, weight: 1 };
      if (!pool.loadBalancers.some(({ id }) => id === fresh.id)) pool.loadBalancers.push(fresh);
      break;
    }
    case "weight":
      if (last) last.weight = chance.whole(1, 5);
      // A floor that a pool could no longer reach would be refused; pools share load balancers.
      for (const { floor, loadBalancers } of next.pools)
        if (floor) floor.weight = Math.min(floor.weight ?? 0, weightsOf(loadBalancers));
      break;
    case "floor":
      pool.floor = { count: Math.min(pool.loadBalancers.length, 2), weight: 0 };
      break;
    case "ttl":
      pool.ttlS = pool.ttlS === 30 ? 60 : 30;
      break;
    case "fewer":
      if (pool.loadBalancers.length > 2 && pool.floor?.weight === 0) pool.loadBalancers.pop();
      break;
    default:
      return what satisfies never;
  }
  return { input: next, says: `a change of ${what}` };
}

export function resolveAt(input: ConfigInput, cfgS: number): Resolved {
  return resolveConfig(input, { cfg: cfgS, zones: () => ({ zoneId: "Z1" }) }).resolved;
}
