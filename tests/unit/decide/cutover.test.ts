import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { choose } from "../../../shared/decide/choose.ts";
import { type Moving, overSince, poolAt, ranS, stepAt, underCutover } from "../../../shared/decide/cutover.ts";
import type { Freeze } from "../../../shared/model/fact.ts";
import type { Pool } from "../../../shared/model/resolved.ts";
import { pool } from "./base.ts";
import { inputOf, type Row } from "./choose-base.ts";

function cutover(over: Partial<Moving> = {}): Moving {
  return {
    kind: "cutover",
    id: "c1",
    atMs: 1_000_000_000,
    pool: "lb",
    from: ["v1", "v2"],
    to: ["n1", "n2"],
    percent: [10, 50],
    everyS: 600,
    back: false,
    who: "ann",
    why: "new rack",
    ranS: 0,
    ...over,
  };
}

function poolOf(weights: Record<string, number>, over: Partial<Pool> = {}): Pool {
  const members = Object.entries(weights).map(([box, weight]) => ({ box, setIdentifier: box, weight }));
  return pool({ members, ...over });
}

function weightsOf({ members }: Pool): Record<string, number> {
  return Object.fromEntries(members.map(({ box, weight }) => [box, weight]));
}

const staged = { v1: 1, v2: 1, n1: 0, n2: 0 };
const w3to4 = { from: ["w3"], to: ["w4"] };

