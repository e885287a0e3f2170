import * as z from "zod/mini";
import { findingSchema } from "./finding.ts";

/** One region's answer on one check of one box, given when it was asked for (or the asker's own). Times in epoch ms. */
export const voteSchema = z.object({
  box: z.string(),
  check: z.string(),
  digest: z.string(),
  region: z.string(),
  finding: findingSchema,
  answeredMs: z.number(),
});

/** What one region was told when it asked the others about new failures of one shard; older votes stay until they expire. */
export const suspicionSchema = z.object({
  region: z.string(),
  shard: z.int(),
  updatedMs: z.number(),
  cfg: z.int(),
  votes: z.array(voteSchema),
});

/** More are not asked about at once: a whole shard, each load balancer in four pools. */
export const SUSPECTS_MAX = 2000;

/** What a region asks another one: by id and digest, never an address. */
export const askSchema = z.object({
  kind: z.literal("ask"),
  from: z.string(),
  shard: z.int(),
  suspects: z
    .array(z.object({ box: z.string(), check: z.string(), digest: z.string() }))
    .check(z.maxLength(SUSPECTS_MAX)),
  /** Milliseconds from now until the last attempt may start. */
  lastStartInMs: z.number().check(z.gte(0), z.lte(60_000)),
});

export const answerSchema = z.object({
  region: z.string(),
  votes: z.array(voteSchema),
});

export type Vote = z.output<typeof voteSchema>;
export type Suspicion = z.output<typeof suspicionSchema>;
export type Ask = z.output<typeof askSchema>;
export type Answer = z.output<typeof answerSchema>;
