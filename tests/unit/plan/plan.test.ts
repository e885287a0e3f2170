import { describe, expect, it } from "vitest";
import { type Fence, fenceNameOf } from "../../../shared/model/fence.ts";
import type { DnsRecord, NameState } from "../../../shared/model/record.ts";
import { fenceOf, writeFence } from "../../../shared/plan/fence.ts";
import { plan } from "../../../shared/plan/plan.ts";
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
  unseen,
  weighted,
  weightsOf,
  withRecord,
  writer,
} from "./zone.ts";

const two = { lb1: 10, lb2: 10 };
const later = writer(NOW_S + 100);

/** The same name with its fence rewritten. */
function fenced(state: NameState, change: Partial<Fence>): NameState {
  const fence = fenceOf(state);
  if (!fence) throw new Error("there is no fence");
  return { ...state, fence: writeFence(NAME, { ...fence, ...change }) };
}

describe("the fence", () => {
  const stranger = { ...weighted("other", 1), ttlS: 60 };
  it.each<[string, NameState, Partial<ReturnType<typeof desiredOf>>, boolean, string[]]>([
    [
      "cannot be read",
      { ...started(two), fence: { name: fenceNameOf(NAME), type: "TXT", ttlS: 60, values: ['"v=spf1 -all"'] } },
      {},
      false,
      ["bad-fence"],
    ],
    ["another owner's", fenced(started(two), { owner: "other" }), {}, false, ["foreign-owner"]],
    ["another pool's", fenced(started(two), { pool: "other" }), {}, false, ["foreign-owner"]],
    [
      "another owner's, and frozen",
      fenced(started(two), { owner: "other", frozen: true }),
      {},
      false,
      ["foreign-owner"],
    ],
    ["frozen", fenced(started(two), { frozen: true }), {}, false, ["frozen"]],
    ["of a later deploy", fenced(started(two), { cfg: 1001 }), {}, false, ["newer-config"]],
    ["of an earlier deploy", fenced(started(two), { cfg: 999 }), {}, false, []],
    ["judged by a later lead", fenced(started(two), { lead: 8 }), { lead: 7 }, false, ["newer-lead"]],
    ["judged by the same lead", fenced(started(two), { lead: 8 }), { lead: 8 }, false, []],
    ["judged by an earlier lead", fenced(started(two), { lead: 7 }), { lead: 8 }, false, []],
    ["once judged by a lead, and leads now", fenced(started(two), { lead: 8 }), {}, false, []],
    ["gone, records there", { ...started(two), fence: undefined }, {}, true, ["fence-gone"]],
    ["gone, and the records", bare(), {}, true, ["fence-gone"]],
    ["none, our SetIdentifiers", { ...started(two), fence: undefined }, {}, false, ["not-adopted"]],
    ["none, one of our SetIdentifiers", bare([weighted("lb2", 1)]), {}, false, ["not-adopted"]],
    [
      "none, a load balancer's address under another SetIdentifier",
      bare([{ ...weighted("Primary Load Balancer", 1), values: ["203.0.113.1"] }]),
      {},
      false,
      ["not-adopted"],
    ],
    ["none, others' records alone", bare([{ ...weighted("other", 1), values: ["198.51.100.1"] }]), {}, false, []],
    [
      "none, a simple record",
      bare([{ name: NAME, type: "A", ttlS: 60, values: ["198.51.100.1"] }]),
      {},
      false,
      ["simple-record"],
    ],
    [
      "none, an alias",
      bare([{ name: NAME, type: "A", values: [], other: { AliasTarget: {} } }]),
      {},
      false,
      ["simple-record"],
    ],
    ["none, a CNAME", bare([{ name: NAME, type: "CNAME", ttlS: 60, values: ["x.example."] }]), {}, false, ["conflict"]],
    [
      "none, latency records",
      bare([
        {
          name: NAME,
          type: "A",
          setIdentifier: "x",
          ttlS: 60,
          values: ["198.51.100.1"],
          other: { Region: "eu-west-1" },
        },
      ]),
      {},
      false,
      ["conflict"],
    ],
    ["none, others' siblings", bare([stranger]), {}, false, []],
    ["none, other types", bare([{ name: NAME, type: "MX", ttlS: 3600, values: ["10 mx."] }]), {}, false, []],
    ["none, our SetIdentifier in another family", bare([weighted("lb1", 1, { type: "AAAA" })]), {}, false, []],
    [
      "ours, a simple record in the way",
      { ...started(two), records: [{ name: NAME, type: "A", ttlS: 60, values: ["198.51.100.1"] }] },
      {},
      false,
      ["simple-record"],
    ],
  ])("%s: refused %o", (_what, state, change, sawFence, refused) => {
    const planned = plan(desiredOf({ lb1: 0, lb2: 10 }, change), state, later, { sawFence });
    expect(kindsOf(planned.refused)).toEqual(refused);
    expect(planned.fence !== undefined).toBe(refused.length === 0);
    expect(planned.changes.length > 0).toBe(refused.length === 0);
    for (const { name, detail } of planned.refused)
      expect([name, detail]).toEqual([NAME, expect.stringMatching(/^[A-Z].*\.$|^lb\.example\.com .*\.$/)]);
  });

  it("is created with the records where there is nothing", () => {
    const { planned, state } = step(bare(), desiredOf({ lb2: 5, lb1: 0 }));
    expect(told(planned)).toEqual(["create A lb1 0", "create A lb2 5"]);
    expect(planned.fence).toMatchObject({ epoch: NOW_S, nonce: `n${NOW_S}` });
    expect(planned.fence).not.toHaveProperty("before");
    expect(fenceOf(state)).toMatchObject({
      owner: "acme",
      pool: "lb",
      epoch: NOW_S,
      cfg: 1000,
      region: "eu-west-1",
      atS: NOW_S,
      frozen: false,
      held: [],
      repairs: [],
    });
    expect(state.records.find(({ setIdentifier }) => setIdentifier === "lb2")).toEqual({
      name: NAME,
      type: "A",
      setIdentifier: "lb2",
      weight: 5,
      ttlS: 60,
      values: ["203.0.113.1"],
    });
  });

  it("is not written when nothing differs: not for time, a deploy, a region or a nonce", () => {
    const planned = plan(
      desiredOf(two, { cfg: 2000 }),
      started(two),
      { region: "us-east-1", nowS: NOW_S + 9999, nonce: "z" },
      unseen,
    );
    expect(planned).toEqual({ name: NAME, zoneId: "Z1", changes: [], refused: [], dangers: [] });
  });

  it.each<[string, Partial<ReturnType<typeof desiredOf>>]>([
    ["the lead's epoch", { lead: NOW_S }],
    ["fail open", { memory: { open: true, left: {} } }],
    ["who left", { memory: { open: false, left: { lb1: { atS: 1, score: 1000 } } } }],
  ])("is swapped alone when only %s differs", (_what, change) => {
    const before = started(two);
    const { planned, state } = step(before, desiredOf(two, change), later);
    expect(planned.changes).toEqual([]);
    expect(planned.fence?.before).toBe(before.fence);
    expect(fenceOf(state)).toMatchObject({
      epoch: NOW_S + 100,
      ...change.memory,
      nonces: [`n${NOW_S + 100}`, `n${NOW_S}`],
    });
    expect(step(state, desiredOf(two, change), later).planned.fence).toBeUndefined();
  });

  it("loses what it followed when its name begins to lead, and outranks it", () => {
    const before = fenced(started(two), { lead: NOW_S + 500 });
    const fence = fenceOf(step(before, desiredOf(two), later).state);
    expect(fence).not.toHaveProperty("lead");
    expect(fence?.epoch).toBe(NOW_S + 501);
  });

  it("that was read is deleted byte for byte: a batch on an older one is refused as a whole", () => {
    const read = started(two);
    const won = step(read, desiredOf({ lb1: 0, lb2: 10 }), writer(NOW_S, "other")).state;
    // Pages of a listing are not consistent: an old fence with new records is what a torn read looks like.
    for (const torn of [read, { ...won, fence: read.fence }]) {
      const planned = plan(desiredOf({ lb1: 10, lb2: 0 }), torn, later, unseen);
      expect(planned.fence).toBeDefined();
      expect(() => applied(won, planned)).toThrow(/do not match/);
    }
  });

  it("that others create first makes the first batch fail", () => {
    const planned = plan(desiredOf(two), bare(), later, unseen);
    expect(() => applied(started(two), planned)).toThrow(/already exists/);
  });

  it("is refused rather than written too long, and the records with it", () => {
    const ids = Array.from({ length: 100 }, (_unused, index) => `lb${index}`.padEnd(64, "x"));
    const all = desiredOf(Object.fromEntries(ids.map((id) => [id, 1])));
    const state = fenced(step(bare(), all).state, {});
    const lowered = ids.reduce((one, id) => edited(one, id, { weight: 0 }), state);
    const planned = plan(all, lowered, later, unseen);
    expect(kindsOf(planned.refused)).toEqual(["bad-fence"]);
    expect(planned).toMatchObject({ changes: [] });
    expect(planned.fence).toBeUndefined();
  });

  it("with the last epoch there is, is not swapped", () => {
    const planned = plan(
      desiredOf({ lb1: 0, lb2: 1 }),
      fenced(started(two), { epoch: Number.MAX_SAFE_INTEGER }),
      later,
      unseen,
    );
    expect(kindsOf(planned.refused)).toEqual(["bad-fence"]);
    expect(planned.fence).toBeUndefined();
  });

  it("keeps the names of JavaScript apart from those of load balancers", () => {
    const state = started({ constructor: 1, toString: 1 });
    const left = { constructor: { atS: NOW_S, score: 1000 } };
    const { planned, state: after } = step(
      state,
      desiredOf({ constructor: 0, toString: 1 }, { memory: { open: false, left } }),
      later,
    );
    expect(told(planned)).toEqual(["update A constructor 1→0"]);
    expect(fenceOf(after)?.left).toEqual(left);
  });
});

