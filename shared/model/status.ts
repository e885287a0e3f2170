import * as z from "zod/mini";

/** What one region sees of a box: its worst finding, in words; `silent` when it has no fresh report. */
const seenSchema = z.object({
  region: z.string(),
  state: z.enum(["up", "down", "unknown", "silent"]),
  detail: z.string(),
});

/** The state of the whole service as status, the terminal and the API show it. */
export const statusSchema = z.object({
  atMs: z.number(),
  owner: z.string(),
  intervalS: z.int(),
  quorum: z.int(),
  /** The order that holds now: nothing is written to DNS until it is ended. */
  frozen: z.optional(z.object({ who: z.string(), why: z.string(), atMs: z.number() })),
  /** Whether one holds could not be read. */
  ordersUnread: z.optional(z.literal(true)),
  regions: z.array(z.object({ region: z.string(), reportAgeS: z.optional(z.number()), blind: z.boolean() })),
  pools: z.array(
    z.object({
      id: z.string(),
      open: z.boolean(),
      names: z.array(
        z.object({
          name: z.string(),
          records: z.array(
            z.object({ setIdentifier: z.string(), value: z.string(), weight: z.number(), share: z.number() }),
          ),
          /** What answers there and is no weighted record: `A 4.1.1.1`. */
          others: z.optional(z.array(z.string())),
        }),
      ),
      boxes: z.array(
        z.object({
          id: z.string(),
          island: z.string(),
          address: z.string(),
          /** As decided last; undefined before the first decision. */
          weight: z.optional(z.int()),
          /** Of its records under the pool's names as last read, each weight once; null: a name has none of it. */
          inDns: z.optional(z.array(z.nullable(z.int()))),
          verdict: z.enum(["in", "out", "undecided"]),
          because: z.string(),
          barredUntilS: z.optional(z.int()),
          seen: z.array(seenSchema),
        }),
      ),
    }),
  ),
});

export type Status = z.output<typeof statusSchema>;
export type Seen = z.output<typeof seenSchema>;
