import { setTimeout as wait } from "node:timers/promises";
import type { Clock } from "../ports.ts";

/** setTimeout takes 31 bits of ms and fires at once above them. */
const LONGEST_MS = 2 ** 31 - 1;

/** The machine's own time and chance. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  sleep: (ms, signal) => wait(Math.min(Math.max(0, ms), LONGEST_MS), undefined, { signal }).catch(() => undefined),
  random: () => Math.random(),
  id: () => crypto.randomUUID(),
};
