import * as z from "zod/mini";

/**
 * What velocity, damping and restore by hand must remember of a box that left by verdict: when (s), and its damping score at
 * that moment; 0: it left as fail open ended, which counts for restore by hand alone.
 */
const departureSchema = z.object({ atS: z.int(), score: z.int() });

/** What the rules must remember between batches. Decided from the lead's fence, copied to every other name's. */
export const memorySchema = z.object({
  /** Fail open is on. */
  open: z.boolean(),
  /** By box id. */
  left: z.record(z.string(), departureSchema),
  /** Boxes whose weight rises in steps since they came back, and since when (s); absent where there is none. */
  rising: z.optional(z.record(z.string(), z.int())),
});

/** The lock of one name, and what a lock must remember. It is public: no account, no secret. */
export const fenceSchema = z.extend(memorySchema, {
  owner: z.string(),
  pool: z.string(),
  epoch: z.int(),
  /** Time of the deploy (s) whose configuration wrote it. */
  cfg: z.int(),
  /** Winner's region and time (s). */
  region: z.string(),
  atS: z.int(),
  /** Of the last winners, newest first. */
  nonces: z.array(z.string()),
  frozen: z.boolean(),
  /** Boxes that an operator lowered by hand: held until a later intent for the box. */
  held: z.array(z.string()),
  /** Times (s) of the repairs of the last hour; after the third repairs stop. */
  repairs: z.array(z.int()),
  /** On a name that does not lead: the epoch of the lead's fence that it was judged by. */
  lead: z.optional(z.int()),
  /** Digest of our records as the batch left them. */
  sum: z.string(),
});

export type Departure = z.output<typeof departureSchema>;
export type Memory = z.output<typeof memorySchema>;
export type Fence = z.output<typeof fenceSchema>;

/** `lb.example.com` → `_lifeboat.lb.example.com`; `*.example.com` → `_lifeboat-any.example.com`, where no wildcard can stand. */
export function fenceNameOf(name: string): string {
  return name.startsWith("*.") ? `_lifeboat-any.${name.slice(2)}` : `_lifeboat.${name}`;
}
