import { describe, expect, it } from "vitest";
import type { Desired, Plan } from "../../../shared/model/plan.ts";
import type { NameState } from "../../../shared/model/record.ts";
import { plan } from "../../../shared/plan/plan.ts";
import { planDigest, renderPlans } from "../../../shared/plan/render.ts";
import { bare, desiredOf, edited, NOW_S, started, unseen, weighted, withRecord, writer } from "./zone.ts";

const two = { lb1: 10, lb2: 10 };
const of = (desired: Desired, state: NameState, nowS = NOW_S + 100, nonce = "n"): Plan =>
  plan(desired, state, writer(nowS, nonce), unseen);

describe("renderPlans", () => {
  it("shows one line a record, signed", () => {
    const state = withRecord(started({ lb1: 10, lb2: 10 }), weighted("other", 1));
    const planned = of(desiredOf({ lb1: 0, lb2: 10, lb3: 5 }), state);
    expect(renderPlans([planned])).toBe(
      [
        "lb.example.com (Z1)",
        "  ~ fence is swapped",
        "  ~ A 'lb1'  203.0.113.1, weight 10 → 0",
        "  + A 'lb3'  203.0.113.3, weight 5, TTL 60 s",
        "  ? foreign-sibling: Beside the records of lb.example.com stand others' that share its answers: A 'other'. They are left alone and counted as serving nothing.",
      ].join("\n"),
    );
  });

  it("shows another address and TTL, what is deleted, and what is created first", () => {
    const moved = desiredOf({ lb1: 10 }, { ttlS: 30 });
    moved.records[0] = { box: "lb1", setIdentifier: "lb1", type: "A", value: "203.0.113.9", weight: 10 };
    expect(renderPlans([of(moved, started({ lb1: 10 }))]).split("\n")).toContain(
      "  ~ A 'lb1'  203.0.113.1 → 203.0.113.9, weight 10, TTL 60 → 30 s",
    );
    expect(
      renderPlans([of(desiredOf({ lb1: 0, lb2: 10 }, { withdraw: "delete" }), started(two))]).split("\n"),
    ).toContain("  - A 'lb1'  203.0.113.1, weight 10, TTL 60 s");
    expect(renderPlans([of(desiredOf(two), bare())]).split("\n")).toContain("  + TXT _lifeboat.lb.example.com (fence)");
  });

  it("shows refusals, says where nothing is to change, and sorts by name", () => {
    const refused = of(desiredOf(two), { ...started(two), fence: undefined });
    const nothing = { ...of(desiredOf(two), started(two)), name: "a.example.com" };
    expect(renderPlans([refused, nothing])).toBe(
      [
        "a.example.com (Z1)",
        "  nothing to change",
        "",
        "lb.example.com (Z1)",
        "  ! not-adopted: lb.example.com has records of the configured SetIdentifiers and no fence: A 'lb1', A 'lb2'. Adopt the name to take them over.",
      ].join("\n"),
    );
  });
});

describe("planDigest", () => {
  const base = of(desiredOf({ lb1: 0, lb2: 10 }), started(two));
  it("is of what would be done, not of who does it when, nor of the order of the plans", () => {
    const left = (atS: number) => ({ memory: { open: false, left: { lb1: { atS, score: 1000 } } } });
    const early = of(desiredOf({ lb1: 0, lb2: 10 }, left(1)), started(two), NOW_S + 100, "a");
    const late = of(desiredOf({ lb1: 0, lb2: 10 }, left(2)), started(two), NOW_S + 999, "b");
    const other = { ...base, name: "a.example.com" };
    expect(planDigest([early])).toBe(planDigest([late]));
    expect(planDigest([base, other])).toBe(planDigest([other, base]));
    expect(planDigest([base])).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each<[string, Plan]>([
    ["another weight", of(desiredOf({ lb1: 1, lb2: 10 }), started(two))],
    ["another record", of(desiredOf({ lb1: 10, lb2: 0 }), started(two))],
    ["another weight before", of(desiredOf({ lb1: 0, lb2: 10 }), started({ lb1: 9, lb2: 10 }))],
    ["fail open", of(desiredOf({ lb1: 0, lb2: 10 }, { memory: { open: true, left: {} } }), started(two))],
    ["a hold", of(desiredOf({ lb1: 0, lb2: 10 }), edited(started(two), "lb2", { weight: 1 }))],
    ["a sibling", of(desiredOf({ lb1: 0, lb2: 10 }), withRecord(started(two), weighted("other", 1)))],
    ["a refusal", of(desiredOf({ lb1: 0, lb2: 10 }), { ...started(two), fence: undefined })],
    ["nothing to do", of(desiredOf(two), started(two))],
  ])("%s: another one", (_what, planned) => expect(planDigest([planned])).not.toBe(planDigest([base])));
});
