// A hosted zone as one process uses it: its share of what Route 53 answers the whole account.
import type { Applied, Batch } from "../model/plan.ts";
import type { NameState } from "../model/record.ts";
import type { Clock, Log, Zone } from "../ports.ts";

/** A batch that was refused as too early is sent again for so long; whoever comes after it is tried once at a time. */
const PATIENCE_MS = 8000;

/** The first wait before it, twice as long each time up to the last; by luck half or half as much again of it. */
const PAUSE_MS = 250;
const PAUSE_MAX_MS = 1000;

/** So many batches a process sends as fast as it can, and then so many a second: the other regions need theirs. */
const BURST = 5;
const PER_SECOND = 3;

/** Refusals that lie further apart are not one and the same. */
const APART_MS = 10_000;

type Busy = { sinceMs: number; lastMs: number };
type Waiting = { names: string[]; read: Promise<Map<string, NameState>> };

/**
 * Wraps a zone for a process that steers many pools at once, because Route 53 answers an account 5 to 10 times a second
 * and takes one change of a zone after another (API reference, Throttling and PriorRequestNotComplete):
 *
 * | call  | while another one of the zone is under way | answered                                             |
 * | ----- | ------------------------------------------ | ---------------------------------------------------- |
 * | read  | waits, and shares the next reading with all who wait | as one                                     |
 * | apply | waits for its turn; after {@link BURST} of them also for its time, {@link PER_SECOND} a second over all zones | busy: not applied, so it is sent again as it is, for {@link PATIENCE_MS} of refusals; else as it is |
 * | apply, its signal aborted before its turn || unsent                                                       |
 *
 * A batch that is sent again swaps the fence that was read, so it is lost like any other if somebody wrote meanwhile.
 */
export function paced(zone: Zone, { clock, log }: { clock: Clock; log: Log }): Zone {
  const turns = new Map<string, Promise<unknown>>();
  const busy = new Map<string, Busy>();
  const reading = new Map<string, Promise<unknown>>();
  const waiting = new Map<string, Waiting>();
  let nextMs = 0;

  /** A bucket of {@link BURST}: `nextMs` is when it would be full again. */
  const waitForTime = async (signal: AbortSignal | undefined): Promise<void> => {
    const nowMs = clock.nowMs();
    const dueMs = Math.max(nextMs, nowMs);
    nextMs = dueMs + 1000 / PER_SECOND;
    const waitMs = nextMs - (BURST * 1000) / PER_SECOND - nowMs;
    if (waitMs > 0) await clock.sleep(waitMs, signal);
  };

  const send = async (batch: Batch, signal: AbortSignal | undefined): Promise<Applied> => {
    let detail = "its time was over before its turn";
    for (let pauseMs = PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, PAUSE_MAX_MS)) {
      if (!signal?.aborted) await waitForTime(signal);
      if (signal?.aborted) return { kind: "unsent", detail };
      const applied = await zone.apply(batch);
      if (applied.kind !== "busy") {
        busy.delete(batch.zoneId);
        return applied;
      }
      log.info("a batch came too early", { name: batch.name, detail: applied.detail });
      const nowMs = clock.nowMs();
      const known = busy.get(batch.zoneId);
      const sinceMs = known && nowMs - known.lastMs < APART_MS ? known.sinceMs : nowMs;
      busy.set(batch.zoneId, { sinceMs, lastMs: nowMs });
      if (nowMs - sinceMs >= PATIENCE_MS) return applied;
      detail = `its time was over: ${applied.detail}`;
      await clock.sleep(pauseMs * (0.5 + clock.random()), signal);
    }
  };

  /** Whoever asks while a reading is under way is answered by the next: what was read began after it was asked for. */
  const read = (zoneId: string, names: readonly string[]): Promise<Map<string, NameState>> => {
    const under = reading.get(zoneId);
    if (!under) return readNow(zoneId, names);
    const known = waiting.get(zoneId);
    if (known) {
      known.names.push(...names);
      return known.read;
    }
    const next: Waiting = { names: [...names], read: under.then(() => readWaiting(zoneId, next)) };
    waiting.set(zoneId, next);
    return next.read;
  };
  const readWaiting = (zoneId: string, next: Waiting): Promise<Map<string, NameState>> => {
    waiting.delete(zoneId);
    return readNow(zoneId, [...new Set(next.names)]);
  };
  const readNow = (zoneId: string, names: readonly string[]): Promise<Map<string, NameState>> => {
    const read = zone.read(zoneId, names);
    const ended = read.then(
      () => undefined,
      () => undefined,
    );
    reading.set(zoneId, ended);
    void ended.then(() => {
      if (reading.get(zoneId) === ended) reading.delete(zoneId);
    });
    return read;
  };

  return {
    ...zone,
    read,
    apply: (batch, signal) => {
      const before = turns.get(batch.zoneId) ?? Promise.resolve();
      const applied = before.then(() => send(batch, signal));
      turns.set(
        batch.zoneId,
        applied.catch(() => undefined),
      );
      return applied;
    },
  };
}
