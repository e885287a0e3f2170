import * as z from "zod";
import { commandSchema } from "./operate.ts";
import { askSchema } from "./suspicion.ts";

/** The events of the functions, as Lambda hands them over. `scheduledTime` is EventBridge Scheduler's `<aws.scheduler.scheduled-time>`. */
const scheduledMs = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));

export const slotSchema = z.object({
  kind: z.literal("slot"),
  slot: z.int(),
  shard: z.int().min(0),
  dueMs: z.number(),
});

/** An SQS event of batch size 1. */
const queued = z
  .object({ Records: z.array(z.object({ body: z.string() })).length(1) })
  .transform(({ Records }, context) => {
    try {
      return slotSchema.parse(JSON.parse(Records[0]?.body ?? ""));
    } catch (error) {
      context.addIssue({ code: "custom", message: `the message's body is not a slot: ${String(error)}` });
      return z.NEVER;
    }
  });

const plan = z
  .object({ kind: z.literal("plan"), scheduledTime: scheduledMs })
  .transform((event) => ({ kind: event.kind, scheduledMs: event.scheduledTime }));

export const probeEventSchema = z.union([queued, plan, askSchema, z.object({ kind: z.literal("ping") })]);

const reconcile = z
  .object({ kind: z.literal("reconcile"), scheduledTime: scheduledMs })
  .transform((event) => ({ kind: event.kind, scheduledMs: event.scheduledTime }));

export const failoverEventSchema = z.union([
  reconcile,
  z.object({ kind: z.literal("wake"), boxes: z.array(z.string()).max(10_000) }),
  z.object({ kind: z.literal("operate"), who: z.string().max(200), command: commandSchema }),
]);

export type ProbeEvent = z.output<typeof probeEventSchema>;
export type FailoverEvent = z.output<typeof failoverEventSchema>;
