import { describe, expect, it } from "vitest";
import { isWarningOver, warningsIn } from "../../../shared/decide/warnings.ts";
import type { Finding } from "../../../shared/model/finding.ts";
import { type Observation, type Report, WARNINGS_MAX } from "../../../shared/model/report.ts";
import { config, down, observation, REGIONS, report, up } from "./base.ts";

const [A, B] = REGIONS;
const text = "the certificate ends in 9 days";

function warned(region: string): Report {
  return report(region, { warnings: [{ box: "lb1", check: "web", text }] });
}

describe("warningsIn", () => {
  it("is nothing without a warning", () => expect(warningsIn([report(A)])).toEqual([]));

  it("tells of a check of a load balancer once, however many regions warn", () => {
    const found = warningsIn([warned(A), warned(B)]);
    expect(found.map(({ kind, subject, page }) => [kind, subject, page])).toEqual([["warning", "lb1 web", false]]);
    expect(found[0]?.detail).toContain(text);
  });
});

describe("isWarningOver", () => {
  const named = (finding: Finding, over: Partial<Observation> = {}): Report =>
    report(A, { boxes: { lb1: { web: observation("d80", finding, over) } } });
  const full = Array.from({ length: WARNINGS_MAX }, (_, at) => ({ box: `a${at}`, check: "web", text }));
  it.each<[row: string, subject: string, reports: Report[], over: boolean]>([
    ["the box is configured no more", "gone web", [], true],
    ["it is settled up", "lb1 web", [report(A)], true],
    ["this check of it is up", "lb1 web", [named(up)], true],
    ["this check of it is down", "lb1 web", [named(down)], false],
    ["another check of it is down", "lb1 mail", [named(down)], false],
    ["the only report is of a blind region", "lb1 web", [report(A, { blind: true })], false],
    ["the only report is of another shard", "lb1 web", [report(A, { shard: 1 })], false],
    ["nobody reports", "lb1 web", [], false],
    [
      "it was up in the region's last turn, and is not asked in this slot",
      "lb1 web",
      [named(up, { turn: true })],
      false,
    ],
    ["the report has as many warnings as it may hold", "lb1 web", [report(A, { warnings: full })], false],
  ])("%s", (_row, subject, reports, over) => expect(isWarningOver(subject, reports, config())).toBe(over));
});
