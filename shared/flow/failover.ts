import { messageOf } from "../model/errors.ts";
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
import { tellFrozen } from "./tell-frozen.ts";

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
    return steerAll({ pools: woken }, ports, signal);
  };
  if (event.kind === "operate") return operate(event, ports, wake, signal);
  if (event.kind === "wake") {
    await wake(event.boxes);
    return undefined;
  }
  // What hangs in one of them keeps nobody from being withdrawn.
  const besides = [
    guarded(log, "accepted changes could not be followed", followChanges(ports, signal)),
    guarded(log, "the regions could not be watched", watchPeers(ports, signal)),
  ];
  const minute = Math.floor(event.scheduledMs / MINUTE_MS);
  try {
    if (await isOurTurn(minute, ports)) {
      besides.push(guarded(log, "names elsewhere could not be told of", tellFollowed(ports)));
      await steerAll({ pools: config.pools, minute }, ports, signal);
    }
  } finally {
    await Promise.all(besides);
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

/** `minute`: of a reconcile, which reads all names and tells what others have left untold. */
async function steerAll(
  { pools, minute }: { pools: readonly Pool[]; minute?: number },
  ports: SteerPorts,
  signal: AbortSignal,
): Promise<void> {
  const { config, region, log, store } = ports;
  // The zone first, the evidence after it: what is decided rests on evidence at least as new as the fence it swaps.
  const { states, unread } = await readZones(pools, ports, signal);
  if (minute !== undefined && unread.size === 0)
    await guarded(log, "the turn could not be noted: another region will read as well", store.putTurn(minute));
  const evidence = await readEvidence(ports);
  const readable = pools.filter(({ names }) => names.every(({ zoneId }) => !unread.has(zoneId)));
  const order = fromOwnShare(readable, config.regions.indexOf(region) / config.regions.length);
  const failed: unknown[] = [];
  const [steered] = await Promise.all([
    Promise.all(order.map((pool) => steer({ pool, states, evidence, inTurn: minute !== undefined }, ports, signal))),
    tellUnread(pools, unread, ports).catch((error: unknown) => failed.push(error)),
    minute === undefined ? undefined : tellFrozen(evidence, ports).catch((error: unknown) => failed.push(error)),
  ]);
  failed.push(...steered.flatMap((one) => one.failed));
  const unmoved = steered.flatMap((one) => one.unmoved ?? []);
  if (minute !== undefined) failed.push(...(await catchUp(unmoved, ports, signal)));
  for (const error of failed) log.error("a pool could not be steered", { error });
  const lost = [...unread.values(), ...failed];
  if (lost.length === 0) return;
  const why = [...new Set(lost.map(messageOf))].join("; ");
  throw new AggregateError(lost, `${lost.length} of the zones or pools could not be read or steered: ${why}`);
}

/** Regions that steer the same pools at once begin each at its own share of them, so that they seldom meet at a name. */
function fromOwnShare(pools: readonly Pool[], share: number): Pool[] {
  const from = Math.floor(Math.max(0, share) * pools.length);
  return [...pools.slice(from), ...pools.slice(0, from)];
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
    const why = messageOf(error);
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
