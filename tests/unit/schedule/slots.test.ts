import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { intervalsS } from "../../../shared/model/config.ts";
import { dueMs, type Fire, isStale, phaseMs, planFire, slotAt, slotOf } from "../../../shared/schedule/slots.ts";

const MINUTE = 60_000;
/** A minute's start, far enough from 0 to look like a real time. */
const T = 29_000_000 * MINUTE;

describe("phaseMs", () => {
  const rows = [
    { regionIndex: 0, regions: 3, intervalMs: 30_000, shard: 0, shards: 1, phase: 0 },
    { regionIndex: 1, regions: 3, intervalMs: 30_000, shard: 0, shards: 1, phase: 10_000 },
    { regionIndex: 2, regions: 3, intervalMs: 30_000, shard: 0, shards: 1, phase: 20_000 },
    { regionIndex: 1, regions: 3, intervalMs: 30_000, shard: 1, shards: 2, phase: 15_000 },
    { regionIndex: 1, regions: 3, intervalMs: 10_000, shard: 0, shards: 1, phase: 3333 },
    { regionIndex: 0, regions: 1, intervalMs: 60_000, shard: 3, shards: 4, phase: 45_000 },
  ];
  test.each(rows)("region $regionIndex of $regions, shard $shard of $shards, $intervalMs ms", ({ phase, ...lane }) => {
    expect(phaseMs(lane)).toBe(phase);
  });

  test("no two lanes of a deployment share a phase, and all lie within the interval", () => {
    const lanes = fc.record({
      regions: fc.integer({ min: 1, max: 9 }),
      shards: fc.integer({ min: 1, max: 20 }),
      intervalS: fc.constantFrom(...intervalsS),
    });
    fc.assert(
      fc.property(lanes, ({ regions, shards, intervalS }) => {
        const phases = new Set<number>();
        for (let regionIndex = 0; regionIndex < regions; regionIndex += 1)
          for (let shard = 0; shard < shards; shard += 1)
            phases.add(phaseMs({ regionIndex, regions, intervalMs: intervalS * 1000, shard, shards }));
        expect(phases.size).toBe(regions * shards);
        expect(Math.min(...phases)).toBe(0);
        expect(Math.max(...phases)).toBeLessThan(intervalS * 1000);
      }),
    );
  });
});

test("a slot lasts from its due time until the next one's", () => {
  const time = fc.record({
    nowMs: fc.integer({ min: T, max: T + 10 * MINUTE }),
    phase: fc.nat(59_999),
    intervalS: fc.constantFrom(...intervalsS),
  });
  fc.assert(
    fc.property(time, ({ nowMs, phase, intervalS }) => {
      const slot = slotAt(nowMs, phase, intervalS * 1000);
      expect(dueMs(slot, phase, intervalS * 1000)).toBeLessThanOrEqual(nowMs);
      expect(dueMs(slot + 1, phase, intervalS * 1000)).toBeGreaterThan(nowMs);
    }),
  );
});

test("a slot that another interval counted is the one that it is due in, and any other the one that it says", () => {
  const count = fc.record({
    due: fc.integer({ min: T, max: T + 10 * MINUTE }),
    phase: fc.nat(4999),
    before: fc.constantFrom(...intervalsS),
    now: fc.constantFrom(...intervalsS),
  });
  fc.assert(
    fc.property(count, ({ due, phase, before, now }) => {
      const message = { slot: slotAt(due, phase, before * 1000), dueMs: due };
      expect(slotOf(message, phase, now * 1000)).toBe(slotAt(due, phase, now * 1000));
      const other = { slot: message.slot + 5, dueMs: due };
      expect(slotOf(other, phase, before * 1000)).toBe(other.slot);
    }),
  );
});

test.each([
  { intervalMs: 1000, lateMs: 2000, stale: false },
  { intervalMs: 1000, lateMs: 2001, stale: true },
  { intervalMs: 30_000, lateMs: 30_000, stale: false },
  { intervalMs: 30_000, lateMs: 30_001, stale: true },
  { intervalMs: 30_000, lateMs: -5000, stale: false },
])("$lateMs ms late at $intervalMs ms is stale: $stale", ({ intervalMs, lateMs, stale }) => {
  expect(isStale({ nowMs: T + lateMs, dueMs: T, intervalMs })).toBe(stale);
});

