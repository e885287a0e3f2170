import type { Answered } from "../decide/region.ts";
import type { Finding } from "../model/finding.ts";
import type { Report } from "../model/report.ts";
import type { Resolved } from "../model/resolved.ts";
import type { History } from "../ports.ts";

const MINUTE_MS = 60_000;

/** What stands in a history where there is no latency. */
const DOWN = -1;
const UNKNOWN = -2;

/** By box: the strictest restore rule of the pools that it serves. */
export function restoreRules(config: Resolved): Map<string, { afterS: number; successes: number }> {
  const rules = new Map<string, { afterS: number; successes: number }>();
  for (const { members, restore } of config.pools) {
    for (const { box } of members) {
      const other = rules.get(box) ?? { afterS: 0, successes: 0 };
      const successes = Math.max(other.successes, restore.successes);
      rules.set(box, { afterS: Math.max(other.afterS, restore.afterS), successes });
    }
  }
  return rules;
}

/**
 * The latencies of the first pass of a minute, all boxes in one item; undefined for the minute's later passes.
 *
 * | finding | blind slot | else                   |
 * | ------- | ---------- | ---------------------- |
 * | up      | -2         | its ms, rounded        |
 * | down    | -2         | -1                     |
 * | unknown | -2         | -2                     |
 *
 * So the time in which a region saw nothing is no outage of anybody's when the history is read later.
 */
export function historyOf(
  report: Report,
  answers: readonly Answered[],
  previous: Report | undefined,
): History | undefined {
  const minute = Math.floor(report.startedMs / MINUTE_MS);
  if (previous && Math.floor(previous.startedMs / MINUTE_MS) === minute) return undefined;
  const ms: History["ms"] = {};
  for (const { box, check, finding } of answers) {
    const row = (ms[box] ??= {});
    row[check] = report.blind ? UNKNOWN : valueOf(finding);
  }
  return { region: report.region, shard: report.shard, minute, ms };
}

function valueOf(finding: Finding): number {
  if (finding.kind === "up") return Math.round(finding.ms);
  return finding.kind === "down" ? DOWN : UNKNOWN;
}
