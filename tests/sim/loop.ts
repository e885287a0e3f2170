// Virtual time: what is due runs in order, and everything it sets off comes to rest before the next.
import { createHeap } from "../fakes/heap.ts";

export type Timer = { dueMs: number; run: (() => void) | undefined };

export type Loop = {
  nowMs(): number;
  at(dueMs: number, run: () => void): Timer;
  after(ms: number, run: () => void): Timer;
  /** Runs until the time has come, or until `stop`. Rejects with what an event throws. */
  run(untilMs: number): Promise<void>;
  stop(): void;
};

/** The event loop of Node gets a turn so often: for messages of other threads and for what waits to be collected. */
const BREATH = 20_000;

export function createLoop(startMs: number): Loop {
  const timers = createHeap<Timer>((one, other) => one.dueMs - other.dueMs);
  let nowMs = startMs;
  let stopped = false;
  let steps = 0;
  const at = (dueMs: number, run: () => void): Timer => {
    const timer = { dueMs: Math.max(dueMs, nowMs), run };
    timers.push(timer);
    return timer;
  };
  return {
    nowMs: () => nowMs,
    at,
    after: (ms, run) => at(nowMs + ms, run),
    run: (untilMs) =>
      new Promise((resolve, reject) => {
        const step = (): void => {
          let next = timers.peek();
          if (stopped || !next || next.dueMs > untilMs) {
            if (!stopped) nowMs = untilMs;
            return resolve();
          }
          nowMs = next.dueMs;
          try {
            for (; next && next.dueMs === nowMs; next = timers.peek()) {
              timers.pop();
              next.run?.();
            }
          } catch (error) {
            return reject(error);
          }
          rest();
        };
        // A tick that is asked for by a microtask comes once there are no more of them: whatever can go on without
        // time has gone on. setImmediate would do as well, and take ten times as long.
        const rest = (): void => {
          if (++steps % BREATH === 0) setImmediate(step);
          else queueMicrotask(() => process.nextTick(step));
        };
        rest();
      }),
    stop: () => {
      stopped = true;
    },
  };
}
