import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { verdictsOf } from "../../../shared/decide/quorum.ts";
import type { Finding } from "../../../shared/model/finding.ts";
import type { BoxReport, Report } from "../../../shared/model/report.ts";
import type { Resolved } from "../../../shared/model/resolved.ts";
import type { Suspicion, Vote } from "../../../shared/model/suspicion.ts";
import type { CheckVerdict, Verdict } from "../../../shared/model/verdict.ts";
import { config, down, NOW_MS, observation, pool, REGIONS, report, unknown, up, vote } from "./base.ts";

const [A, B, C] = REGIONS;

function judge(reports: readonly Report[], votes: readonly Vote[] = [], over: Partial<Resolved> = {}): Verdict {
  const resolved = config(over);
  const suspicions: Suspicion[] = [{ region: A, shard: 0, updatedMs: NOW_MS, cfg: 1, votes: [...votes] }];
  const verdicts = verdictsOf({ config: resolved, pool: pool(), reports, suspicions, nowMs: NOW_MS });
  const found = verdicts.find(({ box }) => box === "lb1");
  if (!found) throw new Error("lb1 has no verdict");
  return found;
}

function web(reports: readonly Report[], votes: readonly Vote[] = [], over: Partial<Resolved> = {}): CheckVerdict {
  const found = judge(reports, votes, over).checks.find(({ check }) => check === "web");
  if (!found) throw new Error("web has no verdict");
  return found;
}

/** A report that names lb1 with these findings, what is not given being up. */
function says(
  region: string,
  findings: { web?: Finding; mail?: Finding; look?: Finding },
  over: Partial<Report> = {},
): Report {
  const box: BoxReport = {
    web: observation("d80", findings.web ?? up),
    mail: observation("d587", findings.mail ?? up),
    look: observation("d22", findings.look ?? up),
  };
  return report(region, { boxes: { lb1: box }, ...over });
}

describe("a check", () => {
  const kinds: Finding[] = [up, down, unknown];
  const rows = kinds.flatMap((a) => kinds.flatMap((b) => kinds.map((c) => [a, b, c] as const)));

  it.each(rows.map((row) => [row.map(({ kind }) => kind).join(", "), row] as const))("%s", (_title, row) => {
    const reports = REGIONS.map((region, index) => says(region, { web: row[index] ?? unknown }));
    const votes = (kind: string): number => row.filter((finding) => finding.kind === kind).length;
    // Two of three are a quorum, so at most one of these is true.
    const expected = votes("down") >= 2 ? "down" : votes("up") >= 2 ? "up" : "undecided";
    expect(web(reports).state).toBe(expected);
  });

  it("is not up because a report that does not name the box was written after a vote: it was asked before", () => {
    const quiet = report(B, { startedMs: NOW_MS - 9000, answeredMs: NOW_MS - 1000 });
    const asked = (agoMs: number) => vote(B, down, { answeredMs: NOW_MS - agoMs });
    const kind = (votes: Vote[]) => web([quiet], votes).evidence.find(({ region }) => region === B)?.finding.kind;
    expect(kind([asked(3000)])).toBe("down");
    expect(kind([asked(9001)])).toBe("up");
  });

  it("has all configured regions as its electorate, however few report", () => {
    const over = { regions: ["a", "b", "c", "d", "e"], quorum: 3 };
    expect(web([says("a", { web: down }), says("b", { web: down })], [], over).state).toBe("undecided");
    expect(
      web(
        ["a", "b", "c"].map((region) => says(region, { web: down })),
        [],
        over,
      ).state,
    ).toBe("down");
  });

  it("does not count a region that is not configured", () => {
    expect(web([says(A, { web: down }), says("eu-north-1", { web: down })]).state).toBe("undecided");
  });

  it("is judged by one region alone where there is one", () => {
    expect(web([says(A, { web: down })], [], { regions: [A], quorum: 1 }).state).toBe("down");
  });
});

