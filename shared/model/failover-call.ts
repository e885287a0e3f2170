import * as z from "zod/mini";
import { commandSchema } from "./operate.ts";
import { scheduledMs } from "./scheduled.ts";

const reconcile = z.pipe(
  z.object({ kind: z.literal("reconcile"), scheduledTime: scheduledMs }),
  z.transform((event) => ({ kind: event.kind, scheduledMs: event.scheduledTime })),
);

/** The events of failover, as Lambda hands them over: from the Scheduler, from probe, from an operator. */
export const failoverEventSchema = z.union([
  reconcile,
  z.object({ kind: z.literal("wake"), boxes: z.array(z.string()).check(z.maxLength(10_000)) }),
  z.object({ kind: z.literal("operate"), who: z.string().check(z.maxLength(200)), command: commandSchema }),
]);

export type FailoverEvent = z.output<typeof failoverEventSchema>;