describe("poolAt", () => {
  it.each<[string, Record<string, number>, Partial<Moving>, number, Record<string, number>]>([
    ["staged, 10 %", staged, {}, 0, { v1: 9, v2: 9, n1: 1, n2: 1 }],
    ["staged, 50 %", staged, {}, 1, { v1: 5, v2: 5, n1: 5, n2: 5 }],
    ["staged, 100 %", staged, {}, 2, { v1: 0, v2: 0, n1: 10, n2: 10 }],
    [
      "50 % of what both have",
      { w1: 1, w2: 1, w3: 2, w4: 1 },
      { ...w3to4, percent: [50] },
      0,
      { w1: 2, w2: 2, w3: 3, w4: 3 },
    ],
    [
      "all of what both have",
      { w1: 1, w2: 1, w3: 2, w4: 1 },
      { ...w3to4, percent: [50] },
      1,
      { w1: 2, w2: 2, w3: 0, w4: 6 },
    ],
    ["`to` serves already", { v1: 1, v2: 1, n1: 1, n2: 1 }, {}, 0, { v1: 9, v2: 9, n1: 1, n2: 1 }],
    ["in proportion to `to`'s weights", { v1: 3, v2: 3, n1: 1, n2: 2 }, {}, 2, { v1: 0, v2: 0, n1: 60, n2: 120 }],
    [
      "a `to` of 0 among others counts as 1",
      { v1: 3, v2: 1, n1: 3, n2: 0 },
      { percent: [50] },
      1,
      { v1: 0, v2: 0, n1: 42, n2: 14 },
    ],
    ["an odd percent", staged, { percent: [33] }, 0, { v1: 67, v2: 67, n1: 33, n2: 33 }],
    ["a standby of the others stays one", { ...staged, s: 0 }, {}, 1, { v1: 5, v2: 5, n1: 5, n2: 5, s: 0 }],
    [
      "no room for percents: at least 1 each",
      { v1: 200, v2: 1, n1: 0, n2: 0 },
      { percent: [1] },
      0,
      { v1: 198, v2: 1, n1: 1, n2: 1 },
    ],
    [
      "more than 255 together is scaled down",
      { v1: 255, v2: 255, n1: 0, x: 51 },
      { to: ["n1"], percent: [50] },
      1,
      { v1: 0, v2: 0, n1: 255, x: 26 },
    ],
    ["a deploy that forgot `to`", { v1: 0, v2: 0, n1: 0, n2: 0 }, {}, 2, { v1: 0, v2: 0, n1: 10, n2: 10 }],
  ])("%s", (_row, weights, over, step, wanted) => {
    expect(weightsOf(poolAt(poolOf(weights), cutover(over), step))).toEqual(wanted);
  });

  it("the floor's weight grows as the weights do", () => {
    const { floor } = poolAt(poolOf(staged, { floor: { count: 1, weight: 2 } }), cutover(), 1);
    expect(floor).toEqual({ count: 1, weight: 20 });
  });

  const weight = fc.oneof(fc.constantFrom(0, 1, 1, 2, 10), fc.integer({ min: 0, max: 255 }));
  const moves = fc
    .record({
      from: fc.array(weight, { minLength: 1, maxLength: 4 }),
      to: fc.array(weight, { minLength: 1, maxLength: 4 }),
      others: fc.array(weight, { maxLength: 4 }),
      percent: fc.uniqueArray(fc.integer({ min: 1, max: 99 }), { minLength: 1, maxLength: 20 }),
    })
    .map(({ from, to, others, percent }) => {
      const named = (letter: string, list: number[]) => list.map((one, at) => [`${letter}${at}`, one] as const);
      const [a, b] = [named("v", from), named("n", to)];
      const given = poolOf(Object.fromEntries([...a, ...b, ...named("x", others)]));
      const move = cutover({
        from: a.map(([box]) => box),
        to: b.map(([box]) => box),
        percent: percent.toSorted((x, y) => x - y),
      });
      const steps = [...move.percent, 100].map((p, step) => ({ p, weights: weightsOf(poolAt(given, move, step)) }));
      return { given: weightsOf(given), move, steps };
    });
  const total = (weights: Record<string, number>, boxes: readonly string[]): number =>
    boxes.reduce((sum, box) => sum + (weights[box] ?? 0), 0);

  it("whole weights of Route 53's range; `from` only falls, to 0; `to` only rises, and serves; the others stay as they are", () => {
    fc.assert(
      fc.property(moves, ({ given, move, steps }) => {
        const others = Object.keys(given).filter((box) => !move.from.includes(box) && !move.to.includes(box));
        for (const [at, { p, weights }] of steps.entries()) {
          for (const one of Object.values(weights)) expect(Number.isInteger(one) && one >= 0 && one <= 255).toBe(true);
          const before = steps[at - 1]?.weights ?? weights;
          for (const box of move.from) {
            expect(weights[box]).toBeLessThanOrEqual(before[box] ?? 0);
            expect((weights[box] ?? 0) > 0).toBe(p < 100 && (given[box] ?? 0) > 0);
          }
          for (const box of move.to) expect(weights[box]).toBeGreaterThanOrEqual(Math.max(1, before[box] ?? 0));
          for (const box of others)
            expect([weights[box], (weights[box] ?? 0) > 0]).toEqual([before[box], (given[box] ?? 0) > 0]);
        }
      }),
    );
  });

  it("`to` has p % of what both have, and the others their share of all, within the rounding of the weights", () => {
    fc.assert(
      fc.property(moves, ({ given, move, steps }) => {
        const boxes = Object.keys(given);
        const pair = [...move.from, ...move.to];
        // Without weight there is nothing to move, and it is refused.
        if (total(given, move.from) === 0) return;
        for (const { p, weights } of steps) {
          // Each box is off by at most one half, or by one where it would have had less than one.
          const off = boxes.length;
          const both = total(weights, pair);
          expect(Math.abs(total(weights, move.to) - (both * p) / 100)).toBeLessThanOrEqual(off);
          const others = boxes.filter((box) => !pair.includes(box));
          const share = (total(given, others) / total(given, boxes)) * total(weights, boxes);
          expect(Math.abs(total(weights, others) - share)).toBeLessThanOrEqual(off);
        }
      }),
    );
  });

  it("small weights and percents of tens leave nothing to round", () => {
    const tens = fc.constantFrom(10, 20, 30, 40, 50, 60, 70, 80, 90);
    const small = fc.integer({ min: 0, max: 3 });
    fc.assert(
      fc.property(tens, small, small, fc.integer({ min: 1, max: 5 }), (p, n, x, v) => {
        const weights = weightsOf(poolAt(poolOf({ v, n, x }), cutover({ from: ["v"], to: ["n"], percent: [p] }), 0));
        const both = total(weights, ["v", "n"]);
        expect(weights).toEqual({ v: (both * (100 - p)) / 100, n: (both * p) / 100, x: (both * x) / (v + n) });
      }),
    );
  });
});

