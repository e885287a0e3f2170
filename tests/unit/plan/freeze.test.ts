import { describe, expect, it } from "vitest";
import type { Fence } from "../../../shared/model/fence.ts";
import type { NameState } from "../../../shared/model/record.ts";
import { fenceOf, writeFence } from "../../../shared/plan/fence.ts";
import { freezePlan } from "../../../shared/plan/freeze.ts";
import {
  applied,
  bare,
  desiredOf,
  edited,
  kindsOf,
  NAME,
  NOW_S,
  started,
  step,
  told,
  weightsOf,
  writer,
} from "./zone.ts";

const ours = { owner: "acme", pool: "lb", cfg: 1000 };
const two = { lb1: 10, lb2: 10 };
const at = (nowS: number) => writer(NOW_S + nowS);

function fenced(change: Partial<Fence>): NameState {
  const state = started(two);
  const fence = fenceOf(state);
  return fence ? { ...state, fence: writeFence(NAME, { ...fence, ...change }) } : state;
}

describe("freezePlan", () => {
  it.each<[string, NameState, boolean, string[], boolean]>([
    ["no fence", bare(), true, ["fence-gone"], false],
    [
      "one that cannot be read",
      { ...bare(), fence: { ...writeFence(NAME, fenceOf(fenced({})) ?? emptyFence()), values: ['"x"'] } },
      true,
      ["bad-fence"],
      false,
    ],
    ["another owner's", fenced({ owner: "other" }), true, ["foreign-owner"], false],
    ["another pool's", fenced({ pool: "other" }), true, ["foreign-owner"], false],
    ["ours, to be frozen", fenced({}), true, [], true],
    ["ours, frozen already", fenced({ frozen: true }), true, [], false],
    ["ours, thawed already", fenced({}), false, [], false],
    ["ours, to be thawed", fenced({ frozen: true }), false, [], true],
    ["of a later deploy, to be frozen", fenced({ cfg: 1001 }), true, [], true],
    ["of a later deploy, to be thawed", fenced({ cfg: 1001, frozen: true }), false, ["newer-config"], false],
    ["of a later deploy, thawed already", fenced({ cfg: 1001 }), false, [], false],
    ["with the last epoch there is", fenced({ epoch: Number.MAX_SAFE_INTEGER }), true, ["bad-fence"], false],
  ])("%s", (_what, state, frozen, refused, swaps) => {
    const planned = freezePlan(state, at(5), frozen, ours);
    expect(kindsOf(planned.refused)).toEqual(refused);
    expect(planned.fence !== undefined).toBe(swaps);
    expect(planned.changes).toEqual([]);
  });

  it("carries over all that the fence remembers, and nobody who read the old one can win", () => {
    const memory = { open: true, left: { lb1: { atS: 5, score: 1000 } } };
    const before = fenced({ cfg: 1001, held: ["lb1"], repairs: [1, 2], lead: 4, ...memory });
    const planned = freezePlan(before, at(5), true, ours);
    const after = applied(before, planned);
    expect(fenceOf(after)).toEqual({
      ...fenceOf(before),
      frozen: true,
      epoch: NOW_S + 5,
      atS: NOW_S + 5,
      nonces: [`n${NOW_S + 5}`, `n${NOW_S}`],
    });
    expect(after.records).toEqual(before.records);
    const late = step(before, desiredOf({ lb1: 0, lb2: 10 }, { cfg: 1001, lead: 4 }), at(6)).planned;
    expect(() => applied(after, late)).toThrow(/do not match/);
  });

  it("keeps what was edited by hand before or during it to be seen as that", () => {
    const state = edited(started(two), "lb1", { weight: 3 });
    const frozen = applied(state, freezePlan(state, at(5), true, ours));
    expect(kindsOf(step(frozen, desiredOf(two), at(6)).planned.refused)).toEqual(["frozen"]);
    const meanwhile = edited(frozen, "lb2", { weight: 90 });
    const thawed = applied(meanwhile, freezePlan(meanwhile, at(7), false, ours));
    const { planned, state: after } = step(thawed, desiredOf(two), at(8));
    expect(told(planned)).toEqual(["update A lb2 90→10"]);
    expect(weightsOf(after)).toEqual({ lb1: 3, lb2: 10 });
    expect(fenceOf(after)?.held).toEqual(["lb1"]);
  });
});

function emptyFence(): Fence {
  return {
    owner: "",
    pool: "",
    epoch: 0,
    cfg: 0,
    region: "",
    atS: 0,
    nonces: [],
    frozen: false,
    held: [],
    repairs: [],
    sum: "",
    open: false,
    left: {},
  };
}
