import type { Clock } from "../ports.ts";

/** Runs `work` with a signal that aborts after `ms`, or when the outer one does. The timer ends with the work. */
export async function within<T>(
  clock: Clock,
  ms: number,
  outer: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const done = new AbortController();
  void clock.sleep(ms, done.signal).then(() => late.abort());
  try {
    return await work(AbortSignal.any([outer, late.signal]));
  } finally {
    done.abort("the work is done");
  }
}
