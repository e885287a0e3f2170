import * as z from "zod/mini";
import { reasons } from "./finding.ts";

/** Rules of choose that may give a load balancer, or the pool, its weight. */
export const ruleKinds = [
  "cutover",
  "held",
  "floor",
  "fail-open",
  "fail-open-ended",
  "damped",
  "waiting",
  "manual",
  "rising",
  "waived",
  "drained",
  "pinned",
  "hold",
  "standby",
  "undecided",
] as const;

/** One box in an event: what DNS did with it, and why. */
const movedSchema = z.object({
  box: z.string(),
  setIdentifier: z.string(),
  island: z.string(),
  address: z.string(),
  before: z.int(),
  after: z.int(),
  /** One sentence: the check that failed with its reason, or the rule that spoke. */
  because: z.string(),
  /** What each region saw, newest first. */
  evidence: z.array(
    z.object({
      region: z.string(),
      check: z.string(),
      kind: z.enum(["up", "down", "unknown"]),
      reason: z.optional(z.enum(reasons)),
      detail: z.string(),
    }),
  ),
  /** Of one that comes back: how long it was out (s), where that is known. */
  outS: z.optional(z.int().check(z.gte(0))),
  /** The rule that gave the weight, or bars the way back: none, and the checks alone did. `untilS`: its end (epoch s). */
  rule: z.optional(z.object({ kind: z.enum(ruleKinds), untilS: z.optional(z.int()) })),
  /** Of one that went out: its configuration was changed within 15 minutes before. One sentence each. */
  change: z.optional(z.array(z.string())),
});

/**
 * The zone's weights changed. Id: `pool/epoch/what moved`; the same change is announced with the same id wherever it comes
 * from and however often, another one of the same epoch with another.
 */
export const weightsSchema = z.object({
  version: z.literal(1),
  type: z.literal("weights"),
  id: z.string(),
  pool: z.string(),
  name: z.string(),
  epoch: z.int(),
  atMs: z.number(),
  region: z.string(),
  /** The whole set as it stands now, by box. */
  weights: z.record(z.string(), z.int()),
  open: z.boolean(),
  moved: z.array(movedSchema),
  /** Runbook notes of the islands concerned. */
  notes: z.array(z.string()),
});

export const conditionKinds = [
  "held",
  "floor",
  "fail-open",
  "fail-open-ended",
  "refused",
  "danger",
  "damped",
  "blind",
  "silent",
  "unreached",
  "doubted",
  "late",
  "warning",
  "dns-refuses",
  "frozen",
  "withheld",
  "not-insync",
  "lagging",
  "unreadable",
  "observe",
  "drift",
  "farm-gone",
  "certificate",
  "lint",
  "changed-before",
  "follows",
] as const;

/** What has no epoch. Keyed by kind, subject and since-when. `on: false` says that it is over. */
export const conditionSchema = z.object({
  version: z.literal(1),
  type: z.literal("condition"),
  id: z.string(),
  kind: z.enum(conditionKinds),
  /** A pool, box, region, name or check. */
  subject: z.string(),
  sinceMs: z.number(),
  atMs: z.number(),
  region: z.string(),
  on: z.boolean(),
  /** Sentences for a tired person. */
  detail: z.string(),
  /** Whether somebody is to be woken. */
  page: z.boolean(),
  /** Of one that is over: who or what ended it, where that is known. Sentences. */
  ended: z.optional(z.string()),
  /** Of a certificate: whether it has ended, and not only will. */
  expired: z.optional(z.boolean()),
});

export const eventSchema = z.discriminatedUnion("type", [weightsSchema, conditionSchema]);

export type WeightsEvent = z.output<typeof weightsSchema>;
export type Condition = z.output<typeof conditionSchema>;
export type RuleKind = (typeof ruleKinds)[number];
export type ConditionKind = (typeof conditionKinds)[number];
export type LifeboatEvent = z.output<typeof eventSchema>;
export type Moved = z.output<typeof movedSchema>;

/** What people read: a subject of at most 100 ASCII characters, a body, attributes to filter by. */
export type Message = { subject: string; body: string; attributes: Record<string, string> };

/** One or several of them as one: an attribute in which they differ has the values of all. */
export type Gathered = Omit<Message, "attributes"> & { attributes: Record<string, string | readonly string[]> };
