import * as z from "zod";
import { findingSchema } from "./finding.ts";

/** What one region knows of one check of one box: the newest answer and since when it is of that kind. Times in epoch ms. */
export const observationSchema = z.object({
  digest: z.string(),
  finding: findingSchema,
  answeredMs: z.number(),
  sinceMs: z.number(),
  /** Successes in a row, this one included; 0 unless the finding is up. */
  successes: z.int(),
  /** The box is long down and asked by the regions in turn: this answer stands for as many intervals as there are regions. */
  turn: z.literal(true).optional(),
});

/** By check name. */
export const boxReportSchema = z.record(z.string(), observationSchema);

/**
 * What one region saw of one shard in one slot. It names every box that is not settled up; a box that it does not name
 * was up on everything under `asked`, the digest of the whole list of questions of the shard.
 */
export const reportSchema = z.object({
  region: z.string(),
  shard: z.int(),
  slot: z.int(),
  startedMs: z.number(),
  answeredMs: z.number(),
  cfg: z.int(),
  asked: z.string(),
  blind: z.boolean(),
  /** Digests of the checks that this region asks and has never seen up on any box: it does not vote down on them. */
  unreached: z.array(z.string()),
  /** Ports that fail everywhere from here at once while others answer: this region does not vote down on them. */
  doubted: z.array(z.int()).optional(),
  /** The event loop stood still while probes were under way: what they missed is unknown. */
  late: z.literal(true).optional(),
  /** By box id. */
  boxes: z.record(z.string(), boxReportSchema),
  /** How late the pass began, in ms after it was due. */
  lateMs: z.number(),
});

export type Observation = z.output<typeof observationSchema>;
export type BoxReport = z.output<typeof boxReportSchema>;
export type Report = z.output<typeof reportSchema>;
