// How long a dead load balancer stays in DNS, measured from outside: 36 pools of three, each fails one box once, at a
// random moment of a minute, twelve in each of three ways. `npm run bench:failover -- --interval 30`.
import { fork } from "node:child_process";
import { once } from "node:events";
import { parseArgs } from "node:util";
import { seededRandom } from "../local/random.ts";
import { startService } from "../local/service.ts";
import { createServer } from "node:net";
import type { ConfigInput } from "../shared/model/config.ts";
import { predictWorstCase } from "../shared/schedule/predict.ts";
import type { Lane, LaneResult, Order, Told, Way } from "./failover-load.ts";
import { machine, printTable, type Spread, spreadOf } from "./figures.ts";

const LANES = 36;
const SPAN_MS = 60_000;
const WAYS: readonly Way[] = ["refused", "hang", "http 500"];

const { values } = parseArgs({
  options: { interval: { type: "string", default: "10" }, seed: { type: "string", default: "1" } },
});
const intervalS = Number(values.interval) as 10 | 30;
const random = seededRandom(Number(values.seed));

const load = fork(new URL("failover-load.ts", import.meta.url), { stdio: "inherit" });
const order = async (what: Order): Promise<Told> => {
  load.send(what);
  const [told] = (await once(load, "message")) as [Told];
  return told;
};

const ports = { http: await freePort(), tcp: await freePort() };
const addresses = Array.from({ length: LANES }, (_, lane) => [1, 2, 3].map((box) => `127.1.${lane + 1}.${box}`));
await order({ kind: "boxes", addresses: addresses.flat(), ports });

const accepted = new Map<string, number[]>();
const startedMs = performance.now();
const service = await startService({
  config: configOf(),
  seed: Number(values.seed),
  onEvent: (event) => {
    if (event.kind !== "log") return;
    const line: { message?: string; name?: string; changes?: number; applied?: { kind: string } } = JSON.parse(
      event.line,
    );
    if (line.message !== "batch" || !line.name || line.applied?.kind !== "accepted" || !line.changes) return;
    accepted.set(line.name, [...(accepted.get(line.name) ?? []), Date.now()]);
  },
});
const readyMs = performance.now() - startedMs;
// Every region must have seen every box up once before anything fails: first contact.
await new Promise((resolve) => setTimeout(resolve, 2 * intervalS * 1000 + 3000));
const worst = predictWorstCase(service.config);
const mendAfterMs = Math.round(worst.hangS * 1000 + 6000);
const lanes = addresses.map((set, index): Lane => {
  const victim = set[Math.floor(random() * set.length)] ?? "";
  return {
    name: nameOf(index),
    addresses: set,
    victim,
    way: WAYS[index % WAYS.length] ?? "hang",
    failInMs: Math.floor(random() * SPAN_MS),
    mendAfterMs,
  };
});
const told = await order({
  kind: "run",
  dnsPort: service.addresses.dns,
  lanes,
  giveUpMs: 3 * intervalS * 1000 + 15_000,
});
await service.close();
if (told.kind === "done") print(told.results, told.asked, told.lost);

function print(results: LaneResult[], asked: number, lost: number): void {
  console.log(
    `\nInterval ${intervalS} s, ${service.config.regions.length} regions, quorum ${service.config.quorum}; ${LANES} pools of three, each failing one box once.`,
  );
  console.log(
    `${machine()}; DNS asked ${asked} times, ${lost} without an answer; service ready after ${Math.round(readyMs)} ms.`,
  );
  console.log(
    "Seconds. out: failure to the last answer with the address; batch: failure to Route 53's acceptance; back: mended to the first answer.",
  );
  const rows = WAYS.map((way) => {
    const own = results.filter((result) => result.way === way);
    const settled = own.filter(({ settledMs }) => settledMs !== undefined);
    const out = spreadOf(settled.map(({ failedMs, lastSeenMs }) => (lastSeenMs - failedMs) / 1000));
    const batch = spreadOf(settled.flatMap(({ name, failedMs }) => firstAfter(name, failedMs)));
    const back = spreadOf(
      own.flatMap(({ mendedMs, backMs }) => (backMs === undefined ? [] : [(backMs - mendedMs) / 1000])),
    );
    const predicted = way === "hang" ? worst.hangS : worst.refusedS;
    return { way, missed: own.length - settled.length, out, batch, back, predicted };
  });
  printTable([
    [
      "failure",
      "n",
      "missed",
      "out min",
      "med",
      "p95",
      "max",
      "batch max",
      "predicted",
      "back min",
      "med",
      "p95",
      "max",
    ],
    ...rows.map(({ way, missed, out, batch, back, predicted }) => [
      way,
      `${out.n}`,
      `${missed}`,
      ...seconds(out),
      batch.max.toFixed(2),
      predicted.toFixed(2),
      ...seconds(back),
    ]),
  ]);
  console.log(
    JSON.stringify({
      bench: "failover",
      intervalS,
      machine: machine(),
      readyMs: Math.round(readyMs),
      asked,
      lost,
      rows,
    }),
  );
}

function seconds({ min, median, p95, max }: Spread): string[] {
  return [min, median, p95, max].map((value) => value.toFixed(2));
}

function firstAfter(name: string, failedMs: number): number[] {
  const at = accepted.get(name)?.find((ms) => ms >= failedMs);
  return at === undefined ? [] : [(at - failedMs) / 1000];
}

function nameOf(lane: number): string {
  return `lb${lane}.example.test`;
}

function configOf(): ConfigInput {
  return {
    owner: "bench",
    home: "eu-west-1",
    regions: ["eu-west-1", "us-east-1", "ap-southeast-1"],
    intervalS,
    allowLocal: true,
    canaries: [{ address: addresses[0]?.[0] ?? "", port: ports.tcp }],
    checks: { web: { protocol: "http", port: ports.http, host: "lb.example.test", contains: "ok" } },
    islands: Object.fromEntries(addresses.flatMap((_, lane) => [1, 2, 3].map((box) => [`i${lane}-${box}`, {}]))),
    pools: addresses.map((set, lane) => ({
      id: `pool${lane}`,
      names: [nameOf(lane)],
      checks: ["web"],
      restore: { afterS: 10, successes: 1 },
      loadBalancers: set.map((address, box) => ({
        id: `lb${lane}-${box + 1}`,
        island: `i${lane}-${box + 1}`,
        address,
      })),
    })),
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address ? address.port : 0;
}
