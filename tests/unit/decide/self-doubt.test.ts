import { describe, expect, it } from "vitest";
import { doubtsIn } from "../../../shared/decide/self-doubt.ts";
import type { Report } from "../../../shared/model/report.ts";
import { resolveConfig } from "../../../shared/resolve/resolve.ts";
import { base, env } from "../resolve/base.ts";

const { resolved: config } = resolveConfig(base(), env);
const digest = config.checks["mail"]?.digest ?? "";
const LATER = (config.cfg + 300) * 1000;

function report(over: Partial<Report>): Report {
  const quiet: Report = {
    region: "us-east-1",
    shard: 0,
    slot: 1,
    startedMs: 0,
    answeredMs: 0,
    cfg: 1,
    asked: "",
    blind: false,
    unreached: [],
    boxes: {},
    lateMs: 0,
  };
  return { ...quiet, ...over };
}

describe("doubtsIn", () => {
  it.each([
    ["nothing", {}, LATER, []],
    ["blind", { blind: true }, LATER, [["blind", "us-east-1", true]]],
    ["too slow", { late: true as const }, LATER, [["late", "us-east-1", false]]],
    ["a doubted port", { doubted: [25] }, LATER, [["doubted", "port 25 from us-east-1", false]]],
    [
      "a check never reached, 5 min after the deploy",
      { unreached: [digest] },
      LATER,
      [["unreached", "mail from us-east-1", false]],
    ],
    ["the same a moment earlier", { unreached: [digest] }, LATER - 1, []],
    ["the same while blind", { unreached: [digest], blind: true }, LATER, [["blind", "us-east-1", true]]],
    ["a definition that is no longer configured", { unreached: ["old"] }, LATER, []],
  ] as const)("%s", (_row, over, nowMs, expected) => {
    const found = doubtsIn([report(over as Partial<Report>)], config, nowMs);
    expect(found.map(({ kind, subject, page }) => [kind, subject, page])).toEqual(expected);
  });

  it("tells of a region once, however many shards say the same", () => {
    expect(doubtsIn([report({ blind: true }), report({ blind: true, shard: 1 })], config, LATER)).toHaveLength(1);
  });
});
