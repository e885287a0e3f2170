import { describe, expect, it } from "vitest";
import type { DnsRecord, NameState } from "../../../shared/model/record.ts";
import { fenceOf, writeFence } from "../../../shared/plan/fence.ts";
import { leadIsOurs, leadOf, servingOf, weightsAfter } from "../../../shared/plan/lead.ts";
import { plan } from "../../../shared/plan/plan.ts";
import { bare, desiredOf, edited, NAME, NOW_S, started, step, unseen, weighted, withRecord, writer } from "./zone.ts";

const ours = { owner: "acme", pool: "lb" };
const members = ["lb1", "lb2"].map((box) => ({ box, setIdentifier: box, weight: 10 }));
const two = { lb1: 10, lb2: 0 };
const memory = { open: false, left: {} };

const foreign = started(two, { owner: "other" });
const otherPool = started(two, { pool: "other" });
const bad: NameState = { ...bare(), fence: { name: `_lifeboat.${NAME}`, type: "TXT", ttlS: 60, values: ['"x"'] } };

describe("leadOf", () => {
  const mine = started(two);
  const mine2 = started(two);
  it.each<[string, NameState[], number]>([
    ["at the very start", [bare(), bare()], 0],
    ["all are ours", [mine, mine2], 0],
    ["the first has no fence", [bare(), mine, mine2], 1],
    ["the first is another owner's", [foreign, mine], 1],
    ["the first is another pool's", [otherPool, mine], 1],
    ["the first cannot be read", [bad, mine], 1],
    ["none is ours", [foreign, bad], 0],
  ])("%s", (_what, states, index) => expect(leadOf(states, ours)).toBe(states[index]));

  it("has a name to lead", () => expect(() => leadOf([], ours)).toThrow(/at least one name/));
});

describe("leadIsOurs", () => {
  it.each([
    [started(two), true],
    [foreign, false],
    [otherPool, false],
  ])("%#", (state, is) => {
    const fence = fenceOf(state);
    expect(fence && leadIsOurs(fence, "acme", "lb")).toBe(is);
  });
});

describe("servingOf", () => {
  const state = started(two);
  const unsummed = (): NameState => {
    const fence = fenceOf(state);
    return fence
      ? { ...edited(state, "lb1", { weight: 3 }), fence: writeFence(NAME, { ...fence, sum: "of another version" }) }
      : state;
  };
  const simple: DnsRecord = { name: NAME, type: "A", ttlS: 60, values: ["198.51.100.1"] };
  const held = step(edited(state, "lb1", { weight: 3 }), desiredOf(two), writer(NOW_S + 1)).state;
  it.each<[string, NameState, Record<string, number>, string[]]>([
    ["as the last batch left it", state, { lb1: 10, lb2: 0 }, []],
    ["one lowered by hand", edited(state, "lb1", { weight: 3 }), { lb1: 3, lb2: 0 }, ["lb1"]],
    ["one deleted by hand while it served", edited(state, "lb1", undefined), { lb2: 0 }, ["lb1"]],
    ["one deleted by hand at 0", edited(state, "lb2", undefined), { lb1: 10 }, []],
    ["one raised by hand", edited(state, "lb2", { weight: 200 }), { lb1: 10, lb2: 0 }, []],
    ["one given another address", edited(state, "lb1", { values: ["198.51.100.1"] }), { lb1: 10, lb2: 0 }, []],
    [
      "one that was there before its box",
      withRecord(started({ lb1: 10 }), weighted("lb2", 9)),
      { lb1: 10, lb2: 9 },
      [],
    ],
    ["one held since an earlier batch", held, { lb1: 3, lb2: 0 }, ["lb1"]],
    ["a sum that nobody can read", unsummed(), { lb1: 3, lb2: 0 }, []],
    ["a simple record in their place", { ...state, records: [simple] }, {}, []],
    ["others' records beside them", withRecord(state, weighted("other", 50)), { lb1: 10, lb2: 0 }, []],
  ])("%s", (_what, lead, weights, heldNow) => {
    expect(servingOf(lead, [lead], members, ours)).toEqual({ weights, memory, held: heldNow, anyOurs: true });
  });

  it.each<[string, NameState]>([
    ["no fence", bare()],
    ["no fence, our SetIdentifiers", { ...state, fence: undefined }],
    ["another owner's fence", foreign],
    ["a fence that cannot be read", bad],
  ])("%s: nothing is ours", (_what, lead) => {
    const nothing = { weights: {}, memory: undefined, held: [] };
    expect(servingOf(lead, [lead], members, ours)).toEqual({ ...nothing, anyOurs: false });
    expect(servingOf(lead, [lead, state], members, ours)).toEqual({ ...nothing, anyOurs: true });
  });

  it("gives the memory of the lead's fence", () => {
    const left = { lb1: { atS: NOW_S, score: 1000 } };
    const lead = started(two, { memory: { open: true, left } });
    expect(servingOf(lead, [lead], members, ours).memory).toEqual({ open: true, left });
  });

  it("takes AAAA where there is no A", () => {
    const records = [{ box: "lb1", setIdentifier: "lb1", type: "AAAA" as const, value: "2001:db8::1", weight: 7 }];
    const lead = step(bare(), desiredOf({}, { records })).state;
    expect(servingOf(lead, [lead], members, ours).weights).toEqual({ lb1: 7 });
  });
});

describe("weightsAfter", () => {
  const of = (state: NameState, weights: Record<string, number>, more = {}) =>
    weightsAfter(plan(desiredOf(weights, more), state, writer(NOW_S + 100), unseen), state, members);
  it.each([
    ["nothing changes", of(started(two), two), two],
    ["one is withdrawn", of(started(two), { lb1: 0, lb2: 10 }), { lb1: 0, lb2: 10 }],
    ["one has no record", of(started({ lb1: 10 }), { lb1: 5 }), { lb1: 5, lb2: 0 }],
    ["one is created", of(started({ lb1: 10 }), { lb1: 10, lb2: 4 }), { lb1: 10, lb2: 4 }],
    [
      "one is deleted",
      of(started({ lb1: 10, lb2: 10 }), { lb1: 0, lb2: 10 }, { withdraw: "delete" }),
      { lb1: 0, lb2: 10 },
    ],
    ["another TTL", of(started(two), { lb1: 8, lb2: 0 }, { ttlS: 30 }), { lb1: 8, lb2: 0 }],
  ])("%s", (_what, after, weights) => expect(after).toEqual(weights));
});
