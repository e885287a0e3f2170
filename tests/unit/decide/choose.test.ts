import { describe, expect, it } from "vitest";
import { choose } from "../../../shared/decide/choose.ts";
import { formatUtc } from "../../../shared/message/time.ts";
import { intent, NOW_MS, NOW_S } from "./base.ts";
import { chooseOf, type Given, inputOf, type Row, rulesOf } from "./choose-base.ts";

/** Another box that is in and serves, so that neither fail open nor the floor speaks. */
const other: Row = { box: "zz", full: 2, now: 2, state: "in" };

/** The table of `choose`, row by row: the box "x" beside others. */
const table: [title: string, x: Omit<Row, "box">, others: Row[], given: Given, weight: number, rules: string[]][] = [
  ["drain", { full: 3, now: 3, state: "in", intent: intent("x", "drain") }, [other], {}, 0, ["drained"]],
  [
    "pin to a weight",
    { full: 3, now: 3, state: "out", intent: intent("x", "pin", { weight: 7 }) },
    [other],
    {},
    7,
    ["pinned"],
  ],
  ["pin without one", { full: 3, now: 0, state: "out", intent: intent("x", "pin") }, [other], {}, 3, ["pinned"]],
  ["hold", { full: 3, now: 2, state: "out", intent: intent("x", "hold") }, [other], {}, 2, ["hold"]],
  ["hold at 0", { full: 3, now: 0, state: "in", intent: intent("x", "hold") }, [other], {}, 0, ["hold"]],
  [
    "hold, no record, but the pool has some",
    { full: 3, state: "in", intent: intent("x", "hold") },
    [other],
    {},
    0,
    ["hold"],
  ],
  ["hold, no record of ours at all", { full: 3, state: "in", intent: intent("x", "hold") }, [], {}, 3, ["hold"]],
  ["lowered by hand", { full: 3, now: 1, state: "in", held: true }, [other], {}, 1, ["hold"]],
  [
    "pinned, then lowered by hand",
    { full: 3, now: 1, state: "in", held: true, intent: intent("x", "pin", { weight: 7 }) },
    [other],
    {},
    1,
    ["hold"],
  ],
  [
    "lowered by hand, then drained",
    { full: 3, now: 1, state: "in", held: true, intent: intent("x", "drain") },
    [other],
    {},
    0,
    ["drained"],
  ],

  ["each is out", { full: 3, now: 3, state: "out" }, [{ box: "y", now: 1, state: "out" }], {}, 3, []],
  [
    "each is out or undecided at 0",
    { full: 3, now: 0, state: "undecided" },
    [{ box: "y", now: 1, state: "out" }],
    {},
    3,
    [],
  ],
  [
    "it was open, and nobody is in",
    { full: 3, now: 0, state: "out" },
    [{ box: "y", now: 1, state: "undecided" }],
    { open: true },
    3,
    [],
  ],
  ["open, a standby", { full: 0, now: 0, state: "out" }, [{ box: "y", now: 1, state: "out" }], {}, 1, []],
  [
    "open, and drained",
    { full: 3, now: 3, state: "out", intent: intent("x", "drain") },
    [{ box: "y", now: 1, state: "out" }],
    {},
    0,
    ["drained"],
  ],
  [
    "only who is set aside is in",
    { full: 3, now: 3, state: "out" },
    [{ ...other, intent: intent("zz", "drain") }],
    {},
    3,
    [],
  ],
  [
    "only who is held at 0 is in",
    { full: 3, now: 3, state: "out" },
    [{ ...other, now: 0, intent: intent("zz", "hold") }],
    {},
    3,
    [],
  ],

  ["undecided", { full: 3, now: 2, state: "undecided" }, [other], {}, 2, ["undecided"]],
  ["undecided at 0", { full: 3, now: 0, state: "undecided" }, [other], {}, 0, ["undecided"]],
  ["undecided, no record, but the pool has some", { full: 3, state: "undecided" }, [other], {}, 0, ["undecided"]],
  [
    "undecided, no record under the lead, but under another name",
    { full: 3, state: "undecided" },
    [{ box: "y", state: "in" }],
    { anyOurs: true },
    0,
    ["undecided"],
  ],
  [
    "undecided, no record of ours at all",
    { full: 3, state: "undecided" },
    [{ box: "y", state: "in" }],
    {},
    3,
    ["undecided"],
  ],
  ["in, no record of ours at all", { full: 3, state: "in", risen: false }, [{ box: "y", state: "in" }], {}, 3, []],
  ["in and served", { full: 3, now: 1, state: "in", risen: false }, [other], {}, 3, []],
  [
    "in, and open has just ended",
    { full: 3, now: 0, state: "in", risen: false },
    [{ box: "y", now: 1, state: "out" }],
    { open: true },
    3,
    [],
  ],
  ["in at 0, risen", { full: 3, now: 0, state: "in" }, [other], {}, 3, []],
  ["in, no record, risen", { full: 3, state: "in" }, [other], {}, 3, []],
  ["in at 0, not risen", { full: 3, now: 0, state: "in", risen: false }, [other], {}, 0, ["waiting"]],
  ["in, no record, not risen", { full: 3, state: "in", risen: false }, [other], {}, 0, ["waiting"]],
  [
    "in at 0, barred",
    { full: 3, now: 0, state: "in", left: { atS: NOW_S - 100, score: 2000 } },
    [other],
    {},
    0,
    ["damped"],
  ],
  [
    "in at 0, no longer barred",
    { full: 3, now: 0, state: "in", left: { atS: NOW_S - 1274, score: 2000 } },
    [other],
    {},
    3,
    [],
  ],
  [
    "in at 0, barred without damping",
    { full: 3, now: 0, state: "in", left: { atS: NOW_S - 100, score: 2000 } },
    [other],
    { damping: false },
    3,
    [],
  ],
  ["in at 0, left once", { full: 3, now: 0, state: "in", left: { atS: NOW_S - 100, score: 1000 } }, [other], {}, 3, []],
  [
    "in at 0, not risen, else a dead one must serve",
    { full: 3, now: 0, state: "in", risen: false },
    [{ box: "y", now: 1, state: "out" }],
    {},
    3,
    ["waived"],
  ],
  [
    "in at 0, barred, else a dead one must serve",
    { full: 3, now: 0, state: "in", left: { atS: NOW_S - 100, score: 2000 } },
    [{ box: "y", now: 1, state: "out" }],
    {},
    3,
    ["waived"],
  ],

  ["out and served", { full: 3, now: 3, state: "out" }, [{ ...other, full: 3, now: 3 }], {}, 0, []],
  ["out at 0", { full: 3, now: 0, state: "out" }, [other], {}, 0, []],
  ["out, no record", { full: 3, state: "out" }, [other], {}, 0, []],
  [
    "out, and the floor has nobody better",
    { full: 3, now: 2, state: "out" },
    [other],
    { floor: { count: 2 } },
    2,
    ["floor"],
  ],
  [
    "out, and the floor's weight is not met",
    { full: 3, now: 3, state: "out" },
    [other],
    { floor: { weight: 3 } },
    3,
    ["floor"],
  ],
  [
    "out, and the floor keeps another by id",
    { full: 1, now: 1, state: "out" },
    [{ box: "a", now: 1, state: "out" }, other],
    { floor: { count: 2 } },
    0,
    [],
  ],
  ["out at 0, and the floor is not met", { full: 3, now: 0, state: "out" }, [other], { floor: { count: 2 } }, 0, []],
  [
    "out, more than half of the pool has left lately",
    { full: 1, now: 1, state: "out" },
    [
      { box: "y", now: 0, state: "out", left: { atS: NOW_S - 59, score: 1000 } },
      { ...other, full: 1, now: 1 },
    ],
    {},
    1,
    ["held"],
  ],
  [
    "the same over a minute ago",
    { full: 1, now: 1, state: "out" },
    [
      { box: "y", now: 0, state: "out", left: { atS: NOW_S - 60, score: 1000 } },
      { ...other, full: 1, now: 1 },
    ],
    {},
    0,
    [],
  ],
  [
    "the same on one island",
    { full: 1, now: 1, state: "out", island: "n" },
    [
      { box: "y", now: 0, state: "out", island: "n", left: { atS: NOW_S - 9, score: 1000 } },
      { ...other, full: 1, now: 1 },
    ],
    {},
    0,
    [],
  ],

  ["standby while another serves", { full: 0, now: 0, state: "in" }, [other], {}, 0, ["standby"]],
  ["standby that served until another rose", { full: 0, now: 1, state: "in" }, [other], {}, 0, ["standby"]],
  [
    "standby that the floor needs",
    { full: 0, now: 0, state: "in", risen: false },
    [other],
    { floor: { count: 2 } },
    1,
    ["standby"],
  ],
  [
    "standby, the others are dead",
    { full: 0, now: 0, state: "in" },
    [{ box: "y", now: 1, state: "out" }],
    {},
    1,
    ["standby"],
  ],
  [
    "standby, the other is drained",
    { full: 0, now: 0, state: "in" },
    [{ ...other, intent: intent("zz", "drain") }],
    {},
    1,
    ["standby"],
  ],
  [
    "standby, the other is undecided and serves",
    { full: 0, now: 0, state: "in" },
    [{ box: "y", now: 1, state: "undecided" }],
    {},
    0,
    ["standby"],
  ],
  [
    "standby that serves, the other is undecided and serves",
    { full: 0, now: 1, state: "in" },
    [{ box: "y", now: 1, state: "undecided" }],
    {},
    1,
    ["standby"],
  ],
  [
    "standby, the others are dead, another standby is undecided and serves",
    { full: 0, now: 0, state: "in" },
    [
      { box: "y", now: 1, state: "out" },
      { box: "s", full: 0, now: 1, state: "undecided" },
    ],
    {},
    1,
    ["standby"],
  ],
  [
    "standby, a dead one is pinned to serve",
    { full: 0, now: 0, state: "in" },
    [{ box: "y", now: 3, state: "out", intent: intent("y", "pin") }],
    {},
    1,
    ["standby"],
  ],
  [
    "standby, a dead one is pinned to serve, an undecided one serves",
    { full: 0, now: 0, state: "in" },
    [
      { box: "y", now: 3, state: "out", intent: intent("y", "pin") },
      { box: "z", now: 1, state: "undecided" },
    ],
    {},
    0,
    ["standby"],
  ],
  [
    "standby undecided at 0, another standby is in",
    { full: 0, now: 0, state: "undecided" },
    [
      { box: "y", now: 1, state: "out" },
      { box: "s", full: 0, now: 0, state: "in" },
    ],
    {},
    0,
    ["standby"],
  ],
  [
    "standby undecided, the others are dead",
    { full: 0, now: 1, state: "undecided" },
    [{ box: "y", now: 1, state: "out" }],
    {},
    1,
    ["standby"],
  ],
  [
    "standby undecided that the floor needs",
    { full: 0, now: 1, state: "undecided" },
    [other],
    { floor: { count: 2 } },
    1,
    ["standby"],
  ],
  [
    "standby undecided that the floor needs, but it does not serve",
    { full: 0, now: 0, state: "undecided" },
    [other],
    { floor: { count: 2 } },
    0,
    ["standby"],
  ],
  ["standby out", { full: 0, now: 1, state: "out" }, [other], {}, 0, ["standby"]],
  [
    "standby out, and the floor has nobody better",
    { full: 0, now: 1, state: "out" },
    [other],
    { floor: { count: 2 } },
    1,
    ["floor"],
  ],
];

