import { describe, expect, it } from "vitest";
import { rampWeight } from "../../../shared/decide/ramp.ts";
import type { Intent } from "../../../shared/model/fact.ts";
import { NOW_S } from "./base.ts";
import { chooseOf, rulesOf } from "./choose-base.ts";

const ramp = { percent: [10, 50], everyS: 300 };

describe("rampWeight", () => {
  it.each([
    [7, undefined, 0, 7],
    [20, ramp, 0, 2],
    [20, ramp, 299, 2],
    [20, ramp, 300, 10],
    [20, ramp, 599, 10],
    [20, ramp, 600, 20],
    [1, ramp, 0, 1],
    [20, ramp, -5, 2],
  ])("full %i, %j, %i s: %i", (full, given, sinceS, weight) => expect(rampWeight(full, given, sinceS)).toBe(weight));
});

const other = { box: "lb2", state: "in", now: 20, full: 20 } as const;

describe("a box that comes back in a pool with a ramp", () => {
  it("starts at the first step and remembers since when", () => {
    const choice = chooseOf([{ box: "lb1", state: "in", full: 20, now: 0 }, other], { ramp });
    expect(choice.weights).toEqual({ lb1: 2, lb2: 20 });
    expect(choice.memory.rising).toEqual({ lb1: NOW_S });
    expect(rulesOf(choice, "lb1")).toEqual(["rising"]);
  });

  it.each([
    ["within its step nothing changes", 2, NOW_S - 100, 2, { lb1: NOW_S - 100 }],
    ["the next step comes by time", 2, NOW_S - 300, 10, { lb1: NOW_S - 300 }],
    ["after the last step it serves all and is forgotten", 10, NOW_S - 600, 20, undefined],
  ])("%s", (_row, now, rising, weight, remembered) => {
    const choice = chooseOf([{ box: "lb1", state: "in", full: 20, now, rising }, other], { ramp });
    expect(choice.weights["lb1"]).toBe(weight);
    expect(choice.memory.rising).toEqual(remembered);
  });

  it("is forgotten when it leaves", () => {
    const choice = chooseOf([{ box: "lb1", state: "out", full: 20, now: 2, rising: NOW_S - 10 }, other], { ramp });
    expect(choice.weights["lb1"]).toBe(0);
    expect(choice.memory.rising).toBeUndefined();
  });

  it("serves all at once where the floor has nobody better", () => {
    const dead = { box: "lb2", state: "out", now: 20, full: 20 } as const;
    const choice = chooseOf([{ box: "lb1", state: "in", full: 20, now: 0, risen: false }, dead], { ramp });
    expect(choice.weights["lb1"]).toBe(20);
  });
});

function order(kind: Intent["order"], atS: number): Intent {
  return { kind: "intent", id: "i1", atMs: atS * 1000, box: "lb1", order: kind, who: "ann", why: "" };
}

describe("restore by hand", () => {
  const left = { atS: NOW_S - 1000, score: 1000 };
  it.each([
    ["nobody has ordered anything", undefined, 0, ["manual"]],
    ["an order from before it left", order("clear", NOW_S - 1001), 0, ["manual"]],
    ["an order since it left", order("clear", NOW_S - 999), 20, []],
  ])("%s", (_row, newest, weight, rules) => {
    const row = { box: "lb1", state: "in", full: 20, now: 0, left, ...(newest ? { newest } : {}) } as const;
    const choice = chooseOf([row, other], { mode: "manual" });
    expect(choice.weights["lb1"]).toBe(weight);
    expect(rulesOf(choice, "lb1")).toEqual(rules);
  });

  it("comes back by itself if it was a drain that ended", () => {
    const choice = chooseOf([{ box: "lb1", state: "in", full: 20, now: 0 }, other], { mode: "manual" });
    expect(choice.weights["lb1"]).toBe(20);
  });

  it("is remembered as withdrawn for as long as it is out, however old its penalty", () => {
    const long = { atS: NOW_S - 100_000, score: 1000 };
    const rows = [
      { box: "lb1", state: "in", full: 20, now: 0, left: long } as const,
      { ...other, state: "out" } as const,
      { box: "lb3", state: "in", full: 20, now: 20 } as const,
    ];
    expect(chooseOf(rows, { mode: "manual" }).memory.left["lb1"]).toEqual(long);
    expect(chooseOf(rows, { mode: "auto" }).memory.left["lb1"]).toBeUndefined();
  });

  it("is remembered as withdrawn also where it leaves as fail open ends, and then counts for nothing else", () => {
    const rows = [
      { box: "lb1", state: "out", full: 20, now: 20 } as const,
      { box: "lb2", state: "in", full: 20, now: 20 } as const,
      { box: "lb3", state: "in", full: 20, now: 20 } as const,
    ];
    const ended = chooseOf(rows, { mode: "manual", open: true });
    expect(ended.memory).toEqual({ open: false, left: { lb1: { atS: NOW_S, score: 0 } } });
    expect(chooseOf(rows, { mode: "auto", open: true }).memory.left).toEqual({});
    const later = chooseOf(
      [
        { box: "lb1", state: "in", full: 20, now: 0, left: { atS: NOW_S, score: 0 } },
        { box: "lb2", state: "out", full: 20, now: 20 },
        { box: "lb3", state: "in", full: 20, now: 20 },
      ],
      { mode: "manual" },
    );
    expect(rulesOf(later, "lb1")).toEqual(["manual"]);
    expect(later.weights).toEqual({ lb1: 0, lb2: 0, lb3: 20 });
  });

  it.each([
    [59, { atS: NOW_S - 59, score: 1000 }],
    [60, { atS: NOW_S, score: 0 }],
  ])("that had left %i s before fail open ends counts for velocity as %j", (agoS, remembered) => {
    const rows = [
      { box: "lb1", state: "out", full: 20, now: 20, left: { atS: NOW_S - agoS, score: 1000 } } as const,
      { box: "lb2", state: "in", full: 20, now: 20 } as const,
    ];
    expect(chooseOf(rows, { mode: "manual", open: true }).memory.left).toEqual({ lb1: remembered });
  });

  it("waits for an order that is later than its last leaving, also where it had left and was ordered before fail open", () => {
    const left = { atS: NOW_S - 300, score: 1900 };
    const rows = [
      { box: "lb1", state: "out", full: 20, now: 20, left, newest: order("clear", NOW_S - 200) } as const,
      { box: "lb2", state: "in", full: 20, now: 20 } as const,
    ];
    expect(chooseOf(rows, { mode: "manual", open: true }).memory.left).toEqual({ lb1: { atS: NOW_S, score: 0 } });
  });

  it("is not remembered of what came back and goes to 0 for another reason", () => {
    const rows = [
      { box: "lb1", state: "in", full: 0, now: 20, left: { atS: NOW_S - 100_000, score: 1000 } } as const,
      { box: "lb2", state: "in", full: 20, now: 20 } as const,
    ];
    const choice = chooseOf(rows, { mode: "manual" });
    expect(choice.weights).toEqual({ lb1: 0, lb2: 20 });
    expect(choice.memory.left).toEqual({});
  });
});