describe("records", () => {
  it("are updated, and nothing else of them", () => {
    const extra = { healthCheckId: "hc1", other: { TrafficPolicyInstanceId: "t1" } };
    const before = edited(started(two), "lb1", extra);
    const { planned, state } = step(before, desiredOf({ lb1: 0, lb2: 10 }), later);
    expect(told(planned)).toEqual(["update A lb1 10→0"]);
    expect(planned.dangers).toEqual([]);
    expect(state.records.find(({ setIdentifier }) => setIdentifier === "lb1")).toEqual({
      ...weighted("lb1", 0),
      values: ["203.0.113.1"],
      ...extra,
    });
  });

  it("get the address that the configuration has now, without being a hand edit", () => {
    const moved = desiredOf(two);
    moved.records[0] = { box: "lb1", setIdentifier: "lb1", type: "A", value: "203.0.113.99", weight: 10 };
    const { planned, state } = step(started(two), moved, later);
    expect(told(planned)).toEqual(["update A lb1 10→10"]);
    expect(planned.dangers).toEqual([]);
    expect(state.records.find(({ setIdentifier }) => setIdentifier === "lb1")?.values).toEqual(["203.0.113.99"]);
    expect(step(state, moved, later).planned.fence).toBeUndefined();
  });

  it("of the two families are apart", () => {
    const both = (weightA: number, weightAaaa: number) => {
      const four = desiredOf({ lb1: weightA, lb2: 10 });
      const six = four.records.map((record, index) => {
        return {
          ...record,
          type: "AAAA" as const,
          value: `2001:DB8:0::${index + 1}`,
          weight: index === 0 ? weightAaaa : 10,
        };
      });
      return { ...four, records: [...four.records, ...six] };
    };
    const first = step(bare(), both(10, 10));
    expect(told(first.planned)).toEqual([
      "create A lb1 10",
      "create A lb2 10",
      "create AAAA lb1 10",
      "create AAAA lb2 10",
    ]);
    // Route 53 may list the address in its canonical spelling.
    const listed = edited(first.state, "lb1", { values: ["2001:db8::1"] }, "AAAA");
    expect(step(listed, both(10, 10), later).planned.fence).toBeUndefined();
    const second = step(listed, both(10, 0), later);
    expect(told(second.planned)).toEqual(["update AAAA lb1 10→0"]);
    const blocked = { ...second.state, records: second.state.records.filter(({ type }) => type === "AAAA") };
    const simple = withRecord(blocked, { name: NAME, type: "A", ttlS: 60, values: ["198.51.100.1"] });
    const third = step(simple, both(0, 10), writer(NOW_S + 200));
    expect(kindsOf(third.planned.refused)).toEqual(["simple-record"]);
    expect(told(third.planned)).toEqual(["update AAAA lb1 0→10"]);
    expect(third.planned.dangers).toEqual([]);
    // What could not be written is remembered: once it is back as it was, it is no edit.
    const back = {
      ...third.state,
      records: [
        ...third.state.records.filter(({ type }) => type === "AAAA"),
        ...second.state.records.filter(({ type }) => type === "A"),
      ],
    };
    expect(step(back, both(10, 10), writer(NOW_S + 300)).planned.fence).toBeUndefined();
  });

  it("of IPv6 leave while nobody with IPv6 serves: of a set that is all 0 Route 53 would answer every record", () => {
    const one = (lb1: number, lb2: number) => {
      const desired = desiredOf({ lb1, lb2 });
      const six = { box: "lb1", setIdentifier: "lb1", type: "AAAA" as const, value: "2001:db8::1", weight: lb1 };
      return { ...desired, records: [...desired.records, six] };
    };
    const first = step(bare(), one(10, 10));
    const out = step(first.state, one(0, 10), later);
    expect(told(out.planned)).toEqual(["update A lb1 10→0", "delete AAAA lb1"]);
    expect(step(out.state, one(0, 10), later).planned.fence).toBeUndefined();
    const back = step(out.state, one(10, 10), writer(NOW_S + 200));
    expect(told(back.planned)).toEqual(["update A lb1 0→10", "create AAAA lb1 10"]);
    expect(back.planned.dangers).toEqual([]);
    // Where nobody serves at all it stays as the A records do.
    expect(told(step(first.state, one(0, 0), later).planned)).toContain("update AAAA lb1 10→0");
  });

  it("that are not ours are left alone and told, once", () => {
    const shared = withRecord(
      withRecord(started(two), weighted("other2", 7)),
      weighted("other1", 7, { values: [], ttlS: undefined, other: { AliasTarget: {} } }),
    );
    const { planned } = step(shared, desiredOf({ lb1: 0, lb2: 10 }), later);
    expect(told(planned)).toEqual(["update A lb1 10→0"]);
    expect(planned.dangers).toEqual([
      { kind: "foreign-sibling", name: NAME, detail: expect.stringContaining("A 'other1', A 'other2'") },
    ]);
  });

  it("that an alias has replaced are left alone, and the others go on", () => {
    const taken = edited(started({ lb1: 10, lb2: 10, lb3: 10 }), "lb1", {
      values: [],
      ttlS: undefined,
      other: { AliasTarget: {} },
    });
    const { planned, state } = step(taken, desiredOf({ lb1: 10, lb2: 0, lb3: 10 }), later);
    expect(told(planned)).toEqual(["update A lb2 10→0"]);
    expect(kindsOf(planned.refused)).toEqual(["conflict"]);
    expect(fenceOf(state)?.held).toEqual([]);
  });

  it("over 100 in a set are not added; those that are there go on", () => {
    const many = Array.from({ length: 99 }, (_unused, index) => weighted(`other${index}`, 1));
    const shared = many.reduce(withRecord, started({ lb1: 10 }));
    const { planned } = step(shared, desiredOf({ lb1: 5, lb2: 10 }), later);
    expect(kindsOf(planned.refused)).toEqual(["too-many-records"]);
    expect(told(planned)).toEqual(["update A lb1 10→5"]);
    const fits = { ...shared, records: shared.records.slice(0, -1) };
    expect(told(step(fits, desiredOf({ lb1: 5, lb2: 10 }), later).planned)).toEqual([
      "create A lb2 10",
      "update A lb1 10→5",
    ]);
  });
});