it.each(table)("%s", (_title, x, others, given, weight, rules) => {
  const choice = chooseOf([{ box: "x", ...x }, ...others], given);
  expect(choice.weights["x"]).toBe(weight);
  expect(rulesOf(choice, "x")).toEqual(rules);
  expect(choice.because["x"]).toMatch(/[^.]$/);
});

describe("who is woken", () => {
  it.each<[title: string, rows: Row[], given: Given, paged: string[]]>([
    ["fail open", [{ box: "x", now: 1, state: "out" }], {}, ["fail-open"]],
    ["the floor", [{ box: "x", now: 1, state: "out" }, other], { floor: { count: 2 } }, ["floor"]],
    [
      "velocity",
      [
        { box: "x", now: 1, state: "out" },
        { box: "y", now: 1, state: "out" },
        { box: "z", now: 1, state: "in" },
      ],
      {},
      ["held"],
    ],
    ["a box that leaves", [{ box: "x", now: 1, state: "out" }, other], {}, []],
    [
      "one that waits, one drained, a standby",
      [
        { box: "x", now: 0, state: "in", risen: false },
        { box: "y", now: 1, state: "in", intent: intent("y", "drain") },
        { box: "s", full: 0, now: 0, state: "in" },
        other,
      ],
      {},
      [],
    ],
    [
      "one held, one lowered by hand",
      [
        { box: "x", now: 1, state: "out", intent: intent("x", "hold") },
        { box: "y", now: 1, state: "in", held: true },
        other,
      ],
      {},
      [],
    ],
    ["one that is damped", [{ box: "x", now: 0, state: "in", left: { atS: NOW_S, score: 3000 } }, other], {}, []],
    [
      "one that comes back before its time",
      [
        { box: "x", now: 0, state: "in", risen: false },
        { box: "y", now: 0, state: "out" },
      ],
      {},
      [],
    ],
    ["the end of fail open", [{ box: "x", now: 1, state: "in" }], { open: true }, []],
  ])("%s", (_title, rows, given, paged) => {
    expect(
      chooseOf(rows, given)
        .rules.filter(({ page }) => page)
        .map(({ kind }) => kind),
    ).toEqual(paged);
  });
});

