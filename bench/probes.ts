// What a probe costs: CPU (this process's own, user and system), beside node:http, undici and node:net in the same run,
// and whether 100,000 of them leave anything behind. `npm run bench:probes`, with `-- --quick` a tenth of it, with
// `-- --only tcp` (or http, others, leaks) a part.
import { fork } from "node:child_process";
import { getEventListeners, once } from "node:events";
import { readdirSync } from "node:fs";
import { parseArgs } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { machine, printTable, type Spread, spreadOf } from "./figures.ts";
import { type Asking, leakMix, others, rivals } from "./probes-kinds.ts";
import type { Ports } from "./probes-servers.ts";

/** A probe may cost this much more than the best of its rivals. */
const MOST = 1.25;

const { values } = parseArgs({ options: { quick: { type: "boolean", default: false }, only: { type: "string" } } });
const ROUNDS = values.quick ? 5 : 9;
const PROBES = values.quick ? 500 : 2000;
const WARM_UP = values.quick ? 1500 : 6000;
const OTHERS = values.quick ? 200 : 500;
const LEAK_RUN = values.quick ? 10_000 : 100_000;
const LEAK_IN_FLIGHT = 200;
const PER_SECOND = 500;
const SCHEDULED = values.quick ? 250 : 1000;

/** One way of asking so many probes. Milliseconds of wall time are what it returns. */
type Pace = { name: string; run: (ask: Asking, count: number) => Promise<number>; count: number };
const paces: Pace[] = [
  { name: "50 in flight", run: inFlight(50), count: PROBES },
  { name: "200 in flight", run: inFlight(200), count: PROBES },
  { name: `${PER_SECOND}/s`, run: onSchedule, count: SCHEDULED },
];

type Cost = { cpuUs: number[]; perSecond: number[] };
type Row = { pace: string; kind: string; cpuUs: Spread; perSecond: number; perSecondAndCore: number; ratio?: number };

setFlagsFromString("--expose-gc");
// The flag above makes V8 put this function into every new context.
const collectGarbage = runInNewContext("gc") as () => void;

const servers = fork(new URL("probes-servers.ts", import.meta.url), { stdio: ["ignore", "inherit", "inherit", "ipc"] });
// The first message is what the file's last line sends.
const [ports] = (await once(servers, "message")) as [Ports];
try {
  console.log(`${machine()}; ${ROUNDS} rounds of ${PROBES} probes each, everything on the loopback interface.`);
  const rows: Row[] = [];
  for (const [protocol, kinds] of Object.entries(rivals(ports))) {
    if (!isWanted(protocol)) continue;
    for (const pace of paces) rows.push(...compare(pace.name, await measure(kinds, pace, ROUNDS)));
  }
  for (const [kind, ask] of Object.entries(isWanted("others") ? others(ports) : {})) {
    const cost = await measure({ [kind]: ask }, { name: "50 in flight", run: inFlight(50), count: OTHERS }, 5);
    rows.push(...compare("50 in flight", cost));
  }
  if (rows.length > 0) print(rows);
  const leaks = isWanted("leaks") ? await leakRun(ports) : undefined;
  console.log(JSON.stringify({ bench: "probes", machine: machine(), mostRatio: MOST, rows, leaks }));
} finally {
  servers.kill();
}

function isWanted(part: string): boolean {
  return values.only === undefined || values.only === part;
}

function inFlight(workers: number) {
  return async (ask: Asking, count: number): Promise<number> => {
    const startedMs = performance.now();
    let left = count;
    const worker = async (): Promise<void> => {
      while (left-- > 0) await ask();
    };
    await Promise.all(Array.from({ length: workers }, worker));
    return performance.now() - startedMs;
  };
}

