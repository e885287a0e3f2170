import { describe, expect, test } from "vitest";
import type { Answered } from "../../../shared/decide/region.ts";
import { beatAfter } from "../../../shared/flow/beat.ts";
import { historyOf } from "../../../shared/flow/probe-results.ts";
import type { Finding } from "../../../shared/model/finding.ts";
import { reportOf } from "../../contract/store-samples.ts";

const MINUTE = 29_333_333;
const MINUTE_MS = MINUTE * 60_000;

function answer(box: string, check: string, finding: Finding): Answered {
  return { box, check, digest: "d", votes: true, finding, startedMs: 0, answeredMs: 0, port: 80 };
}

const answers = [
  answer("lb1", "web", { kind: "up", ms: 12.6 }),
  answer("lb1", "mail", { kind: "down", ms: 3, reason: "refused", phase: "connect", detail: "refused" }),
  answer("lb2", "web", { kind: "unknown", detail: "no socket" }),
];

describe("history", () => {
  test("keeps rounded latencies, -1 for down and -2 for unknown", () => {
    expect(historyOf(reportOf({ startedMs: MINUTE_MS + 59_999 }), answers, undefined)).toEqual({
      region: "eu-west-1",
      shard: 0,
      minute: MINUTE,
      ms: { lb1: { web: 13, mail: -1 }, lb2: { web: -2 } },
    });
  });

  test("a blind region's minute is unknown throughout, and no outage of anybody's", () => {
    const blind = reportOf({ startedMs: MINUTE_MS, blind: true });
    expect(historyOf(blind, answers, undefined)?.ms).toEqual({ lb1: { web: -2, mail: -2 }, lb2: { web: -2 } });
  });

  test.each([
    [-1, true],
    [0, false],
    [30_000, false],
  ])("a pass %i ms into the minute of the last one is kept: %s", (ms, kept) => {
    const report = reportOf({ startedMs: MINUTE_MS + 45_000 });
    expect(historyOf(report, answers, reportOf({ startedMs: MINUTE_MS + ms })) !== undefined).toBe(kept);
  });
});

/** Milliseconds into the minute of the report, at 45 s; undefined: there is no last report. */
const beats: [what: string, over: Parameters<typeof reportOf>[0], lastMs: number | undefined, beats: number][] = [
  ["the first report there is", {}, undefined, 1],
  ["the first of a minute", {}, -1, 1],
  ["a later one of the minute", {}, 0, 0],
  ["a blind one", { blind: true }, -1, 0],
  ["one of another shard", { shard: 1 }, -1, 0],
];

test.each(beats)("%s beats %s", async (_what, over, lastMs, count) => {
  let beaten = 0;
  const heartbeat = { beat: async () => void (beaten += 1) };
  const last = lastMs === undefined ? undefined : reportOf({ startedMs: MINUTE_MS + lastMs });
  const report = reportOf({ startedMs: MINUTE_MS + 45_000, ...over });
  await beatAfter(report, last, heartbeat, new AbortController().signal);
  await beatAfter(report, last, undefined, new AbortController().signal);
  expect(beaten).toBe(count);
});
