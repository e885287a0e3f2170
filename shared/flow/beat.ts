import type { Report } from "../model/report.ts";
import type { Heartbeat } from "../ports.ts";

const MINUTE_MS = 60_000;

/**
 * Tells the outside watcher that this region lives, after a slot whose report is written: shard 0 speaks for all, and a
 * minute's first slot for the minute.
 *
 * | shard | report | the last report is of this minute | beats |
 * | ----- | ------ | --------------------------------- | ----- |
 * | 0     | sees   | no, or there is none              | yes   |
 * | 0     | sees   | yes                               | no    |
 * | 0     | blind  | any                               | no    |
 * | other | any    | any                               | no    |
 */
export async function beatAfter(
  report: Report,
  previous: Report | undefined,
  heartbeat: Heartbeat | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (!heartbeat || report.shard !== 0 || report.blind || minuteOf(report) === minuteOf(previous)) return;
  await heartbeat.beat(signal);
}

function minuteOf(report: Report | undefined): number | undefined {
  return report && Math.floor(report.startedMs / MINUTE_MS);
}
