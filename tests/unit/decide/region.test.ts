import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Answered, isRisen, keyOf, stepReport, type StepInput } from "../../../shared/decide/region.ts";
import type { Finding } from "../../../shared/model/finding.ts";
import type { BoxReport, Observation, Report } from "../../../shared/model/report.ts";
import type { Vote } from "../../../shared/model/suspicion.ts";
import { answered, before, down, hung, NOW_MS, observation, REGIONS, report, unknown, up, vote } from "./base.ts";

const [HERE, SECOND] = REGIONS;
const INTERVAL_MS = 30_000;
const PACE = { intervalMs: INTERVAL_MS, regions: REGIONS.length };
const seen = { d80: 1, d587: 1 };

describe("isRisen", () => {
  const rule = { afterS: 60, successes: 3 };
  it.each<[finding: Finding, upMs: number, successes: number, risen: boolean]>([
    [up, 60_000, 3, true],
    [up, 59_999, 3, false],
    [up, 60_000, 2, false],
    [up, 0, 0, false],
    [down, 99_000, 9, false],
    [unknown, 99_000, 9, false],
  ])("%j for %i ms, %i times: %j", (finding, upMs, successes, risen) => {
    expect(isRisen(observation("d80", finding, { sinceMs: NOW_MS - upMs, successes }), rule, NOW_MS)).toBe(risen);
  });
});

function inputOf(answers: Answered[], over: Partial<StepInput> = {}): StepInput {
  return {
    region: HERE,
    shard: 0,
    slot: 8,
    startedMs: NOW_MS - 100,
    answeredMs: NOW_MS,
    lateMs: 3,
    cfg: 7,
    asked: "list",
    answers,
    confirmed: new Map(),
    canaryUp: true,
    previous: undefined,
    seen,
    restore: new Map([["lb1", { afterS: 60, successes: 3 }]]),
    quorum: 2,
    pace: PACE,
    ...over,
  };
}

function webOf(input: StepInput): Observation | undefined {
  return stepReport(input).report.boxes["lb1"]?.["web"];
}

describe("stepReport: what is reported", () => {
  const sees = answered(up, { box: "lb2" });
  it.each<[title: string, answers: Answered[], over: Partial<StepInput>, kind: Finding["kind"]]>([
    ["up", [answered(up)], {}, "up"],
    ["up in a slot without canaries", [answered(up)], { canaryUp: false }, "up"],
    ["up, its definition new", [answered(up)], { seen: {} }, "up"],
    ["unknown", [answered(unknown), sees], {}, "unknown"],
    ["down", [answered(down), sees], {}, "down"],
    ["down in a blind slot", [answered(hung)], { canaryUp: false }, "unknown"],
    ["down, the only box, a canary answers", [answered(hung)], { canaryUp: true }, "down"],
    ["a refusal is an answer: not blind", [answered(down)], { canaryUp: false }, "down"],
    ["down, its definition first seen up in this slot", [answered(down), sees], { seen: {} }, "unknown"],
    [
      "down, its definition never seen up",
      [answered(down), answered(up, { box: "lb2", digest: "d587" })],
      { seen: {} },
      "unknown",
    ],
    ["confirmed up", [answered(down), sees], { confirmed: new Map([["lb1/web", answered(up)]]) }, "up"],
    ["confirmed unknown", [answered(down), sees], { confirmed: new Map([["lb1/web", answered(unknown)]]) }, "unknown"],
    [
      "the confirmation of another check",
      [answered(down), sees],
      { confirmed: new Map([["lb1/mail", answered(up)]]) },
      "down",
    ],
  ])("%s: %s", (_title, answers, over, kind) => {
    expect(webOf(inputOf(answers, over))?.finding.kind).toBe(kind);
  });

  it("a refusal before a confirmation that timed out shows that the region is not blind", () => {
    const confirmed = new Map([["lb1/web", answered(hung)]]);
    expect(stepReport(inputOf([answered(down)], { confirmed, canaryUp: undefined })).report.blind).toBe(false);
  });

  it("down on a port that the region doubts is unknown", () => {
    const at = (box: string, port: number, finding: Finding): Answered =>
      answered(finding, {
        box,
        port,
        island: `island of ${box}`,
        check: `c${port}`,
        digest: port === 80 ? "d80" : "d587",
      });
    const answers = ["lb1", "lb2"].flatMap((box) => [at(box, 80, up), at(box, 587, hung)]);
    const { report: next } = stepReport(inputOf(answers));
    expect(next.doubted).toEqual([587]);
    expect(next.boxes["lb1"]?.["c587"]?.finding).toEqual({
      kind: "unknown",
      detail: "port 587 fails everywhere from here at once while other ports answer",
    });
  });

  it("a blind slot keeps the doubts of the one before", () => {
    const previous = report(HERE, { doubted: [25] });
    expect(stepReport(inputOf([answered(hung)], { previous, canaryUp: false })).report).toMatchObject({
      blind: true,
      doubted: [25],
    });
  });
});

