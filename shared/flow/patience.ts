import { SoftError } from "../model/errors.ts";
import type { Clock } from "../ports.ts";

/** Times that a writer who lost to another, or was told to wait, reads and plans again. */
export const ROUNDS = 6;
const BACKOFF_MS = 150;
/**
 * No round begins later than this: the last one may wait 4 s, read for 5 s and write two names after another for 5 s each
 * where Route 53 hangs, and within Lambda's 30 s it must still be told that nothing could be written. What comes too early
 * is sent again until the signal aborts, at the longest.
 */
export const ROUNDS_MS = 6000;
/** What fails for longer is told; a call that hangs is not made twice, because Lambda would end before the second. */
const PATIENCE_MS = 5000;

/** Waits before an attempt, the first of which is 0: twice as long each time, by luck half or half as much again of it. */
export function backOff(attempt: number, clock: Clock, signal: AbortSignal): Promise<void> {
  return clock.sleep(BACKOFF_MS * 2 ** (attempt - 1) * (0.5 + clock.random()), signal);
}

/**
 * Reads, and reads again while that fails softly and {@link PATIENCE_MS} have not passed: Route 53 throttles a whole
 * account, so what one run cannot read another one can a moment later. Rejects with what the last attempt threw.
 */
export async function patiently<T>(read: () => Promise<T>, clock: Clock, signal: AbortSignal): Promise<T> {
  const startedMs = clock.nowMs();
  for (let attempt = 1; ; attempt++) {
    try {
      return await read();
    } catch (error) {
      const late = clock.nowMs() - startedMs >= PATIENCE_MS;
      if (!(error instanceof SoftError) || late || attempt >= ROUNDS || signal.aborted) throw error;
    }
    await backOff(attempt, clock, signal);
  }
}
