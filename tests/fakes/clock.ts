// Time that stands still until it is told to go on, chance from a seed, ids in order.
import { seededRandom } from "../../local/random.ts";
import type { Clock } from "../../shared/ports.ts";

export type FakeClock = Clock & {
  /** Lets time pass: wakes every sleeper that is due, in order, and lets what it does come to rest before the next. */
  advance(ms: number): Promise<void>;
  /** Lets time pass, sleeper by sleeper, until the work has come to its end. Fails if it waits for nothing of ours. */
  run<T>(work: Promise<T>): Promise<T>;
};

type Sleeper = { dueMs: number; order: number; wake: () => void };

export function createFakeClock({ startMs = 1_700_000_000_000, seed = 1 } = {}): FakeClock {
  const random = seededRandom(seed);
  let nowMs = startMs;
  let order = 0;
  let ids = 0;
  let sleepers: Sleeper[] = [];
  const next = (): Sleeper | undefined => [...sleepers].sort((a, b) => a.dueMs - b.dueMs || a.order - b.order)[0];
  const wake = async (sleeper: Sleeper): Promise<void> => {
    sleepers = sleepers.filter((one) => one !== sleeper);
    nowMs = Math.max(nowMs, sleeper.dueMs);
    sleeper.wake();
    await rest();
  };
  return {
    nowMs: () => nowMs,
    random,
    id: () => `id-${String(++ids).padStart(4, "0")}`,
    sleep(ms, signal) {
      if (signal?.aborted) return Promise.resolve();
      const { promise, resolve } = Promise.withResolvers<void>();
      const sleeper: Sleeper = { dueMs: nowMs + Math.max(0, ms), order: order++, wake: () => resolve() };
      sleepers.push(sleeper);
      const abort = (): void => {
        sleepers = sleepers.filter((one) => one !== sleeper);
        resolve();
      };
      signal?.addEventListener("abort", abort, { once: true });
      return promise.finally(() => signal?.removeEventListener("abort", abort));
    },
    async advance(ms) {
      const untilMs = nowMs + ms;
      await rest();
      for (let one = next(); one && one.dueMs <= untilMs; one = next()) await wake(one);
      nowMs = untilMs;
    },
    async run(work) {
      const state = { ended: false };
      const end = (): void => {
        state.ended = true;
      };
      void work.then(end, end);
      for (await rest(); !state.ended; ) {
        const one = next();
        if (!one) throw new Error("the work has not ended, and waits for nothing on this clock");
        await wake(one);
      }
      return work;
    },
  };
}

/** Lets everything that can go on without time do so. */
async function rest(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}
