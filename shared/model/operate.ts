import * as z from "zod/mini";

/** What an operator reviews and then has carried out. `release` gives back what adopt found, or with `simple` one record. */
const proposal = {
  what: z.enum(["apply", "adopt", "release"]),
  /** Only these names; without it every name of the configuration. */
  names: z.optional(z.array(z.string()).check(z.minLength(1))),
  simple: z.optional(z.boolean()),
};

/** What an operator asks of failover: it is the one identity that writes DNS. */
export const commandSchema = z.discriminatedUnion("do", [
  z.object({ do: z.literal("plan"), ...proposal }),
  /** Exactly what was reviewed: the checksum that `plan` printed. */
  z.object({ do: z.literal("carry-out"), ...proposal, checksum: z.string() }),
  z.object({ do: z.literal("freeze"), on: z.boolean(), why: z.string() }),
  z.object({
    do: z.literal("intent"),
    box: z.string(),
    order: z.enum(["drain", "pin", "hold", "clear"]),
    weight: z.optional(z.int().check(z.gte(0), z.lte(255))),
    why: z.string(),
    untilMs: z.optional(z.number()),
  }),
  /** Without a checksum it is only shown; `back` needs no review. */
  z.object({
    do: z.literal("cutover"),
    pool: z.string(),
    from: z.array(z.string()),
    to: z.array(z.string()),
    percent: z.array(z.int().check(z.gte(1), z.lte(99))).check(z.maxLength(20)),
    everyS: z.int().check(z.gte(60)),
    back: z.boolean(),
    why: z.string(),
    checksum: z.optional(z.string()),
  }),
  z.object({ do: z.literal("explain"), box: z.optional(z.string()) }),
]);

/**
 * `ok: false`: something was refused or is only partly done; `text` says what, and what to do. `checksum`: of a review that
 * can be carried out; `idle`: that would write nothing.
 */
export const outcomeSchema = z.object({
  ok: z.boolean(),
  text: z.string(),
  checksum: z.optional(z.string()),
  idle: z.optional(z.boolean()),
});

export type Command = z.output<typeof commandSchema>;
export type Proposal = Extract<Command, { do: "plan" | "carry-out" }>;
export type OperateOutcome = z.output<typeof outcomeSchema>;
