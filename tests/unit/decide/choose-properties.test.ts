import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Choice, choose, type ChooseInput } from "../../../shared/decide/choose.ts";
import { VELOCITY_WINDOW_S } from "../../../shared/decide/damping.ts";
import { isMet } from "../../../shared/decide/floor.ts";
import { intent, NOW_S } from "./base.ts";
import { type Given, inputOf, type Row } from "./choose-base.ts";

const RUNS = { numRuns: 1000 };

const order = fc.oneof(
  { weight: 6, arbitrary: fc.constant(undefined) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      intent("", "drain"),
      intent("", "pin", { weight: 3 }),
      intent("", "pin", { weight: 0 }),
      intent("", "hold"),
    ),
  },
);
const departure = fc.record({
  atS: fc.integer({ min: NOW_S - 1500, max: NOW_S + 5 }),
  score: fc.oneof(
    { weight: 5, arbitrary: fc.integer({ min: 375, max: 6000 }) },
    { weight: 1, arbitrary: fc.constant(0) },
  ),
});
const row = fc.record({
  full: fc.constantFrom(0, 1, 1, 2, 5),
  now: fc.constantFrom(undefined, 0, 1, 2, 5),
  state: fc.constantFrom("in", "in", "out", "undecided" as const),
  risen: fc.boolean(),
  intent: order,
  island: fc.constantFrom("north", "south", "west"),
  held: fc.constantFrom(false, false, false, true),
  left: fc.option(departure, { nil: undefined }),
});
const rows = fc.array(row, { minLength: 1, maxLength: 7 }).map((list): Row[] =>
  list.map((one, index) => {
    const { left, intent, ...rest } = one;
    return { box: `lb${index}`, ...rest, ...(left ? { left } : {}), ...(intent ? { intent } : {}) };
  }),
);
const given = fc.record({
  open: fc.constantFrom(false, false, true),
  floor: fc.record({ count: fc.integer({ min: 1, max: 4 }), weight: fc.constantFrom(0, 0, 2, 6) }),
  damping: fc.boolean(),
  mode: fc.constantFrom("auto", "auto", "manual" as const),
  anyOurs: fc.boolean(),
});

type World = { rows: Row[]; given: Given; input: ChooseInput; choice: Choice };

/** What the lead says agrees with whether the pool has any record of ours. */
const world = fc.tuple(rows, given).map(([list, one]): World => {
  const anyOurs = one.anyOurs || list.some(({ now }) => now !== undefined);
  const input = inputOf(list, { ...one, anyOurs });
  return { rows: list, given: one, input, choice: choose(input) };
});

const isSetAside = (choice: Choice, box: string): boolean =>
  choice.rules.some((rule) => rule.box === box && ["drained", "pinned", "hold"].includes(rule.kind));
const serves = ({ weights }: Choice): Map<string, number> => new Map(Object.entries(weights));

/** The same pool after the batch was written. */
function after(input: ChooseInput, { weights, memory }: Choice, nowS = input.nowS): ChooseInput {
  return { ...input, nowS, serving: { ...input.serving, weights, memory, anyOurs: true } };
}

