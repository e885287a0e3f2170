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

/** The regions whose newest report is no older than max(3 I, 180 s), in the order of the configuration. */
export function freshRegions(heard: Heard): string[] {
  const limitMs = Math.max(3 * heard.config.intervalS * 1000, SILENT_MS);
  return heard.config.regions.filter((name) => ageMs(name, heard) <= limitMs);
}

/**
 * The regions that this one should ping and announce as silent. Age is that of a region's newest report, or of the
 * deploy if it never sent one.
 *
 * | its newest report is older than     | rank of the judge among the fresh | silent |
 * | ----------------------------------- | --------------------------------- | ------ |
 * | max(3 I, 180 s)                     | 0                                 | yes    |
 * | max(3 I, 180 s) + n · 45 s          | n                                 | yes    |
 * | less                                | any                               | no     |
 */
export function silentRegions(input: Heard & { region: string }): { region: string; silentS: number }[] {
  const { config, region } = input;
  const fresh = freshRegions(input);
  const rank = fresh.filter((name) => config.regions.indexOf(name) < config.regions.indexOf(region)).length;
  return config.regions
    .filter((name) => name !== region && !fresh.includes(name))
    .map((name) => ({ region: name, ageMs: ageMs(name, input) }))
    .filter((one) => one.ageMs > Math.max(3 * config.intervalS * 1000, SILENT_MS) + rank * RANK_STEP_MS)
    .map((one) => ({ region: one.region, silentS: Math.round(one.ageMs / 1000) }));
}
