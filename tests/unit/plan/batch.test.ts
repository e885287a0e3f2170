import { describe, expect, it } from "vitest";
import type { Change, Plan } from "../../../shared/model/plan.ts";
import type { DnsRecord } from "../../../shared/model/record.ts";
import { batchOf } from "../../../shared/plan/batch.ts";
import { plan } from "../../../shared/plan/plan.ts";
import { bare, desiredOf, edited, NAME, NOW_S, started, unseen, weighted, writer } from "./zone.ts";

const told = (planned: Plan): string[] =>
  batchOf(planned).changes.map(({ action, record }) =>
    [action, record.type, record.setIdentifier].filter((part) => part !== undefined).join(" "),
  );
const of = (weights: Record<string, number>, state = started({ lb1: 1, lb2: 1 }), more = {}) =>
  plan(desiredOf(weights, more), state, writer(NOW_S + 100), unseen);

describe("batchOf", () => {
  it.each<[string, Plan, string[]]>([
    ["nothing", of({ lb1: 1, lb2: 1 }), []],
    ["the first batch", of({ lb1: 1, lb2: 1 }, bare()), ["CREATE TXT", "CREATE A lb1", "CREATE A lb2"]],
    ["a withdrawal", of({ lb1: 0, lb2: 1 }), ["DELETE TXT", "CREATE TXT", "UPSERT A lb1"]],
    [
      "a new one with a withdrawal",
      of({ lb1: 0, lb2: 1, lb3: 1 }),
      ["DELETE TXT", "CREATE TXT", "CREATE A lb3", "UPSERT A lb1"],
    ],
    [
      "another TTL",
      of({ lb1: 1, lb2: 1 }, undefined, { ttlS: 30 }),
      ["DELETE TXT", "CREATE TXT", "DELETE A lb1", "DELETE A lb2", "CREATE A lb1", "CREATE A lb2"],
    ],
    [
      "mode delete",
      of({ lb1: 0, lb2: 1, lb3: 1 }, undefined, { withdraw: "delete" }),
      ["DELETE TXT", "CREATE TXT", "DELETE A lb1", "CREATE A lb3"],
    ],
  ])("%s", (_what, planned, actions) => expect(told(planned)).toEqual(actions));

  it("deletes the fence and records exactly as they were read", () => {
    const listed = edited(started({ lb1: 1, lb2: 1 }), "lb1", {
      healthCheckId: "hc1",
      other: { TrafficPolicyInstanceId: "t1" },
    });
    const state = { ...listed, fence: { ...(listed.fence ?? weighted("x", 0)), ttlS: 77 } };
    const deleted = batchOf(of({ lb1: 1, lb2: 1 }, state, { ttlS: 30 })).changes.filter(
      ({ action }) => action === "DELETE",
    );
    expect(deleted.map(({ record }) => record)).toEqual([state.fence, ...state.records]);
  });
});

describe("a batch that would touch what it must not", () => {
  const good = of({ lb1: 0, lb2: 1 });
  const created = (record: DnsRecord): Change => ({ kind: "create", after: record });
  const fence = good.fence?.after ?? weighted("x", 0);
  const swapped = (after: DnsRecord): Plan => ({ ...good, fence: { after, epoch: 1, nonce: "n" } });
  it.each<[string, Plan]>([
    ["records without a fence", { ...good, fence: undefined }],
    ["another name", { ...good, changes: [created(weighted("lb9", 1, { name: "example.com" }))] }],
    ["another type", { ...good, changes: [created(weighted("lb9", 1, { type: "CNAME" }))] }],
    [
      "a TXT of the name itself",
      { ...good, changes: [{ kind: "delete", before: { name: NAME, type: "TXT", ttlS: 60, values: ['"v=spf1"'] } }] },
    ],
    ["a simple record", { ...good, changes: [created({ name: NAME, type: "A", ttlS: 60, values: ["203.0.113.1"] })] }],
    ["a weight of 256", { ...good, changes: [created(weighted("lb9", 256))] }],
    ["a weight of 0.5", { ...good, changes: [created(weighted("lb9", 0.5))] }],
    ["one record twice", { ...good, changes: [created(weighted("lb9", 1)), created(weighted("lb9", 2))] }],
    [
      "a delete of what it updates",
      { ...good, changes: [...good.changes, { kind: "delete", before: weighted("lb1", 1) }] },
    ],
    ["a fence of another name", swapped({ ...fence, name: "_lifeboat.example.com" })],
    ["a fence of another type", swapped({ ...fence, type: "A" })],
    ["an apex's own TXT as the fence", swapped({ ...fence, name: NAME })],
    [
      "a foreign record as the old fence",
      { ...good, fence: { before: weighted("lb1", 1), after: fence, epoch: 1, nonce: "n" } },
    ],
    ["a fence over 4,000 characters", swapped({ ...fence, values: [`"${"x".repeat(4000)}"`] })],
  ])("%s: is not made", (_what, planned) => {
    expect(() => batchOf(planned)).toThrow(/^lb\.example\.com: /);
  });
});
