import { describe, expect, it } from "vitest";
import {
  afterTelling,
  beforeTelling,
  believedOf,
  foldTold,
  isBeingTold,
  isSibling,
  type Move,
  type Setout,
  type Told,
} from "../../../shared/decide/announced.ts";

const NOW = 1_000_000;

function told(boxes: Record<string, [weight: number, epoch: number]>, islands: Record<string, number> = {}): Told {
  return {
    boxes: Object.fromEntries(Object.entries(boxes).map(([box, [weight, epoch]]) => [box, { weight, epoch }])),
    islands,
  };
}

function setout(epoch: number, run = "run-1"): Setout {
  return { epoch, atMs: NOW, run };
}

function move(box: string, after: number, island = "north"): Move {
  return { box, island, before: 1, after };
}

describe("foldTold", () => {
  it("is undefined where nothing was ever told", () => expect(foldTold([])).toBeUndefined());

  it("takes of each box what the newest epoch said, whichever region said it", () => {
    const folded = foldTold([
      told({ a: [0, 5], b: [1, 3] }, { north: 7 }),
      told({ a: [1, 4], b: [0, 6] }, { north: 9, south: 2 }),
    ]);
    expect(folded).toEqual(told({ a: [0, 5], b: [0, 6] }, { north: 9, south: 2 }));
  });

  it("keeps a change that waited apart from one that was told later", () => {
    // lb1 was told at epoch 5; lb2 left at epoch 6 and waits; lb3 was told at epoch 7.
    const start = told({ lb1: [1, 1], lb2: [1, 1], lb3: [1, 1] });
    const first = afterTelling(start, [move("lb1", 0)], 5, NOW);
    const third = afterTelling(first, [move("lb3", 0, "south")], 7, NOW);
    expect(foldTold([third])?.boxes["lb2"]).toEqual({ weight: 1, epoch: 1 });
  });
});

describe("afterTelling", () => {
  it("notes the start of a set without having told anybody of its islands", () => {
    const start = afterTelling(undefined, [{ box: "lb1", island: "north", before: undefined, after: 1 }], 5, NOW);
    expect(start).toEqual(told({ lb1: [1, 5] }));
    expect(afterTelling(start, [move("lb1", 0)], 6, NOW).islands).toEqual({ north: NOW });
  });
});

describe("what was perhaps told", () => {
  const start = told({ lb1: [1, 1], lb2: [1, 1] });
  const telling = beforeTelling(start, [move("lb1", 0)], setout(5));

  it.each([
    ["nothing is open: what was told", start, 0, 1],
    ["it is as it was perhaps told: what was told, so that it is told again", telling, 0, 1],
    ["it is as it was told before: what was perhaps told, so that this is told as well", telling, 1, 0],
  ])("%s", (_title, one, now, believed) => {
    expect(believedOf(foldTold([one]), "lb1", now)).toBe(believed);
    expect(believedOf(foldTold([one]), "lb2", now)).toBe(1);
  });

  it("is settled once it was told, by whatever region, and no sooner", () => {
    const after = afterTelling(telling, [move("lb1", 0)], 5, NOW);
    expect(after.telling).toBeUndefined();
    expect(foldTold([telling, told({ lb1: [0, 5] })])?.perhaps).toBeUndefined();
    expect(foldTold([telling, told({ lb1: [0, 4] })])?.perhaps).toEqual({ lb1: [{ weight: 0, ...setout(5) }] });
    const other = afterTelling(beforeTelling(telling, [move("lb2", 0)], setout(6)), [move("lb2", 0)], 6, NOW);
    expect(other.telling).toEqual({ lb1: { weight: 0, ...setout(5) } });
  });

  it("is not forgotten when the next is set out for, here or in another region", () => {
    const back = { ...move("lb1", 1), before: 0 };
    expect(believedOf(foldTold([beforeTelling(telling, [back], setout(6))]), "lb1", 1)).toBe(0);
    expect(believedOf(foldTold([telling, beforeTelling(start, [back], setout(6))]), "lb1", 1)).toBe(0);
    expect(believedOf(foldTold([telling, beforeTelling(start, [back], setout(6))]), "lb1", 0)).toBe(1);
  });

  it("of a later epoch is not undone by a run that was slow", () => {
    const later = beforeTelling(afterTelling(start, [move("lb1", 1)], 7, NOW), [move("lb1", 0)], setout(8, "run-2"));
    const slow = afterTelling(later, [move("lb1", 0), move("lb2", 0)], 5, NOW);
    expect(slow.boxes).toEqual({ lb1: { weight: 1, epoch: 7 }, lb2: { weight: 0, epoch: 5 } });
    expect(slow.telling).toEqual(later.telling);
    expect(beforeTelling(later, [move("lb1", 0)], setout(5)).telling).toEqual(later.telling);
  });

  it("leaves what was surely told as it was, however often something else is set out for in one epoch", () => {
    // Somebody raises it by hand before the message of epoch 5 gets through, and that one does not either.
    const raised = beforeTelling(telling, [move("lb1", 9)], setout(5, "run-2"));
    expect(raised.boxes).toEqual(start.boxes);
    const again = beforeTelling(raised, [move("lb1", 0)], setout(6));
    expect(believedOf(foldTold([raised]), "lb1", 0)).toBe(9);
    expect(believedOf(foldTold([again]), "lb1", 0)).toBe(9);
    expect(believedOf(foldTold([again]), "lb1", 9)).toBe(0);
    expect(believedOf(foldTold([beforeTelling(again, [move("lb1", 0)], setout(6, "run-3"))]), "lb1", 0)).toBe(9);
    expect(afterTelling(again, [move("lb1", 0)], 6, NOW).telling).toBeUndefined();
  });

  it("is nobody's belief where nothing is known", () => expect(believedOf(undefined, "lb1", 1)).toBeUndefined());
});