describe("TTL", () => {
  const shared = withRecord(started(two), weighted("other", 1));
  const retimed = desiredOf(two, { ttlS: 30 });
  it("of another value: all are deleted and created in one batch", () => {
    const before = edited(started(two), "lb1", { healthCheckId: "hc1" });
    const { planned, state } = step(before, { ...retimed, records: desiredOf({ lb1: 0, lb2: 10 }).records }, later);
    expect(told(planned)).toEqual(["delete A lb1", "delete A lb2", "create A lb1 0", "create A lb2 10"]);
    expect(planned.dangers).toEqual([]);
    expect(state.records.map(({ ttlS }) => ttlS)).toEqual([30, 30]);
    expect(state.records.find(({ setIdentifier }) => setIdentifier === "lb1")).toMatchObject({
      healthCheckId: "hc1",
      weight: 0,
    });
    expect(
      step(state, { ...retimed, records: desiredOf({ lb1: 0, lb2: 10 }).records }, later).planned.fence,
    ).toBeUndefined();
  });

  it("beside others' records: refused, and weights are written with the set's own", () => {
    const { planned, state } = step(shared, { ...desiredOf({ lb1: 0, lb2: 10, lb3: 1 }), ttlS: 30 }, later);
    expect(kindsOf(planned.refused)).toEqual(["mixed-ttl"]);
    expect(told(planned)).toEqual(["create A lb3 1", "update A lb1 10→0"]);
    expect(new Set(state.records.map(({ ttlS }) => ttlS))).toEqual(new Set([60]));
  });

  it("of a first batch beside others' records is theirs", () => {
    const { planned, state } = step(bare([weighted("other", 1, { ttlS: 300 })]), desiredOf(two));
    expect(kindsOf(planned.refused)).toEqual(["mixed-ttl"]);
    expect(state.records.map(({ ttlS }) => ttlS)).toEqual([300, 300, 300]);
  });

  it("that somebody has changed is repaired, once for the set", () => {
    const state = started(two);
    const retimed = { ...state, records: state.records.map((record) => ({ ...record, ttlS: 5 })) };
    const { planned, state: after } = step(retimed, desiredOf(two), later);
    expect(planned.changes.map(({ kind }) => kind)).toEqual(["delete", "delete", "create", "create"]);
    expect(kindsOf(planned.dangers)).toEqual(["hand-edit-repaired lb1", "hand-edit-repaired lb2"]);
    expect(fenceOf(after)?.repairs).toEqual([NOW_S + 100]);
  });

  it("that differs within a set of ours is made one", () => {
    const { planned, state } = step(edited(started(two), "lb1", { ttlS: 5 }), desiredOf(two), later);
    expect(planned.changes.map(({ kind }) => kind)).toEqual(["delete", "delete", "create", "create"]);
    expect(state.records.map(({ ttlS }) => ttlS)).toEqual([60, 60]);
  });

  it("that differs within a shared set: nothing of the family is written", () => {
    const { planned } = step(edited(shared, "other", { ttlS: 5 }), desiredOf({ lb1: 0, lb2: 10 }), later);
    expect(kindsOf(planned.refused)).toEqual(["mixed-ttl"]);
    expect(planned.changes).toEqual([]);
  });
});

