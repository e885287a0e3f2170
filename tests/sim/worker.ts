// Runs worlds in a thread of its own, one after the other, until one breaks an invariant or all have run.
import { parentPort, workerData } from "node:worker_threads";
import { hookLoading } from "./hooks.ts";
import type { Order, Report } from "./fleet-of-worlds.ts";
import { mutantOf } from "./mutants.ts";

/** `fleet-of-worlds.ts` starts this file, and nothing else does. */
const order = workerData as Order;
// Most of what goes wrong here is thrown and caught, and nobody reads where.
if (!order.story) Error.stackTraceLimit = 0;
hookLoading(order.mutant === undefined ? undefined : mutantOf(order.mutant));
const { runWorld } = await import("./world.ts");
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origin
const post = (report: Report): void => parentPort?.postMessage(report);

for (const seed of order.seeds) {
  const lines: string[] = [];
  const tell = order.story ? { tell: (line: string): void => void lines.push(line) } : {};
  const { kinds: _, ...result } = await runWorld({ seed, hours: order.hours, mutant: order.mutant, ...tell });
  post({ ...result, ...(order.story ? { story: lines } : {}) });
  if (result.violation && order.stop) break;
}
