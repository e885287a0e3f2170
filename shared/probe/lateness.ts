// Whether the event loop stood still while probes were under way. One timer for all of them, and only while there are
// any: a probe's own timer may be punctual although the loop slept through most of the probe's life.

/** A timer later than this means that we were not looking: nothing is learned of the target. */
export const LATE_MS = 250;

const EVERY_MS = 100;

let watching = 0;
let timer: NodeJS.Timeout | undefined;
let dueMs = 0;
let lastLateMs = Number.NEGATIVE_INFINITY;

function tick(): void {
  const nowMs = performance.now();
  if (nowMs - dueMs > LATE_MS) lastLateMs = nowMs;
  dueMs = nowMs + EVERY_MS;
}

/** A probe has begun. */
export function watch(): void {
  watching += 1;
  if (watching > 1) return;
  dueMs = performance.now() + EVERY_MS;
  timer = setInterval(tick, EVERY_MS);
}

/** A probe has ended; with the last one the timer goes. */
export function leave(): void {
  watching -= 1;
  if (watching > 0) return;
  clearInterval(timer);
  timer = undefined;
}

/** Whether the loop was too late at any tick since `sinceMs` (performance.now). */
export function wasLateSince(sinceMs: number): boolean {
  return lastLateMs > sinceMs;
}
