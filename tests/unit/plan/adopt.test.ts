import { describe, expect, it } from "vitest";
import type { Desired } from "../../../shared/model/plan.ts";
import type { Freeze } from "../../../shared/model/fact.ts";
import type { DnsRecord, NameState } from "../../../shared/model/record.ts";
import { adoptPlan, takenOver } from "../../../shared/plan/adopt.ts";
import { fenceOf, writeFence } from "../../../shared/plan/fence.ts";
import { onlyLower } from "../../../shared/plan/lower.ts";
import { plan, pruningPlan } from "../../../shared/plan/plan.ts";
import { type Back, releasePlan } from "../../../shared/plan/release.ts";
import { resendPlan } from "../../../shared/plan/resend.ts";
import { applied } from "./zone.ts";

const NAME = "lb.example.com";
const NOW_S = 1_790_000_000;
const writer = { region: "eu-west-1", nowS: NOW_S, nonce: "n1" };
const HEALTH_CHECK = "hc-1";
const frozen: Freeze = { kind: "freeze", id: "f", atMs: 1, on: true, who: "ann", why: "moving home" };
const FROZEN = /is frozen by ann \(moving home\).*until `lifeboat thaw`/;

const desired: Desired = {
  owner: "acme",
  pool: "web",
  name: NAME,
  zoneId: "Z1",
  ttlS: 60,
  withdraw: "weight",
  records: [
    { box: "lb1", setIdentifier: "Primary Load Balancer", type: "A", value: "4.1.1.1", weight: 1 },
    { box: "lb2", setIdentifier: "lb2", type: "A", value: "4.1.1.2", weight: 2 },
  ],
  memory: { open: false, left: {} },
  cfg: NOW_S - 1000,
  released: [],
};

function record(setIdentifier: string, value: string, over: Partial<DnsRecord> = {}): DnsRecord {
  return { name: NAME, type: "A", setIdentifier, weight: 7, ttlS: 60, values: [value], ...over };
}

function byText(one = "", other = ""): number {
  return one.localeCompare(other);
}

function bySet(one: DnsRecord, other: DnsRecord): number {
  return byText(one.setIdentifier, other.setIdentifier);
}

function simple(values: string[], over: Partial<DnsRecord> = {}): DnsRecord {
  return { name: NAME, type: "A", ttlS: 60, values, ...over };
}

function stateOf(...records: DnsRecord[]): NameState {
  return { zoneId: "Z1", name: NAME, records };
}

function adopted(...records: DnsRecord[]): NameState {
  const state = stateOf(...records);
  return applied(state, adoptPlan(desired, state, writer));
}

