import * as z from "zod/mini";
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
  turn: z.optional(z.literal(true)),
});

/** By check name. */
export const boxReportSchema = z.record(z.string(), observationSchema);

/** What a check of a box that is up says beside it. */
export const warningSchema = z.object({ box: z.string(), check: z.string(), text: z.string().check(z.maxLength(200)) });

/** More would only make the report long: a check that warns of everybody warns of these as well. */
export const WARNINGS_MAX = 50;

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
  doubted: z.optional(z.array(z.int())),
  /** The event loop stood still while probes were under way: what they missed is unknown. */
  late: z.optional(z.literal(true)),
  /** What is up but needs a look, such as a certificate that ends soon; at most {@link WARNINGS_MAX}. */
  warnings: z.optional(z.array(warningSchema)),
  /** By box id. */
  boxes: z.record(z.string(), boxReportSchema),
  /** How late the pass began, in ms after it was due. */
  lateMs: z.number(),
});

export type Observation = z.output<typeof observationSchema>;
export type BoxReport = z.output<typeof boxReportSchema>;
export type Warning = z.output<typeof warningSchema>;
export type Report = z.output<typeof reportSchema>;
