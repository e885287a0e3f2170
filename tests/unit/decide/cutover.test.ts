import { describe, expect, it } from "vitest";
import { percentAt, poolDuring } from "../../../shared/decide/cutover.ts";
import type { Cutover } from "../../../shared/model/fact.ts";
import { pool } from "./base.ts";

const AT_S = 1_000_000;

function cutover(over: Partial<Cutover> = {}): Cutover {
  const base = { kind: "cutover", id: "c1", atMs: AT_S * 1000, pool: "web", from: ["old"], to: ["new"] } as const;
  return {
    ...base,
    from: ["old"],
    to: ["new"],
    percent: [10, 50],
    everyS: 600,
    back: false,
    who: "ann",
    why: "",
    ...over,
  };
}

function weightsAt(
  afterS: number,
  over: Partial<Cutover> = {},
  weights = { old: 1, new: 1, third: 1 },
): Record<string, number> {
  const members = Object.entries(weights).map(([box, weight]) => ({ box, setIdentifier: box, weight }));
  const moved = poolDuring(pool({ members }), cutover(over), AT_S + afterS);
  return Object.fromEntries(moved.members.map(({ box, weight }) => [box, weight]));
}

describe("percentAt", () => {
  it.each([
    [-5, 10],
    [0, 10],
    [599, 10],
    [600, 50],
    [1199, 50],
    [1200, 100],
  ])("%i s after it began: %i %%", (afterS, percent) => expect(percentAt(cutover(), AT_S + afterS)).toBe(percent));
});

describe("poolDuring", () => {
  it.each([
    ["in the first step", 0, {}, { old: 90, new: 10, third: 100 }],
    ["in the second step", 600, {}, { old: 50, new: 50, third: 100 }],
    ["after the last step", 1200, {}, { old: 0, new: 1, third: 1 }],
    ["on the way back, at whatever time", 600, { back: true }, { old: 1, new: 0, third: 1 }],
  ])("%s", (_row, afterS, over, weights) => expect(weightsAt(afterS, over)).toEqual(weights));

  it("keeps to Route 53's greatest weight, and gives everybody who has a share at least 1", () => {
    expect(weightsAt(0, { percent: [1] }, { old: 200, new: 3, third: 0 })).toEqual({ old: 198, new: 1, third: 0 });
  });

  it("is the pool itself without a cut-over", () => {
    const given = pool({});
    expect(poolDuring(given, undefined, AT_S)).toBe(given);
  });
});