describe("stepAt", () => {
  it.each([
    [0, 0],
    [599, 0],
    [600, 1],
    [1199, 1],
    [1200, 2],
    [1e9, 2],
  ])("%i s after it began: step %i", (ranS, step) => expect(stepAt(cutover({ ranS }))).toBe(step));
});

describe("ranS", () => {
  const freeze = (atS: number, on: boolean): Freeze => ({
    kind: "freeze",
    id: `f${atS}${on}`,
    atMs: atS * 1000,
    on,
    who: "bob",
    why: "",
  });
  it.each<[string, Freeze[], number]>([
    ["never frozen", [], 100],
    ["frozen for a while", [freeze(120, true), freeze(150, false)], 70],
    ["frozen twice without a thaw between", [freeze(120, true), freeze(130, true), freeze(150, false)], 70],
    ["frozen before the order, thawed after it", [freeze(50, true), freeze(140, false)], 60],
    ["frozen still", [freeze(130, true)], 30],
    ["frozen and thawed before the order", [freeze(50, true), freeze(60, false)], 100],
    ["frozen and thawed at once: it is frozen", [freeze(130, true), freeze(130, false)], 30],
    ["frozen by a clock that is ahead", [freeze(250, true)], 100],
  ])("%s", (_row, freezes, seconds) => expect(ranS(100_000, freezes, 200_000)).toBe(seconds));

  it("nothing before its time", () => expect(ranS(300_000, [], 200_000)).toBe(0));
});

describe("overSince", () => {
  it.each<[string, Pool, Partial<Moving>, string | undefined]>([
    ["under way", poolOf(staged), {}, undefined],
    ["finished", poolOf(staged), { ranS: 1e6 }, undefined],
    ["taken back", poolOf(staged), { back: true }, "ended by ann: new rack"],
    ["the pool observes", poolOf(staged, { mode: "observe" }), {}, "the pool observes"],
    ["one is gone", poolOf({ v1: 1, n1: 0, n2: 0 }), {}, "v2 is no longer configured"],
    ["two are gone", poolOf({ n1: 1, n2: 1 }), {}, "v1 and v2 are no longer configured"],
    [
      "configured so",
      poolOf({ v1: 0, v2: 0, n1: 1, n2: 1 }),
      {},
      "the configuration gives v1 and v2 weight 0 and n1 and n2 more",
    ],
    ["configured so by half", poolOf({ v1: 0, v2: 0, n1: 1, n2: 0 }), { ranS: 1e6 }, undefined],
  ])("%s", (_row, given, over, since) => expect(overSince(given, cutover(over))).toBe(since));
});

describe("underCutover", () => {
  it("is the pool itself without a cut-over, and once it is over", () => {
    const given = poolOf(staged);
    expect(underCutover(given, undefined)).toEqual({ pool: given });
    expect(underCutover(given, cutover({ back: true, ranS: 301 })).pool).toBe(given);
  });

  it.each<[string, Pool, Partial<Moving>, string | undefined, RegExp]>([
    [
      "a step",
      poolOf(staged),
      { ranS: 700 },
      "cut-over by ann: new rack (step 2 of 3: 50 % to n1 and n2)",
      /next step \(100 %\) in 9 min.*cutover --pool lb --back/,
    ],
    [
      "the last step",
      poolOf(staged),
      { ranS: 9000 },
      "cut-over by ann: new rack (step 3 of 3: 100 % to n1 and n2)",
      /It stands until the configuration gives v1 and v2 weight 0/,
    ],
    ["the way back", poolOf(staged), { back: true }, "cut-over ended by ann: new rack", /^$/],
    ["long after that", poolOf(staged), { back: true, ranS: 301 }, undefined, /^$/],
    ["a deploy", poolOf({ v1: 1, n1: 0, n2: 0 }), {}, "the cut-over by ann is over: v2 is no longer configured", /^$/],
  ])("%s is told", (_row, given, over, clause, detail) => {
    const said = underCutover(given, cutover(over)).cutover;
    expect(said?.clause).toBe(clause);
    expect(said?.detail ?? "").toMatch(detail);
  });
});