describe("withdraw: delete", () => {
  const mode = { withdraw: "delete" as const };
  it("deletes what is to serve nothing, and creates it when it is to serve again", () => {
    const first = step(started(two, mode), desiredOf({ lb1: 0, lb2: 10 }, mode), later);
    expect(told(first.planned)).toEqual(["delete A lb1"]);
    expect(first.planned.dangers).toEqual([]);
    const second = step(first.state, desiredOf(two, mode), writer(NOW_S + 200));
    expect(told(second.planned)).toEqual(["create A lb1 10"]);
  });

  it.each<[string, Record<string, number>, Record<string, number>, string[]]>([
    ["the last one", { lb1: 10 }, { lb1: 0 }, ["update A lb1 10→0"]],
    ["the last of two", { lb1: 0, lb2: 10 }, { lb1: 0, lb2: 0 }, ["update A lb2 10→0"]],
    ["both at once", two, { lb1: 0, lb2: 0 }, ["update A lb1 10→0", "update A lb2 10→0"]],
    ["one while another is created", { lb1: 10 }, { lb1: 0, lb2: 5 }, ["delete A lb1", "create A lb2 5"]],
  ])("%s", (_what, before, after, changes) => {
    const { planned, state } = step(started(before, mode), desiredOf(after, mode), later);
    expect(told(planned)).toEqual(changes);
    expect(state.records.length).toBeGreaterThan(0);
    expect(step(state, desiredOf(after, mode), later).planned.fence).toBeUndefined();
  });

  it("does not take another's record for one that serves", () => {
    const { planned } = step(
      withRecord(started({ lb1: 10 }, mode), weighted("other", 100)),
      desiredOf({ lb1: 0 }, mode),
      later,
    );
    expect(told(planned)).toEqual(["update A lb1 10→0"]);
  });

  it("writes nothing at all where nobody has ever served", () => {
    expect(step(bare(), desiredOf({ lb1: 0 }, mode)).planned).toEqual({
      name: NAME,
      zoneId: "Z1",
      changes: [],
      refused: [],
      dangers: [],
    });
  });
});

