import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { barredUntilS, depart, leftLately, pruned } from "../../../shared/decide/damping.ts";
import type { Departure } from "../../../shared/model/fence.ts";

describe("depart", () => {
  it.each<[title: string, before: Departure | undefined, nowS: number, score: number]>([
    ["the first time", undefined, 5000, 1000],
    ["again at once", { atS: 5000, score: 1000 }, 5000, 2000],
    ["after one half-life", { atS: 5000, score: 1000 }, 5900, 1500],
    ["after two", { atS: 5000, score: 2000 }, 6800, 1500],
    ["by a clock that is behind", { atS: 5000, score: 1000 }, 4000, 2000],
  ])("%s", (_title, before, nowS, score) => {
    expect(depart(before, nowS)).toEqual({ atS: nowS, score });
  });
});

describe("barredUntilS", () => {
  it.each<[score: number, afterS: number | undefined]>([
    [1000, undefined],
    [1500, undefined],
    // Just above, one half-life and an instant later below 750.
    [1501, 901],
    [3000, 1801],
    [6000, 2701],
    // 12,000 would need 3600 s and more: 60 min are the most.
    [12_000, 3600],
    [1_000_000, 3600],
  ])("a score of %i: barred for %j s", (score, afterS) => {
    expect(barredUntilS({ atS: 100, score })).toBe(afterS === undefined ? undefined : 100 + afterS);
  });

  it("three falls within some minutes bar, two do not when a half-life lies between", () => {
    const falls = (everyS: number, times: number): Departure => {
      let left = depart(undefined, 0);
      for (let n = 1; n < times; n += 1) left = depart(left, n * everyS);
      return left;
    };
    expect(barredUntilS(falls(900, 2))).toBeUndefined();
    expect(barredUntilS(falls(300, 3))).toBeGreaterThan(600);
  });

  it("ends when the decayed score is below 750, or after 60 min, and not before", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1501, max: 50_000 }), (score) => {
        const endS = barredUntilS({ atS: 0, score }) ?? 0;
        const at = (second: number): number => score * 2 ** (-second / 900);
        expect(endS === 3600 || at(endS) < 750).toBe(true);
        expect(endS).toBeLessThanOrEqual(3600);
        // Two seconds earlier it was not below yet.
        expect(at(endS - 2)).toBeGreaterThanOrEqual(750);
      }),
    );
  });
});

describe("leftLately", () => {
  it.each([
    [0, true],
    [59, true],
    [60, false],
    [-59, true],
    [-60, false],
  ])("%i s ago: %j", (ago, lately) => {
    expect(leftLately({ atS: 1000, score: 1 }, 1000 + ago)).toBe(lately);
  });
});

describe("pruned", () => {
  it.each<[title: string, departure: Departure, kept: boolean]>([
    ["left lately, whatever its score", { atS: 9941, score: 1 }, true],
    ["left lately as fail open ended", { atS: 9999, score: 0 }, false],
    ["left a minute ago with a score below 375", { atS: 9940, score: 374 }, false],
    ["decayed to 375", { atS: 9100, score: 750 }, true],
    ["decayed below 375", { atS: 9099, score: 750 }, false],
    ["still barred", { atS: 7000, score: 20_000 }, true],
  ])("%s: %j", (_title, departure, kept) => {
    expect(pruned({ x: departure }, ["x"], 10_000)).toEqual(kept ? { x: departure } : {});
  });

  it("keeps who left as fail open ended where it is to be kept", () => {
    const left = { x: { atS: 1, score: 0 } };
    expect(pruned(left, ["x"], 10_000, new Set(["x"]))).toEqual(left);
  });

  it("forgets who is no member", () => {
    expect(pruned({ x: { atS: 1, score: 5000 } }, ["y", "constructor"], 2)).toEqual({});
  });
});