/** Evenly, whether or not the ones before have come back. */
async function onSchedule(ask: Asking, count: number): Promise<number> {
  const startedMs = performance.now();
  const asked: Promise<void>[] = [];
  while (asked.length < count) {
    const due = Math.min(count, Math.floor(((performance.now() - startedMs) * PER_SECOND) / 1000));
    while (asked.length < due) asked.push(ask());
    await pause(2);
  }
  await Promise.all(asked);
  return performance.now() - startedMs;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Turn about, each round beginning with another kind, so that whatever else the machine does meets all alike. */
async function measure(kinds: Record<string, Asking>, pace: Pace, rounds: number): Promise<Map<string, Cost>> {
  const entries = Object.entries(kinds);
  const costs = new Map<string, Cost>(entries.map(([kind]) => [kind, { cpuUs: [], perSecond: [] }]));
  for (const [, ask] of entries) await inFlight(50)(ask, pace.count === OTHERS ? OTHERS : WARM_UP);
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < entries.length; turn++) {
      const [kind, ask] = entries[(round + turn) % entries.length] ?? [];
      const cost = costs.get(kind ?? "");
      if (!ask || !cost) continue;
      // Nobody pays for what another one left lying about.
      collectGarbage();
      await pause(20);
      const before = process.cpuUsage();
      const ms = await pace.run(ask, pace.count);
      const { user, system } = process.cpuUsage(before);
      cost.cpuUs.push((user + system) / pace.count);
      cost.perSecond.push((pace.count * 1000) / ms);
    }
  }
  return costs;
}

/** The first kind is ours: its ratio is to the cheapest of the others. */
function compare(pace: string, costs: Map<string, Cost>): Row[] {
  const rows = [...costs].map(([kind, { cpuUs, perSecond }]): Row => {
    const spread = spreadOf(cpuUs);
    return {
      pace,
      kind,
      cpuUs: spread,
      perSecond: Math.round(spreadOf(perSecond).median),
      perSecondAndCore: Math.round(1e6 / spread.median),
    };
  });
  const [own, ...rest] = rows;
  if (own && rest.length > 0) own.ratio = own.cpuUs.median / Math.min(...rest.map(({ cpuUs }) => cpuUs.median));
  return rows;
}

function print(rows: readonly Row[]): void {
  console.log(
    "\nCPU per probe in µs: median, least and most of the rounds. /s: as it went. /s/core: a million over the µs.",
  );
  printTable([
    ["", "pace", "µs", "min", "max", "/s", "/s/core", "× best"],
    ...rows.map(({ kind, pace, cpuUs, perSecond, perSecondAndCore, ratio }) => [
      kind,
      pace,
      ...[cpuUs.median, cpuUs.min, cpuUs.max].map((us) => us.toFixed(0)),
      `${perSecond}`,
      `${perSecondAndCore}`,
      ratio?.toFixed(2) ?? "",
    ]),
  ]);
  const ratios = rows.flatMap(({ ratio }) => ratio ?? []);
  if (ratios.length === 0) return;
  const verdict = ratios.every((ratio) => ratio <= MOST) ? "Within" : "NOT within";
  console.log(`${verdict} ${MOST} × of the best everywhere; the worst is ${Math.max(...ratios).toFixed(2)} ×.`);
}

type Held = { descriptors: number; resources: Record<string, number>; heapKb: number };

/** What the process holds. Linux only has the folder of descriptors. */
function held(): Held {
  collectGarbage();
  const resources: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1;
  return {
    descriptors: process.platform === "linux" ? readdirSync("/proc/self/fd").length : Number.NaN,
    resources,
    heapKb: Math.round(process.memoryUsage().heapUsed / 1024),
  };
}

async function leakRun(ports: Ports) {
  const caller = new AbortController();
  const mix = leakMix(ports, caller.signal);
  const found: Record<string, number> = {};
  let next = 0;
  const worker = async (until: number): Promise<void> => {
    while (next < until) {
      const ask = mix[next++ % mix.length];
      const kind = (await ask?.())?.kind ?? "none";
      found[kind] = (found[kind] ?? 0) + 1;
    }
  };
  const run = (until: number) => Promise.all(Array.from({ length: LEAK_IN_FLIGHT }, () => worker(until)));
  // The first tenth makes what stays for good: contexts, shapes, the pools of Node.
  await run(LEAK_RUN / 10);
  await pause(500);
  const before = held();
  const startedMs = performance.now();
  await run(LEAK_RUN);
  await pause(500);
  const after = held();
  const listeners = getEventListeners(caller.signal, "abort").length;
  const took = ((performance.now() - startedMs) / 1000).toFixed(1);
  console.log(
    `\n${LEAK_RUN} probes of ${mix.length} kinds, ${LEAK_IN_FLIGHT} in flight, ${took} s: ${JSON.stringify(found)}`,
  );
  console.log(`Before, after ${LEAK_RUN / 10}: ${JSON.stringify(before)}`);
  console.log(`After all: ${JSON.stringify(after)}; listeners on the caller's signal: ${listeners}`);
  return { probes: LEAK_RUN, found, before, after, listeners };
}
