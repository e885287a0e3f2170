import * as z from "zod/mini";
import { memorySchema } from "./fence.ts";

/** What one region's observe would be serving: its own weights and memory, in place of the lead's records and fence. */
export const shadowSchema = z.object({ weights: z.record(z.string(), z.int()), memory: memorySchema });