describe("adoptPlan", () => {
  it("leaves an answer in the place of a simple record also in mode delete while every load balancer is drained", () => {
    const drained = desired.records.map((one) => ({ ...one, weight: 0 }));
    const deleting: Desired = { ...desired, withdraw: "delete", records: drained };
    const state = stateOf(simple(["4.1.1.1", "4.1.1.2"]));
    const after = applied(state, adoptPlan(deleting, state, writer));
    expect(after.records.toSorted(bySet)).toEqual([
      record("lb2", "4.1.1.2", { weight: 0 }),
      record("Primary Load Balancer", "4.1.1.1", { weight: 0 }),
    ]);
    expect(plan(deleting, after, writer, { sawFence: true }).changes).toEqual([]);
  });

  it.each<[string, DnsRecord[], string[]]>([
    ["nothing", [], []],
    ["a simple record of a load balancer", [simple(["4.1.1.1"])], []],
    ["a simple record with an address of nobody", [simple(["4.1.1.1", "9.9.9.9"])], ["loses-address"]],
    ["a weighted record of ours", [record("lb2", "4.1.1.2")], []],
    [
      "weighted records that are all as configured",
      [record("Primary Load Balancer", "4.1.1.1", { weight: 1 }), record("lb2", "4.1.1.2", { weight: 2 })],
      [],
    ],
    ["a weighted record of ours with another address", [record("lb2", "4.1.1.99")], []],
    ["a weighted record of ours with another TTL", [record("lb2", "4.1.1.2", { ttlS: 300 })], []],
    ["a weighted record of others", [record("theirs", "9.9.9.9")], ["foreign-sibling"]],
    ["other types", [{ name: NAME, type: "MX", ttlS: 60, values: ["10 mail.example.com"] }], []],
  ])("takes over %s", (_row, records, dangers) => {
    const state = stateOf(...records);
    const planned = adoptPlan(desired, state, writer);
    expect(planned.refused).toEqual([]);
    expect(planned.dangers.map(({ kind }) => kind)).toEqual(dangers);
    const done = applied(state, planned);
    expect(fenceOf(done)).toMatchObject({ owner: "acme", pool: "web" });
    const ours = done.records.filter(({ setIdentifier = "" }) =>
      ["Primary Load Balancer", "lb2"].includes(setIdentifier),
    );
    expect(ours.map(({ setIdentifier, weight, values }) => [setIdentifier, weight, values])).toEqual(
      expect.arrayContaining([
        ["Primary Load Balancer", 1, ["4.1.1.1"]],
        ["lb2", 2, ["4.1.1.2"]],
      ]),
    );
    // What failover would do next is nothing.
    expect(plan(desired, done, writer, { sawFence: true })).toMatchObject({ changes: [], refused: [] });
  });

  it("keeps a health check", () => {
    const done = adopted(record("lb2", "4.1.1.2", { healthCheckId: HEALTH_CHECK }));
    expect(done.records.find(({ setIdentifier }) => setIdentifier === "lb2")?.healthCheckId).toBe(HEALTH_CHECK);
  });

  it.each<[string, DnsRecord[], string]>([
    ["a CNAME", [{ name: NAME, type: "CNAME", ttlS: 60, values: ["x.example.com"] }], "conflict"],
    ["an alias", [simple([], { other: { AliasTarget: {} } })], "conflict"],
    ["failover records", [record("p", "4.1.1.1", { weight: undefined, other: { Failover: "PRIMARY" } })], "conflict"],
    ["a load balancer's address under another SetIdentifier", [record("old", "4.1.1.1")], "conflict"],
  ])("refuses %s", (_row, records, kind) => {
    const planned = adoptPlan(desired, stateOf(...records), writer);
    expect(planned).toMatchObject({ changes: [], refused: [{ kind }] });
    expect(planned.fence).toBeUndefined();
  });

  const foreign = writeFence(NAME, {
    owner: "other",
    pool: "web",
    epoch: 1,
    cfg: 1,
    region: "r",
    atS: 1,
    nonces: [],
    frozen: false,
    held: [],
    repairs: [],
    open: false,
    left: {},
    sum: "",
  });

  it("does nothing under our own fence, and says so; that is no refusal", () => {
    const planned = adoptPlan(desired, adopted(), writer);
    expect(planned).toMatchObject({ changes: [], refused: [], note: "adopted already; nothing to change" });
    expect(planned.fence).toBeUndefined();
  });

  it.each<[string, DnsRecord, string, RegExp]>([
    ["another owner's fence", foreign, "not-ours", /is the fence of owner 'other', pool 'web'/],
    ["what is no fence", { ...foreign, values: ['"v=spf1 -all"'] }, "bad-fence", /no fence of this version/],
  ])("refuses %s", (_row, fence, kind, says) => {
    const planned = adoptPlan(desired, { ...stateOf(), fence }, writer);
    expect(planned).toMatchObject({ changes: [], refused: [{ kind, detail: expect.stringMatching(says) }] });
    expect(planned.fence).toBeUndefined();
  });

  it("refuses while an order to freeze holds, although the name has no fence", () => {
    const planned = adoptPlan(desired, stateOf(simple(["4.1.1.1"])), writer, { frozen });
    expect(planned).toMatchObject({
      changes: [],
      refused: [{ kind: "frozen", detail: expect.stringMatching(FROZEN) }],
    });
    expect(planned.fence).toBeUndefined();
  });

  it("takes over simple records and those of the configured SetIdentifiers, and no others", () => {
    const lb2 = record("lb2", "4.1.1.2");
    const six: DnsRecord = { ...simple(["2001:db8::1"]), type: "AAAA" };
    const others: DnsRecord[] = [
      record("theirs", "9.9.9.9"),
      { ...record("lb2", "2001:db8::2"), type: "AAAA" },
      { name: NAME, type: "MX", ttlS: 60, values: ["10 mail.example.com"] },
    ];
    expect(takenOver(desired, stateOf(lb2, six, ...others))).toEqual([lb2, six]);
  });
});

