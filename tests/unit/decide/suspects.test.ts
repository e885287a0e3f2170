import { describe, expect, it } from "vitest";
import { type Answered, keyOf } from "../../../shared/decide/region.ts";
import { failedAnew, suspectsOf } from "../../../shared/decide/suspects.ts";
import type { Observation, Report } from "../../../shared/model/report.ts";
import type { Vote } from "../../../shared/model/suspicion.ts";
import { answered, before, config, down, NOW_MS, REGIONS, report, unknown, up, vote } from "./base.ts";

const [HERE, SECOND] = REGIONS;
const INTERVAL_MS = 30_000;
const PACE = { intervalMs: INTERVAL_MS, regions: REGIONS.length };
const seen = { d80: 1, d587: 1 };

describe("suspectsOf", () => {
  type Over = { previous?: Report; votes?: Vote[]; reported?: Vote[]; seen?: Record<string, number> };
  function suspects(answers: Answered[], over: Over = {}): string[] {
    const { previous, votes } = over;
    const suspicion = votes && { region: HERE, shard: 0, updatedMs: NOW_MS, cfg: 1, votes };
    const input = {
      answers,
      pools: config().pools,
      previous,
      suspicion,
      reported: over.reported ?? [],
      seen: over.seen ?? seen,
      quorum: 2,
      pace: PACE,
      nowMs: NOW_MS,
    };
    return suspectsOf(input).map(({ box, check }) => keyOf(box, check));
  }
  const ago = (ms: number, region: string, finding = down, over: Partial<Vote> = {}) =>
    vote(region, finding, { answeredMs: NOW_MS - ms, ...over });
  const still = before(down);

  it.each<[title: string, answer: Answered, over: Over, asked: boolean]>([
    ["one that only observes", answered(down, { votes: false }), {}, false],
    ["up", answered(up), {}, false],
    ["unknown", answered(unknown), {}, false],
    ["down, never seen up from here", answered(down), { seen: {} }, false],
    ["down, no report before", answered(down), {}, true],
    ["down, up before", answered(down), { previous: before(up) }, true],
    ["down, unknown before", answered(down), { previous: before(unknown) }, true],
    ["down, not named before", answered(down), { previous: report(HERE) }, true],
    ["down, down before under another definition", answered(down, { digest: "d587" }), { previous: still }, true],
    [
      "down as before, down in a quorum",
      answered(down),
      { previous: still, votes: [ago(1000, HERE), ago(1000, SECOND)] },
      false,
    ],
    [
      "the same, asked long ago",
      answered(down),
      { previous: still, votes: [ago(70_000, HERE), ago(70_000, SECOND)] },
      false,
    ],
    [
      "down as before, no quorum, asked one interval ago",
      answered(down),
      { previous: still, votes: [ago(INTERVAL_MS, HERE)] },
      false,
    ],
    [
      "down as before, no quorum, asked two intervals ago",
      answered(down),
      { previous: still, votes: [ago(2 * INTERVAL_MS, HERE)] },
      true,
    ],
    [
      "the same, but the newest answer is younger",
      answered(down),
      { previous: still, votes: [ago(2 * INTERVAL_MS, HERE), ago(1000, SECOND, up)] },
      false,
    ],
    ["down as before, never asked", answered(down), { previous: still }, true],
    [
      "down in a report that has expired, down in a quorum",
      answered(down),
      { previous: before(down, { answeredMs: NOW_MS - 75_051 }), votes: [ago(1000, HERE), ago(1000, SECOND)] },
      true,
    ],
    [
      "down in a report of 75 s ago, down in a quorum",
      answered(down),
      { previous: before(down, { answeredMs: NOW_MS - 75_050 }), votes: [ago(1000, HERE), ago(1000, SECOND)] },
      false,
    ],
    [
      "down as before, the votes have expired",
      answered(down),
      { previous: still, votes: [ago(75_001, HERE), ago(75_001, SECOND)] },
      true,
    ],
    [
      "down as before, the same region twice",
      answered(down),
      { previous: still, votes: [ago(65_000, HERE), ago(66_000, HERE)] },
      true,
    ],
    [
      "down as before, no quorum, asked 45 s ago",
      answered(down),
      { previous: still, votes: [ago(45_000, HERE)] },
      true,
    ],
    [
      "down as before, no quorum, asked under 45 s ago",
      answered(down),
      { previous: still, votes: [ago(44_999, HERE)] },
      false,
    ],
    [
      "down as before, down in a quorum 75 s ago",
      answered(down),
      { previous: still, votes: [ago(75_000, HERE), ago(75_000, SECOND)] },
      false,
    ],
    [
      "down as before, and so in another region",
      answered(down),
      { previous: still, votes: [ago(70_000, SECOND)] },
      false,
    ],
    [
      "down as before, and so in another region's report",
      answered(down),
      { previous: still, reported: [ago(70_000, SECOND)] },
      false,
    ],
    [
      "down as before, up in another region's report",
      answered(down),
      { previous: still, reported: [ago(1000, SECOND, up)] },
      true,
    ],
    [
      "down as before, a quorum for another check",
      answered(down),
      { previous: still, votes: [HERE, SECOND].map((one) => ago(1000, one, down, { check: "mail" })) },
      true,
    ],
    [
      "down as before, a quorum under another definition",
      answered(down),
      { previous: still, votes: [HERE, SECOND].map((one) => ago(1000, one, down, { digest: "old" })) },
      true,
    ],
    [
      "down as before, a quorum for another box",
      answered(down),
      { previous: still, votes: [HERE, SECOND].map((one) => ago(1000, one, down, { box: "lb2" })) },
      true,
    ],
  ])("%s", (_title, answer, over, asked) => {
    expect(suspects([answer], over)).toEqual(asked ? ["lb1/web"] : []);
  });

  it("asks of each box about the first check alone", () => {
    const answers = [
      answered(up),
      answered(down, { check: "mail", digest: "d587" }),
      answered(down),
      answered(down, { box: "lb2" }),
    ];
    expect(suspects(answers)).toEqual(["lb1/mail", "lb2/web"]);
  });
});

describe("failedAnew", () => {
  const ago = (ms: number): Partial<Observation> => ({ answeredMs: NOW_MS - 50 - ms });
  it.each<[title: string, answer: Answered, previous: Report | undefined, isAnew: boolean]>([
    ["down, never reported", answered(down), undefined, true],
    ["down, up in the report", answered(down), before(up), true],
    ["down, down in the report under another definition", answered(down, { digest: "d587" }), before(down), true],
    ["down as in the report", answered(down), before(down), false],
    ["down as in a report of 75 s ago", answered(down), before(down, ago(75_000)), false],
    ["down as in one that has expired: it may have been up since", answered(down), before(down, ago(75_001)), true],
    ["up", answered(up), undefined, false],
    ["down on a check that only observes", answered(down, { votes: false }), undefined, false],
    ["down on a check never reached from here", answered(down, { digest: "new" }), undefined, false],
  ])("%s", (_title, answer, previous, isAnew) => {
    expect(failedAnew([answer], previous, seen, PACE)).toEqual(isAnew ? [answer] : []);
  });
});