describe("stepReport: what the region says of itself", () => {
  const late: Finding = { kind: "unknown", detail: "the event loop stood still", late: true };
  it.each<[title: string, findings: Finding[], late: true | undefined]>([
    ["an answer came too late to be judged", [up, late], true],
    ["unknown for another reason", [unknown, up], undefined],
    ["all is well", [up, up], undefined],
  ])("%s", (_title, findings, expected) => {
    const answers = findings.map((finding, index) => answered(finding, { box: `lb${index}` }));
    const { report: next } = stepReport(inputOf(answers));
    expect(next.late).toBe(expected);
    expect(next).not.toHaveProperty("doubted");
  });
});

describe("stepReport: what is up but needs a look", () => {
  const ends = { ...up, warning: "the certificate ends in 9 days" };
  it("is reported, also of a box that is settled", () => {
    const { report: next } = stepReport(inputOf([answered(ends)], { previous: report(HERE) }));
    expect(next.boxes).toEqual({});
    expect(next.warnings).toEqual([{ box: "lb1", check: "web", text: ends.warning }]);
  });

  it("is no field where there is nothing, and never of what is down", () => {
    const failed = new Map([["lb1/web", answered(down)]]);
    expect(stepReport(inputOf([answered(up)])).report).not.toHaveProperty("warnings");
    expect(stepReport(inputOf([answered(ends)], { confirmed: failed })).report).not.toHaveProperty("warnings");
  });

  it("is bounded", () => {
    const many = Array.from({ length: 60 }, (_, index) => answered(ends, { box: `lb${index}` }));
    expect(stepReport(inputOf(many)).report.warnings).toHaveLength(50);
  });

  it("warns of the same ones in every slot, whoever answers first", () => {
    const many = Array.from({ length: 60 }, (_, at) => answered(ends, { box: `lb${at}` }));
    const { warnings } = stepReport(inputOf(many)).report;
    expect(stepReport(inputOf(many.toReversed())).report.warnings).toEqual(warnings);
  });
});