describe("choose, whatever happens", () => {
  it("gives every member a weight that Route 53 takes, and a reason", () => {
    fc.assert(
      fc.property(world, ({ rows, choice }) => {
        expect(Object.keys(choice.weights)).toEqual(rows.map(({ box }) => box));
        expect(Object.keys(choice.because)).toEqual(rows.map(({ box }) => box));
        expect(Object.values(choice.weights).filter((one) => !Number.isInteger(one) || one < 0 || one > 255)).toEqual(
          [],
        );
      }),
      RUNS,
    );
  });

  it("fed back, gives the same weights and the same memory", () => {
    fc.assert(
      fc.property(world, ({ input, choice }) => {
        const again = choose(after(input, choice));
        expect(again.weights).toEqual(choice.weights);
        expect(again.memory).toEqual(choice.memory);
      }),
      RUNS,
    );
  });

  it("never goes below the floor while anybody serves or is up whom no operator has set aside", () => {
    fc.assert(
      fc.property(world, ({ rows, input, choice }) => {
        fc.pre(!isMet(serves(choice), input.pool.floor));
        const free = rows.filter(({ box }) => !isSetAside(choice, box));
        const lost = free.filter(({ box, now = 0, state }) => (now > 0 || state === "in") && choice.weights[box] === 0);
        expect(lost).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it("leaves at least one, unless operators have set aside all", () => {
    fc.assert(
      fc.property(world, ({ rows, choice }) => {
        fc.pre(rows.some(({ box }) => !isSetAside(choice, box)));
        expect(Math.max(...Object.values(choice.weights))).toBeGreaterThan(0);
      }),
      RUNS,
    );
  });

  it("changes nothing where all are undecided and one serves", () => {
    fc.assert(
      fc.property(rows, given, (list, one) => {
        const undecided = list.map(
          ({ intent: _intent, held: _held, ...rest }): Row => ({ ...rest, state: "undecided" }),
        );
        fc.pre(undecided.some(({ now = 0, full = 1 }) => now > 0 && full > 0));
        const choice = choose(inputOf(undecided, { ...one, anyOurs: true, open: false }));
        const moved = undecided.filter(({ box, now = 0 }) => choice.weights[box] !== now);
        expect(moved).toEqual([]);
        expect(choice.memory).toEqual(inputOf(undecided).serving.memory);
      }),
      RUNS,
    );
  });

  it("lowers nobody who is not out, but standbys and by order", () => {
    fc.assert(
      fc.property(world, ({ rows, choice }) => {
        const free = rows.filter(({ box, full }) => full !== 0 && !isSetAside(choice, box));
        const lost = free.filter(({ box, now = 0, state }) => state !== "out" && now > 0 && choice.weights[box] === 0);
        expect(lost).toEqual([]);
      }),
      RUNS,
    );
  });

  it("raises nobody who is out, but when open", () => {
    fc.assert(
      fc.property(world, ({ rows, choice }) => {
        fc.pre(!choice.memory.open);
        const out = rows.filter(({ box, state }) => state === "out" && !isSetAside(choice, box));
        expect(out.filter(({ box, now = 0 }) => ![0, now].includes(choice.weights[box] ?? -1))).toEqual([]);
      }),
      RUNS,
    );
  });

  it("is open where nobody is up and it was open or each is out, and never where one is up or all are set aside", () => {
    fc.assert(
      fc.property(world, ({ rows, given, input, choice }) => {
        const fixed = new Map(input.pool.members.map(({ box, weight }) => [box, fixedAt(input, box, weight)]));
        const free = rows.filter(({ box }) => fixed.get(box) !== 0);
        const up = free.some(({ state }) => state === "in");
        const must = free.length > 0 && !up && (given.open === true || free.every(({ state }) => state === "out"));
        const mayNot = free.length === 0 || up;
        expect({ must, mayNot, open: choice.memory.open }).not.toMatchObject({ must: true, open: false });
        expect({ must, mayNot, open: choice.memory.open }).not.toMatchObject({ mayNot: true, open: true });
      }),
      RUNS,
    );
  });

  it("within a minute lets one box, one island or half of the weight go", () => {
    fc.assert(
      fc.property(world, ({ rows, input, choice }) => {
        fc.pre(!input.serving.memory?.open);
        const gone = rows.filter(({ box, left, full = 1 }) => {
          const remembered = choice.memory.left[box] ?? left;
          const counts = remembered !== undefined && remembered.score > 0;
          return full > 0 && counts && Math.abs(NOW_S - remembered.atS) < VELOCITY_WINDOW_S;
        });
        fc.pre(gone.some(({ box }) => choice.memory.left[box]?.atS === NOW_S && leavesNow(rows, choice, box)));
        const total = rows.reduce((sum, { full = 1 }) => sum + full, 0);
        const weight = gone.reduce((sum, { full = 1 }) => sum + full, 0);
        const islands = new Set(gone.map(({ island }) => island));
        expect(gone.length === 1 || islands.size === 1 || 2 * weight <= total).toBe(true);
      }),
      RUNS,
    );
  });

  it("remembers exactly those that left by verdict in this batch, as open ends only for an order and without a score", () => {
    fc.assert(
      fc.property(world, ({ rows, given: { mode }, input, choice }) => {
        const ended = input.serving.memory?.open === true;
        const uncounted = rows.filter(({ box }) => ended && mode === "manual" && leavesNow(rows, choice, box));
        // One of the minute before goes on counting.
        const isRecent = (box: string): boolean => {
          const { atS, score } = input.serving.memory?.left[box] ?? { atS: 0, score: 0 };
          return score > 0 && Math.abs(NOW_S - atS) < 60;
        };
        const before = {
          ...input.serving.memory?.left,
          ...Object.fromEntries(
            uncounted.filter(({ box }) => !isRecent(box)).map(({ box }) => [box, { atS: NOW_S, score: 0 }]),
          ),
        };
        expect(uncounted.filter(({ box }) => choice.memory.left[box] === undefined)).toEqual([]);
        const leaving = rows.filter(({ box }) => !ended && leavesNow(rows, choice, box)).map(({ box }) => box);
        const now = Object.entries(choice.memory.left);
        expect(now.filter(([box, { atS }]) => leaving.includes(box) && atS !== NOW_S)).toEqual([]);
        expect(leaving.filter((box) => choice.memory.left[box] === undefined)).toEqual([]);
        const others = now.filter(([box]) => !leaving.includes(box));
        expect(Object.fromEntries(others)).toEqual(Object.fromEntries(others.map(([box]) => [box, before[box]])));
      }),
      RUNS,
    );
  });

  it("obeys operators before everything else", () => {
    fc.assert(
      fc.property(world, ({ rows, input, choice }) => {
        const ordered = rows.flatMap(({ box, full = 1 }) => {
          const weight = fixedAt(input, box, full);
          return weight === undefined ? [] : [[box, weight] as const];
        });
        expect(ordered.map(([box]) => [box, choice.weights[box]])).toEqual(ordered);
      }),
      RUNS,
    );
  });

  it("lets a standby serve beside one that is up only where the floor needs it", () => {
    fc.assert(
      fc.property(world, ({ rows, input, choice }) => {
        fc.pre(!choice.memory.open);
        const weightOf = (box: string): number => choice.weights[box] ?? 0;
        const isFree = (box: string): boolean => !isSetAside(choice, box);
        fc.pre(rows.some(({ box, full = 1, state }) => full > 0 && state === "in" && weightOf(box) > 0));
        fc.pre(rows.some(({ box, full }) => full === 0 && isFree(box) && weightOf(box) > 0));
        // Those whom the floor prefers: ordered ones, and regular ones that are not dead.
        const preferred = rows.filter(({ box, full = 1, state }) => !isFree(box) || (full > 0 && state !== "out"));
        expect(isMet(new Map(preferred.map(({ box }) => [box, weightOf(box)])), input.pool.floor)).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  it("as time passes moves only those of whom a rule said that they wait", () => {
    fc.assert(
      fc.property(world, fc.integer({ min: 1, max: 4000 }), ({ input, choice }, laterS) => {
        const later = choose(after(input, choice, NOW_S + laterS));
        const moved = Object.keys(choice.weights).filter((box) => later.weights[box] !== choice.weights[box]);
        const waiting = new Set(["damped", "waiting", "waived", "held", "floor", "standby"]);
        const may = new Set(choice.rules.filter(({ kind }) => waiting.has(kind)).map(({ box }) => box));
        expect(moved.filter((box) => !may.has(box))).toEqual([]);
        const memory = moved.length === 0 ? choice.memory : later.memory;
        expect(later.memory).toEqual(memory);
      }),
      RUNS,
    );
  });
});

/** The weight that an operator ordered: the newest intent, or what was edited by hand, whichever is less. */
function fixedAt({ intents, serving }: ChooseInput, box: string, full: number): number | undefined {
  const idle = serving.weights[box] ?? (serving.anyOurs ? 0 : full);
  const one = intents.get(box);
  const held = serving.held.includes(box);
  if (!one) return held ? idle : undefined;
  if (one.order === "drain") return 0;
  const pinned = one.order === "pin" ? (one.weight ?? full) : idle;
  return held ? Math.min(idle, pinned) : pinned;
}

function leavesNow(rows: readonly Row[], choice: Choice, box: string): boolean {
  const row = rows.find((one) => one.box === box);
  const serving = row?.state === "out" && (row.full ?? 1) > 0 && (row.now ?? 0) > 0;
  return serving && choice.weights[box] === 0 && !isSetAside(choice, box);
}
