import { describe, expect, test } from "vitest";
import { systemClock } from "../../../shared/runtime/clock.ts";

describe("the system clock", () => {
  test("sleeps as long as asked", async () => {
    const startedMs = performance.now();
    await systemClock.sleep(30);
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(29);
  });

  test.each([0, -5])("does not sleep for %i ms", async (ms) => {
    await expect(systemClock.sleep(ms)).resolves.toBeUndefined();
  });

  test("wakes without a rejection when the signal aborts, or has aborted", async () => {
    const abort = new AbortController();
    const asleep = systemClock.sleep(60_000, abort.signal);
    abort.abort();
    await expect(asleep).resolves.toBeUndefined();
    await expect(systemClock.sleep(60_000, abort.signal)).resolves.toBeUndefined();
  });

  test("does not take a very long time for none", async () => {
    const abort = new AbortController();
    let woken = false;
    const asleep = systemClock.sleep(2 ** 40, abort.signal).then(() => {
      woken = true;
    });
    await systemClock.sleep(20);
    expect(woken).toBe(false);
    abort.abort();
    await asleep;
  });

  test("tells the time, makes chance and names that nobody else makes", () => {
    expect(Math.abs(systemClock.nowMs() - Date.now())).toBeLessThan(1000);
    const chances = Array.from({ length: 100 }, () => systemClock.random());
    expect(chances.every((chance) => chance >= 0 && chance < 1)).toBe(true);
    expect(new Set(Array.from({ length: 100 }, () => systemClock.id())).size).toBe(100);
  });
});
