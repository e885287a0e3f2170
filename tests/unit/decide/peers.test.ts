import { describe, expect, it } from "vitest";
import { freshRegions, silenceOf, suspectRegions } from "../../../shared/decide/peers.ts";
import { config, NOW_MS, REGIONS, report } from "./base.ts";

const [A, B, C] = REGIONS;

/** Reports by age in seconds; a region without one never sent any. */
function heard(ages: Record<string, number>, over: Parameters<typeof config>[0] = {}) {
  const reports = Object.entries(ages).map(([region, ageS]) => report(region, { answeredMs: NOW_MS - ageS * 1000 }));
  return { config: config(over), reports, nowMs: NOW_MS };
}

function suspects(region: string, ages: Record<string, number>, over: Parameters<typeof config>[0] = {}) {
  return suspectRegions({ ...heard(ages, over), region });
}

describe("suspectRegions", () => {
  it.each<[title: string, judge: string, ages: Record<string, number>, names: string[]]>([
    ["all are fresh", A, { [A]: 1, [B]: 1, [C]: 180 }, []],
    ["one is 180 s old, the first judges", A, { [A]: 1, [B]: 1, [C]: 180 }, []],
    ["one is over 180 s old, the first judges", A, { [A]: 1, [B]: 1, [C]: 180.1 }, [C]],
    ["the same, the second judges", B, { [A]: 1, [B]: 1, [C]: 180.1 }, []],
    ["the second judges 45 s later", B, { [A]: 1, [B]: 1, [C]: 225 }, []],
    ["the second judges over 45 s later", B, { [A]: 1, [B]: 1, [C]: 225.1 }, [C]],
    ["the first is silent, so the second is the first", B, { [A]: 181, [B]: 1, [C]: 1 }, [A]],
    ["the first is silent, the third is the second", C, { [A]: 181, [B]: 1, [C]: 1 }, []],
    ["two are silent", B, { [A]: 300, [B]: 1, [C]: 300 }, [A, C]],
    ["it never reported since a deploy long ago", A, { [A]: 1, [B]: 1 }, [C]],
    ["nobody judges itself", A, { [B]: 1, [C]: 1 }, []],
  ])("%s", (_title, judge, ages, names) => {
    expect(suspects(judge, ages).map(({ region }) => region)).toEqual(names);
  });

  it("waits three intervals where these are longer", () => {
    expect(suspects(A, { [A]: 1, [B]: 1, [C]: 300 }, { intervalS: 100 })).toEqual([]);
    expect(suspects(A, { [A]: 1, [B]: 1, [C]: 301 }, { intervalS: 100 })).toEqual([
      { region: C, silentS: 301, long: false },
    ]);
    expect(suspects(B, { [A]: 1, [B]: 1, [C]: 345 }, { intervalS: 100 })).toEqual([]);
    expect(suspects(B, { [A]: 1, [B]: 1, [C]: 346 }, { intervalS: 100 })).toEqual([
      { region: C, silentS: 346, long: false },
    ]);
  });

  it("counts from the deploy for one that has not reported yet", () => {
    expect(suspects(A, { [A]: 1, [B]: 1 }, { cfg: NOW_MS / 1000 - 180 })).toEqual([]);
    expect(suspects(A, { [A]: 1, [B]: 1 }, { cfg: NOW_MS / 1000 - 190 })).toEqual([
      { region: C, silentS: 190, long: false },
    ]);
  });

  it.each<[title: string, judge: string, ageS: number, long: boolean]>([
    ["twice the limit", A, 360, false],
    ["over twice the limit", A, 360.1, true],
    ["45 s over it, for the second", B, 405, false],
    ["more than 45 s over it, for the second", B, 405.1, true],
    ["over twice the limit, where all stood still, the judge too", C, 500, false],
  ])("an answer excuses it no more: %s", (_title, judge, ageS, long) => {
    const ages = judge === C ? { [A]: ageS, [B]: 1, [C]: ageS } : { [A]: 1, [B]: 1, [C]: ageS };
    const suspect = judge === C ? A : C;
    expect(suspects(judge, ages)).toMatchObject([{ region: suspect, long }]);
  });

  it("looks at the newest report of any shard", () => {
    const input = heard({ [A]: 1, [B]: 1, [C]: 500 });
    const reports = [report(C, { shard: 1 }), ...input.reports];
    expect(suspectRegions({ ...input, reports, region: A })).toEqual([]);
  });
});

it.each<[answers: boolean, long: boolean, silence: string | undefined]>([
  [false, false, "c has sent no report for 200 s and does not answer."],
  [false, true, "c has sent no report for 200 s and does not answer."],
  [
    true,
    true,
    "c answers a call, and has sent no report for 200 s: look at its schedule, its queue and its table replica.",
  ],
  [true, false, undefined],
])("answers %s, for long %s", (answers, long, silence) => {
  expect(silenceOf({ region: "c", silentS: 200, long }, answers)).toBe(silence);
});

it("freshRegions are in the order of the configuration", () => {
  expect(freshRegions(heard({ [C]: 1, [A]: 180, [B]: 181 }))).toEqual([A, C]);
});
