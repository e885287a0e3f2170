// When a failure is asked again, and what the attempts come to. Rooms: model.
import type { Finding } from "../model/finding.ts";

/** Attempts start at least this far apart, so that a moment's loss is not three failures. */
export const ATTEMPT_GAP_MS = 500;

/**
 * When the attempts of a confirmation start (epoch ms): the first now, the last no earlier than `lastStartMs`, evenly
 * spread and never closer than {@link ATTEMPT_GAP_MS}.
 *
 * | now | lastStartMs | count | starts            |
 * | --- | ----------- | ----- | ----------------- |
 * | 0   | 3000        | 3     | 0, 1500, 3000     |
 * | 0   | 0 or past   | 3     | 0, 500, 1000      |
 * | 0   | 3000        | 1     | 3000              |
 */
export function attemptStarts(nowMs: number, lastStartMs: number, count: number): number[] {
  if (count === 1) return [Math.max(nowMs, lastStartMs)];
  const last = Math.max(lastStartMs, nowMs + ATTEMPT_GAP_MS * (count - 1));
  return Array.from({ length: count }, (_, index) => nowMs + ((last - nowMs) * index) / (count - 1));
}

/**
 * What the attempts of a confirmation come to. A fault of ours among them never makes a box down.
 *
 * | attempts                          | finding              |
 * | --------------------------------- | -------------------- |
 * | one is up                         | that one             |
 * | none is up, one is unknown        | the last unknown one |
 * | all are down                      | the last             |
 * | there is none                     | unknown              |
 */
export function confirm(attempts: readonly Finding[]): Finding {
  const up = attempts.find(({ kind }) => kind === "up");
  const unknown = attempts.findLast(({ kind }) => kind === "unknown");
  return up ?? unknown ?? attempts.at(-1) ?? { kind: "unknown", detail: "no attempt was made" };
}
