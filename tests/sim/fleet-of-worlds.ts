// Many worlds at once, in as many threads as there are cores.
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { WorldResult } from "./world.ts";

export type Order = {
  seeds: number[];
  /** Of each world. */
  hours: number;
  /** The fault that is planted, by name. */
  mutant: string | undefined;
  /** Tell what happens; stop at the first world that breaks an invariant. */
  story: boolean;
  stop: boolean;
};

export type Report = Omit<WorldResult, "kinds"> & { story?: string[] };

export type Worlds = { from: number; count: number; hours: number; mutant?: string; story?: boolean; stop?: boolean };

/** Seeds `from` to `from + count - 1`. Resolves with all reports by seed; `onReport` hears of each at once. */
export async function runWorlds(
  worlds: Worlds,
  onReport: (report: Report) => void = () => undefined,
): Promise<Report[]> {
  const { from, count, hours, mutant, story = false, stop = false } = worlds;
  const threads = Math.max(1, Math.min(count, availableParallelism()));
  // Every so manieth seed, so that no thread has all the long ones.
  const shares = Array.from({ length: threads }, (_, thread) =>
    Array.from({ length: Math.ceil((count - thread) / threads) }, (_, at) => from + at * threads + thread),
  );
  const reports: Report[] = [];
  const running = shares.map((seeds) =>
    runThread({ seeds, hours, mutant, story, stop }, (report) => {
      reports.push(report);
      onReport(report);
      if (report.violation && stop) for (const one of running) void one.worker.terminate();
    }),
  );
  await Promise.all(running.map(({ ended }) => ended));
  return reports.toSorted((a, b) => a.seed - b.seed);
}

function runThread(order: Order, onReport: (report: Report) => void): { worker: Worker; ended: Promise<void> } {
  const worker = new Worker(new URL("worker.ts", import.meta.url), {
    workerData: order,
    execArgv: ["--disable-warning=ExperimentalWarning"],
    // Nearly all that a world makes is forgotten within an hour of it: collected seldom, it costs little.
    resourceLimits: { maxYoungGenerationSizeMb: 128 },
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  worker.on("message", onReport);
  worker.on("error", reject);
  worker.on("exit", () => resolve());
  return { worker, ended: promise };
}
