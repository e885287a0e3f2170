import { describe, expect, it } from "vitest";
import { LONG_DOWN_MS, leftToOthers, votesIn } from "../../../shared/decide/turns.ts";
import type { Finding } from "../../../shared/model/finding.ts";
import type { Observation, Report } from "../../../shared/model/report.ts";
import { resolveConfig } from "../../../shared/resolve/resolve.ts";
import { base, env } from "../resolve/base.ts";

const { resolved: config } = resolveConfig(base(), env);
const [here = "", second = "", third = ""] = config.regions;
const box = Object.keys(config.boxes)[0] ?? "";
const check = config.boxes[box]?.checks.find((name) => config.checks[name]?.check.votes) ?? "";
const digest = config.checks[check]?.digest ?? "";
const NOW = 100_000_000;
/** When everybody asked last, and was answered that it was down. */
const ANSWERED = NOW - 1000;
const down: Finding = { kind: "down", ms: 1, reason: "refused", phase: "connect", detail: "refused" };

function report(
  region: string,
  finding: Finding | undefined,
  sinceMs = ANSWERED - LONG_DOWN_MS,
  over: Partial<Observation> = {},
): Report {
  const observation = finding && { digest, finding, answeredMs: ANSWERED, sinceMs, successes: 0, ...over };
  const boxes: Report["boxes"] = observation ? { [box]: { [check]: observation } } : {};
  return {
    region,
    shard: 0,
    slot: 1,
    startedMs: 0,
    answeredMs: ANSWERED,
    cfg: 1,
    asked: "a",
    blind: false,
    unreached: [],
    boxes,
    lateMs: 0,
  };
}

function left(previous: Report | undefined, others: readonly Report[], slot = 1): string[] {
  return [...leftToOthers({ config, region: here, shard: 0, slot, previous, others }).keys()];
}

describe("leftToOthers", () => {
  const longDown = [report(second, down), report(third, down)];
  it.each([
    ["down everywhere for 10 min, another region's turn", report(here, down), longDown, 1, [box]],
    ["the same in this region's own turn", report(here, down), longDown, config.regions.length * 7, []],
    ["down here for less than 10 min", report(here, down, ANSWERED - LONG_DOWN_MS + 1), longDown, 1, []],
    [
      "down there for less than 10 min",
      report(here, down),
      [report(second, down), report(third, down, NOW - 1)],
      1,
      [],
    ],
    [
      "found down for less than 10 min, and by nobody since",
      report(here, down, NOW - LONG_DOWN_MS, { answeredMs: NOW - 240_000 }),
      longDown,
      1,
      [],
    ],
    ["settled up in one region", report(here, down), [report(second, down), report(third, undefined)], 1, []],
    ["one region is silent", report(here, down), [report(second, down)], 1, []],
    ["up here", report(here, undefined), longDown, 1, []],
    ["no report yet", undefined, longDown, 1, []],
    ["down under an older definition", report(here, down, 0, { digest: "old" }), longDown, 1, []],
  ])("%s", (_row, previous, others, slot, expected) => expect(left(previous, others, slot)).toEqual(expected));

  it("carries on what was said last and marks it", () => {
    const found = leftToOthers({
      config,
      region: here,
      shard: 0,
      slot: 1,
      previous: report(here, down),
      others: longDown,
    });
    expect(found.get(box)?.[check]).toMatchObject({ finding: down, answeredMs: ANSWERED, turn: true });
  });
});

describe("votesIn", () => {
  const ageMs = Math.max(2.5 * config.intervalS * 1000, 10_000);
  it.each([
    ["fresh", { answeredMs: NOW - ageMs }, 1],
    ["expired", { answeredMs: NOW - ageMs - 1 }, 0],
    [
      "asked in turn, within R times the age",
      { answeredMs: NOW - config.regions.length * ageMs, turn: true as const },
      1,
    ],
    ["asked in turn, older", { answeredMs: NOW - config.regions.length * ageMs - 1, turn: true as const }, 0],
  ])("%s", (_row, over, count) => {
    expect(votesIn([report(second, down, 0, over)], config, NOW)).toHaveLength(count);
  });
});