describe("choose in a cut-over", () => {
  /** Rows with configured weights, as the cut-over has them. */
  function chosen(rows: Row[], over: Partial<Moving>, ramp?: Pool["restore"]["ramp"]) {
    const input = inputOf(rows, ramp ? { ramp } : {});
    return choose({ ...input, ...underCutover(input.pool, cutover(over)) });
  }
  const rows = (over: Record<string, Partial<Row>> = {}, weight = 1): Row[] =>
    Object.entries({ v1: weight, v2: weight, n1: 0, n2: 0 }).map(([box, full]) => {
      return { box, full, now: full, state: "in", ...over[box] };
    });
  const ramp = { percent: [20], everyS: 300 };

  it("moves staged ones in, without a ramp, says by whom, and says how to go back", () => {
    const choice = chosen(rows({}, 10), { percent: [50] }, ramp);
    expect(choice.weights).toEqual({ v1: 5, v2: 5, n1: 5, n2: 5 });
    expect(choice.because["n1"]).toMatch(/^cut-over by ann: new rack \(step 1 of 2: 50 % to n1 and n2\); /);
    expect(choice.rules).toEqual([
      expect.objectContaining({ kind: "cutover", detail: expect.stringContaining("--back") }),
    ]);
  });

  it("back at once, without a ramp", () => {
    const done = { v1: { now: 0 }, v2: { now: 0 }, n1: { now: 10 }, n2: { now: 10 } };
    const choice = chosen(rows(done, 10), { back: true }, ramp);
    expect(choice.weights).toEqual({ v1: 10, v2: 10, n1: 0, n2: 0 });
    expect(choice.because["v1"]).toMatch(/^cut-over ended by ann: new rack; /);
    expect(choice.memory.rising).toBeUndefined();
  });

  it("one that dies during the move leaves by its verdict, and has its ramp when it comes back", () => {
    const half = { v1: { now: 5 }, v2: { now: 5 }, n1: { now: 5 }, n2: { now: 5 } };
    const dead = chosen(rows({ ...half, n1: { now: 5, state: "out" } }, 10), { percent: [50] }, ramp);
    expect(dead.weights).toEqual({ v1: 5, v2: 5, n1: 0, n2: 5 });
    expect(dead.because["n1"]).toBe("it is down");
    const left = dead.memory.left["n1"];
    expect(left).toBeDefined();
    const risen = { ...half, n1: { now: 0, ...(left ? { left } : {}) } };
    expect(chosen(rows(risen, 10), { percent: [50] }, ramp).weights["n1"]).toBe(1);
  });

  it("all of `to` dead after the last step: `from` stands in", () => {
    const end = {
      v1: { now: 0 },
      v2: { now: 0 },
      n1: { now: 10, state: "out" },
      n2: { now: 10, state: "out" },
    } as const;
    const choice = chosen(
      rows(end).map((row) => ({ ...row, island: row.box.slice(0, 1) })),
      { ranS: 9000 },
    );
    expect(choice.weights).toEqual({ v1: 1, v2: 1, n1: 0, n2: 0 });
  });

  it("the cause of another one's weight is the cut-over where its weight is told anew, and not where it comes back", () => {
    const other = (now: number): Row => ({ box: "x", full: 2, now, state: "in" });
    expect(chosen([...rows(), other(2)], {}).because["x"]).toMatch(/^cut-over by ann/);
    expect(chosen([...rows(), other(20)], {}).because["x"]).not.toMatch(/cut-over/);
    expect(chosen([...rows(), other(0)], {}).because["x"]).not.toMatch(/cut-over/);
  });

  it("an order outranks it", () => {
    const pinned = rows({
      v1: { intent: { kind: "intent", id: "i", atMs: 1, box: "v1", order: "pin", weight: 7, who: "bob", why: "x" } },
    });
    const choice = chosen(pinned, { ranS: 9000 });
    expect(choice.weights["v1"]).toBe(7);
    expect(choice.because["v1"]).toBe("pinned to weight 7 by bob: x");
  });
});
