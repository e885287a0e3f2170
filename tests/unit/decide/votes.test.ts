import { describe, expect, it } from "vitest";
import { agreedMs, agreedOn, changedBoxes, mergeVotes, standsMs, voteAgeMs } from "../../../shared/decide/votes.ts";
import type { Finding } from "../../../shared/model/finding.ts";
import type { BoxReport, Report } from "../../../shared/model/report.ts";
import type { Vote } from "../../../shared/model/suspicion.ts";

const down: Finding = { kind: "down", ms: 1, reason: "refused", phase: "connect", detail: "refused" };
const up: Finding = { kind: "up", ms: 1 };
const unknown: Finding = { kind: "unknown", detail: "?" };

function vote(region: string, finding: Finding, answeredMs = 0, check = "web", box = "lb1"): Vote {
  return { box, check, digest: "d", region, finding, answeredMs };
}

describe("voteAgeMs", () => {
  it.each([
    [1000, 10_000],
    [4000, 10_000],
    [10_000, 25_000],
    [30_000, 75_000],
  ])("interval %i ms: a vote counts for %i ms", (interval, age) => expect(voteAgeMs(interval)).toBe(age));
});

describe("standsMs", () => {
  const pace = { intervalMs: 10_000, regions: 3 };
  it.each<[title: string, said: { finding: Finding; turn?: true }, ms: number]>([
    ["up", { finding: up }, 25_000],
    ["down", { finding: down }, 25_000],
    ["down, asked in turn", { finding: down, turn: true }, 75_000],
    ["up, asked in turn", { finding: up, turn: true }, 25_000],
    ["unknown, asked in turn", { finding: unknown, turn: true }, 25_000],
  ])("%s: %j stands for %i ms", (_title, said, ms) => expect(standsMs(said, pace)).toBe(ms));
});

describe("mergeVotes", () => {
  it("keeps of each region the newest vote", () => {
    const merged = mergeVotes([vote("a", up, 5), vote("b", down, 5)], [vote("a", down, 7), vote("b", up, 3)], 10, 100);
    expect(merged).toEqual([vote("a", down, 7), vote("b", down, 5)]);
  });

  it("drops what has expired, also when it is just added", () => {
    expect(mergeVotes([vote("a", up, 0)], [vote("b", up, 1), vote("c", up, 50)], 101, 100)).toEqual([
      vote("b", up, 1),
      vote("c", up, 50),
    ]);
  });
});

describe("agreedOn", () => {
  it.each([
    ["two of two down", [vote("a", down), vote("b", down)], ["lb1"]],
    ["one down", [vote("a", down), vote("b", up)], []],
    ["one down, one unknown", [vote("a", down), vote("b", unknown)], []],
    ["down on different checks", [vote("a", down, 0, "web"), vote("b", down, 0, "smtp")], []],
    ["the same region twice", [vote("a", down, 1), vote("a", down, 2)], []],
    ["two boxes, one agreed", [vote("a", down), vote("b", down), vote("a", down, 0, "web", "lb2")], ["lb1"]],
  ])("%s", (_row, votes, boxes) => expect(agreedOn(votes, 2).map(({ box }) => box)).toEqual(boxes));
});

describe("agreedMs", () => {
  it.each<[row: string, votes: Vote[], ms: number | undefined]>([
    ["the older of two", [vote("a", down, 7), vote("b", down, 3)], 3],
    ["the second of three", [vote("a", down, 3), vote("b", down, 9), vote("c", down, 5)], 5],
    [
      "the newest check of two",
      [
        ...["a", "b"].map((region) => vote(region, down, 2)),
        ...["a", "b"].map((region) => vote(region, down, 4, "smtp")),
      ],
      4,
    ],
    ["no quorum", [vote("a", down, 7), vote("b", up, 8)], undefined],
  ])("%s", (_row, votes, ms) => expect(agreedMs(votes, 2).get("lb1")).toBe(ms));
});

function report(boxes: Record<string, BoxReport>): Report {
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

function seen(finding: Finding): BoxReport {
  return { web: { digest: "d", finding, answeredMs: 0, sinceMs: 0, successes: 0 } };
}

describe("changedBoxes", () => {
  it.each([
    ["no report before", undefined, { lb1: seen(up) }, ["lb1"]],
    ["not named, then named and up", {}, { lb1: seen(up) }, []],
    ["not named, then down", {}, { lb1: seen(down) }, ["lb1"]],
    ["named, then not", { lb1: seen(up) }, {}, ["lb1"]],
    ["down, then down", { lb1: seen(down) }, { lb1: seen(down) }, []],
    ["down, then up", { lb1: seen(down) }, { lb1: seen(up) }, ["lb1"]],
    ["up, then unknown", { lb1: seen(up) }, { lb1: seen(unknown) }, ["lb1"]],
  ])("%s", (_row, before, after, boxes) => {
    expect(changedBoxes(before && report(before), report(after))).toEqual(boxes);
  });
});
