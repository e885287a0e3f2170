import { describe, expect, it } from "vitest";
import { isOpen, type Member, memberOf } from "../../../shared/decide/member.ts";
import type { Verdict } from "../../../shared/model/verdict.ts";
import { intent } from "./base.ts";
import { inputOf, type Row } from "./choose-base.ts";

function memberFor(row: Omit<Row, "box">, anyOurs?: boolean): Member {
  const input = inputOf([{ box: "x", ...row }], anyOurs === undefined ? {} : { anyOurs });
  return memberOf({ box: "x", setIdentifier: "x", weight: row.full ?? 1 }, input);
}

describe("memberOf", () => {
  it.each<[title: string, row: Omit<Row, "box">, fixed: number | undefined]>([
    ["drain", { full: 3, now: 2, state: "in", intent: intent("x", "drain") }, 0],
    ["pin with a weight", { full: 3, now: 2, state: "in", intent: intent("x", "pin", { weight: 9 }) }, 9],
    ["pin at 0", { full: 3, now: 2, state: "in", intent: intent("x", "pin", { weight: 0 }) }, 0],
    ["pin", { full: 3, now: 2, state: "in", intent: intent("x", "pin") }, 3],
    ["hold", { full: 3, now: 2, state: "in", intent: intent("x", "hold") }, 2],
    ["by hand", { full: 3, now: 1, state: "in", held: true }, 1],
    ["clear", { full: 3, now: 2, state: "in", intent: intent("x", "clear") }, undefined],
    ["none", { full: 3, now: 2, state: "in" }, undefined],
  ])("%s", (_title, row, fixed) => {
    expect(memberFor(row).fixed).toBe(fixed);
  });

  it.each<[title: string, now: number | undefined, anyOurs: boolean, idle: number]>([
    ["a record under the lead", 2, true, 2],
    ["one at 0", 0, true, 0],
    ["none there, but the pool has some", undefined, true, 0],
    ["none at all", undefined, false, 3],
  ])("idle with %s", (_title, now, anyOurs, idle) => {
    expect(memberFor({ full: 3, now, state: "undecided" }, anyOurs)).toMatchObject({ idle, now });
  });

  it("without a verdict is undecided", () => {
    const input = { ...inputOf([{ box: "x", now: 1, state: "in" }]), verdicts: [] };
    expect(memberOf({ box: "x", setIdentifier: "x", weight: 1 }, input).verdict).toMatchObject({
      state: "undecided",
      risen: false,
    });
  });

  it("does not take what every object has for a record", () => {
    const input = inputOf([{ box: "y", now: 1, state: "in" }]);
    expect(memberOf({ box: "constructor", setIdentifier: "c", weight: 4 }, input)).toMatchObject({
      now: undefined,
      left: undefined,
    });
  });
});

describe("isOpen", () => {
  const one = (state: Verdict["state"], now: number, over: Partial<Row> = {}): Member =>
    memberFor({ state, now, ...over });
  const drained = one("in", 1, { intent: intent("x", "drain") });

  it.each<[title: string, members: Member[], wasOpen: boolean, open: boolean]>([
    ["nobody is active", [drained], false, false],
    ["nobody is active, and it was open", [drained], true, false],
    ["one is in", [one("in", 0), one("out", 1)], false, false],
    ["one is in, and it was open", [one("in", 0), one("out", 1)], true, false],
    ["each is out", [one("out", 1), one("out", 0)], false, true],
    ["each is out or undecided at 0", [one("out", 1), one("undecided", 0)], false, true],
    ["one is undecided and served", [one("out", 1), one("undecided", 1)], false, false],
    ["one is undecided and served, and it was open", [one("out", 1), one("undecided", 1)], true, true],
    ["the only one that is in is drained", [drained, one("out", 1)], false, true],
    [
      "the only one that is in is pinned to 0",
      [one("in", 1, { intent: intent("x", "pin", { weight: 0 }) }), one("out", 1)],
      false,
      true,
    ],
    [
      "one is pinned and in",
      [one("in", 0, { intent: intent("x", "pin", { weight: 2 }) }), one("out", 1)],
      false,
      false,
    ],
    [
      "one is undecided and pinned to serve",
      [one("undecided", 0, { intent: intent("x", "pin") }), one("out", 1)],
      false,
      false,
    ],
    ["a standby is in", [one("in", 0, { full: 0 }), one("out", 1)], false, false],
  ])("%s: %j, %j", (_title, members, wasOpen, open) => {
    expect(isOpen(members, wasOpen)).toBe(open);
  });
});
