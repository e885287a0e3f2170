import type { Report } from "../model/report.ts";
import type { Resolved } from "../model/resolved.ts";

/** Each next region in rank waits this much longer, so that one message is sent where one is enough. */
const RANK_STEP_MS = 45_000;

/** A region is silent after three intervals without a report, at least this long. */
const SILENT_MS = 180_000;

type Heard = { config: Resolved; reports: readonly Report[]; nowMs: number };

/** How old a region's newest report is; since the deploy if it never sent one. */
function ageMs(name: string, { config, reports, nowMs }: Heard): number {
  const newest = reports.filter(({ region }) => region === name).map(({ answeredMs }) => answeredMs);
  return nowMs - Math.max(config.cfg * 1000, ...newest);
}

function limitMs({ config }: Heard): number {
  return Math.max(3 * config.intervalS * 1000, SILENT_MS);
}

/** The regions whose newest report is no older than max(3 I, 180 s), in the order of the configuration. */
export function freshRegions(heard: Heard): string[] {
  return heard.config.regions.filter((name) => ageMs(name, heard) <= limitMs(heard));
}

/** A region without a report for `silentS`; `long`: for so long that an answer to a call excuses it no more. */
export type Suspect = { region: string; silentS: number; long: boolean };

/**
 * The regions that this one should call. Age is that of a region's newest report, or of the deploy if it never sent one;
 * n is how many fresh regions stand before the judge; L is max(3 I, 180 s).
 *
 * | its newest report is older than | the judge is fresh | suspect   |
 * | ------------------------------- | ------------------ | --------- |
 * | 2 L + n · 45 s                  | yes                | yes, long |
 * | 2 L + n · 45 s                  | no: all may have stood still | yes |
 * | L + n · 45 s                    | any                | yes       |
 * | less                            | any                | no        |
 */
export function suspectRegions(input: Heard & { region: string }): Suspect[] {
  const { config, region } = input;
  const fresh = freshRegions(input);
  const rank = fresh.filter((name) => config.regions.indexOf(name) < config.regions.indexOf(region)).length;
  const [limit, waitMs] = [limitMs(input), rank * RANK_STEP_MS];
  const longMs = fresh.includes(region) ? 2 * limit + waitMs : Number.POSITIVE_INFINITY;
  return config.regions
    .filter((name) => name !== region && !fresh.includes(name))
    .map((name) => ({ name, age: ageMs(name, input) }))
    .filter(({ age }) => age > limit + waitMs)
    .map(({ name, age }) => ({ region: name, silentS: Math.round(age / 1000), long: age > longMs }));
}

/**
 * What is said of a suspect once it was called. Whoever answers calls and sends no reports for long is one vote less like
 * one that is dead: its schedule, its queue or its way into the table fails, and that region itself may not know.
 *
 * | it answers | long | silent                         |
 * | ---------- | ---- | ------------------------------ |
 * | no         | any  | yes: neither reports nor answers |
 * | yes        | yes  | yes: answers, and reports nothing |
 * | yes        | no   | no                             |
 */
export function silenceOf({ region, silentS, long }: Suspect, answers: boolean): string | undefined {
  if (!answers) return `${region} has sent no report for ${silentS} s and does not answer.`;
  if (!long) return undefined;
  return `${region} answers a call, and has sent no report for ${silentS} s: look at its schedule, its queue and its table replica.`;
}