describe("planFire, the rows of its truth table at I = 30 s and phase 10 s", () => {
  const intervalMs = 30_000;
  const phase = 10_000;
  /** Numbered so that slot 0 is due at T + 10 s. */
  const first = slotAt(T + phase, phase, intervalMs);
  const rows: {
    title: string;
    atS: number;
    reported: number | undefined;
    slots: number[];
    delays: number[];
    waitMs?: number;
    probe?: number;
  }[] = [
    { title: "all well, young slot", atS: 15, reported: 0, slots: [2, 3], delays: [55, 85] },
    { title: "all well, the slot at hand under way", atS: 15, reported: -1, slots: [2, 3], delays: [55, 85] },
    { title: "slot at hand unreported and old", atS: 26, reported: -1, slots: [2, 3], delays: [44, 74], probe: 0 },
    { title: "exactly I/2 old is not yet old", atS: 25, reported: -1, slots: [2, 3], delays: [45, 75] },
    { title: "slot before has no report", atS: 15, reported: -2, slots: [0, 1, 2, 3], delays: [0, 25, 55, 85] },
    {
      title: "never a report, slot at hand old: probed, not enqueued",
      atS: 26,
      reported: undefined,
      slots: [1, 2, 3],
      delays: [14, 44, 74],
      probe: 0,
    },
    {
      title: "slot at hand of the minute before, old",
      atS: 0,
      reported: -3,
      slots: [0, 1, 2, 3],
      delays: [10, 40, 70, 100],
      probe: -1,
    },
    { title: "slots already reported", atS: 75, reported: 2, slots: [3], delays: [25] },
    { title: "so late that its minute has come", atS: 75, reported: 1, slots: [2, 3], delays: [0, 25] },
    { title: "too late for everything", atS: 135, reported: 3, slots: [], delays: [] },
    { title: "between two milliseconds", atS: 15.25, reported: 0, slots: [2, 3], delays: [54, 84], waitMs: 750 },
  ];
  test.each(rows)("$title", ({ atS, reported, slots, delays, waitMs = 0, probe }) => {
    const reportedSlot = reported === undefined ? undefined : first + reported;
    const plan = planFire({ scheduledMs: T, nowMs: T + atS * 1000, intervalMs, phaseMs: phase, reportedSlot });
    expect(plan.waitMs).toBe(waitMs);
    expect(plan.enqueue.map(({ slot }) => slot - first)).toEqual(slots);
    expect(plan.enqueue.map(({ delayS }) => delayS)).toEqual(delays);
    expect(plan.probeNow).toBe(probe === undefined ? undefined : first + probe);
  });
});

const lane = fc
  .record({
    intervalS: fc.constantFrom(...intervalsS),
    regions: fc.integer({ min: 1, max: 5 }),
    k: fc.nat(4),
    shards: fc.integer({ min: 1, max: 3 }),
    s: fc.nat(2),
  })
  .map(({ intervalS, regions, k, shards, s }) => {
    const intervalMs = intervalS * 1000;
    return { intervalMs, phase: phaseMs({ regionIndex: k % regions, regions, intervalMs, shard: s % shards, shards }) };
  });

test("every delay is exact after the wait, and nothing stale is enqueued", () => {
  const fire = fc.record({
    lane,
    atMs: fc.integer({ min: 0, max: 150_000 }),
    behind: fc.option(fc.nat(100), { nil: undefined }),
  });
  fc.assert(
    fc.property(fire, ({ lane: { intervalMs, phase }, atMs, behind }) => {
      const nowMs = T + atMs;
      const reportedSlot = behind === undefined ? undefined : slotAt(nowMs, phase, intervalMs) - behind;
      const plan = planFire({ scheduledMs: T, nowMs, intervalMs, phaseMs: phase, reportedSlot });
      expect(plan.waitMs).toBeGreaterThanOrEqual(0);
      expect(plan.waitMs).toBeLessThan(1000);
      for (const { slot, dueMs: due, delayS } of plan.enqueue) {
        const arrivesMs = nowMs + plan.waitMs + delayS * 1000;
        expect(due).toBe(dueMs(slot, phase, intervalMs));
        expect(arrivesMs).toBe(delayS > 0 ? due : Math.max(due, nowMs + plan.waitMs));
        expect(due).toBeLessThan(T + 2 * MINUTE);
        expect(isStale({ nowMs: arrivesMs, dueMs: due, intervalMs })).toBe(false);
      }
    }),
  );
});

