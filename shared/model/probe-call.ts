import * as z from "zod/mini";
import { scheduledMs } from "./scheduled.ts";
import { askSchema } from "./suspicion.ts";

export const slotSchema = z.object({
  kind: z.literal("slot"),
  slot: z.int(),
  shard: z.int().check(z.gte(0)),
  dueMs: z.number(),
});

/** An SQS event of batch size 1. */
const queued = z.pipe(
  z.object({ Records: z.array(z.object({ body: z.string() })).check(z.length(1)) }),
  z.transform(({ Records }, context) => {
    try {
      return slotSchema.parse(JSON.parse(Records[0]?.body ?? ""));
    } catch (error) {
      context.issues.push({
        code: "custom",
        message: `the message's body is not a slot: ${String(error)}`,
        input: Records,
      });
      return z.NEVER;
    }
  }),
);

const plan = z.pipe(
  z.object({ kind: z.literal("plan"), scheduledTime: scheduledMs }),
  z.transform((event) => ({ kind: event.kind, scheduledMs: event.scheduledTime })),
);

/** The events of probe, as Lambda hands them over: from the queue, the Scheduler, and the other regions. */
export const probeEventSchema = z.union([queued, plan, askSchema, z.object({ kind: z.literal("ping") })]);