describe("fail open", () => {
  const dead: Row[] = [
    { box: "x", full: 3, now: 3, state: "out" },
    { box: "y", full: 2, now: 0, state: "out", left: { atS: NOW_S - 10, score: 3000 } },
  ];

  it("is remembered, also when no weight changes", () => {
    const choice = chooseOf([{ box: "x", now: 1, state: "out" }]);
    expect(choice.weights).toEqual({ x: 1 });
    expect(choice.memory.open).toBe(true);
  });

  it("serves all, whatever damping and velocity would say", () => {
    const choice = chooseOf(dead);
    expect(choice.weights).toEqual({ x: 3, y: 2 });
    expect(rulesOf(choice)).toEqual(["fail-open"]);
  });

  it("ends when one is in: that one stays, the dead leave at once and are not remembered", () => {
    const choice = chooseOf([{ box: "w", now: 1, state: "in", risen: false }, ...dead], { open: true });
    expect(choice.weights).toEqual({ w: 1, x: 0, y: 0 });
    expect(choice.memory).toEqual({ open: false, left: { y: { atS: NOW_S - 10, score: 3000 } } });
    expect(rulesOf(choice)).toEqual(["fail-open-ended"]);
  });

  it("keeps the floor when it ends", () => {
    const choice = chooseOf([{ box: "w", now: 1, state: "in" }, ...dead], { open: true, floor: { count: 2 } });
    expect(choice.weights).toEqual({ w: 1, x: 3, y: 0 });
  });

  it("says whom it serves, and at its end who is up", () => {
    const aside: Row = { box: "d", now: 1, state: "in", intent: intent("d", "drain") };
    expect(chooseOf([aside, ...dead]).rules.at(0)?.detail).toBe(
      "No load balancer is known to be up, so fail open serves all that are not set aside: x and y.\nx: it is down.\ny: it is down.",
    );
    const one: Row = { box: "u", now: 1, state: "in" };
    const detail = (rows: Row[]) => chooseOf(rows, { open: true }).rules.at(0)?.detail;
    expect(detail([aside, one, ...dead])).toBe("Fail open is over: u is up.");
    expect(detail([aside, one, { ...one, box: "v" }])).toBe("Fail open is over: u and v are up.");
  });

  it("ends when every box is set aside", () => {
    const choice = chooseOf([{ box: "x", now: 1, state: "out", intent: intent("x", "drain") }], { open: true });
    expect(choice.weights).toEqual({ x: 0 });
    expect(choice.memory.open).toBe(false);
    expect(choice.rules.map(({ detail }) => detail)[0]).toMatch(/set aside by an operator/);
  });
});

