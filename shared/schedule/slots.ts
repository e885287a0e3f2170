// Phases, slots, and what a fire of the Scheduler must enqueue. Pure; names no other room. All times in epoch ms.

/** A message this late is stale even at an interval of 1 s. */
const STALE_MS = 2000;
const MINUTE_MS = 60_000;

export type Lane = { regionIndex: number; regions: number; intervalMs: number; shard: number; shards: number };

/**
 * Where in the interval a region probes a shard: region k of R at k·I/R, shard s of n another s·I/(R·n) later, so that
 * no two probe at once. Whole milliseconds, in [0, I).
 */
export function phaseMs({ regionIndex, regions, intervalMs, shard, shards }: Lane): number {
  return Math.floor(((regionIndex * shards + shard) * intervalMs) / (regions * shards));
}

/** The slot at hand: floor((now − phase) / I). */
export function slotAt(nowMs: number, phaseMs: number, intervalMs: number): number {
  return Math.floor((nowMs - phaseMs) / intervalMs);
}

/** When a slot is due. */
export function dueMs(slot: number, phaseMs: number, intervalMs: number): number {
  return slot * intervalMs + phaseMs;
}

/** Far more than a fire plans ahead, and far less than what lies between the counts of two intervals: months. */
const COUNT_MS = 3_600_000;

/**
 * The slot that a message is for. After a deploy with another interval the queue still holds messages for two minutes that
 * were counted by the old one: by a shorter one their numbers are greater than all that are to come, and once one of them
 * was reported nobody would ever report again.
 *
 * | its number is of a time  | the slot                  |
 * | ------------------------ | ------------------------- |
 * | about when it is due     | the number                |
 * | an hour or more from that | the one it is due in, by the present interval |
 */
export function slotOf(message: { slot: number; dueMs: number }, phaseMs: number, intervalMs: number): number {
  const awayMs = Math.abs(dueMs(message.slot, phaseMs, intervalMs) - message.dueMs);
  return awayMs < COUNT_MS ? message.slot : slotAt(message.dueMs, phaseMs, intervalMs);
}

/** Whoever gets a slot's message later than max(I, 2 s) drops it: the next one is due already. */
export function isStale({ nowMs, dueMs, intervalMs }: { nowMs: number; dueMs: number; intervalMs: number }): boolean {
  return nowMs - dueMs > Math.max(intervalMs, STALE_MS);
}

export type Fire = {
  /** The minute T that the fire is for, from the Scheduler's payload. */
  scheduledMs: number;
  nowMs: number;
  intervalMs: number;
  phaseMs: number;
  /** The newest slot of this shard that has a report; undefined when there never was one. */
  reportedSlot: number | undefined;
};

export type FirePlan = {
  /** To be waited before enqueueing, in [0, 1000): afterwards every delay is exact in whole seconds. */
  waitMs: number;
  enqueue: { slot: number; dueMs: number; delayS: number }[];
  /** The slot that the fire itself must probe, because nothing else did. */
  probeNow?: number;
};

/**
 * What a fire must do. The Scheduler fires at any second of its minute, twice or not at all, so a fire never sets the
 * time of a probe: it plans. `h` is the slot at hand, `r` the newest reported one.
 *
 * | slots                               | r ≥ h − 1 | r < h − 1 or none          |
 * | ----------------------------------- | --------- | -------------------------- |
 * | before h (more than I past)         | left out  | left out                   |
 * | reported (≤ r)                      | left out  | left out                   |
 * | h, at most I/2 old, due < T + 60 s  | left out  | enqueued, no delay         |
 * | h, more than I/2 old                | probed    | probed                     |
 * | after h, due < T + 60 s             | left out  | enqueued                   |
 * | due in [T + 60 s, T + 120 s)        | enqueued  | enqueued                   |
 * | due from T + 120 s on               | left out  | left out                   |
 *
 * A slot that the fire probes is not enqueued as well. A fire so late that h is due after T + 60 s enqueues h. After a
 * missed fire, one in the first I of its minute sees h − 1 reported and cannot know: that minute's slots may be lost.
 */
export function planFire({ scheduledMs, nowMs, intervalMs, phaseMs, reportedSlot }: Fire): FirePlan {
  const reported = reportedSlot ?? Number.NEGATIVE_INFINITY;
  const atHand = slotAt(nowMs, phaseMs, intervalMs);
  const ageMs = nowMs - dueMs(atHand, phaseMs, intervalMs);
  const probeNow = reported < atHand && ageMs > intervalMs / 2 ? atHand : undefined;
  const waitMs = modulo(phaseMs - nowMs, 1000);

  // A payload from the future (a skewed clock) must not reach back further than its own minute.
  const thisMinute = Math.max(atHand, slotAt(scheduledMs, phaseMs, intervalMs));
  const nextMinute = firstDueFrom(scheduledMs + MINUTE_MS, phaseMs, intervalMs);
  const end = firstDueFrom(scheduledMs + 2 * MINUTE_MS, phaseMs, intervalMs);
  const gap = reported < atHand - 1;

  const enqueue: FirePlan["enqueue"] = [];
  for (let slot = gap ? thisMinute : nextMinute; slot < end; slot += 1) {
    if (slot <= reported || slot === probeNow) continue;
    const due = dueMs(slot, phaseMs, intervalMs);
    enqueue.push({ slot, dueMs: due, delayS: Math.max(0, Math.round((due - nowMs - waitMs) / 1000)) });
  }
  return { waitMs, enqueue, ...(probeNow === undefined ? {} : { probeNow }) };
}

/** The first slot due at or after a time. */
function firstDueFrom(timeMs: number, phaseMs: number, intervalMs: number): number {
  return Math.ceil((timeMs - phaseMs) / intervalMs);
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}