describe("a box", () => {
  const all = (findings: Parameters<typeof says>[1], over: Partial<Report> = {}): Report[] =>
    REGIONS.map((region) => says(region, findings, over));
  const split = (over: Partial<Report> = {}): Report[] => [
    says(A, { web: down }, over),
    says(B, {}, over),
    says(C, { web: unknown }, over),
  ];

  it.each<[title: string, reports: Report[], state: Verdict["state"]]>([
    ["one check down", all({ web: down }), "out"],
    [
      "one check down, another undecided",
      [says(A, { web: down, mail: down }), says(B, { web: down }), says(C, { mail: unknown })],
      "out",
    ],
    [
      "one check down that few have reached",
      all({ web: down }).map((one, index) => (index === 2 ? { ...one, unreached: ["d80"] } : one)),
      "out",
    ],
    ["every check up", all({}), "in"],
    ["settled in every report", REGIONS.map((region) => report(region)), "in"],
    ["what only observes is down", all({ look: down }), "in"],
    ["every reached check up, another never reached", all({ mail: unknown }, { unreached: ["d587"] }), "in"],
    ["a reached check undecided", split(), "undecided"],
    ["an unreached check undecided, the other up", split({ unreached: ["d80"] }), "in"],
    [
      "a check that few reach now, because the region that reached it too is silent",
      [says(A, { mail: unknown }, { unreached: ["d587"] }), says(B, {}), report(C, { answeredMs: NOW_MS - 3_600_000 })],
      "undecided",
    ],
    ["nothing was ever reached", all({}, { unreached: ["d80", "d587"] }), "undecided"],
    ["nobody reports", [], "undecided"],
    ["one region reports", [says(A, { web: down, mail: down })], "undecided"],
    ["each check down in another region", [says(A, { web: down }), says(B, { mail: down }), says(C, {})], "in"],
  ])("%s: %s", (_title, reports, state) => {
    expect(judge(reports).state).toBe(state);
  });

  it("that the configuration does not know is undecided, and a check that it does not know is none", () => {
    const members = ["lb1", "constructor"].map((box) => ({ box, setIdentifier: box, weight: 1 }));
    const odd = pool({ members, checks: ["web", "gone"] });
    const verdicts = verdictsOf({ config: config(), pool: odd, reports: all({}), suspicions: [], nowMs: NOW_MS });
    expect(verdicts.map(({ box, state, checks }) => [box, state, checks.map(({ check }) => check)])).toEqual([
      ["lb1", "in", ["web"]],
      ["constructor", "undecided", []],
    ]);
  });

  it("has a verdict each, in the order of the pool", () => {
    const verdicts = verdictsOf({
      config: config(),
      pool: pool(),
      reports: all({ web: down }),
      suspicions: [],
      nowMs: NOW_MS,
    });
    expect(verdicts.map(({ box, state }) => [box, state])).toEqual([
      ["lb1", "out"],
      ["lb2", "in"],
    ]);
  });
});

describe("one region's evidence", () => {
  const old = NOW_MS - 75_001;
  const stale = { answeredMs: old };

  it.each<[title: string, reports: Report[], votes: Vote[], kind: Finding["kind"]]>([
    ["its report names the box", [says(A, { web: down })], [], "down"],
    ["its report does not name the box", [report(A)], [], "up"],
    ["the same under another list of questions", [report(A, { asked: "older" })], [], "unknown"],
    ["another definition", [report(A, { boxes: { lb1: { web: observation("d81", down) } } })], [], "unknown"],
    ["named without this check", [report(A, { boxes: { lb1: { mail: observation("d587", up) } } })], [], "unknown"],
    ["a blind report", [says(A, { web: down }, { blind: true })], [], "unknown"],
    ["a blind report that names nothing", [report(A, { blind: true })], [], "unknown"],
    ["down on what it never reached", [says(A, { web: down }, { unreached: ["d80"] })], [], "unknown"],
    ["up on what it never reached", [says(A, {}, { unreached: ["d80"] })], [], "up"],
    ["no report", [], [], "unknown"],
    ["a report 75 s old", [report(A, { answeredMs: NOW_MS - 75_000 })], [], "up"],
    ["a report over 75 s old", [report(A, stale)], [], "unknown"],
    [
      "a fresh report with an answer over 75 s old",
      [report(A, { boxes: { lb1: { web: observation("d80", down, stale) } } })],
      [],
      "unknown",
    ],
    [
      "the same of a box asked in turn",
      [report(A, { boxes: { lb1: { web: observation("d80", down, { ...stale, turn: true }) } } })],
      [],
      "down",
    ],
    [
      "up in turn, 75 s old",
      [report(A, { boxes: { lb1: { web: observation("d80", up, { answeredMs: NOW_MS - 75_001, turn: true }) } } })],
      [],
      "unknown",
    ],
    [
      "in turn, over 3 · 75 s old",
      [report(A, { boxes: { lb1: { web: observation("d80", down, { answeredMs: NOW_MS - 225_001, turn: true }) } } })],
      [],
      "unknown",
    ],
    ["a report from the near future", [report(A, { answeredMs: NOW_MS + 5000 })], [], "up"],
    ["a report from the far future", [report(A, { answeredMs: NOW_MS + 5001 })], [], "unknown"],
    ["the newer of two reports", [report(A), says(A, { web: down }, { answeredMs: NOW_MS - 1 })], [], "down"],
    ["a vote alone", [], [vote(A, down)], "down"],
    ["a vote newer than the report", [report(A)], [vote(A, down, { answeredMs: NOW_MS - 999 })], "down"],
    ["a vote as old as the report", [says(A, { web: up })], [vote(A, down)], "up"],
    ["a vote older than the report", [says(A, { web: down })], [vote(A, up, { answeredMs: NOW_MS - 1001 })], "down"],
    ["the newest of two votes", [], [vote(A, up), vote(A, down, { answeredMs: NOW_MS - 999 })], "down"],
    ["a stale vote", [], [vote(A, down, stale)], "unknown"],
    ["a vote under another definition", [], [vote(A, down, { digest: "d81" })], "unknown"],
    ["a vote on another check", [], [vote(A, down, { check: "mail" })], "unknown"],
    ["a vote on another box", [], [vote(A, down, { box: "lb2" })], "unknown"],
    [
      "a vote down on what it never reached",
      [report(A, { unreached: ["d80"] })],
      [vote(A, down, { answeredMs: NOW_MS })],
      "unknown",
    ],
  ])("%s", (_title, reports, votes, kind) => {
    expect(web(reports, votes).evidence[0]?.finding.kind).toBe(kind);
  });
});