describe("what is remembered", () => {
  const before = { atS: NOW_S - 900, score: 1000 };

  it("of one that leaves: when, and its decayed score and 1000 more", () => {
    // Half of 1000 is left after the half-life of 900 s.
    const choice = chooseOf([{ box: "x", now: 1, state: "out", left: before }, other]);
    expect(choice.memory).toEqual({ open: false, left: { x: { atS: NOW_S, score: 1500 } } });
  });

  it.each<[title: string, x: Omit<Row, "box">]>([
    ["a drain", { now: 1, state: "out", intent: intent("x", "drain") }],
    ["a standby", { full: 0, now: 1, state: "out" }],
    ["nobody, as nothing moves", { now: 0, state: "out" }],
  ])("of %s: nothing new", (_title, x) => {
    expect(chooseOf([{ box: "x", left: before, ...x }, other]).memory.left).toEqual({ x: before });
  });

  it("what velocity held is not remembered", () => {
    const rows: Row[] = ["a", "b"].map((box) => ({ box, now: 1, state: "out" }));
    const { weights, memory } = chooseOf([...rows, { ...other, full: 1, now: 1 }]);
    expect(weights).toEqual({ a: 0, b: 1, zz: 1 });
    expect(Object.keys(memory.left)).toEqual(["a"]);
  });

  it("old scores are dropped only with a batch that is written anyhow", () => {
    const ancient = { atS: NOW_S - 86_400, score: 1000 };
    const still: Row = { box: "y", now: 1, state: "in", left: ancient };
    expect(chooseOf([still, other]).memory.left).toEqual({ y: ancient });
    expect(Object.keys(chooseOf([still, other, { box: "x", now: 1, state: "out" }]).memory.left)).toEqual(["x"]);
  });

  it("a fence without memory is one that remembers nothing", () => {
    const input = inputOf([other]);
    const { memory, rules } = choose({ ...input, serving: { ...input.serving, memory: undefined } });
    expect(memory).toEqual({ open: false, left: {} });
    expect(rules).toEqual([]);
  });
});