describe("stepReport: since when and how often", () => {
  const kept = { sinceMs: NOW_MS - 40_000, successes: 2 };
  const since = NOW_MS - 50;
  it.each<[title: string, previous: Report | undefined, finding: Finding, sinceMs: number, successes: number]>([
    ["up as before", before(up, kept), up, kept.sinceMs, 3],
    ["down as before", before(down, { ...kept, successes: 0 }), down, kept.sinceMs, 0],
    ["unknown as before", before(unknown, { ...kept, successes: 0 }), unknown, kept.sinceMs, 0],
    ["up after down", before(down, { ...kept, successes: 0 }), up, since, 1],
    ["down after up", before(up, kept), down, since, 0],
    ["unknown after up", before(up, kept), unknown, since, 0],
    [
      "up before under another definition",
      report(HERE, { boxes: { lb1: { web: observation("old", up, kept) } } }),
      up,
      since,
      1,
    ],
    [
      "down before under another definition",
      report(HERE, { boxes: { lb1: { web: observation("old", down, kept) } } }),
      down,
      since,
      0,
    ],
    [
      "named before without this check",
      report(HERE, { boxes: { lb1: { mail: observation("d587", down) } } }),
      up,
      since,
      1,
    ],
    ["no report before", undefined, up, since, 1],
    ["no report before", undefined, down, since, 0],
    ["settled before, longer ago than 2 min", report(HERE, { answeredMs: since - 120_001 }), up, since, 1],
    ["down before, however long ago", before(down, { ...kept, successes: 0, answeredMs: 1 }), down, kept.sinceMs, 0],
    ["settled before, then down", report(HERE), down, since, 0],
    ["not named before, another list", report(HERE, { asked: "older" }), up, since, 1],
  ])("%s", (_title, previous, finding, sinceMs, successes) => {
    // Another check that has just come up keeps the box from being settled.
    const answers = [
      answered(finding),
      answered(up, { check: "mail", digest: "d587", answeredMs: since }),
      answered(up, { box: "lb2" }),
    ];
    expect(webOf(inputOf(answers, { previous, restore: new Map([["lb1", { afterS: 600, successes: 9 }]]) }))).toEqual({
      digest: "d80",
      finding,
      answeredMs: since,
      sinceMs,
      successes,
    });
  });

  it.each<[title: string, votes: Vote[], settled: boolean]>([
    ["a quorum of votes down since", [vote(HERE, down, { answeredMs: NOW_MS - 9000 }), vote(SECOND, down)], false],
    ["a quorum without this region", [vote(SECOND, down), vote(REGIONS[2], down)], false],
    ["no quorum", [vote(SECOND, down)], true],
    ["the others are up", [vote(HERE, down), vote(SECOND, up)], true],
    ["of another box", [vote(HERE, down, { box: "lb2" }), vote(SECOND, down, { box: "lb2" })], true],
    [
      "a quorum from before the time for which the report says up",
      [HERE, SECOND].map((region) => vote(region, down, { answeredMs: NOW_MS - 75_000 })),
      true,
    ],
  ])("settled before, up, in its suspicion %s", (_title, votes, settled) => {
    const suspicion = { region: HERE, shard: 0, updatedMs: NOW_MS, cfg: 1, votes };
    const previous = report(HERE, { answeredMs: NOW_MS - 10_000 });
    const { boxes } = stepReport(inputOf([answered(up)], { previous, suspicion })).report;
    expect(boxes["lb1"]?.["web"]).toEqual(
      settled ? undefined : observation("d80", up, { answeredMs: since, sinceMs: since, successes: 1 }),
    );
  });

  it("up before, and a quorum of votes down since it came up: it begins anew", () => {
    const votes = [vote(SECOND, down, { answeredMs: NOW_MS - 9000 }), vote(REGIONS[2], down)];
    const suspicion = { region: HERE, shard: 0, updatedMs: NOW_MS, cfg: 1, votes };
    expect(webOf(inputOf([answered(up)], { previous: before(up, kept), suspicion }))).toMatchObject({
      sinceMs: since,
      successes: 1,
    });
    const older = votes.map((one) => ({ ...one, answeredMs: kept.sinceMs - 1 }));
    const input = inputOf([answered(up)], { previous: before(up, kept), suspicion: { ...suspicion, votes: older } });
    expect(webOf(input)).toMatchObject({ sinceMs: kept.sinceMs, successes: 3 });
  });

  it.each<[title: string, intervalMs: number, agoMs: number, goesOn: boolean]>([
    ["2.5 intervals ago", 60_000, 150_000, true],
    ["longer ago", 60_000, 150_001, false],
    ["at a short interval two fires of a minute ago, as a region with a dead queue asks", 10_000, 119_000, true],
    ["at a short interval more than 2 min ago", 10_000, 120_001, false],
  ])("up before, last asked %s", (_title, intervalMs, agoMs, goesOn) => {
    const answeredMs = since - agoMs;
    const last = { answeredMs, sinceMs: answeredMs - 1000, successes: 2 };
    const previous = { ...before(up, last), answeredMs };
    const restore = new Map([["lb1", { afterS: 600, successes: 9 }]]);
    const { sinceMs, successes } =
      webOf({ ...inputOf([answered(up)], { previous, restore }), pace: { ...PACE, intervalMs } }) ?? {};
    expect([sinceMs, successes]).toEqual(goesOn ? [last.sinceMs, 3] : [since, 1]);
  });

  it("settled before, still up: it counts as the rule's and one more, and stays settled", () => {
    const previous = report(HERE);
    expect(stepReport(inputOf([answered(up)], { previous })).report.boxes).toEqual({});
    // While another check of the box is down, this one shows.
    const answers = [answered(up), answered(down, { check: "mail", digest: "d587" })];
    expect(webOf(inputOf(answers, { previous }))).toMatchObject({
      sinceMs: previous.answeredMs - 60_000,
      successes: 4,
    });
  });

  it.each<[title: string, web: Partial<Observation>, settled: boolean]>([
    ["for 60 s and the third time", { sinceMs: NOW_MS - 60_000, successes: 2 }, true],
    ["for less", { sinceMs: NOW_MS - 59_999, successes: 2 }, false],
    ["the second time", { sinceMs: NOW_MS - 60_000, successes: 1 }, false],
  ])("up %s", (_title, web, settled) => {
    const { boxes } = stepReport(inputOf([answered(up)], { previous: before(up, web) })).report;
    expect(Object.keys(boxes)).toEqual(settled ? [] : ["lb1"]);
  });

  it("a box without a rule is settled by one success", () => {
    expect(stepReport(inputOf([answered(up, { box: "lb9" })])).report.boxes).toEqual({});
  });

  it("from down, three slots of 30 s of being up settle a box, not two", () => {
    let previous: Report = before(down);
    const named: boolean[] = [];
    for (let slot = 1; slot <= 4; slot += 1) {
      const atMs = NOW_MS + slot * INTERVAL_MS;
      previous = stepReport(inputOf([answered(up, { answeredMs: atMs })], { previous, answeredMs: atMs })).report;
      named.push(previous.boxes["lb1"] !== undefined);
    }
    expect(named).toEqual([true, true, false, false]);
  });
});