describe("risen", () => {
  it.each<
    [title: string, answeredAgoS: readonly [number, number, number], leftAgoS: number | undefined, risen: boolean]
  >([
    ["settled everywhere, and it never left", [20, 25, 30], undefined, true],
    // As a replica shows it that has not heard yet why the box left.
    ["settled everywhere before it left 65 s ago", [70, 70, 70], 65, false],
    ["one has answered since", [5, 70, 70], 65, false],
    ["a quorum has answered since", [5, 64, 70], 65, true],
    ["a quorum has answered since, and it left 60 s ago", [5, 5, 5], 60, true],
    // Asked by others, these regions had it down as well; their own slots never met the failure.
    ["settled everywhere, and it left 59 s ago", [5, 5, 5], 59, false],
  ])("%s", (_title, answeredAgoS, leftAgoS, expected) => {
    const reports = REGIONS.map((region, at) =>
      report(region, { answeredMs: NOW_MS - (answeredAgoS[at] ?? 0) * 1000 }),
    );
    const verdicts = verdictsOf({
      config: config(),
      pool: pool(),
      reports,
      suspicions: [],
      nowMs: NOW_MS,
      left: leftAgoS === undefined ? {} : { lb1: { atS: NOW_MS / 1000 - leftAgoS } },
    });
    expect(verdicts[0]).toMatchObject({ box: "lb1", state: "in", risen: expected });
  });

  const since = (ms: number, successes: number, over: Partial<Report> = {}): ((region: string) => Report) => {
    const seen = (digest: string) => observation(digest, up, { sinceMs: NOW_MS - ms, successes });
    return (region) =>
      report(region, {
        boxes: { lb1: { web: seen("d80"), mail: seen("d587"), look: observation("d22", up) } },
        ...over,
      });
  };
  const risen = since(60_000, 3);

  it.each<[title: string, reports: Report[], votes: Vote[], risen: boolean]>([
    ["60 s and 3 times everywhere", REGIONS.map(risen), [], true],
    ["so in a quorum", [risen(A), risen(B), since(1000, 1)(C)], [], true],
    ["so in fewer", [risen(A), since(1000, 1)(B), since(1000, 1)(C)], [], false],
    ["60 s but 2 times", REGIONS.map(since(60_000, 2)), [], false],
    ["3 times in under 60 s", REGIONS.map(since(59_999, 3)), [], false],
    ["settled everywhere", REGIONS.map((region) => report(region)), [], true],
    ["asked meanwhile and down there", [risen(A), risen(B)], [vote(B, down, { answeredMs: NOW_MS - 59_999 })], false],
    [
      "asked before the rule's time and down there",
      [risen(A), risen(B)],
      [vote(B, down, { answeredMs: NOW_MS - 60_000 })],
      true,
    ],
    ["never reached", REGIONS.map(since(60_000, 3, { unreached: ["d80", "d587"] })), [], false],
    [
      "so in one, never reached and down in another",
      [risen(A), since(60_000, 3, { unreached: ["d80"] })(B), since(1000, 1)(C)],
      [vote(B, down, { answeredMs: NOW_MS })],
      false,
    ],
    ["nobody reports", [], [], false],
  ])("%s: %s", (_title, reports, votes, expected) => {
    expect(judge(reports, votes).risen).toBe(expected);
  });
});