describe("records that the configuration no longer names", () => {
  const four = { old1: 10, old2: 10, old3: 10, lb1: 10 };
  const gone = desiredOf({ lb1: 10 }, { records: desiredOf(four).records.filter(({ box }) => box === "lb1") });
  const minute = (n: number) => writer(NOW_S + 61 * n);

  it("go to 0, at most half of the weight a minute, and are never deleted", () => {
    let state = started(four);
    const seen = [1, 2, 3, 4].map((n) => {
      const result = step(state, gone, minute(n));
      expect(kindsOf(result.planned.dangers)).toEqual(["no-longer-configured"]);
      expect(step(result.state, gone, minute(n)).planned.fence).toBeUndefined();
      state = result.state;
      return told(result.planned);
    });
    expect(seen).toEqual([["update A old1 10→0", "update A old2 10→0"], ["update A old3 10→0"], [], []]);
    expect(weightsOf(state)).toEqual({ lb1: 10, old1: 0, old2: 0, old3: 0 });
  });

  it.each<[string, Record<string, number>, number, string[]]>([
    ["none that is configured serves", { lb1: 0 }, 1, ["update A lb1 10→0"]],
    ["the last batch is under a minute old", { lb1: 10 }, 0.5, []],
  ])("stay while %s", (_what, weights, minutes, changes) => {
    const records = gone.records.map((record) => ({ ...record, weight: weights.lb1 ?? 0 }));
    expect(told(step(started(four), { ...gone, records }, writer(NOW_S + 60 * minutes)).planned)).toEqual(changes);
  });

  it("count a withdrawal of the same batch as gone", () => {
    const desired = desiredOf({ lb1: 0, lb2: 10 });
    const state = started({ lb1: 10, lb2: 10, old1: 5, old2: 4 });
    expect(told(step(state, desired, minute(1)).planned)).toEqual(["update A lb1 10→0", "update A old2 4→0"]);
  });

  it("are strangers once somebody has given them another address", () => {
    const state = edited(started(four), "old1", { values: ["198.51.100.77"] });
    const { planned } = step(state, gone, minute(1));
    expect(told(planned).join()).not.toContain("old1");
    expect(kindsOf(planned.dangers)).toEqual(["foreign-sibling", "no-longer-configured"]);
  });

  it("are repaired when somebody raises them from 0", () => {
    const lowered = step(started({ old1: 10, lb1: 10 }), gone, minute(1)).state;
    const { planned } = step(edited(lowered, "old1", { weight: 9 }), gone, minute(2));
    expect(told(planned)).toEqual(["update A old1 9→0"]);
    expect(kindsOf(planned.dangers)).toContain("hand-edit-repaired");
  });
});

