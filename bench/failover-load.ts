// The other side of bench/failover.ts, in a process of its own: the load balancers, and the client that asks DNS.
import { createSocket } from "node:dgram";
import { decode, encode } from "dns-packet";
import { type DemoServer, startDemoServer } from "../local/demo-servers.ts";

export type Way = "refused" | "hang" | "http 500";
export type Lane = {
  name: string;
  addresses: string[];
  victim: string;
  way: Way;
  failInMs: number;
  mendAfterMs: number;
};
export type Order =
  | { kind: "boxes"; addresses: string[]; ports: { http: number; tcp: number } }
  | { kind: "run"; dnsPort: number; lanes: Lane[]; giveUpMs: number };
/** Epoch ms. `firstMissMs`: of the run of answers without the address, the first; `lastSeenMs`: the last with it. */
export type LaneResult = {
  name: string;
  way: Way;
  victim: string;
  failedMs: number;
  lastSeenMs: number;
  settledMs: number | undefined;
  mendedMs: number;
  backMs: number | undefined;
};
export type Told = { kind: "ready" } | { kind: "done"; results: LaneResult[]; asked: number; lost: number };

const ASK_EVERY_MS = 25;
const AILMENTS = { refused: "kill", hang: "hang", "http 500": "500" } as const;

const boxes = new Map<string, DemoServer>();

process.on("message", (order: Order) => {
  const work = order.kind === "boxes" ? startBoxes(order) : run(order);
  work.then(tell, (error: unknown) => {
    console.error(error);
    process.exit(1);
  });
});

async function startBoxes({ addresses, ports }: Extract<Order, { kind: "boxes" }>): Promise<Told> {
  for (const address of addresses) boxes.set(address, await startDemoServer(address, ports));
  return { kind: "ready" };
}

type Watch = { lane: Lane; result: LaneResult; missing: number; phase: "before" | "out" | "mended" | "done" };

async function run({ dnsPort, lanes, giveUpMs }: Extract<Order, { kind: "run" }>): Promise<Told> {
  const socket = createSocket({ type: "udp4", recvBufferSize: 1 << 20 });
  const watches = lanes.map(
    (lane): Watch => ({
      lane,
      missing: 0,
      phase: "before",
      result: {
        name: lane.name,
        way: lane.way,
        victim: lane.victim,
        failedMs: 0,
        lastSeenMs: 0,
        settledMs: undefined,
        mendedMs: 0,
        backMs: undefined,
      },
    }),
  );
  let asked = 0;
  let answered = 0;
  socket.on("message", (packet) => {
    answered++;
    const message = decode(packet);
    const watch = watches[message.id ?? -1];
    const answer = message.answers?.find(({ type }) => type === "A");
    if (watch && answer?.type === "A") note(watch, answer.data === watch.lane.victim);
  });
  const timer = setInterval(() => {
    for (const [id, { lane }] of watches.entries()) {
      asked++;
      socket.send(encode({ type: "query", id, questions: [{ type: "A", name: lane.name }] }), dnsPort, "127.0.0.1");
    }
  }, ASK_EVERY_MS);
  const scripts = watches.map((watch) => script(watch, giveUpMs));
  await Promise.all(scripts);
  clearInterval(timer);
  socket.close();
  await Promise.all([...boxes.values()].map((box) => box.close()));
  return { kind: "done", results: watches.map(({ result }) => result), asked, lost: asked - answered };
}

/** K answers in a row without the address: by chance less than once in 10^9 while it still has its third. */
const SETTLED = Math.ceil(Math.log(1e-9) / Math.log(1 - 1 / 3));

function note(watch: Watch, hit: boolean): void {
  const now = Date.now();
  const { result } = watch;
  if (watch.phase === "out") {
    if (hit) Object.assign(result, { lastSeenMs: now, settledMs: undefined });
    watch.missing = hit ? 0 : watch.missing + 1;
    if (watch.missing >= SETTLED) result.settledMs ??= now;
  }
  if (watch.phase === "mended" && hit && result.settledMs !== undefined) {
    result.backMs = now;
    watch.phase = "done";
  }
}

async function script(watch: Watch, giveUpMs: number): Promise<void> {
  const { lane, result } = watch;
  const box = boxes.get(lane.victim);
  if (!box) throw new Error(`no load balancer at ${lane.victim}`);
  await sleep(lane.failInMs);
  result.failedMs = Date.now();
  result.lastSeenMs = result.failedMs;
  watch.phase = "out";
  await box.set(AILMENTS[lane.way]);
  await sleep(lane.mendAfterMs);
  result.mendedMs = Date.now();
  watch.phase = "mended";
  await box.set("mend");
  while (watch.phase === "mended" && Date.now() - result.mendedMs < giveUpMs) await sleep(50);
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function tell(told: Told): void {
  process.send?.(told);
  if (told.kind === "done") process.disconnect();
}
