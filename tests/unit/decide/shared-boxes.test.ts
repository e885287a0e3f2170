// A load balancer that several pools share, each with checks of its own: what is down for one pool may serve another.
import { describe, expect, it } from "vitest";
import { leftToOthers, LONG_DOWN_MS } from "../../../shared/decide/turns.ts";
import type { Finding } from "../../../shared/model/finding.ts";
import type { Report } from "../../../shared/model/report.ts";
import { config as configOf, down, NOW_MS, observation, pool, REGIONS, report, up } from "./base.ts";

const [HERE, ...OTHERS] = REGIONS;
const config = configOf({ pools: [pool({ id: "web", checks: ["web"] }), pool({ id: "mail", checks: ["mail"] })] });

describe("leftToOthers", () => {
  /** How every region has lb1 for longer than ten minutes. */
  function left(web: Finding, mail: Finding): string[] {
    const since = { sinceMs: NOW_MS - LONG_DOWN_MS - 1000 };
    const lb1 = { web: observation("d80", web, since), mail: observation("d587", mail, since) };
    const [previous, ...others] = [HERE, ...OTHERS].map((region): Report => report(region, { boxes: { lb1 } }));
    return [...leftToOthers({ config, region: HERE, shard: 0, slot: 1, previous, others, nowMs: NOW_MS }).keys()];
  }

  it("asks on where one of its pools may serve it: another one's failure must not make the checks rare", () => {
    expect(left(up, down)).toEqual([]);
    expect(left(down, up)).toEqual([]);
  });

  it("takes turns where it is long down for each of its pools", () => {
    expect(left(down, down)).toEqual(["lb1"]);
  });
});
