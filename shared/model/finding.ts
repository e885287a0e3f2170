import * as z from "zod/mini";

export const reasons = [
  "refused",
  "timeout",
  "reset",
  "tls",
  "status",
  "body",
  "banner",
  "answer",
  "blocked",
  "open",
] as const;

export const phases = ["connect", "tls", "banner", "response"] as const;

/** The answer to one check from one region at one time. `ms` is how long it took. Unknown is our fault and is never a vote. */
export const findingSchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("up"),
    ms: z.number(),
    /** Up, but worth a look: a certificate that ends soon. */
    warning: z.optional(z.string().check(z.maxLength(200))),
    /** Up because nobody answered, of a port that must be closed: our own way out may be what is closed. */
    silent: z.optional(z.literal(true)),
  }),
  z.object({
    kind: z.literal("down"),
    ms: z.number(),
    reason: z.enum(reasons),
    phase: z.enum(phases),
    /** A sentence for people; printable, at most 200 characters, quotes what the server said. */
    detail: z.string().check(z.maxLength(200)),
  }),
  z.object({
    kind: z.literal("unknown"),
    detail: z.string().check(z.maxLength(200)),
    /** Our event loop stood still meanwhile. */
    late: z.optional(z.literal(true)),
  }),
]);

export type Finding = z.output<typeof findingSchema>;
export type Down = Extract<Finding, { kind: "down" }>;
export type Reason = (typeof reasons)[number];
export type Phase = (typeof phases)[number];
