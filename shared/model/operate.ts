import * as z from "zod";

/** What an operator reviews and then has carried out. `release` gives back what adopt found, or with `simple` one record. */
const proposal = {
  what: z.enum(["apply", "adopt", "release"]),
  /** Only these names; without it every name of the configuration. */
  names: z.array(z.string()).optional(),
  simple: z.boolean().optional(),
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
    weight: z.int().min(0).max(255).optional(),
    why: z.string(),
    untilMs: z.number().optional(),
  }),
  /** Without a checksum it is only shown; `back` needs no review. */
  z.object({
    do: z.literal("cutover"),
    pool: z.string(),
    from: z.array(z.string()),
    to: z.array(z.string()),
    percent: z.array(z.int().min(1).max(99)).max(20),
    everyS: z.int().min(60),
    back: z.boolean(),
    why: z.string(),
    checksum: z.string().optional(),
  }),
  z.object({ do: z.literal("explain"), box: z.string().optional() }),
]);

/** `ok: false`: something was refused or is only partly done; `text` says what, and what to do. */
export const outcomeSchema = z.object({
  ok: z.boolean(),
  text: z.string(),
  checksum: z.string().optional(),
});

export type Command = z.output<typeof commandSchema>;
export type Proposal = Extract<Command, { do: "plan" | "carry-out" }>;
export type OperateOutcome = z.output<typeof outcomeSchema>;
