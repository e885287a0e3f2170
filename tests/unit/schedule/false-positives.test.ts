import { describe, expect, test } from "vitest";
import { simulateSlots } from "../../../bench/simulate-false-positives.ts";
import { seededRandom } from "../../../local/random.ts";
import { falseWithdrawalsPerMonth, falseWithdrawalsPerSlot } from "../../../shared/schedule/false-positives.ts";

const base = { regions: 3, quorum: 2 };

describe("the formula", () => {
  test.each([
    // By hand: p · (3 x² (1 − x) + x³) with x = p^m.
    [{ ...base, loss: 0.5, attempts: 1 }, 0.5 * (3 * 0.25 * 0.5 + 0.125)],
    [{ ...base, loss: 0.5, attempts: 2 }, 0.5 * (3 * 0.0625 * 0.75 + 0.015625)],
    [{ regions: 1, quorum: 1, loss: 0.1, attempts: 3 }, 0.0001],
    [{ regions: 2, quorum: 2, loss: 0.1, attempts: 1 }, 0.001],
    [{ ...base, loss: 0, attempts: 3 }, 0],
    [{ ...base, loss: 1, attempts: 3 }, 1],
  ])("%j: %d a slot", (chance, expected) => {
    expect(falseWithdrawalsPerSlot(chance)).toBeCloseTo(expected, 12);
  });

  test("at the defaults less than one in a thousand a check and month, even where every twentieth probe is lost", () => {
    const month = (loss: number) => falseWithdrawalsPerMonth({ ...base, loss, attempts: 3 }, 30);
    expect(month(0.05)).toBeLessThan(1e-3);
    // 87,600 intervals of three slots, p · 3 p^6 to the first order.
    expect(month(0.01) / (87_600 * 3 * 0.01 * 3e-12)).toBeCloseTo(1, 3);
  });
});

describe("chance played out by the service's own rules", () => {
  const SLOTS = 100_000;
  test.each([
    { ...base, loss: 0.3, attempts: 3 },
    { ...base, loss: 0.3, attempts: 2 },
    { ...base, loss: 0.05, attempts: 1 },
    { loss: 0.3, regions: 5, quorum: 3, attempts: 1 },
  ])("%j: within three standard deviations", (chance) => {
    const perSlot = falseWithdrawalsPerSlot(chance);
    const expected = SLOTS * perSlot;
    const counted = simulateSlots(SLOTS, chance, seededRandom(4));
    expect(expected).toBeGreaterThan(10);
    expect(Math.abs(counted - expected)).toBeLessThan(3 * Math.sqrt(expected * (1 - perSlot)));
  });
});
