import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isPaced, mayLeave, type Pace } from "../../../shared/decide/velocity.ts";

/** `a1` is box a of island 1; all weights are 1 unless given. */
function paceOf(boxes: readonly string[], recent: readonly string[] = [], weights: Record<string, number> = {}): Pace {
  return {
    recent,
    islandOf: Object.fromEntries(boxes.map((box) => [box, box.slice(1)])),
    full: new Map(boxes.map((box) => [box, weights[box] ?? 1])),
  };
}

describe("mayLeave", () => {
  const four = ["a1", "b1", "a2", "b2"];
  it.each<[title: string, leaving: string[], pace: Pace, may: string[]]>([
    ["nobody", [], paceOf(four), []],
    ["one box, whatever its weight", ["a1"], paceOf(four, [], { a1: 100 }), ["a1"]],
    ["one box that is the whole pool", ["a1"], paceOf(["a1"]), ["a1"]],
    ["one island whole", ["a1", "b1"], paceOf(["a1", "b1", "a2"]), ["a1", "b1"]],
    ["half of the weight across islands", ["a1", "a2"], paceOf(four), ["a1", "a2"]],
    [
      "more than half across islands: what fits by id",
      ["a1", "a2", "a3"],
      paceOf(["a1", "a2", "a3", "a4"]),
      ["a1", "a2"],
    ],
    [
      "more than half across islands: one island, as it weighs more",
      ["a1", "b1", "c1", "a2"],
      paceOf(["a1", "b1", "c1", "a2", "b2"]),
      ["a1", "b1", "c1"],
    ],
    [
      "an island and what still fits beside it",
      ["a1", "b1", "a2", "a3"],
      paceOf(["a1", "b1", "a2", "a3", "a4", "a5"]),
      ["a1", "b1", "a2"],
    ],
    ["another of the island that has just left", ["b1"], paceOf(["a1", "b1", "a2"], ["a1"]), ["b1"]],
    ["one of another island after more than half", ["a2"], paceOf(["a1", "b1", "a2"], ["a1", "b1"]), []],
    ["half together with what has just left", ["a2"], paceOf(four, ["a1"]), ["a2"]],
    ["over half together with what has just left", ["a2", "b2"], paceOf(four, ["a1"]), ["a2"]],
    ["standbys weigh nothing", ["a2"], paceOf(["a1", "a2", "a3"], ["a1"], { a2: 0, a3: 1 }), ["a2"]],
  ])("%s", (_title, leaving, pace, may) => {
    expect([...mayLeave(leaving, pace)]).toEqual(may);
  });

  it("a box of an unknown island stands alone", () => {
    const pace: Pace = {
      recent: [],
      islandOf: {},
      full: new Map([
        ["a", 1],
        ["b", 1],
        ["c", 1],
      ]),
    };
    expect([...mayLeave(["a", "b"], pace)]).toEqual(["a"]);
    expect([...mayLeave(["constructor", "toString"], pace)]).toEqual(["constructor", "toString"]);
  });

  const box = fc.constantFrom("a1", "b1", "c1", "a2", "b2", "a3", "a4");
  const world = fc
    .record({
      boxes: fc.uniqueArray(box, { minLength: 1 }),
      weights: fc.dictionary(box, fc.nat(5)),
      leaving: fc.uniqueArray(box),
      recent: fc.uniqueArray(box),
    })
    .map(({ boxes, weights, leaving, recent }) => {
      const out = leaving.filter((one) => boxes.includes(one) && !recent.includes(one));
      return {
        leaving: out,
        pace: paceOf(
          boxes,
          recent.filter((one) => boxes.includes(one)),
          weights,
        ),
      };
    });

  it("lets nobody else go when it is asked again", () => {
    fc.assert(
      fc.property(world, ({ leaving, pace }) => {
        const gone = mayLeave(leaving, pace);
        const kept = leaving.filter((one) => !gone.has(one));
        expect([...mayLeave(kept, { ...pace, recent: [...pace.recent, ...gone] })]).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });

  it("keeps the pace, does not depend on the order, and holds nobody back for nothing", () => {
    fc.assert(
      fc.property(world, ({ leaving, pace }) => {
        const gone = [...mayLeave(leaving, pace)];
        expect(gone.length === 0 || isPaced([...pace.recent, ...gone], pace)).toBe(true);
        expect([...mayLeave(leaving.toReversed(), pace)]).toEqual(gone);
        expect(gone.length === leaving.length || !isPaced([...pace.recent, ...leaving], pace)).toBe(true);
        const stuck = pace.recent.length === 0 && leaving.length > 0 && gone.length === 0;
        expect(stuck).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });
});
