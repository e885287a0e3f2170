import { describe, expect, it } from "vitest";
import { doubtedPorts, isAnswer, isBlind, wasDown } from "../../../shared/decide/doubt.ts";
import type { Answered } from "../../../shared/decide/region.ts";
import type { Finding } from "../../../shared/model/finding.ts";
import type { Observation, Report } from "../../../shared/model/report.ts";
import { down, hung, NOW_MS, observation, REGIONS, report, unknown, up } from "./base.ts";

const PACE = { intervalMs: 10_000, regions: 3 };

/** A port that must be closed, and did not answer. */
const silent: Finding = { kind: "up", ms: 9, silent: true };

describe("isAnswer", () => {
  const failed = (reason: "timeout" | "reset" | "status", phase: "connect" | "response"): Finding => ({
    ...hung,
    kind: "down",
    ms: 1,
    reason,
    phase,
    detail: "",
  });
  it.each<[title: string, finding: Finding, answer: boolean]>([
    ["up", up, true],
    ["up, silent", silent, false],
    ["down, timeout while connecting", hung, false],
    ["down, timeout later", failed("timeout", "response"), true],
    ["down, refused", down, true],
    ["down, reset while connecting", failed("reset", "connect"), true],
    ["down, a wrong status", failed("status", "response"), true],
    ["unknown", unknown, false],
  ])("%s: %j", (_title, finding, answer) => {
    expect(isAnswer(finding)).toBe(answer);
  });
});

function at(
  box: string,
  port: number | undefined,
  finding: Finding,
  island: string | undefined = `island of ${box}`,
): Answered {
  return {
    box,
    check: `c${port}`,
    digest: `d${port}`,
    votes: true,
    finding,
    startedMs: 0,
    answeredMs: 1,
    ...(port === undefined ? {} : { port }),
    ...(island === undefined ? {} : { island }),
  };
}

describe("isBlind", () => {
  it.each<[title: string, answers: Answered[], canaryUp: boolean | undefined, blind: boolean]>([
    ["one answers", [at("a", 80, up), at("b", 80, hung)], false, false],
    ["one refuses", [at("a", 80, down), at("b", 80, hung)], undefined, false],
    ["none answers, a canary is up", [at("a", 80, hung)], true, false],
    ["none answers, no canary is up", [at("a", 80, hung), at("b", 80, unknown)], false, true],
    ["none answers, the canaries were not asked", [at("a", 80, hung)], undefined, true],
    ["none answers, and what must be closed is silent", [at("a", 80, hung), at("a", 22, silent)], false, true],
  ])("%s: %j", (_title, answers, canaryUp, blind) => {
    expect(isBlind(answers, canaryUp)).toBe(blind);
  });
});

describe("doubtedPorts", () => {
  /** Boxes a and b answer on 80; 25 is in question. */
  const alive = [at("a", 80, up), at("b", 80, up)];
  const failing = [...alive, at("a", 25, hung), at("b", 25, hung)];
  const wasDownOn = (...boxes: string[]): Report =>
    report(REGIONS[0], { boxes: Object.fromEntries(boxes.map((box) => [box, { c25: observation("d25", hung) }])) });

  it.each<[title: string, answers: Answered[], previous: Report | undefined, doubted: number[]]>([
    ["somebody answers on it", [...failing, at("c", 25, up)], undefined, []],
    ["somebody refuses on it", [...failing, at("c", 25, down)], undefined, []],
    [
      "somebody answers on it, though it was doubted",
      [...failing, at("c", 25, up)],
      report(REGIONS[0], { doubted: [25] }),
      [],
    ],
    ["it fails everywhere since now", failing, undefined, [25]],
    [
      "the boxes may be dead",
      [at("a", 80, hung), at("b", 80, hung), at("a", 25, hung), at("b", 25, hung)],
      undefined,
      [],
    ],
    [
      "one of the two may be dead",
      [at("a", 80, up), at("b", 80, hung), at("a", 25, hung), at("b", 25, hung)],
      undefined,
      [],
    ],
    [
      "the boxes stand on one island",
      [at("a", 80, up, "n"), at("b", 80, up, "n"), at("a", 25, hung, "n"), at("b", 25, hung, "n")],
      undefined,
      [],
    ],
    ["one failed before already", failing, wasDownOn("a"), []],
    ["both failed before already", failing, wasDownOn("a", "b"), []],
    ["both failed before, and it was doubted", failing, { ...wasDownOn("a", "b"), doubted: [25] }, [25]],
    ["another port was doubted", failing, { ...wasDownOn("a"), doubted: [26] }, []],
    ["its findings are unknown", [...alive, at("a", 25, unknown), at("b", 25, unknown)], undefined, []],
    ["an unknown one beside", [...failing, at("c", 25, unknown)], undefined, [25]],
    ["two ports, sorted", [...failing, at("a", 9, hung), at("b", 9, hung)], undefined, [9, 25]],
    ["what must be closed is silent", [...alive, at("a", 22, silent), at("b", 22, silent)], undefined, []],
    ["answers without a port", [...alive, at("a", undefined, hung), at("b", undefined, hung)], undefined, []],
  ])("%s", (_title, answers, previous, doubted) => {
    expect(doubtedPorts(answers, previous, PACE)).toEqual(doubted);
  });

  it("boxes without an island stand alone", () => {
    const bare = failing.map((one) => ({ ...one, island: undefined }));
    expect(doubtedPorts(bare, undefined, PACE)).toEqual([25]);
  });
});

describe("wasDown", () => {
  const one: Answered = { ...at("a", 25, hung), answeredMs: NOW_MS };
  const named = (digest: string, finding: Finding, over: Partial<Observation> = {}): Report =>
    report(REGIONS[0], { boxes: { a: { c25: observation(digest, finding, over) } } });
  it.each<[title: string, previous: Report | undefined, was: boolean]>([
    ["down under this definition", named("d25", hung), true],
    ["down under another", named("d26", hung), false],
    ["down 25 s ago", named("d25", hung, { answeredMs: NOW_MS - 25_000 }), true],
    ["down longer ago: it may have been up since", named("d25", hung, { answeredMs: NOW_MS - 25_001 }), false],
    ["down 75 s ago, asked in turn", named("d25", hung, { answeredMs: NOW_MS - 75_000, turn: true }), true],
    ["down longer ago, asked in turn", named("d25", hung, { answeredMs: NOW_MS - 75_001, turn: true }), false],
    ["up", named("d25", up), false],
    ["unknown", named("d25", unknown), false],
    ["not named", report(REGIONS[0]), false],
    ["no report", undefined, false],
  ])("%s: %j", (_title, previous, was) => {
    expect(wasDown(one, previous, PACE)).toBe(was);
  });
});