describe("stepReport: what was seen up", () => {
  it("is noted once, with the earliest time", () => {
    const answers = [
      answered(up, { digest: "new", answeredMs: 9 }),
      answered(up, { box: "lb2", digest: "new", answeredMs: 7 }),
    ];
    const first = stepReport(inputOf(answers, { seen }));
    expect(first).toMatchObject({ seenChanged: true, seen: { ...seen, new: 7 } });
    expect(stepReport(inputOf(answers, { seen: first.seen }))).toMatchObject({ seenChanged: false, seen: first.seen });
  });

  it("by the confirmation counts as well", () => {
    const confirmed = new Map([["lb1/web", answered(up)]]);
    expect(stepReport(inputOf([answered(down)], { confirmed, seen: {} })).report.unreached).toEqual([]);
  });

  it("what never was is told, sorted", () => {
    const answers = [
      answered(hung, { digest: "z" }),
      answered(hung, { box: "lb2", digest: "a" }),
      answered(up, { box: "lb3" }),
    ];
    expect(stepReport(inputOf(answers)).report.unreached).toEqual(["a", "z"]);
  });

  it("what never was is told as well while its load balancers are another region's to ask", () => {
    const open: Finding = { kind: "down", ms: 5, reason: "open", phase: "connect", detail: "it accepts" };
    const lb1 = { ssh: observation("met", open), mail: observation("never", unknown), web: observation("d80", down) };
    expect(stepReport(inputOf([], { left: new Map([["lb1", lb1]]) })).report.unreached).toEqual(["never"]);
  });

  it("what must be closed and is open has been reached: it is told as it is", () => {
    const open: Finding = { kind: "down", ms: 5, reason: "open", phase: "connect", detail: "it accepts" };
    const { report } = stepReport(inputOf([answered(open, { digest: "new" })]));
    expect(report.unreached).toEqual([]);
    expect(report.boxes["lb1"]?.["web"]?.finding).toEqual(open);
  });

  it("a digest that every object has is not seen", () => {
    expect(stepReport(inputOf([answered(hung, { digest: "constructor" })])).report.unreached).toEqual(["constructor"]);
  });
});

describe("stepReport, whatever was answered", () => {
  const finding = fc.constantFrom(up, down, hung, unknown);
  const answers = fc
    .array(
      fc.record({
        finding,
        box: fc.constantFrom("lb1", "lb2", "lb3"),
        check: fc.constantFrom("web", "mail"),
        port: fc.constantFrom(80, 587),
        island: fc.constantFrom("n", "s"),
      }),
      { minLength: 1 },
    )
    .map((list) =>
      list.map(({ finding: found, check, ...over }) =>
        answered(found, { ...over, check, digest: check === "web" ? "d80" : "d587" }),
      ),
    )
    .map((list) => [...new Map(list.map((one) => [keyOf(one.box, one.check), one])).values()]);
  const input = fc
    .record({ answers, canaryUp: fc.constantFrom(true, false, undefined), seen: fc.constantFrom({}, { d80: 1 }, seen) })
    .map(({ answers: list, ...over }) => inputOf(list, over));

  it("never makes a down of what was not", () => {
    fc.assert(
      fc.property(input, (one) => {
        const { boxes, blind } = stepReport(one).report;
        const reported = one.answers.map(({ box, check, finding: found }) => ({
          found,
          as: boxes[box]?.[check]?.finding,
        }));
        expect(reported.filter(({ found, as }) => as?.kind === "down" && (blind || found.kind !== "down"))).toEqual([]);
        // And never an up.
        expect(
          reported.filter(({ found, as }) => found.kind !== "up" && (as === undefined || as.kind === "up")),
        ).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it("the same answers again settle what is up and keep the rest as it is, once every definition has been met", () => {
    fc.assert(
      fc.property(input, (one) => {
        const met = stepReport(one);
        const first = stepReport({ ...one, previous: met.report, seen: met.seen });
        const second = stepReport({ ...one, previous: first.report, seen: first.seen, canaryUp: one.canaryUp });
        const kinds = (boxes: Record<string, BoxReport>) =>
          Object.entries(boxes).map(([box, checks]) => [
            box,
            Object.values(checks).map(({ finding: { kind } }) => kind),
          ]);
        const notUp = (boxes: Record<string, BoxReport>) =>
          Object.fromEntries(
            Object.entries(boxes).filter(([, checks]) =>
              Object.values(checks).some(({ finding: { kind } }) => kind !== "up"),
            ),
          );
        expect(kinds(notUp(second.report.boxes))).toEqual(kinds(notUp(first.report.boxes)));
        expect(second.seenChanged).toBe(false);
      }),
    );
  });
});
