import fc from "fast-check";
import { expect, test } from "vitest";
import { formatDuration, formatUtc } from "../../../shared/message/time.ts";

test("formatUtc agrees with the calendar that JavaScript keeps", () => {
  fc.assert(
    fc.property(fc.integer({ min: -6e12, max: 2.5e14 }), (ms) => {
      const iso = new Date(ms).toISOString().replace(/^\+0*/, "");
      expect(formatUtc(ms)).toBe(`${iso.slice(0, -5).replace("T", " ")} UTC`);
    }),
  );
  expect(formatUtc(951_782_400_000)).toBe("2000-02-29 00:00:00 UTC");
});

test.each([
  [-1, "0 s"],
  [0.4, "0 s"],
  [8, "8 s"],
  [59.6, "1 min"],
  [250, "4 min 10 s"],
  [3600, "1 h"],
  [3605, "1 h"],
  [7500, "2 h 5 min"],
  [86_399, "23 h 59 min"],
  [273_600, "3 d 4 h"],
])("%d s is %s", (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});
