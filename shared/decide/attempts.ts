import type { Report } from "../model/report.ts";
import type { Answered } from "./region.ts";

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
 * The voting checks that fail now and did not in this region's previous report under the same digest: before they
 * become a vote they are asked again here. What has never been seen up from here never votes and is not asked again.
 */
export function failedAnew(
  answers: readonly Answered[],
  previous: Report | undefined,
  seen: Readonly<Record<string, number>>,
): Answered[] {
  return answers.filter(({ box, check, digest, votes, finding }) => {
    if (!votes || finding.kind !== "down" || seen[digest] === undefined) return false;
    const before = previous?.boxes[box]?.[check];
    return !(before?.digest === digest && before.finding.kind === "down");
  });
}