const ours = { owner: "acme", pool: "web", setIdentifiers: ["Primary Load Balancer", "lb2"] };

function given(state: NameState, back: Back): NameState {
  return applied(state, releasePlan(state, writer, ours, back));
}

describe("releasePlan", () => {
  it.each([
    ["a simple record", [simple(["4.1.1.1"])]],
    ["one weighted record with its health check", [record("lb2", "4.1.1.2", { healthCheckId: HEALTH_CHECK })]],
    ["weighted records of another TTL", [record("lb2", "4.1.1.2", { ttlS: 300 })]],
  ])("gives back %s as adopt found it", (_row, found) => {
    const back = given(adopted(...found), { to: "found", records: found });
    expect(back.records).toEqual(found);
    expect(back.fence).toBeUndefined();
  });

  it("leaves the set as it stands", () => {
    const state = adopted();
    expect(given(state, { to: "as-is" })).toEqual({ ...state, fence: undefined });
  });

  it("makes one simple record of those that serve", () => {
    const state = adopted();
    const drained = {
      ...state,
      records: state.records.map((one) => (one.setIdentifier === "lb2" ? { ...one, weight: 0 } : one)),
    };
    expect(given(drained, { to: "simple" }).records).toEqual([simple(["4.1.1.1"])]);
    const none = { ...state, records: state.records.map((one) => ({ ...one, weight: 0 })) };
    expect(given(none, { to: "simple" }).records).toEqual([simple(["4.1.1.1", "4.1.1.2"])]);
  });

  it("keeps others' records, and is refused where a simple one would stand beside them", () => {
    const state = adopted(record("theirs", "9.9.9.9"));
    expect(given(state, { to: "as-is" }).records).toEqual(state.records);
    expect(releasePlan(state, writer, ours, { to: "simple" })).toMatchObject({
      changes: [],
      refused: [{ kind: "conflict" }],
    });
  });

  it("is refused without a fence of ours", () => {
    expect(releasePlan(stateOf(record("lb2", "4.1.1.2")), writer, ours, { to: "as-is" })).toMatchObject({
      refused: [{ kind: "not-ours" }],
    });
    expect(releasePlan(adopted(), writer, { ...ours, owner: "other" }, { to: "as-is" })).toMatchObject({
      refused: [{ kind: "not-ours" }],
    });
  });

  it.each<[string, Freeze | undefined, boolean, RegExp]>([
    ["an order to freeze holds", frozen, false, FROZEN],
    ["its fence is frozen", undefined, true, /is frozen since epoch \d+.*until `lifeboat thaw`/],
  ])("is refused while %s", (_row, order, isFrozen, says) => {
    const state = adopted();
    const fence = fenceOf(state);
    const standing = fence && isFrozen ? { ...state, fence: writeFence(NAME, { ...fence, frozen: true }) } : state;
    const planned = releasePlan(standing, writer, ours, { to: "as-is" }, { frozen: order });
    expect(planned).toMatchObject({ changes: [], refused: [{ kind: "frozen", detail: expect.stringMatching(says) }] });
    expect(planned.fence).toBeUndefined();
  });

  describe("of what adopt found", () => {
    const lb2 = record("lb2", "4.1.1.2", { weight: 10 });
    const theirs = record("theirs", "9.9.9.9");
    const first = { ...ours, setIdentifiers: ["Primary Load Balancer"] };
    const wantedWithout = { ...desired, records: desired.records.slice(0, 1) };
    const minutes = (count: number): typeof writer => ({ ...writer, nowS: NOW_S + 60 * count, nonce: `m${count}` });
    const backOf = (state: NameState, found: DnsRecord[], by = ours): NameState =>
      applied(state, releasePlan(state, writer, by, { to: "found", records: found }));
    /** lb2 is no longer configured: to weight 0 first, then deleted if `pruned`. */
    const without = (state: NameState, pruned: boolean): NameState => {
      const lowered = applied(state, plan(wantedWithout, state, minutes(2), { sawFence: true }));
      return pruned ? applied(lowered, pruningPlan(wantedWithout, lowered, minutes(4))) : lowered;
    };

    it("another's record, noted by an older Lifeboat, is left alone", () => {
      const state = adopted(lb2, theirs);
      const planned = releasePlan(state, writer, ours, { to: "found", records: [lb2, theirs] });
      expect(planned.dangers).toMatchObject([{ kind: "foreign-sibling" }]);
      expect(applied(state, planned).records.toSorted(bySet)).toEqual([lb2, theirs].toSorted(bySet));
    });

    it("the record of a load balancer that is no longer configured is given back where it still stands", () => {
      const state = without(adopted(lb2), false);
      expect(state.records.find(({ setIdentifier }) => setIdentifier === "lb2")?.weight).toBe(0);
      expect(backOf(state, [lb2], first).records).toEqual([lb2]);
    });

    it("… and where it was deleted since", () => {
      const state = without(adopted(lb2), true);
      expect(state.records.some(({ setIdentifier }) => setIdentifier === "lb2")).toBe(false);
      expect(backOf(state, [lb2], first).records).toEqual([lb2]);
    });

    it("what another has made since under the same SetIdentifier is left alone", () => {
      const state = without(adopted(lb2), true);
      const made = record("lb2", "9.9.9.9");
      expect(backOf({ ...state, records: [...state.records, made] }, [lb2], first).records).toEqual([made]);
    });

    it("the TTL is that of the others that stand beside it", () => {
      const state = adopted(lb2, theirs);
      expect(backOf(state, [{ ...lb2, ttlS: 300 }]).records.toSorted(bySet)).toEqual([lb2, theirs].toSorted(bySet));
    });

    it("a simple record of a family that has none now is made again", () => {
      const six: DnsRecord = { ...simple(["2001:db8::1"]), type: "AAAA" };
      const state = adopted(simple(["4.1.1.1"]), six);
      expect(state.records.some(({ type }) => type === "AAAA")).toBe(false);
      expect(backOf(state, [simple(["4.1.1.1"]), six]).records).toEqual([simple(["4.1.1.1"]), six]);
    });

    it("nothing is mixed with a simple record that somebody has made since: refused", () => {
      const state = adopted(lb2);
      const broken = { ...state, records: [simple(["9.9.9.9"])] };
      expect(releasePlan(broken, writer, ours, { to: "found", records: [lb2] })).toMatchObject({
        changes: [],
        refused: [{ kind: "conflict", detail: expect.stringMatching(/A \(simple\).*Remove them first/) }],
      });
    });
  });

  it("says which health check nothing refers to any more", () => {
    const state = adopted(record("lb2", "4.1.1.2", { healthCheckId: HEALTH_CHECK }));
    expect(releasePlan(state, writer, ours, { to: "simple" }).dangers).toMatchObject([{ kind: "loses-check" }]);
  });
});

