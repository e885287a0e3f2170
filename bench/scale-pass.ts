// One region's slots of a full shard with the real flow and the real probes, in a process of its own so that its memory
// and descriptors are what the invocation needs. The other regions and the table are fakes that note the time.
import { readdirSync } from "node:fs";
import { once } from "node:events";
import { probeSlot } from "../shared/flow/probe.ts";
import type { Check } from "../shared/model/check.ts";
import type { ConfigInput } from "../shared/model/config.ts";
import type { Finding } from "../shared/model/finding.ts";
import type { Resolved } from "../shared/model/resolved.ts";
import type { Ask } from "../shared/model/suspicion.ts";
import type { Store, Voters } from "../shared/ports.ts";
import { createProber } from "../shared/probe/probes.ts";
import { resolveConfig } from "../shared/resolve/resolve.ts";
import { systemClock } from "../shared/runtime/clock.ts";
import { createFakeLog, createFakeWake } from "../tests/fakes/ports.ts";
import { createFakeTable } from "../tests/fakes/store.ts";
import { addressesOf, type Ready } from "./scale-boxes.ts";

export type Order = { boxes: number; slots: number; ready: Ready };
/** Milliseconds since the slot began; undefined: it did not happen. */
export type Slot = {
  firstPassMs: number;
  asksSentMs: number | undefined;
  asks: number;
  suspectsAsked: number;
  suspicionMs: number | undefined;
  doneMs: number;
  /** This process's own, user and system: what a busy machine does not change. */
  cpuMs: number;
  down: number;
  unknown: number;
};
export type Result = { slots: Slot[]; maxRssMb: number; maxDescriptors: number };

const REGIONS = ["eu-west-1", "eu-central-1", "us-east-1"];
const REGION = "eu-west-1";
/** Route 53 takes this many records of one name and type. */
const POOL = 100;
const CALL_MS = 400;

function configOf({ boxes, ready }: Order): Resolved {
  const { ports } = ready;
  const addresses = addressesOf(boxes);
  const loadBalancers = addresses.map((address, index) => ({ id: `lb${index}`, island: `i${index >> 1}`, address }));
  const input: ConfigInput = {
    owner: "bench",
    home: REGION,
    regions: REGIONS,
    allowLocal: true,
    canaries: [{ address: "127.0.0.1", port: ready.canary }],
    checks: {
      web: { protocol: "http", port: ports.http, host: "lb.example.test" },
      greeting: { protocol: "tcp", port: ports.tcp, script: [{ expect: "SSH-2.0-" }] },
      smtp: { protocol: "smtp", port: ports.smtp, host: "lb.example.test" },
      imap: { protocol: "imap", port: ports.imap, host: "lb.example.test" },
    },
    islands: Object.fromEntries(loadBalancers.map(({ island }) => [island, {}])),
    pools: Array.from({ length: Math.ceil(boxes / POOL) }, (_, pool) => ({
      id: `pool${pool}`,
      names: [`lb${pool}.example.test`],
      checks: ["web", "greeting", "smtp", "imap"],
      loadBalancers: loadBalancers.slice(pool * POOL, (pool + 1) * POOL),
    })),
  };
  return resolveConfig(input, { cfg: 1, zones: () => ({ zoneId: "Z1" }), examples: true }).resolved;
}

async function measure(config: Resolved, store: Store, slot: number): Promise<Slot> {
  const { prober, seen } = watchedProber();
  const startedMs = performance.now();
  const since = (): number => Math.round(performance.now() - startedMs);
  const asks: { ms: number; ask: Ask }[] = [];
  const voters: Voters = {
    async ask(region, ask) {
      asks.push({ ms: since(), ask });
      // As another region would: its attempts take as long as ours.
      await systemClock.sleep(CALL_MS + ask.lastStartInMs + 2500);
      const finding: Finding = { kind: "down", ms: 2500, reason: "timeout", phase: "connect", detail: "gone" };
      return { region, votes: ask.suspects.map((one) => ({ ...one, region, finding, answeredMs: Date.now() })) };
    },
    async ping() {},
  };
  let suspicionMs: number | undefined;
  const watched: Store = {
    ...store,
    async putSuspicion(suspicion) {
      await store.putSuspicion(suspicion);
      suspicionMs = since();
    },
  };
  const ports = {
    config,
    region: REGION,
    clock: systemClock,
    store: watched,
    prober,
    voters,
    wake: createFakeWake(),
    log: createFakeLog(),
  };
  const before = process.cpuUsage();
  const message = { kind: "slot" as const, slot, shard: 0, dueMs: Date.now() };
  await probeSlot(message, ports, new AbortController().signal);
  const { user, system } = process.cpuUsage(before);
  const findings = [...seen.values()];
  return {
    firstPassMs: Math.round(Math.max(...findings.map(({ ms }) => ms)) - startedMs),
    asksSentMs: asks.length === 0 ? undefined : Math.max(...asks.map(({ ms }) => ms)),
    asks: asks.length,
    suspectsAsked: asks.reduce((sum, { ask }) => sum + ask.suspects.length, 0),
    suspicionMs,
    doneMs: since(),
    cpuMs: Math.round((user + system) / 1000),
    down: findings.filter(({ finding }) => finding.kind === "down").length,
    unknown: findings.filter(({ finding }) => finding.kind === "unknown").length,
  };
}

/** The real one; of each question the first answer and when it came (performance.now). */
function watchedProber() {
  const prober = createProber();
  const seen = new Map<string, { ms: number; finding: Finding }>();
  const probe = async (check: Check, address: string, signal: AbortSignal): Promise<Finding> => {
    const key = `${address} ${check.protocol}`;
    const isFirst = !seen.has(key);
    const started = { ms: 0, finding: { kind: "unknown" as const, detail: "under way" } };
    if (isFirst && address !== "127.0.0.1") seen.set(key, started);
    const finding = await prober.probe(check, address, signal);
    if (seen.get(key) === started) seen.set(key, { ms: performance.now(), finding });
    return finding;
  };
  return { prober: { probe }, seen };
}

if (process.send) {
  process.on("disconnect", () => process.exit());
  // The parent's one message.
  const [order] = (await once(process, "message")) as [Order];
  const config = configOf(order);
  const store = createFakeTable({ share: true }).storeFor(REGION);
  // First contact was made long ago, else nobody would be suspected.
  await store.putSeen(Object.fromEntries(Object.values(config.checks).map(({ digest }) => [digest, 1])));
  let maxDescriptors = 0;
  const sampler = setInterval(() => {
    maxDescriptors = Math.max(maxDescriptors, readdirSync("/proc/self/fd").length);
  }, 50);
  const slots: Slot[] = [];
  for (let slot = 0; slot < order.slots; slot++) slots.push(await measure(config, store, slot));
  clearInterval(sampler);
  const result: Result = { slots, maxRssMb: Math.round(process.resourceUsage().maxRSS / 1024), maxDescriptors };
  process.send(result);
}
