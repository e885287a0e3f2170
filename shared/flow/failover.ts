import type { FailoverEvent } from "../model/failover-call.ts";
import type { NameState } from "../model/record.ts";
import type { OperateOutcome } from "../model/operate.ts";
import type { Pool } from "../model/resolved.ts";
import type { Log } from "../ports.ts";
import { catchUp } from "./after.ts";
import { type Holding, tendConditions } from "./conditions.ts";
import { readEvidence, type SteerPorts } from "./decision.ts";
import { tellFollowed } from "./follows.ts";
import { followChanges } from "./follow.ts";
import { operate } from "./operate.ts";
import { patiently } from "./patience.ts";
import { watchPeers } from "./peers.ts";
import { steer } from "./steer.ts";

const MINUTE_MS = 60_000;

/**
 * What failover does whenever it is called, whoever called: reads the zone and the evidence anew, and steers each pool
 * concerned. A wake concerns the pools of its boxes; a reconcile every pool, when it is this region's turn to read. What
 * an operator orders comes here as well, because this function alone may write DNS.
 */
export async function failover(
  event: FailoverEvent,
  ports: SteerPorts,
  signal: AbortSignal,
): Promise<OperateOutcome | undefined> {
  const { config, log } = ports;
  const wake = (boxes: readonly string[]): Promise<void> => {
    const woken = config.pools.filter(({ members }) => members.some(({ box }) => boxes.includes(box)));
    return steerAll(woken, "wake", ports, signal);
  };
  if (event.kind === "operate") return operate(event, ports, wake, signal);
  if (event.kind === "wake") {
    await wake(event.boxes);
    return undefined;
  }
  await Promise.all([
    guarded(log, "accepted changes could not be followed", followChanges(ports)),
    guarded(log, "the regions could not be watched", watchPeers(ports, signal)),
  ]);
  const minute = Math.floor(event.scheduledMs / MINUTE_MS);
  if (await isOurTurn(minute, ports)) {
    await guarded(log, "names elsewhere could not be told of", tellFollowed(ports));
    await steerAll(config.pools, "reconcile", ports, signal);
    await ports.store.putTurn(minute);
  }
  return undefined;
}

/** Regions take turns by the minute; whoever sees that nobody has read for a whole minute steps in. */
async function isOurTurn(minute: number, { config, region, store, log }: SteerPorts): Promise<boolean> {
  const index = config.regions.indexOf(region);
  if (minute % config.regions.length === index) return true;
  const turns = await store.turns(config.regions).catch((error: unknown) => {
    log.warn("the turns could not be read; reading the zone out of turn", { error });
    return {};
  });
  return Math.max(0, ...Object.values(turns)) < minute - 1;
}

async function steerAll(
  pools: readonly Pool[],
  why: "wake" | "reconcile",
  ports: SteerPorts,
  signal: AbortSignal,
): Promise<void> {
  // The zone first, the evidence after it: what is decided rests on evidence at least as new as the fence it swaps.
  const { states, unread } = await readZones(pools, ports, signal);
  const evidence = await readEvidence(ports);
  const readable = pools.filter(({ names }) => names.every(({ zoneId }) => !unread.has(zoneId)));
  const steered = await Promise.allSettled([
    ...readable.map((pool) => steer({ pool, states, evidence }, ports, signal)),
    tellUnread(pools, unread, ports),
  ]);
  const unmoved = steered.flatMap((result) => (result.status === "fulfilled" ? (result.value ?? []) : []));
  const caughtUp = await Promise.allSettled(why === "reconcile" ? [catchUp(unmoved, ports, signal)] : []);
  const failed = [...steered, ...caughtUp].flatMap((result) =>
    result.status === "rejected" ? [result.reason as unknown] : [],
  );
  for (const error of failed) ports.log.error("a pool could not be steered", { error });
  const lost = [...unread.values(), ...failed];
  if (lost.length > 0) throw new AggregateError(lost, `${lost.length} zones or pools could not be read or steered`);
}

/** Every zone at once; one that cannot be read keeps only its own pools from being steered. */
async function readZones(pools: readonly Pool[], { zone, log, clock }: SteerPorts, signal: AbortSignal) {
  const byZone = Map.groupBy(
    pools.flatMap(({ names }) => names),
    ({ zoneId }) => zoneId,
  );
  const states = new Map<string, NameState>();
  const unread = new Map<string, unknown>();
  const readOne = async (zoneId: string, names: readonly string[]): Promise<void> => {
    await patiently(() => zone.read(zoneId, names), clock, signal).then(
      (read) => read.forEach((state, name) => states.set(name, state)),
      (error: unknown) => {
        log.error("a zone could not be read; nothing in it is changed", { zoneId, error });
        unread.set(zoneId, error);
      },
    );
  };
  await Promise.all([...byZone].map(([zoneId, names]) => readOne(zoneId, [...new Set(names.map(({ name }) => name))])));
  return { states, unread };
}

/** Unreadable is not empty: nothing changes, and it is told. */
async function tellUnread(
  pools: readonly Pool[],
  unread: ReadonlyMap<string, unknown>,
  ports: SteerPorts,
): Promise<void> {
  const zones = new Set(pools.flatMap(({ names }) => names.map(({ zoneId }) => zoneId)));
  const holding = [...unread].map(([zoneId, error]): Holding => {
    const names = pools.flatMap((pool) => pool.names.filter((one) => one.zoneId === zoneId).map(({ name }) => name));
    const why = error instanceof Error ? error.message : String(error);
    const detail = `Zone ${zoneId} (${names.slice(0, 5).join(", ")}${names.length > 5 ? " and more" : ""}): ${why}`;
    return { kind: "unreadable", subject: `zone ${zoneId}`, detail, page: true };
  });
  const judged = (kind: string, subject: string): boolean =>
    kind === "unreadable" && zones.has(subject.slice("zone ".length));
  await tendConditions({ holding, judged, rank: 0 }, ports);
}

async function guarded(log: Log, message: string, work: Promise<void>): Promise<void> {
  await work.catch((error: unknown) => log.error(message, { error }));
}