/** Fires of consecutive minutes, each none, one or two at any second; slots are reported some ms after they are probed. */
const REPORT_MS = 400;

function run({
  intervalMs,
  phase,
  fires,
}: {
  intervalMs: number;
  phase: number;
  fires: { minute: number; atMs: number }[];
}) {
  const done = new Map<number, number>();
  for (const { minute, atMs } of fires) {
    const scheduledMs = T + minute * MINUTE;
    const nowMs = scheduledMs + atMs;
    let reportedSlot: number | undefined;
    for (const [slot, at] of done) if (at + REPORT_MS <= nowMs) reportedSlot = Math.max(reportedSlot ?? slot, slot);
    const fire: Fire = { scheduledMs, nowMs, intervalMs, phaseMs: phase, reportedSlot };
    const plan = planFire(fire);
    const note = (slot: number, at: number) => done.set(slot, Math.min(done.get(slot) ?? at, at));
    for (const { slot, delayS } of plan.enqueue) note(slot, nowMs + plan.waitMs + delayS * 1000);
    if (plan.probeNow !== undefined) note(plan.probeNow, nowMs);
  }
  return done;
}

/** Fires by minute, each none, one or two, at any second of it. */
const minutes = (minFires: number) =>
  fc
    .array(fc.array(fc.nat(59_999), { minLength: minFires, maxLength: 2 }), { minLength: 2, maxLength: 6 })
    .map((times) =>
      times.flatMap((all, minute) =>
        all.toSorted((a, b) => a - b).map((atMs) => ({ minute, atMs, nowMs: T + minute * MINUTE + atMs })),
      ),
    );

/** Slots due in [fromMs, toMs), the slot at hand at `fromMs` included. */
function slots(fromMs: number, toMs: number, phase: number, intervalMs: number): number[] {
  const all: number[] = [];
  for (let slot = slotAt(fromMs, phase, intervalMs); dueMs(slot, phase, intervalMs) < toMs; slot += 1) all.push(slot);
  return all;
}

test("with any second and double fires every slot from the first fire on is probed, and none late after its minute", () => {
  fc.assert(
    fc.property(lane, minutes(1), ({ intervalMs, phase }, fires) => {
      const done = run({ intervalMs, phase, fires });
      const startMs = fires[0]?.nowMs ?? 0;
      const endMs = T + ((fires.at(-1)?.minute ?? 0) + 2) * MINUTE;
      const lateMs = slots(startMs, endMs, phase, intervalMs).map(
        (slot) => (done.get(slot) ?? Number.NaN) - dueMs(slot, phase, intervalMs),
      );
      expect(lateMs).not.toContain(Number.NaN);
      expect(lateMs.filter((late) => late > Math.max(intervalMs, 2000) || late < 0)).toEqual([]);
      const planned = slots(T + MINUTE + intervalMs, endMs, phase, intervalMs);
      expect(planned.map((slot) => done.get(slot))).toEqual(planned.map((slot) => dueMs(slot, phase, intervalMs)));
    }),
    { numRuns: 300 },
  );
});

test("with missed fires, a fire covers its next minute, and the rest of this one if it can see that nobody did", () => {
  fc.assert(
    fc.property(lane, minutes(0), ({ intervalMs, phase }, fires) => {
      const done = run({ intervalMs, phase, fires });
      const missing = fires.flatMap(({ minute, nowMs }) => {
        // The newest report is all that a fire can see of what others planned.
        const before = slotAt(nowMs, phase, intervalMs) - 1;
        const sawGap = ![...done].some(([slot, at]) => slot >= before && at + REPORT_MS <= nowMs);
        const nextMs = T + (minute + 1) * MINUTE;
        const covered = sawGap ? slots(nowMs, nextMs, phase, intervalMs) : [];
        covered.push(
          ...slots(nextMs, nextMs + MINUTE, phase, intervalMs).filter(
            (slot) => dueMs(slot, phase, intervalMs) >= nextMs,
          ),
        );
        return covered.filter((slot) => !done.has(slot));
      });
      expect(missing).toEqual([]);
    }),
    { numRuns: 300 },
  );
});
