import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ordersOf } from "../../../shared/decide/intents.ts";
import type { Fact, Freeze, Intent } from "../../../shared/model/fact.ts";

const NOW = 10_000;

function ordered(id: string, atMs: number, order: Intent["order"], untilMs?: number, box = "x"): Intent {
  return { kind: "intent", id, atMs, box, order, who: "ann", why: "", ...(untilMs === undefined ? {} : { untilMs }) };
}

function freeze(id: string, atMs: number, on: boolean): Freeze {
  return { kind: "freeze", id, atMs, on, who: "ann", why: "" };
}

describe("intents", () => {
  it.each<[title: string, facts: Fact[], holds: string | undefined]>([
    ["none", [], undefined],
    ["drain", [ordered("a", 1, "drain")], "a"],
    ["pin until later", [ordered("a", 1, "pin", NOW + 1)], "a"],
    ["hold until now", [ordered("a", 1, "hold", NOW)], undefined],
    ["hold until before", [ordered("a", 1, "hold", NOW - 1)], undefined],
    [
      "an expired one does not bring back what it replaced",
      [ordered("a", 1, "drain"), ordered("b", 2, "pin", NOW - 1)],
      undefined,
    ],
    ["clear", [ordered("a", 1, "drain"), ordered("b", 2, "clear")], undefined],
    ["the newest, in whatever order they come", [ordered("b", 2, "pin"), ordered("a", 1, "drain")], "b"],
    ["of one time, the greater id", [ordered("b", 1, "pin"), ordered("a", 1, "drain")], "b"],
    ["after a clear", [ordered("a", 1, "clear"), ordered("b", 2, "drain")], "b"],
    ["of another box", [ordered("a", 1, "drain", undefined, "y")], undefined],
  ])("%s", (_title, facts, holds) => {
    expect(ordersOf(facts, NOW).intents.get("x")?.id).toBe(holds);
  });

  it("the newest of all is told, also when it holds no longer", () => {
    const { newest } = ordersOf(
      [ordered("a", 1, "drain"), ordered("b", 2, "clear"), ordered("c", 1, "hold", 5, "y")],
      NOW,
    );
    expect([...newest].map(([box, { id }]) => [box, id])).toEqual([
      ["x", "b"],
      ["y", "c"],
    ]);
  });
});

describe("freeze", () => {
  it.each<[title: string, facts: Fact[], frozen: string | undefined]>([
    ["none", [], undefined],
    ["on", [freeze("a", 1, true)], "a"],
    ["off", [freeze("a", 1, true), freeze("b", 2, false)], undefined],
    ["on again", [freeze("a", 1, false), freeze("b", 2, true)], "b"],
    ["on and off of one time", [freeze("a", 1, true), freeze("b", 1, false)], "a"],
    ["off and on of one time", [freeze("b", 1, true), freeze("a", 1, false)], "b"],
    ["two on of one time", [freeze("a", 1, true), freeze("b", 1, true)], "b"],
  ])("%s", (_title, facts, frozen) => {
    expect(ordersOf(facts, NOW).frozen?.id).toBe(frozen);
  });
});

it("neither the order nor the number of times that facts come matters", () => {
  const id = fc.integer({ min: 0, max: 9 }).map(String);
  const atMs = fc.integer({ min: 1, max: 4 });
  // A fact is known by its id and time: two of the same differ in nothing.
  const fact = fc.oneof(
    fc
      .tuple(id, atMs)
      .map(
        ([one, at]): Fact =>
          ordered(
            one,
            at,
            (["drain", "pin", "hold", "clear"] as const)[(Number(one) + at) % 4] ?? "clear",
            at % 2 ? NOW + 5 : undefined,
          ),
      ),
    fc.tuple(id, atMs).map(([one, at]): Fact => freeze(one, at, (Number(one) + at) % 2 === 0)),
  );
  fc.assert(
    fc.property(fc.array(fact), fc.infiniteStream(fc.nat()), (facts, random) => {
      const shuffled = [...facts, ...facts.slice(0, 3)]
        .map((one) => ({ one, at: random.next().value ?? 0 }))
        .toSorted((a, b) => a.at - b.at)
        .map(({ one }) => one);
      const given = ordersOf(facts, NOW);
      const other = ordersOf(shuffled, NOW);
      expect(other.intents.get("x")).toEqual(given.intents.get("x"));
      expect(other.frozen).toEqual(given.frozen);
    }),
  );
});
