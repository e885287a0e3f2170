import { describe, expect, it } from "vitest";
import { isMet, type Waits, withFloor } from "../../../shared/decide/floor.ts";
import { memberOf } from "../../../shared/decide/member.ts";
import { inputOf, type Row } from "./choose-base.ts";

describe("isMet", () => {
  it.each<[weights: number[], floor: { count: number; weight: number }, met: boolean]>([
    [[1], { count: 1, weight: 0 }, true],
    [[0], { count: 1, weight: 0 }, false],
    [[], { count: 1, weight: 0 }, false],
    [[5], { count: 0, weight: 0 }, true],
    [[0], { count: 0, weight: 0 }, false],
    [[1, 1, 0], { count: 2, weight: 0 }, true],
    [[1, 0, 0], { count: 2, weight: 0 }, false],
    [[2, 3], { count: 1, weight: 5 }, true],
    [[2, 3], { count: 1, weight: 6 }, false],
  ])("%j, %j: %j", (weights, floor, met) => {
    expect(isMet(new Map(weights.map((weight, index) => [`${index}`, weight])), floor)).toBe(met);
  });
});

describe("withFloor", () => {
  const serving: Row = { box: "up", now: 1, state: "in" };
  const barred: Row = { box: "a-barred", now: 0, state: "in" };
  const waits: Row = { box: "b-waits", now: 0, state: "in", risen: false };
  const standby: Row = { box: "c-standby", full: 0, now: 0, state: "in" };
  const open: Row = { box: "d-open", full: 0, now: 1, state: "undecided" };
  const dead: Row = { box: "e-dead", now: 2, state: "out" };
  const later: Row = { box: "f-dead", now: 2, state: "out" };
  const gone: Row = { box: "g-gone", now: 0, state: "out" };
  const rows = [gone, later, dead, open, standby, waits, barred, serving];
  const why: Waits = ({ box }) => (box === barred.box ? "barred" : box === waits.box ? "rise" : undefined);

  /** The boxes that serve under a floor of so many. */
  function serves(count: number, weight = 0): string[] {
    const input = inputOf(rows);
    const members = input.pool.members.map((member) => memberOf(member, input));
    const { weights } = withFloor(members, { count, weight }, why);
    return [...weights].flatMap(([box, one]) => (one > 0 ? [box] : [])).toSorted();
  }

  /** The order in which it is mended: each next one only where the floor is not met without it. */
  const order = ["up", "b-waits", "a-barred", "c-standby", "d-open", "e-dead", "f-dead"];

  it.each(order.map((_, index) => index + 1))("of %i", (count) => {
    expect(serves(count)).toEqual(order.slice(0, count).toSorted());
  });

  it("puts nobody back who is dead", () => {
    expect(serves(99)).toEqual(order.toSorted());
  });

  it("counts weights as well: a standby weighs 1, the dead what they have now", () => {
    expect(serves(1, 4)).toEqual(order.slice(0, 4).toSorted());
    expect(serves(1, 6)).toEqual(order.slice(0, 6).toSorted());
  });

  it("says who was raised before time and who was kept though dead", () => {
    const input = inputOf(rows);
    const members = input.pool.members.map((member) => memberOf(member, input));
    const { raised, kept } = withFloor(members, { count: 6, weight: 0 }, why);
    expect([...raised].toSorted()).toEqual(["a-barred", "b-waits", "c-standby"]);
    expect([...kept]).toEqual(["e-dead"]);
  });
});
