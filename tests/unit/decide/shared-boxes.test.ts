// A load balancer that several pools share, each with checks of its own: what is down for one pool may serve another.
import { describe, expect, it } from "vitest";
import { suspectsOf } from "../../../shared/decide/suspects.ts";
import { leftToOthers, LONG_DOWN_MS } from "../../../shared/decide/turns.ts";
import type { Answered } from "../../../shared/decide/region.ts";
import type { Finding } from "../../../shared/model/finding.ts";
import type { Report } from "../../../shared/model/report.ts";
import type { Pool } from "../../../shared/model/resolved.ts";
import { answered, config as configOf, down, NOW_MS, observation, pool, REGIONS, report, up } from "./base.ts";

const [HERE, ...OTHERS] = REGIONS;
const config = configOf({ pools: [pool({ id: "web", checks: ["web"] }), pool({ id: "mail", checks: ["mail"] })] });

describe("leftToOthers", () => {
  /** How every region has lb1 for longer than ten minutes. */
  function left(web: Finding, mail: Finding): string[] {
    const since = { sinceMs: NOW_MS - LONG_DOWN_MS - 1000 };
    const lb1 = { web: observation("d80", web, since), mail: observation("d587", mail, since) };
    const [previous, ...others] = [HERE, ...OTHERS].map((region): Report => report(region, { boxes: { lb1 } }));
    return [...leftToOthers({ config, region: HERE, shard: 0, slot: 1, previous, others }).keys()];
  }

  it("asks on where one of its pools may serve it: another one's failure must not make the checks rare", () => {
    expect(left(up, down)).toEqual([]);
    expect(left(down, up)).toEqual([]);
  });

  it("takes turns where it is long down for each of its pools", () => {
    expect(left(down, down)).toEqual(["lb1"]);
  });
});

describe("suspectsOf", () => {
  const web = answered(down);
  const mail = answered(down, { check: "mail", digest: "d587" });
  /** Which checks of lb1 the other regions are asked. */
  function suspects(answers: Answered[], over: { pools?: Pool[]; asked?: Answered[] } = {}): string[] {
    const seen = { d80: 1, d587: 1 };
    const { pools = config.pools, asked = [] } = over;
    const pace = { intervalMs: 30_000, regions: REGIONS.length };
    const input = { answers, previous: report(HERE), suspicion: undefined, seen, quorum: 2, pace, nowMs: NOW_MS };
    return suspectsOf({ ...input, pools, asked }).map(({ check }) => check);
  }

  it("asks a check of each pool, so that no pool waits for the next region's slot", () => {
    expect(suspects([mail, web])).toEqual(["mail", "web"]);
  });

  it("asks one check where every pool has it", () => {
    const both = ["web", "mail"];
    const pools = [pool({ id: "a", checks: both }), pool({ id: "b", checks: both })];
    expect(suspects([mail, web], { pools })).toEqual(["mail"]);
  });

  it("asks later in the slot for the pools of which nothing was asked before", () => {
    expect(suspects([web, mail], { asked: [web] })).toEqual(["mail"]);
    expect(suspects([web, mail], { asked: [web, mail] })).toEqual([]);
  });
});
