import { describe, expect, test, vi } from "vitest";
import type { SchedulerClock } from "../../local/embedded/scheduler.ts";
import { fillInput, planMinute, planStart, startScheduler } from "../../local/embedded/scheduler.ts";

const minute = Date.UTC(2026, 2, 4, 5, 6);
const from = (...values: number[]) => {
  let at = 0;
  return () => values[at++ % values.length] ?? 0;
};

/** Time that moves only when it is told to. */
function handClock(startMs: number) {
  let nowMs = startMs;
  const timers = new Set<{ atMs: number; run: () => void }>();
  const runDue = (ms: number, moveTo: (atMs: number) => number): void => {
    for (;;) {
      const [next] = [...timers].filter(({ atMs }) => atMs <= ms).sort((before, after) => before.atMs - after.atMs);
      if (next === undefined) break;
      timers.delete(next);
      nowMs = moveTo(next.atMs);
      next.run();
    }
    nowMs = ms;
  };
  const clock: SchedulerClock = {
    nowMs: () => nowMs,
    after(delayMs, run) {
      const timer = { atMs: nowMs + delayMs, run };
      timers.add(timer);
      return () => timers.delete(timer);
    },
  };
  return {
    ...clock,
    /** Each timer runs at its time. */
    runUntil: (ms: number) => runDue(ms, (atMs) => Math.max(nowMs, atMs)),
    /** No timer runs before `ms`, and then all that were due. */
    sleepUntil: (ms: number) => runDue(ms, () => ms),
    pending: () => timers.size,
  };
}

describe("planMinute", () => {
  test.each([
    ["once, at a second of its minute", [0.5, 0.25], [15]],
    ["at the first second at the earliest", [0.5, 0], [0]],
    ["at the last second at the latest", [0.5, 0.999], [59]],
    ["twice by chance, the earlier first", [0.05, 0.9, 0.1], [6, 54]],
  ])("%s", (_, random, seconds) => {
    const expected = seconds.map((second) => ({ atMs: minute + second * 1000, minuteMs: minute }));
    expect(planMinute(minute, from(...random), 0.1)).toEqual(expected);
  });
});

test("planStart fires for the minute before and for this one, now, and for this one again a little later", () => {
  const nowMs = minute + 12_345;
  expect(planStart(nowMs)).toEqual([
    { atMs: nowMs, minuteMs: minute - 60_000 },
    { atMs: nowMs, minuteMs: minute },
    { atMs: nowMs + 10_000, minuteMs: minute },
  ]);
});

test("fillInput fills in Scheduler's context attributes and leaves what it does not know", () => {
  const input = JSON.stringify({
    kind: "fire",
    scheduledTime: "<aws.scheduler.scheduled-time>",
    arn: "<aws.scheduler.schedule-arn>",
    id: "<aws.scheduler.execution-id>",
    other: "<aws.scheduler.nothing>",
  });
  expect(fillInput({ name: "probe", region: "eu-west-1", input }, minute, "run-1")).toEqual({
    kind: "fire",
    scheduledTime: "2026-03-04T05:06:00Z",
    arn: "arn:aws:scheduler:eu-west-1:000000000000:schedule/default/probe",
    id: "run-1",
    other: "<aws.scheduler.nothing>",
  });
});

describe("startScheduler", () => {
  const schedules = ["eu-west-1", "us-east-1"].map((region) => ({
    name: "probe",
    region,
    input: '{"scheduledTime":"<aws.scheduler.scheduled-time>"}',
  }));
  const collect = () => {
    const fired: { region: string; scheduledTime: string }[] = [];
    const deliver = async ({ region }: { region: string }, payload: unknown) => {
      fired.push({ region, scheduledTime: String(Object(payload)["scheduledTime"]) });
    };
    return { fired, deliver };
  };

  test("fires two minutes at once, the second one again, then every schedule once a minute, in its minute", () => {
    const clock = handClock(minute + 20_000);
    const { fired, deliver } = collect();
    const scheduler = startScheduler({ schedules, random: from(0.3), duplicateRate: 0, clock, deliver });
    const first = ["2026-03-04T05:05:00Z", "2026-03-04T05:06:00Z"];
    expect(fired).toEqual(schedules.flatMap(({ region }) => first.map((scheduledTime) => ({ region, scheduledTime }))));
    fired.length = 0;
    clock.runUntil(minute + 30_000);
    expect(fired).toEqual(schedules.map(({ region }) => ({ region, scheduledTime: "2026-03-04T05:06:00Z" })));
    fired.length = 0;
    clock.runUntil(minute + 60_000 + 17_999);
    expect(fired).toEqual([]);
    clock.runUntil(minute + 60_000 + 18_000);
    expect(fired).toEqual(schedules.map(({ region }) => ({ region, scheduledTime: "2026-03-04T05:07:00Z" })));
    clock.runUntil(minute + 60 * 60_000);
    for (const { region } of schedules) {
      const times = fired.filter((fire) => fire.region === region).map((fire) => fire.scheduledTime);
      expect(times).toHaveLength(59);
      expect(new Set(times).size).toBe(59);
    }
    scheduler.close();
  });

  test("minutes that the machine slept through are left out", () => {
    const clock = handClock(minute);
    const { fired, deliver } = collect();
    const alone = schedules.slice(0, 1);
    const scheduler = startScheduler({ schedules: alone, random: from(0.5), duplicateRate: 0, clock, deliver });
    clock.runUntil(minute + 10_000);
    fired.length = 0;
    clock.sleepUntil(minute + 10 * 60_000 + 45_000);
    expect(fired.map(({ scheduledTime }) => scheduledTime)).toEqual(["2026-03-04T05:16:00Z"]);
    clock.runUntil(minute + 11 * 60_000 + 30_000);
    expect(fired.map(({ scheduledTime }) => scheduledTime).slice(1)).toEqual(["2026-03-04T05:17:00Z"]);
    scheduler.close();
  });

  test("close stops everything, and a rejection of the target is nobody's", async () => {
    const clock = handClock(minute);
    const deliver = vi.fn(() => Promise.reject(new Error("the worker is dead")));
    const scheduler = startScheduler({ schedules, random: from(0.5), clock, deliver });
    expect(deliver).toHaveBeenCalledTimes(4);
    scheduler.close();
    expect(clock.pending()).toBe(0);
    clock.runUntil(minute + 3_600_000);
    expect(deliver).toHaveBeenCalledTimes(4);
  });

  test("an input that is not JSON is refused at start", () => {
    const deliver = vi.fn(async () => undefined);
    const broken = [{ name: "probe", region: "eu-west-1", input: "{" }];
    expect(() => startScheduler({ schedules: broken, random: from(0.5), deliver })).toThrow(SyntaxError);
    expect(deliver).not.toHaveBeenCalled();
  });
});