describe("edits by hand", () => {
  const three = { lb1: 10, lb2: 10, lb3: 10 };
  it.each<[string, Partial<DnsRecord> | undefined, string[], string[], string[]]>([
    ["lowered", { weight: 3 }, [], ["lb1"], ["hand-edit-held lb1"]],
    ["lowered to 0", { weight: 0 }, [], ["lb1"], ["hand-edit-held lb1"]],
    ["deleted", undefined, [], ["lb1"], ["hand-edit-held lb1"]],
    ["raised", { weight: 30 }, ["update A lb1 30→10"], [], ["hand-edit-repaired lb1"]],
    ["given another address", { values: ["198.51.100.9"] }, ["update A lb1 10→10"], [], ["hand-edit-repaired lb1"]],
    [
      "given two addresses",
      { values: ["203.0.113.1", "198.51.100.9"] },
      ["update A lb1 10→10"],
      [],
      ["hand-edit-repaired lb1"],
    ],
    [
      "lowered and given another address",
      { weight: 3, values: ["198.51.100.9"] },
      ["update A lb1 3→3"],
      ["lb1"],
      ["hand-edit-held lb1", "hand-edit-repaired lb1"],
    ],
    ["given a health check", { healthCheckId: "hc1" }, [], [], []],
  ])("%s", (_what, edit, changes, held, dangers) => {
    const { planned, state } = step(edited(started(three), "lb1", edit), desiredOf(three), later);
    expect(told(planned)).toEqual(changes);
    expect(kindsOf(planned.dangers)).toEqual(dangers);
    expect(fenceOf(state)?.held).toEqual(held);
    expect(fenceOf(state)?.repairs).toEqual(dangers.join().includes("repaired") ? [NOW_S + 100] : []);
    const again = step(state, desiredOf(three), later).planned;
    expect(again.fence).toBeUndefined();
    expect(kindsOf(again.dangers)).toEqual(held.map((box) => `hand-edit-held ${box}`));
  });

  it("that make what the pool wants need no repair", () => {
    const { planned } = step(edited(started(three), "lb1", { weight: 30 }), desiredOf({ ...three, lb1: 30 }), later);
    expect(planned).toMatchObject({ changes: [], dangers: [] });
  });

  it("that delete what serves nothing are repaired", () => {
    const { planned } = step(
      edited(started({ ...three, lb1: 0 }), "lb1", undefined),
      desiredOf({ ...three, lb1: 0 }),
      later,
    );
    expect(told(planned)).toEqual(["create A lb1 0"]);
    expect(kindsOf(planned.dangers)).toEqual(["hand-edit-repaired lb1"]);
  });

  it("that make a record under a SetIdentifier of ours are repaired", () => {
    const { planned } = step(withRecord(started(two), weighted("lb3", 99)), desiredOf(three), later);
    expect(told(planned)).toEqual(["update A lb3 99→10"]);
    expect(kindsOf(planned.dangers)).toEqual(["hand-edit-repaired lb3"]);
  });

  describe("hold", () => {
    const held = step(edited(started(three), "lb1", { weight: 3 }), desiredOf(three), later).state;
    const at = writer(NOW_S + 200);
    it.each<[string, number, string[]]>([
      ["is not raised", 10, []],
      ["goes on being withdrawn", 0, ["update A lb1 3→0"]],
    ])("%s", (_what, weight, changes) => {
      const { planned, state } = step(held, desiredOf({ ...three, lb1: weight }), at);
      expect(told(planned)).toEqual(changes);
      expect(fenceOf(state)?.held).toEqual(["lb1"]);
    });

    it("ends with a later order for the box", () => {
      const desired = desiredOf(three, { released: ["lb1", "other"] });
      const { planned, state } = step(held, desired, at);
      expect(told(planned)).toEqual(["update A lb1 3→10"]);
      expect(planned.dangers).toEqual([]);
      expect(fenceOf(state)?.held).toEqual([]);
      expect(step(state, desired, at).planned.fence).toBeUndefined();
    });

    it("of a record that was deleted creates it when it ends", () => {
      const deleted = step(edited(started(three), "lb1", undefined), desiredOf(three), later).state;
      expect(told(step(deleted, desiredOf(three), at).planned)).toEqual([]);
      expect(told(step(deleted, desiredOf(three, { released: ["lb1"] }), at).planned)).toEqual(["create A lb1 10"]);
    });

    it("of what an order is already newer than is none, and is not seen as one again", () => {
      const desired = desiredOf({ ...three, lb1: 3 }, { released: ["lb1"] });
      const { planned, state } = step(edited(started(three), "lb1", { weight: 3 }), desired, later);
      expect(planned).toMatchObject({ changes: [], dangers: [] });
      expect(fenceOf(state)?.held).toEqual([]);
      expect(told(step(state, desiredOf(three), at).planned)).toEqual(["update A lb1 3→10"]);
    });

    it("that is raised by hand goes back to what was held", () => {
      const { planned } = step(edited(held, "lb1", { weight: 8 }), desiredOf({ ...three, lb1: 3 }), at);
      expect(told(planned)).toEqual(["update A lb1 8→3"]);
    });

    it("that is raised by hand goes back to what was held, whatever the pool wants", () => {
      const { planned } = step(edited(held, "lb1", { weight: 8 }), desiredOf(three), at);
      expect(told(planned)).toEqual(["update A lb1 8→3"]);
    });

    it("keeps a record at 0 that mode delete would delete", () => {
      const mode = { withdraw: "delete" as const };
      const zeroed = edited(started(three, mode), "lb1", { weight: 0 });
      const { planned, state } = step(zeroed, desiredOf({ ...three, lb1: 0 }, mode), at);
      expect(told(planned)).toEqual([]);
      expect(fenceOf(state)?.held).toEqual(["lb1"]);
    });

    it("ends with the box's place in the configuration", () => {
      const { state } = step(held, desiredOf({ lb2: 10, lb3: 10 }), at);
      expect(fenceOf(state)?.held).toEqual([]);
    });
  });

  describe("repaired three times within an hour", () => {
    let state = started(three);
    for (const n of [1, 2, 3])
      state = step(edited(state, "lb1", { weight: 30 }), desiredOf(three), writer(NOW_S + 100 * n)).state;
    const fought = edited(state, "lb1", { weight: 30 });
    const at = writer(NOW_S + 400);

    it("are left, and it is said as long as they stand", () => {
      expect(fenceOf(state)?.repairs).toEqual([NOW_S + 100, NOW_S + 200, NOW_S + 300]);
      for (const nowS of [NOW_S + 400, NOW_S + 3699]) {
        const { planned } = step(fought, desiredOf(three), writer(nowS));
        expect(planned.fence).toBeUndefined();
        expect(kindsOf(planned.dangers)).toEqual(["repairs-stopped"]);
      }
    });

    it("give way to an order for the box that is later than the last batch", () => {
      const { planned, state } = step(fought, desiredOf(three, { released: ["lb1"] }), at);
      expect(told(planned)).toEqual(["update A lb1 30→10"]);
      expect(fenceOf(state)?.repairs).toHaveLength(3);
      expect(kindsOf(planned.dangers)).toEqual([]);
    });

    it("give way to it also in the batch that changes the TTL", () => {
      const desired = desiredOf(three, { released: ["lb1"], ttlS: 30 });
      const { planned, state: after } = step(fought, desired, at);
      expect(after.records.map(({ weight, ttlS }) => [weight, ttlS])).toEqual(
        Object.values(three).map((weight) => [weight, 30]),
      );
      expect(kindsOf(planned.dangers)).toEqual([]);
      expect(step(after, desired, at).planned.fence).toBeUndefined();
    });

    it("are repaired again once the first is an hour old", () => {
      const { planned, state } = step(fought, desiredOf(three), writer(NOW_S + 3700));
      expect(told(planned)).toEqual(["update A lb1 30→10"]);
      expect(fenceOf(state)?.repairs).toEqual([NOW_S + 200, NOW_S + 300, NOW_S + 3700]);
    });

    it("do not keep others, or the edited one, from being withdrawn", () => {
      const others = step(fought, desiredOf({ ...three, lb2: 0 }), at);
      expect(told(others.planned)).toEqual(["update A lb2 10→0"]);
      const itself = step(others.state, desiredOf({ ...three, lb1: 0, lb2: 0 }), at);
      expect(told(itself.planned)).toEqual(["update A lb1 30→0"]);
      // Somebody puts it back although it is out: that is the edit again, not a withdrawal that is due.
      const again = step(edited(itself.state, "lb1", { weight: 30 }), desiredOf({ ...three, lb1: 0, lb2: 0 }), at);
      expect(told(again.planned)).toEqual([]);
      expect(kindsOf(again.planned.dangers)).toEqual(["repairs-stopped"]);
    });

    it.each([60, 7])("do not keep one that served before its box was configured, at TTL %i, from leaving", (ttlS) => {
      const shared = withRecord(fought, weighted("lb4", 7));
      const standing = { ...shared, records: shared.records.map((record) => ({ ...record, ttlS })) };
      const desired = desiredOf({ ...three, lb4: 0 });
      const { planned, state: after } = step(standing, desired, at);
      expect(told(planned)).toEqual(["update A lb4 7→0"]);
      expect(step(after, desired, at).planned.fence).toBeUndefined();
      const again = step(edited(after, "lb4", { weight: 7 }), desired, at);
      expect(told(again.planned)).toEqual([]);
    });

    it("leave nothing of a raised weight where it is withdrawn, and the rest as it is wanted", () => {
      const moved = desiredOf({ ...three, lb1: 0 });
      moved.records[0] = { box: "lb1", setIdentifier: "lb1", type: "A", value: "203.0.113.99", weight: 0 };
      const { planned, state: after } = step(fought, moved, at);
      expect(told(planned)).toEqual(["update A lb1 30→0"]);
      expect(after.records.find(({ setIdentifier }) => setIdentifier === "lb1")?.values).toEqual(["203.0.113.99"]);
      expect(step(after, moved, at).planned.fence).toBeUndefined();
    });

    it("leave an address that somebody has changed, also where mode delete withdraws it", () => {
      const elsewhere = edited(state, "lb1", { values: ["198.51.100.9"] });
      const { planned, state: after } = step(elsewhere, desiredOf({ ...three, lb1: 0 }, { withdraw: "delete" }), at);
      expect(told(planned)).toEqual(["update A lb1 10→0"]);
      expect(after.records.find(({ setIdentifier }) => setIdentifier === "lb1")?.values).toEqual(["198.51.100.9"]);
    });

    const out = step(fought, desiredOf({ ...three, lb2: 0 }), at).state;
    it.each<[title: string, state: NameState, told: string]>([
      ["deleted", { ...out, records: out.records.filter((one) => one.setIdentifier !== "lb2") }, "create A lb2 10"],
      ["moved elsewhere", edited(out, "lb2", { values: ["198.51.100.9"] }), "update A lb2 0→10"],
    ])("do not keep an idle one that somebody %s from coming back as it is wanted", (_title, idle, expected) => {
      expect(told(step(idle, desiredOf({ ...three, lb2: 0 }), at).planned)).toEqual([]);
      expect(told(step(idle, desiredOf(three), at).planned)).toEqual([expected]);
      for (const ttlS of [60, 30]) {
        const back = step(idle, desiredOf(three, { ttlS }), at);
        // lb1 still stands as somebody has left it.
        expect(kindsOf(back.planned.dangers)).toEqual(["hand-edit-repaired lb2", "repairs-stopped"]);
        expect(fenceOf(back.state)?.repairs).toHaveLength(3);
        const record = back.state.records.find((one) => one.setIdentifier === "lb2");
        expect(record).toMatchObject({
          weight: 10,
          values: desiredOf(three)
            .records.slice(1, 2)
            .map(({ value }) => value),
        });
        expect(step(back.state, desiredOf(three, { ttlS }), at).planned.fence).toBeUndefined();
      }
    });

    it("are still held when they lower", () => {
      const { planned, state: after } = step(edited(state, "lb2", { weight: 1 }), desiredOf(three), at);
      expect(planned.changes).toEqual([]);
      expect(fenceOf(after)?.held).toEqual(["lb2"]);
    });

    it("keep their TTL", () => {
      const retimed = state.records.map((record) => ({ ...record, ttlS: 5 }));
      const { planned } = step({ ...state, records: retimed }, desiredOf({ ...three, lb3: 0 }), at);
      expect(told(planned)).toEqual(["update A lb3 10→0"]);
      expect(kindsOf(planned.dangers)).toEqual(["repairs-stopped"]);
    });
  });
});