describe("what the rules say", () => {
  it("names who ordered what, why and until when", () => {
    const until = intent("x", "pin", { weight: 5, untilMs: NOW_MS + 1500 });
    const { rules, because } = chooseOf([{ box: "x", now: 1, state: "out", intent: until }, other]);
    const said = `pinned to weight 5 by ann: disk (until ${formatUtc(NOW_MS + 1500)})`;
    expect(because["x"]).toBe(said);
    expect(rules[0]).toMatchObject({
      kind: "pinned",
      box: "x",
      untilS: NOW_S + 2,
      detail: `x: ${said}.`,
    });
  });

  it("says until when a box is barred, and when velocity lets the next go", () => {
    const damped = chooseOf([{ box: "x", now: 0, state: "in", left: { atS: NOW_S, score: 3000 } }, other]);
    // From 3000 below 750 in two half-lives of 900 s.
    expect(damped.rules[0]).toMatchObject({ kind: "damped", untilS: NOW_S + 1801 });
    const left = { atS: NOW_S - 20, score: 1000 };
    const held = chooseOf([
      { box: "x", now: 1, state: "out" },
      { box: "y", now: 0, state: "out", left },
      { ...other, full: 1, now: 1 },
    ]);
    expect(held.rules.find(({ kind }) => kind === "held")).toMatchObject({ box: "x", untilS: NOW_S + 40 });
  });

  it.each<[title: string, row: Omit<Row, "box">, given: Given, because: string]>([
    ["a standby at rest", { full: 0, now: 0, state: "in" }, {}, "standby; everything is up from a quorum of regions"],
    [
      "a standby that the floor needs",
      { full: 0, now: 0, state: "in" },
      { floor: { count: 2 } },
      "standby, serving because the floor needs it; everything is up from a quorum of regions",
    ],
    [
      "a standby that the floor keeps",
      { full: 0, now: 1, state: "undecided" },
      { floor: { count: 2 } },
      "standby, serving; none of its checks has been reached from a quorum of regions",
    ],
    [
      "one that waits",
      { now: 0, state: "in", risen: false },
      {},
      "everything is up from a quorum of regions, but not yet for 60 s and 3 successes",
    ],
    [
      "one that has left lately",
      { now: 0, state: "in", risen: false, left: { atS: NOW_S - 20, score: 1000 } },
      {},
      "everything is up from a quorum of regions, but it left only 20 s ago: not before 60 s and 3 successes",
    ],
    [
      "one that left as long ago as it must be up",
      { now: 0, state: "in", risen: false, left: { atS: NOW_S - 60, score: 1000 } },
      {},
      "everything is up from a quorum of regions, but not yet for 60 s and 3 successes",
    ],
    [
      "one that is barred",
      { now: 0, state: "in", left: { atS: NOW_S, score: 3000 } },
      {},
      "everything is up from a quorum of regions, but it was withdrawn too often lately: kept out for 31 min more",
    ],
    [
      "an undecided one",
      { now: 1, state: "undecided" },
      {},
      "none of its checks has been reached from a quorum of regions; it stays at weight 1",
    ],
    ["one that leaves", { now: 1, state: "out" }, {}, "it is down"],
    [
      "one that the floor keeps",
      { now: 4, state: "out" },
      { floor: { count: 2 } },
      "it is down; kept at weight 4, because the floor has nobody better",
    ],
    [
      "one lowered by hand",
      { now: 1, state: "in", held: true },
      {},
      "lowered by hand in the zone; held at weight 1 until the next order for it",
    ],
    [
      "a hold without a reason",
      { now: 1, state: "in", intent: intent("x", "hold", { why: "" }) },
      {},
      "held at weight 1 by ann",
    ],
  ])("of %s", (_title, row, given, because) => {
    expect(chooseOf([{ box: "x", ...row }, other], given).because["x"]).toBe(because);
  });
});
