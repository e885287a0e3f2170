import { describe, expect, it } from "vitest";
import { attemptStarts, failedAnew } from "../../../shared/decide/attempts.ts";
import type { Finding } from "../../../shared/model/finding.ts";
import type { Report } from "../../../shared/model/report.ts";

describe("attemptStarts", () => {
  it.each([
    [0, 3000, 3, [0, 1500, 3000]],
    [0, 0, 3, [0, 500, 1000]],
    [10_000, 7000, 3, [10_000, 10_500, 11_000]],
    [0, 3000, 1, [3000]],
    [5000, 3000, 1, [5000]],
    [0, 2000, 2, [0, 2000]],
  ])("at %i, the last no earlier than %i, %i attempts: %j", (nowMs, lastStartMs, count, starts) => {
    expect(attemptStarts(nowMs, lastStartMs, count)).toEqual(starts);
  });
});

const down: Finding = { kind: "down", ms: 1, reason: "refused", phase: "connect", detail: "refused" };
const up: Finding = { kind: "up", ms: 1 };

function answer(finding: Finding, votes = true) {
  return { box: "lb1", check: "web", digest: "d1", votes, finding, startedMs: 0, answeredMs: 1 };
}

function report(digest: string, finding: Finding): Report {
  const observation = { digest, finding, answeredMs: 0, sinceMs: 0, successes: 0 };
  const boxes = { lb1: { web: observation } };
  return {
    region: "r",
    shard: 0,
    slot: 1,
    startedMs: 0,
    answeredMs: 0,
    cfg: 1,
    asked: "a",
    blind: false,
    unreached: [],
    boxes,
    lateMs: 0,
  };
}

describe("failedAnew", () => {
  const seen = { d1: 1 };
  it.each([
    ["down, never reported", answer(down), undefined, seen, 1],
    ["down, up in the report", answer(down), report("d1", up), seen, 1],
    ["down, down in the report under another definition", answer(down), report("d0", down), seen, 1],
    ["down as in the report", answer(down), report("d1", down), seen, 0],
    ["up", answer(up), undefined, seen, 0],
    ["down on a check that only observes", answer(down, false), undefined, seen, 0],
    ["down on a check never reached from here", answer(down), undefined, {}, 0],
  ])("%s", (_row, given, previous, known, count) => {
    expect(failedAnew([given], previous, known)).toHaveLength(count);
  });
});
