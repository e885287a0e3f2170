import * as z from "zod/mini";

/** EventBridge Scheduler's `<aws.scheduler.scheduled-time>`, as epoch ms. */
export const scheduledMs = z.pipe(
  z.iso.datetime({ offset: true }),
  z.transform((text) => Date.parse(text)),
);
