import * as z from "zod/mini";

/** What a name hosted elsewhere answered. `none`: it does not resolve. `unknown`: our own resolver failed. */
export const resolutionSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("addresses"), addresses: z.array(z.string()) }),
  z.object({ kind: z.literal("none"), detail: z.string() }),
  z.object({ kind: z.literal("unknown"), detail: z.string() }),
]);

/** What one region last learned of one name. */
const sightingSchema = z.object({
  /** When it was asked last, whatever came of it (epoch ms). */
  askedMs: z.number(),
  /** The newest answer that was not unknown, and when it came. */
  seen: z.optional(z.object({ atMs: z.number(), resolution: resolutionSchema })),
  /** Since when every known answer has differed from what the pool serves. */
  differsSinceMs: z.optional(z.number()),
});

/** What one region knows of the names that one pool follows, by name. */
export const followedSchema = z.object({
  region: z.string(),
  pool: z.string(),
  names: z.record(z.string(), sightingSchema),
});

export type Resolution = z.output<typeof resolutionSchema>;
export type Sighting = z.output<typeof sightingSchema>;
export type Followed = z.output<typeof followedSchema>;
