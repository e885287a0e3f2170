import { expect, test } from "vitest";
import { predictWorstCase, type Timing, type WorstCase } from "../../../shared/schedule/predict.ts";

const three = ["a", "b", "c"];
const check = (timeoutMs: number, votes = true) => ({ check: { timeoutMs, votes } });

/** Sums done by hand: I/R + timeout + 0.4 + the last start + timeout; I/R + spread + 0.4; I/R more for a lost region. */
const rows: (Partial<Timing> & WorstCase & { title: string })[] = [
  { title: "the defaults", hangS: 16.4, refusedS: 13.4, oneRegionLostS: 26.4 },
  { title: "10 s", intervalS: 10, hangS: 9.733, refusedS: 6.733, oneRegionLostS: 13.067 },
  {
    title: "a timeout of 1 s: the spread outlasts it",
    checks: { web: check(1000) },
    hangS: 14,
    refusedS: 13.4,
    oneRegionLostS: 24,
  },
  {
    title: "the longest voting timeout counts",
    checks: { web: check(1000), slow: check(4000), quiet: check(9000, false) },
    hangS: 19.4,
    refusedS: 13.4,
    oneRegionLostS: 29.4,
  },
  { title: "one region", regions: ["a"], quorum: 1, hangS: 36.4, refusedS: 33.4, oneRegionLostS: Infinity },
  { title: "two regions", regions: ["a", "b"], hangS: 21.4, refusedS: 18.4, oneRegionLostS: Infinity },
];

test.each(rows)("$title", ({ hangS, refusedS, oneRegionLostS, ...over }) => {
  const timing = {
    regions: three,
    intervalS: 30,
    quorum: 2,
    confirm: { attempts: 3, spreadMs: 3000 },
    checks: { web: check(2500) },
    ...over,
  };
  expect(predictWorstCase(timing)).toEqual({ hangS, refusedS, oneRegionLostS });
});
