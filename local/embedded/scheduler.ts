// EventBridge Scheduler at rate(1 minute), with its freedoms taken: a schedule fires at any second of its minute and
// sometimes twice. At start it fires for the minute before and for this one, so that nobody waits for the first slot, and
// once more a little later, for who was too slow then.
import { randomUUID } from "node:crypto";
import { localAccount } from "./loopback.ts";

const minuteMs = 60_000;

/** `input` is JSON text; Scheduler's context attributes in it (`<aws.scheduler.scheduled-time>`) are filled in. */
export type Schedule = { name: string; region: string; input: string };

/** When to fire, in epoch ms, and for which minute. */
export type Fire = { atMs: number; minuteMs: number };

/** Timers, so that a test can run an hour at once. */
export type SchedulerClock = { nowMs(): number; after(delayMs: number, run: () => void): () => void };

export type SchedulerOptions = {
  schedules: readonly Schedule[];
  /** In [0, 1). */
  random: () => number;
  clock?: SchedulerClock;
  /** The share of minutes in which a schedule fires twice. */
  duplicateRate?: number;
  /** Called with the schedule and its parsed input. Asynchronous and never retried, so a rejection is nobody's. */
  deliver: (schedule: Schedule, payload: unknown) => Promise<unknown>;
};

/** The fires of one schedule's minute: one, or by chance two, each at a random whole second. Earliest first. */
export function planMinute(startMs: number, random: () => number, duplicateRate: number): Fire[] {
  const count = random() < duplicateRate ? 2 : 1;
  const fires = Array.from({ length: count }, () => ({
    atMs: startMs + Math.floor(random() * 60) * 1000,
    minuteMs: startMs,
  }));
  return fires.sort((before, after) => before.atMs - after.atMs);
}

/** By then the functions have made their first calls, also where all regions start at once on a busy machine. */
const againMs = 10_000;

/**
 * The fires at start: for the minute before and for this one, now. What is enqueued by a function that is cold may be 2 s
 * late, at which at an interval of a second no slot of it counts any more; so it is fired for this minute once more.
 */
export function planStart(nowMs: number): Fire[] {
  const thisMs = Math.floor(nowMs / minuteMs) * minuteMs;
  return [
    { atMs: nowMs, minuteMs: thisMs - minuteMs },
    { atMs: nowMs, minuteMs: thisMs },
    { atMs: nowMs + againMs, minuteMs: thisMs },
  ];
}

/** The input with Scheduler's context attributes filled in, parsed. Throws when it is not JSON. */
export function fillInput(schedule: Schedule, scheduledMs: number, executionId: string): unknown {
  const attributes: Record<string, string> = {
    "<aws.scheduler.scheduled-time>": `${new Date(scheduledMs).toISOString().slice(0, 19)}Z`,
    "<aws.scheduler.schedule-arn>": `arn:aws:scheduler:${schedule.region}:${localAccount}:schedule/default/${schedule.name}`,
    "<aws.scheduler.execution-id>": executionId,
    "<aws.scheduler.attempt-number>": "1",
  };
  return JSON.parse(schedule.input.replace(/<aws\.scheduler\.[a-z-]+>/g, (name) => attributes[name] ?? name));
}

const wallClock: SchedulerClock = {
  nowMs: Date.now,
  after: (delayMs, run) => {
    const timer = setTimeout(run, delayMs).unref();
    return () => clearTimeout(timer);
  },
};

/** Fires until closed. Throws at once when an input is not JSON. A minute that the machine slept through is left out. */
export function startScheduler(options: SchedulerOptions): { close(): void } {
  const { schedules, random, clock = wallClock, duplicateRate = 0.1 } = options;
  for (const schedule of schedules) fillInput(schedule, 0, "");
  const cancels = new Set<() => void>();

  const after = (delayMs: number, run: () => void): void => {
    const cancel = clock.after(delayMs, () => {
      cancels.delete(cancel);
      run();
    });
    cancels.add(cancel);
  };
  const fire = (schedule: Schedule, { minuteMs: scheduledMs }: Fire): void => {
    void options.deliver(schedule, fillInput(schedule, scheduledMs, randomUUID())).catch(() => undefined);
  };
  const fireAt = (schedule: Schedule, planned: Fire): void =>
    after(Math.max(0, planned.atMs - clock.nowMs()), () => fire(schedule, planned));
  const plan = (startMs: number): void => {
    for (const schedule of schedules)
      for (const planned of planMinute(startMs, random, duplicateRate)) fireAt(schedule, planned);
  };
  // `doneMs` is the last minute that was planned: a timer that runs a little early must not plan it again.
  const planNext = (doneMs: number): void => {
    const nextMs = Math.max(doneMs, Math.floor(clock.nowMs() / minuteMs) * minuteMs) + minuteMs;
    after(nextMs - clock.nowMs(), () => {
      const currentMs = Math.max(nextMs, Math.floor(clock.nowMs() / minuteMs) * minuteMs);
      plan(currentMs);
      planNext(currentMs);
    });
  };

  const nowMs = clock.nowMs();
  for (const schedule of schedules)
    for (const first of planStart(nowMs)) (first.atMs <= nowMs ? fire : fireAt)(schedule, first);
  planNext(Math.floor(nowMs / minuteMs) * minuteMs);
  return {
    close: () => {
      for (const cancel of cancels) cancel();
      cancels.clear();
    },
  };
}
