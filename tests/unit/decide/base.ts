import type { Answered } from "../../../shared/decide/region.ts";
import type { Intent } from "../../../shared/model/fact.ts";
import type { Finding } from "../../../shared/model/finding.ts";
import type { Observation, Report } from "../../../shared/model/report.ts";
import type { Pool, Resolved } from "../../../shared/model/resolved.ts";
import type { Vote } from "../../../shared/model/suspicion.ts";
import type { Verdict } from "../../../shared/model/verdict.ts";

export const NOW_MS = 1_800_000_000_000;
export const NOW_S = NOW_MS / 1000;
export const REGIONS = ["eu-west-1", "us-east-1", "ap-south-1"] as const;

export const up: Finding = { kind: "up", ms: 5 };
export const down: Finding = { kind: "down", ms: 5, reason: "refused", phase: "connect", detail: "connection refused" };
export const hung: Finding = { kind: "down", ms: 9, reason: "timeout", phase: "connect", detail: "no answer" };
export const unknown: Finding = { kind: "unknown", detail: "out of time" };

/** Three regions, quorum 2, interval 30 s (a vote lives 75 s); two boxes with two checks that vote and one that does not. */
export function config(over: Partial<Resolved> = {}): Resolved {
  return {
    version: 1,
    digest: "all",
    cfg: NOW_S - 86_400,
    owner: "acme",
    home: REGIONS[0],
    regions: [...REGIONS],
    intervalS: 30,
    quorum: 2,
    shards: 1,
    confirm: { attempts: 3, spreadMs: 3000 },
    canaries: [],
    checks: { web: checkOf(80), mail: checkOf(587), look: checkOf(22, false) },
    islands: { north: {}, south: {} },
    boxes: { lb1: boxOf("lb1", "north"), lb2: boxOf("lb2", "south") },
    pools: [pool()],
    asked: ["list"],
    ...over,
  };
}

function checkOf(port: number, votes = true): Resolved["checks"][string] {
  return { check: { protocol: "tcp", port, votes, timeoutMs: 2500 }, digest: `d${port}` };
}

function boxOf(id: string, island: string): Resolved["boxes"][string] {
  return { id, island, address: `192.0.2.${id.slice(2)}`, shard: 0, checks: ["look", "mail", "web"] };
}

export function pool(over: Partial<Pool> = {}): Pool {
  return {
    id: "lb",
    mode: "active",
    ttlS: 60,
    withdraw: "weight",
    names: [{ name: "lb.example.com", zoneId: "Z1" }],
    checks: ["web", "mail", "look"],
    members: ["lb1", "lb2"].map((box) => ({ box, setIdentifier: box, weight: 1 })),
    floor: { count: 1, weight: 0 },
    restore: { mode: "auto", afterS: 60, successes: 3, damping: true },
    ...over,
  };
}

/** A report of a second ago, under the list of questions that is configured. */
export function report(region: string, over: Partial<Report> = {}): Report {
  return {
    region,
    shard: 0,
    slot: 1,
    startedMs: NOW_MS - 2000,
    answeredMs: NOW_MS - 1000,
    cfg: NOW_S - 86_400,
    asked: "list",
    blind: false,
    unreached: [],
    boxes: {},
    lateMs: 0,
    ...over,
  };
}

/** Of the kind for an hour, asked a second ago. */
export function observation(digest: string, finding: Finding, over: Partial<Observation> = {}): Observation {
  const successes = finding.kind === "up" ? 99 : 0;
  return { digest, finding, answeredMs: NOW_MS - 1000, sinceMs: NOW_MS - 3_600_000, successes, ...over };
}

export function vote(region: string, finding: Finding, over: Partial<Vote> = {}): Vote {
  return { box: "lb1", check: "web", digest: "d80", region, finding, answeredMs: NOW_MS - 1000, ...over };
}

/** By default risen where it is in. */
export function verdict(box: string, state: Verdict["state"], risen = state === "in"): Verdict {
  return { box, state, risen, checks: [] };
}

export function intent(box: string, order: Intent["order"], over: Partial<Intent> = {}): Intent {
  return { kind: "intent", id: "i1", atMs: NOW_MS - 1000, box, order, who: "ann", why: "disk", ...over };
}

/** By default of lb1 on web, just now. */
export function answered(finding: Finding, over: Partial<Answered> = {}): Answered {
  return {
    box: "lb1",
    check: "web",
    digest: "d80",
    votes: true,
    finding,
    startedMs: NOW_MS - 100,
    answeredMs: NOW_MS - 50,
    ...over,
  };
}

/** The first region's report of the slot before. */
export function before(web: Finding, over: Partial<Observation> = {}): Report {
  return report(REGIONS[0], { boxes: { lb1: { web: observation("d80", web, over) } } });
}
