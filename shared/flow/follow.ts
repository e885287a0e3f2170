import { batchOf } from "../plan/batch.ts";
import { resendPlan } from "../plan/resend.ts";
import type { Pending } from "../ports.ts";
import { type Holding, tendConditions } from "./conditions.ts";
import type { SteerPorts } from "./decision.ts";

/** Route 53 says that changes are in all its servers within 60 s (ChangeInfo); three times that is worth a page. */
const INSYNC_LIMIT_MS = 180_000;

/** A change that Route 53 does not know after so long (a zone made anew, another account) is not followed any more. */
const FORGET_MS = 3_600_000;

/** A run asks of so many, and for so long: an account has few requests a second, and others need them more. */
const CHANGES_MAX = 10;
const TIME_MS = 10_000;
const MINUTE_MS = 60_000;

/**
 * Accepted is not served: follows this region's accepted changes to INSYNC, pages for one that is not served after three
 * minutes, and sends it again. Of many each run asks of the next {@link CHANGES_MAX}.
 */
export async function followChanges(ports: SteerPorts, signal: AbortSignal): Promise<void> {
  const { clock, store, zone, region, log } = ports;
  const startedMs = clock.nowMs();
  const goesOn = (): boolean => !signal.aborted && clock.nowMs() - startedMs < TIME_MS;
  const pending = (await store.pending()).toSorted((one, other) => one.acceptedMs - other.acceptedMs);
  const unasked = new Set(pending.map(({ name }) => name));
  const late: Pending[] = [];
  for (const change of ofThisRun(pending, startedMs)) {
    if (!goesOn()) break;
    const ageMs = clock.nowMs() - change.acceptedMs;
    const status = await zone.status(change.changeId).catch((error: unknown) => {
      log.warn("a change could not be followed", { name: change.name, changeId: change.changeId, error });
      return "unknown" as const;
    });
    if (status !== "unknown") unasked.delete(change.name);
    if (status === "unknown") {
      if (ageMs > FORGET_MS) await store.deletePending(change);
    } else if (status === "INSYNC") {
      await store.deletePending(change);
      log.info("insync", { name: change.name, changeId: change.changeId, withinMs: ageMs });
    } else if (ageMs > INSYNC_LIMIT_MS) late.push(change);
  }
  const holding = late.map((change): Holding => holdingOf(change, ports));
  const judged = (kind: string, subject: string): boolean =>
    kind === "not-insync" && subject.endsWith(`@${region}`) && !unasked.has(subject.slice(0, -region.length - 1));
  if (pending.length > 0) await tendConditions({ holding, judged, rank: 0 }, ports);
  for (const change of late) if (goesOn()) await sendAgain(change, ports, signal);
}

function ofThisRun(pending: readonly Pending[], nowMs: number): Pending[] {
  const from = pending.length > CHANGES_MAX ? (Math.floor(nowMs / MINUTE_MS) * CHANGES_MAX) % pending.length : 0;
  return [...pending.slice(from), ...pending.slice(0, from)].slice(0, CHANGES_MAX);
}

function holdingOf({ name, changeId, acceptedMs }: Pending, { region, clock }: SteerPorts): Holding {
  const ageS = Math.round((clock.nowMs() - acceptedMs) / 1000);
  const detail = `Route 53 accepted change ${changeId} of ${name} ${ageS} s ago and does not serve it everywhere yet.`;
  return { kind: "not-insync", subject: `${name}@${region}`, detail, page: true };
}

/** What stands there now is sent once more; the new change is followed instead of the old one. */
async function sendAgain(
  change: Pending,
  { config, region, clock, store, zone, log }: SteerPorts,
  signal: AbortSignal,
): Promise<void> {
  const { zoneId, name } = change;
  const pool = config.pools.find(({ id }) => id === change.pool);
  const state = pool && (await zone.read(zoneId, [name])).get(name);
  if (!state) return store.deletePending(change);
  const nowMs = clock.nowMs();
  const writer = { region, nowS: Math.floor(nowMs / 1000), nonce: clock.id() };
  const setIdentifiers = pool.members.map(({ setIdentifier }) => setIdentifier);
  const plan = resendPlan(state, writer, { owner: config.owner, pool: pool.id, setIdentifiers });
  if (!plan.fence) return;
  const applied = await zone.apply(batchOf(plan), signal);
  log.warn("sent again", { name, changeId: change.changeId, epoch: plan.fence.epoch, applied });
  if (applied.kind !== "accepted") return;
  await store.putPending({ ...change, changeId: applied.changeId, acceptedMs: nowMs });
  await store.deletePending(change);
}
