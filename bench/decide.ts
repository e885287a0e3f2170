// How long deciding and planning take: verdicts, weights and plans of many pools from reports at hand, nothing read or
// written. `npm run bench:decide`.
import { choose } from "../shared/decide/choose.ts";
import { verdictsOf } from "../shared/decide/quorum.ts";
import type { ConfigInput } from "../shared/model/config.ts";
import type { Desired } from "../shared/model/plan.ts";
import type { NameState } from "../shared/model/record.ts";
import type { Report } from "../shared/model/report.ts";
import type { Pool, Resolved } from "../shared/model/resolved.ts";
import { recordsAfter, servingOf } from "../shared/plan/lead.ts";
import { plan } from "../shared/plan/plan.ts";
import { resolveConfig } from "../shared/resolve/resolve.ts";
import { machine, printTable, type Spread, spreadOf } from "./figures.ts";

const NOW_MS = 1_790_000_000_000;
const NOW_S = NOW_MS / 1000;
const BOXES_A_POOL = 100;
const ROUNDS = 15;
const LIMIT_MS = 50;
const writer = { region: "eu-west-1", nowS: NOW_S, nonce: "bench" };

/** One box in ten of each pool has failed since the last batch. */
const SHARE_DOWN = 10;

function configOf(pools: number): Resolved {
  const input: ConfigInput = {
    owner: "bench",
    home: "eu-west-1",
    regions: ["eu-west-1", "us-east-1", "ap-southeast-1"],
    allowLocal: true,
    checks: {
      web: { protocol: "http", host: "lb.example.test" },
      smtp: { protocol: "smtp" },
      imap: { protocol: "imap" },
      tls: { protocol: "tls", host: "lb.example.test" },
    },
    islands: Object.fromEntries(Array.from({ length: pools }, (_, pool) => [`i${pool}`, {}])),
    pools: Array.from({ length: pools }, (_, pool) => ({
      id: `p${pool}`,
      names: [`lb${pool}.example.test`],
      checks: ["web", "smtp", "imap", "tls"],
      loadBalancers: Array.from({ length: BOXES_A_POOL }, (_, box) => ({
        id: `b${pool}-${box}`,
        island: `i${pool}`,
        address: `10.${pool}.0.${box + 1}`,
      })),
    })),
  };
  return resolveConfig(input, { cfg: NOW_S - 3600, zones: () => ({ zoneId: "Z1" }) }).resolved;
}

function reportsOf(config: Resolved): Report[] {
  const { web } = config.checks;
  const finding = {
    kind: "down" as const,
    ms: 1,
    reason: "refused" as const,
    phase: "connect" as const,
    detail: "connection refused",
  };
  const observation = { digest: web?.digest ?? "", finding, answeredMs: NOW_MS, sinceMs: NOW_MS, successes: 0 };
  return config.regions.flatMap((region) =>
    config.asked.map((asked, shard): Report => {
      const down = Object.values(config.boxes).filter((box, at) => box.shard === shard && at % SHARE_DOWN === 0);
      const boxes = Object.fromEntries(down.map(({ id }) => [id, { web: observation }]));
      return {
        region,
        shard,
        slot: 1,
        startedMs: NOW_MS,
        answeredMs: NOW_MS,
        cfg: config.cfg,
        asked,
        blind: false,
        unreached: [],
        boxes,
        lateMs: 0,
      };
    }),
  );
}

function desiredOf(
  config: Resolved,
  pool: Pool,
  weights: Readonly<Record<string, number>>,
  memory: Desired["memory"],
): Desired {
  const [first] = pool.names;
  const records = pool.members.map(({ box, setIdentifier }) => {
    return {
      box,
      setIdentifier,
      type: "A" as const,
      value: config.boxes[box]?.address ?? "",
      weight: weights[box] ?? 0,
    };
  });
  const name = first?.name ?? "";
  return {
    owner: config.owner,
    pool: pool.id,
    name,
    zoneId: "Z1",
    ttlS: 60,
    withdraw: "weight",
    records,
    memory,
    cfg: config.cfg,
    released: [],
  };
}

/** Every pool's records and fence as its first batch leaves them. */
function standing(config: Resolved): Map<string, NameState> {
  const states = config.pools.map((pool): [string, NameState] => {
    const weights = Object.fromEntries(pool.members.map(({ box }) => [box, 1]));
    const desired = desiredOf(config, pool, weights, { open: false, left: {} });
    const bare = { zoneId: "Z1", name: desired.name, records: [] };
    const planned = plan(desired, bare, { ...writer, nowS: NOW_S - 600 }, { sawFence: false });
    const fence = planned.fence?.after;
    return [pool.id, { ...bare, records: recordsAfter(planned, bare), ...(fence ? { fence } : {}) }];
  });
  return new Map(states);
}

/** All of it once; returns how many records would change. */
function decideAll(config: Resolved, reports: readonly Report[], states: ReadonlyMap<string, NameState>): number {
  let changes = 0;
  for (const pool of config.pools) {
    const islandOf = Object.fromEntries(pool.members.map(({ box }) => [box, config.boxes[box]?.island ?? ""]));
    const state = states.get(pool.id);
    if (!state) throw new Error(`no state of ${pool.id}`);
    const serving = servingOf(state, [state], pool.members, { owner: config.owner, pool: pool.id });
    const verdicts = verdictsOf({ config, pool, reports, suspicions: [], nowMs: NOW_MS });
    const { weights, memory } = choose({
      pool,
      islandOf,
      verdicts,
      intents: new Map(),
      newest: new Map(),
      serving,
      nowS: NOW_S,
    });
    changes += plan(desiredOf(config, pool, weights, memory), state, writer, { sawFence: true }).changes.length;
  }
  return changes;
}

function measure(pools: number): { pools: number; changes: number; ms: Spread } {
  const config = configOf(pools);
  const reports = reportsOf(config);
  const states = standing(config);
  let changes = 0;
  for (let round = 0; round < 3; round++) changes = decideAll(config, reports, states);
  const times = Array.from({ length: ROUNDS }, () => {
    const startedMs = performance.now();
    decideAll(config, reports, states);
    return performance.now() - startedMs;
  });
  return { pools, changes, ms: spreadOf(times) };
}

const results = [25, 50, 100].map(measure);
console.log(
  `${machine()}; pools of ${BOXES_A_POOL} load balancers with four checks, one in ten down; ${ROUNDS} rounds, ms.\n`,
);
printTable([
  ["load balancers", "records changed", "min", "median", "p95", "max"],
  ...results.map(({ pools, changes, ms }) => [
    `${pools * BOXES_A_POOL}`,
    `${changes}`,
    ...[ms.min, ms.median, ms.p95, ms.max].map((value) => value.toFixed(1)),
  ]),
]);
const [quarter, , all] = results;
const ratio = (all?.ms.median ?? Number.NaN) / (quarter?.ms.median ?? Number.NaN);
console.log(`four times as many take ${ratio.toFixed(1)} times as long; at most ${LIMIT_MS} ms is asked of 10,000`);
console.log(JSON.stringify({ bench: "decide", machine: machine(), results }));
process.exitCode = (all?.ms.median ?? Number.POSITIVE_INFINITY) <= LIMIT_MS ? 0 : 1;
