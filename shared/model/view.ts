import * as z from "zod/mini";
import { recordSchema } from "./record.ts";

/** What a reader of the zone saw of one pool, for status, the API and the rule "a fence that a view has seen". */
export const viewSchema = z.object({
  region: z.string(),
  pool: z.string(),
  atMs: z.number(),
  names: z.array(
    z.object({
      name: z.string(),
      zoneId: z.string(),
      hadFence: z.boolean(),
      epoch: z.optional(z.int()),
      records: z.array(recordSchema),
    }),
  ),
  /** By box: what was decided, and which rules spoke. */
  boxes: z.record(
    z.string(),
    z.object({
      verdict: z.enum(["in", "out", "undecided"]),
      weight: z.int(),
      because: z.string(),
      /** Damping holds it until then (epoch s). */
      barredUntilS: z.optional(z.int()),
    }),
  ),
  open: z.boolean(),
});

export type View = z.output<typeof viewSchema>;