describe("isBeingTold", () => {
  const claimed = beforeTelling(told({ lb1: [1, 1], lb2: [1, 1] }), [move("lb1", 0)], setout(5));
  const late = { ...setout(5, "run-2"), atMs: NOW + 30_000 };
  it.each<[title: string, mine: Told | undefined, moves: Move[], asked: Setout, is: boolean]>([
    ["nothing was set out for", undefined, [move("lb1", 0)], setout(5), false],
    ["by another run, which may still be at it", claimed, [move("lb1", 0)], setout(5, "run-2"), true],
    ["by another run, which must have ended", claimed, [move("lb1", 0)], late, false],
    ["by this run: its own claim", claimed, [move("lb1", 0)], setout(5), false],
    ["another weight", claimed, [move("lb1", 1)], setout(5, "run-2"), false],
    ["for another epoch", claimed, [move("lb1", 0)], setout(6, "run-2"), false],
    ["only of one of them", claimed, [move("lb1", 0), move("lb2", 0)], setout(5, "run-2"), false],
    ["it was told, for this epoch", told({ lb1: [0, 5] }), [move("lb1", 0)], setout(5), true],
    ["it was told for an earlier one", told({ lb1: [0, 4] }), [move("lb1", 0)], setout(5), false],
  ])("%s", (_title, mine, moves, asked, is) => expect(isBeingTold(mine, moves, asked)).toBe(is));
});

describe("isSibling", () => {
  const serves = (): boolean => true;
  const nothing = (): boolean => false;
  const lately = told({}, { north: NOW - 29_999 });
  it.each([
    ["the first of its island", [move("lb1", 0)], told({}), serves, false],
    ["nothing was ever told", [move("lb1", 0)], undefined, serves, false],
    ["a sibling within 30 s, others serve", [move("lb2", 0)], lately, serves, true],
    ["a sibling within 30 s, the last of the island", [move("lb2", 0)], lately, nothing, false],
    ["a sibling after 30 s", [move("lb2", 0)], told({}, { north: NOW - 30_000 }), serves, false],
    ["one that comes back", [move("lb2", 1)], lately, serves, false],
    ["one of another island beside", [move("lb2", 0), move("lb3", 0, "south")], lately, serves, false],
    ["nothing moved", [], lately, serves, false],
  ] as const)("%s", (_row, moves, before, serving, waits) => {
    expect(isSibling(moves, before, serving, NOW)).toBe(waits);
  });
});