describe("resendPlan", () => {
  it("writes every record of ours as it stands under a new fence", () => {
    const state = adopted(record("theirs", "9.9.9.9"));
    const planned = resendPlan(state, { ...writer, nonce: "n2" }, ours);
    expect(
      planned.changes
        .map((change) => (change.kind === "update" ? change.after.setIdentifier : change.kind))
        .toSorted(byText),
    ).toEqual(["lb2", "Primary Load Balancer"]);
    const done = applied(state, planned);
    expect(done.records).toEqual(state.records);
    expect(fenceOf(done)?.epoch).toBeGreaterThan(fenceOf(state)?.epoch ?? Number.NaN);
  });

  it("does nothing where there is no fence of ours", () => {
    expect(resendPlan(stateOf(), writer, ours).fence).toBeUndefined();
    expect(resendPlan(adopted(), writer, { ...ours, pool: "mail" }).fence).toBeUndefined();
  });
});

describe("onlyLower", () => {
  it.each([
    ["what is to rise stays", [7, 0], [7, 0]],
    ["what is to fall falls", [0, 7], [0, 2]],
  ])("%s", (_row, now, weights) => {
    const state = stateOf(
      record("Primary Load Balancer", "4.1.1.1", { weight: now[0] }),
      record("lb2", "4.1.1.2", { weight: now[1] }),
    );
    const wanted = { ...desired, records: desired.records.map((one, at) => ({ ...one, weight: [7, 2][at] ?? 0 })) };
    expect(onlyLower(wanted, state)?.records.map(({ weight }) => weight)).toEqual(weights);
  });

  it("is undefined where nobody would be left to serve", () => {
    const wanted = { ...desired, records: desired.records.map((one, at) => ({ ...one, weight: at })) };
    expect(onlyLower(wanted, stateOf(record("Primary Load Balancer", "4.1.1.1")))).toBeUndefined();
  });
});