describe("whatever the regions say", () => {
  const finding = fc.constantFrom(up, down, unknown);
  const answeredMs = fc.integer({ min: NOW_MS - 150_000, max: NOW_MS + 10_000 });
  const digest = (now: string) => fc.constantFrom(now, now, now, "older");
  const seen = (now: string) =>
    fc.record({ digest: digest(now), finding, answeredMs, sinceMs: answeredMs, successes: fc.nat(5) });
  const boxReport = fc.record({ web: seen("d80"), mail: seen("d587"), look: seen("d22") }, { requiredKeys: [] });
  const aReport = fc
    .record({
      region: fc.constantFrom(...REGIONS, "eu-north-1"),
      answeredMs,
      blind: fc.constantFrom(false, false, false, true),
      asked: fc.constantFrom("list", "list", "older"),
      unreached: fc.subarray(["d80", "d587"]),
      boxes: fc.record({ lb1: boxReport }, { requiredKeys: [] }),
    })
    .map(({ region, ...over }) => report(region, over));
  const check = fc.constantFrom(
    { check: "web", digest: "d80" },
    { check: "mail", digest: "d587" },
    { check: "web", digest: "older" },
  );
  const aVote = fc
    .record({ region: fc.constantFrom(...REGIONS), finding, answeredMs, check })
    .map(({ check, ...one }): Vote => ({ box: "lb1", ...one, ...check }));
  const evidence = fc.record({
    reports: fc.array(aReport, { maxLength: 6 }),
    votes: fc.array(aVote, { maxLength: 8 }),
  });

  /** Regions of the electorate that somewhere, in this minute and a quarter, said down of the check as it is defined now. */
  function accusers(reports: readonly Report[], votes: readonly Vote[], name: string, now: string): Set<string> {
    const isFresh = (ms: number): boolean => NOW_MS - ms <= 75_000;
    const said = [
      ...reports.flatMap(({ region, boxes }) => {
        const one = boxes["lb1"]?.[name];
        return one ? [{ region, ...one }] : [];
      }),
      ...votes.filter((one) => one.check === name),
    ];
    const against = said.filter((one) => one.digest === now && one.finding.kind === "down" && isFresh(one.answeredMs));
    return new Set(
      against.map(({ region }) => region).filter((region) => (REGIONS as readonly string[]).includes(region)),
    );
  }

  it("fewer than q fresh down votes on every voting check never withdraw", () => {
    fc.assert(
      fc.property(evidence, ({ reports, votes }) => {
        const most = Math.max(
          accusers(reports, votes, "web", "d80").size,
          accusers(reports, votes, "mail", "d587").size,
        );
        fc.pre(most < 2);
        expect(judge(reports, votes).state).not.toBe("out");
      }),
      { numRuns: 500 },
    );
  });

  it("what only observes changes no verdict", () => {
    fc.assert(
      fc.property(evidence, ({ reports, votes }) => {
        const without = reports.map((one) => {
          const box = one.boxes["lb1"];
          if (!box) return one;
          const { look: _, ...rest } = box;
          return { ...one, boxes: { lb1: rest } };
        });
        const { state, risen } = judge(reports, votes);
        expect(judge(without, votes)).toMatchObject({ state, risen });
      }),
    );
  });

  it("the order in which it is read changes nothing", () => {
    fc.assert(
      fc.property(evidence, ({ reports, votes }) => {
        const times = [
          ...reports.map(({ region, answeredMs }) => `${region} ${answeredMs}`),
          ...votes.map((one) => `${one.region} ${one.answeredMs}`),
        ];
        fc.pre(new Set(times).size === times.length);
        expect(judge(reports.toReversed(), votes.toReversed())).toEqual(judge(reports, votes));
      }),
    );
  });

  it("what is out is never in, and what is in was reached and is up by a quorum", () => {
    fc.assert(
      fc.property(evidence, ({ reports, votes }) => {
        const { state, checks } = judge(reports, votes);
        const voting = checks.filter((one) => one.votes);
        expect(state === "out").toBe(voting.some((one) => one.state === "down"));
        if (state !== "in") return;
        const reached = voting.filter((one) => one.reached);
        expect(reached.length).toBeGreaterThan(0);
        for (const one of reached)
          expect(one.evidence.filter((each) => each.finding.kind === "up").length).toBeGreaterThanOrEqual(2);
      }),
    );
  });
});
