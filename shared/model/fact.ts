import * as z from "zod/mini";
import { recordSchema } from "./record.ts";

/** Every fact is written once under a key that nobody else makes, and never changed. What holds is a fold by (time, id). */
const fact = { id: z.string(), atMs: z.number() };

/** What an operator ordered. Outranks verdicts until it expires or a later one for the box replaces it. */
export const intentSchema = z.object({
  ...fact,
  kind: z.literal("intent"),
  box: z.string(),
  /** `clear` ends what was ordered before (undrain, unpin, release of a hold). */
  order: z.enum(["drain", "pin", "hold", "clear"]),
  /** For pin: the weight to serve. */
  weight: z.optional(z.int().check(z.gte(0), z.lte(255))),
  who: z.string(),
  why: z.string(),
  untilMs: z.optional(z.number()),
});

export const freezeSchema = z.object({
  ...fact,
  kind: z.literal("freeze"),
  on: z.boolean(),
  who: z.string(),
  why: z.string(),
});

/** A name taken over or given back. `found`: the records that adopt met, so that release can give them back. */
export const ownershipSchema = z.object({
  ...fact,
  kind: z.literal("ownership"),
  pool: z.string(),
  name: z.string(),
  did: z.enum(["adopt", "release"]),
  found: z.array(recordSchema),
  who: z.string(),
});

/**
 * A pool moves from some load balancers to others: `to` gets these percents of what both have together in turn, each for
 * `everyS`; then all of it, and `from` stands by. `back`: it is over, the configured weights count again. The newest of a
 * pool counts.
 */
export const cutoverSchema = z.object({
  ...fact,
  kind: z.literal("cutover"),
  pool: z.string(),
  from: z.array(z.string()),
  to: z.array(z.string()),
  percent: z.array(z.int().check(z.gte(1), z.lte(99))),
  everyS: z.int().check(z.gte(60)),
  back: z.boolean(),
  who: z.string(),
  why: z.string(),
});

/** A step of an incident, written by whoever takes it. */
export const stepSchema = z.object({
  ...fact,
  kind: z.literal("step"),
  pool: z.string(),
  box: z.string(),
  step: z.enum([
    "first-failure",
    "votes",
    "decision",
    "accepted",
    "insync",
    "announced",
    "withdrawn",
    "restored",
    "held",
  ]),
  region: z.string(),
  detail: z.string(),
  epoch: z.optional(z.int()),
});

/** What is folded whole whenever a decision is made; steps are only told. */
export const orderFactSchema = z.discriminatedUnion("kind", [
  intentSchema,
  freezeSchema,
  ownershipSchema,
  cutoverSchema,
]);

export const factSchema = z.discriminatedUnion("kind", [...orderFactSchema.def.options, stepSchema]);

export type Intent = z.output<typeof intentSchema>;
export type Cutover = z.output<typeof cutoverSchema>;
export type Ownership = z.output<typeof ownershipSchema>;
export type OrderFact = z.output<typeof orderFactSchema>;
export type Freeze = z.output<typeof freezeSchema>;
export type Step = z.output<typeof stepSchema>;
export type Fact = z.output<typeof factSchema>;
