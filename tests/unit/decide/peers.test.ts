import { describe, expect, it } from "vitest";
import { freshRegions, silentRegions } from "../../../shared/decide/peers.ts";
import { config, NOW_MS, REGIONS, report } from "./base.ts";

const [A, B, C] = REGIONS;

/** Reports by age in seconds; a region without one never sent any. */
function heard(ages: Record<string, number>, over: Parameters<typeof config>[0] = {}) {
  const reports = Object.entries(ages).map(([region, ageS]) => report(region, { answeredMs: NOW_MS - ageS * 1000 }));
  return { config: config(over), reports, nowMs: NOW_MS };
}

function silent(region: string, ages: Record<string, number>, over: Parameters<typeof config>[0] = {}) {
  return silentRegions({ ...heard(ages, over), region });
}

describe("silentRegions", () => {
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
    expect(silent(judge, ages).map(({ region }) => region)).toEqual(names);
  });

  it("waits three intervals where these are longer", () => {
    expect(silent(A, { [A]: 1, [B]: 1, [C]: 300 }, { intervalS: 100 })).toEqual([]);
    expect(silent(A, { [A]: 1, [B]: 1, [C]: 301 }, { intervalS: 100 })).toEqual([{ region: C, silentS: 301 }]);
    expect(silent(B, { [A]: 1, [B]: 1, [C]: 345 }, { intervalS: 100 })).toEqual([]);
    expect(silent(B, { [A]: 1, [B]: 1, [C]: 346 }, { intervalS: 100 })).toEqual([{ region: C, silentS: 346 }]);
  });

  it("counts from the deploy for one that has not reported yet", () => {
    expect(silent(A, { [A]: 1, [B]: 1 }, { cfg: NOW_MS / 1000 - 180 })).toEqual([]);
    expect(silent(A, { [A]: 1, [B]: 1 }, { cfg: NOW_MS / 1000 - 190 })).toEqual([{ region: C, silentS: 190 }]);
  });

  it("looks at the newest report of any shard", () => {
    const input = heard({ [A]: 1, [B]: 1, [C]: 500 });
    const reports = [report(C, { shard: 1 }), ...input.reports];
    expect(silentRegions({ ...input, reports, region: A })).toEqual([]);
  });
});

it("freshRegions are in the order of the configuration", () => {
  expect(freshRegions(heard({ [C]: 1, [A]: 180, [B]: 181 }))).toEqual([A, C]);
});
