// Items of every noun, to be varied by a test.
import type { Freeze, Intent, Step } from "../../shared/model/fact.ts";
import type { Followed } from "../../shared/model/follow.ts";
import type { Condition } from "../../shared/model/event.ts";
import type { BoxReport, Report } from "../../shared/model/report.ts";
import type { Suspicion } from "../../shared/model/suspicion.ts";
import type { View } from "../../shared/model/view.ts";
import type { Announced, History, Pending } from "../../shared/ports.ts";

export const HERE = "eu-west-1";
export const THERE = "us-east-1";
export const NOW_MS = 1_760_000_000_000;

export function reportOf(over: Partial<Report> = {}): Report {
  return {
    region: HERE,
    shard: 0,
    slot: 100,
    startedMs: NOW_MS,
    answeredMs: NOW_MS + 40.25,
    cfg: 1_759_000_000,
    asked: "a1",
    blind: false,
    unreached: [],
    boxes: { lb1: boxOf("web") },
    lateMs: 3.5,
    ...over,
  };
}

export function boxOf(...checks: string[]): BoxReport {
  const finding = {
    kind: "down",
    ms: 12.5,
    reason: "refused",
    phase: "connect",
    detail: "connection refused",
  } as const;
  const observation = { digest: "d".repeat(64), finding, answeredMs: NOW_MS, sinceMs: NOW_MS - 1000, successes: 0 };
  return Object.fromEntries(checks.map((check) => [check, observation]));
}

/** A report that names so many boxes, everything of theirs down with as long a detail as there can be. */
export function massOutage(boxes: number, checks: number, detail: (at: number) => string): Report {
  const names = Array.from({ length: checks }, (_, at) => `check-${at}`);
  const entries = Array.from({ length: boxes }, (_, box): [string, BoxReport] => {
    const observations = names.map((name, check): [string, BoxReport[string]] => {
      const at = box * checks + check;
      const ms = 2500 + at / 7;
      const finding = { kind: "down", ms, reason: "body", phase: "response", detail: detail(at) } as const;
      const digest = String(check).repeat(64);
      return [name, { digest, finding, answeredMs: NOW_MS + at, sinceMs: NOW_MS - at * 31, successes: 0 }];
    });
    return [`load-balancer-${box}`, Object.fromEntries(observations)];
  });
  return reportOf({ boxes: Object.fromEntries(entries) });
}

export function suspicionOf(over: Partial<Suspicion> = {}): Suspicion {
  const finding = { kind: "unknown", detail: "not known here under this definition" } as const;
  const vote = { box: "lb1", check: "web", digest: "d1", region: THERE, finding, answeredMs: NOW_MS };
  return { region: HERE, shard: 0, updatedMs: NOW_MS, cfg: 1_759_000_000, votes: [vote], ...over };
}

export function intentOf(over: Partial<Intent> = {}): Intent {
  return { kind: "intent", id: "i1", atMs: NOW_MS, box: "lb1", order: "drain", who: "ann", why: "kernel", ...over };
}

export function freezeOf(over: Partial<Freeze> = {}): Freeze {
  return { kind: "freeze", id: "f1", atMs: NOW_MS, on: true, who: "ann", why: "a migration", ...over };
}

export function stepOf(over: Partial<Step> = {}): Step {
  const what = { pool: "web", box: "lb1", step: "withdrawn", region: HERE, detail: "2 of 3 regions" } as const;
  return { kind: "step", id: "web/7/lb1/withdrawn", atMs: NOW_MS, epoch: 7, ...what, ...over };
}

export function announcedOf(over: Partial<Announced> = {}): Announced {
  return {
    region: HERE,
    pool: "web",
    version: 1,
    boxes: { lb1: { weight: 0, epoch: 7 } },
    islands: { north: NOW_MS },
    ...over,
  };
}

export function conditionOf(over: Partial<Condition> = {}): Condition {
  return {
    version: 1,
    type: "condition",
    id: "held/web lb1/1",
    kind: "held",
    subject: "web lb1",
    sinceMs: NOW_MS,
    atMs: NOW_MS,
    region: HERE,
    on: true,
    detail: "more than half of the pool would leave at once",
    page: true,
    ...over,
  };
}

export function viewOf(over: Partial<View> = {}): View {
  const record = {
    name: "lb.example.com",
    type: "A",
    setIdentifier: "lb1",
    weight: 1,
    ttlS: 60,
    values: ["192.0.2.1"],
  };
  return {
    region: HERE,
    pool: "web",
    atMs: NOW_MS,
    names: [{ name: "lb.example.com", zoneId: "Z1", hadFence: true, epoch: 7, records: [record] }],
    boxes: { lb1: { verdict: "in", weight: 1, because: "up in 3 of 3 regions" } },
    open: false,
    ...over,
  };
}

export function followedOf(over: Partial<Followed> = {}): Followed {
  const seen = { atMs: NOW_MS, resolution: { kind: "addresses" as const, addresses: ["192.0.2.1"] } };
  return { region: HERE, pool: "web", names: { "www.client.example": { askedMs: NOW_MS, seen } }, ...over };
}

export function pendingOf(over: Partial<Pending> = {}): Pending {
  const name = "lb.example.com";
  return { region: HERE, zoneId: "Z1", name, pool: "web", changeId: "/change/C1", acceptedMs: NOW_MS, ...over };
}

export function historyOf(over: Partial<History> = {}): History {
  return {
    region: HERE,
    shard: 0,
    minute: 29_333_333,
    ms: { lb1: { web: 12, tls: -1 }, "lb.2": { web: -2 } },
    ...over,
  };
}
