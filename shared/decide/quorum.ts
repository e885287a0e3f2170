// What the electorate says of boxes. Rooms: model, and decide itself.
import type { Finding } from "../model/finding.ts";
import type { Observation, Report } from "../model/report.ts";
import type { Pool, Resolved } from "../model/resolved.ts";
import type { Suspicion, Vote } from "../model/suspicion.ts";
import type { CheckVerdict, Evidence, Verdict } from "../model/verdict.ts";
import { own } from "./own.ts";
import { isRisen } from "./region.ts";
import { type Pace, paceOf, standsMs } from "./votes.ts";

/** Clocks of AWS hosts agree far better; what claims to be from further ahead is not believed. */
const AHEAD_MS = 5000;

type Input = {
  config: Resolved;
  pool: Pool;
  reports: readonly Report[];
  suspicions: readonly Suspicion[];
  nowMs: number;
  /** By box: when (s) it last left by verdict, as the lead's fence remembers it. */
  left?: Readonly<Record<string, { atS: number }>>;
};

/** What a region said at a time (epoch ms). `fromMs`: where only the pass is known in which it was found, when that began. */
type Said = Pick<Observation, "finding" | "answeredMs" | "turn"> & { risen: boolean; fromMs?: number };

/** The input with reports by region and shard, votes by box, and the pace that says how long they stand, as one pool needs them. */
type Heard = Input & {
  newest: ReadonlyMap<string, ReadonlyMap<number, Report>>;
  votes: ReadonlyMap<string, Vote[]>;
  pace: Pace;
};

/** One check of one box under its present definition, and each region's newest report of its shard. */
type Question = {
  box: string;
  shard: number;
  check: string;
  digest: string;
  votes: boolean;
  reports: Reports;
};

/** In the order of the regions. */
type Reports = readonly (Report | undefined)[];

/**
 * What the electorate says of each member, in the order of `pool.members`. Of a check (q of `config.regions`, always all
 * of them; regions whose last report, however old, does not list its digest as unreached have reached it):
 *
 * | down in | up in | check     |
 * | ------- | ----- | --------- |
 * | ≥ q     | any   | down      |
 * | < q     | ≥ q   | up        |
 * | < q     | < q   | undecided |
 *
 * Of a box (checks that vote; reached = by q regions):
 *
 * | some check | every reached check | reached checks | box       |
 * | ---------- | ------------------- | -------------- | --------- |
 * | is down    | any                 | any            | out       |
 * | none down  | is up               | at least one   | in        |
 * | none down  | is up               | none           | undecided |
 * | none down  | one is undecided    | any            | undecided |
 *
 * Risen: on every reached voting check, at least one, q regions have it up by the pool's restore rule, and have answered
 * since it last left: a replica that lags does not know yet why it left, and would put it back at once. For as long as
 * the rule's `afterS` nobody has it up since: a quorum had it down then, also regions whose own reports never showed it.
 */
export function verdictsOf(input: Input): Verdict[] {
  const heard = hear(input);
  const { config, pool } = heard;
  const shards = new Map<number, { reports: Reports; quiet?: Verdict }>();
  return pool.members.map(({ box }) => {
    const shard = own(config.boxes, box)?.shard;
    if (shard === undefined) return { box, state: "undecided", risen: false, checks: [] };
    const known = shards.get(shard) ?? {
      reports: config.regions.map((region) => heard.newest.get(region)?.get(shard)),
    };
    shards.set(shard, known);
    if (isNamed(box, known.reports, heard)) return verdictOf({ box, shard, reports: known.reports }, heard);
    known.quiet ??= verdictOf({ box, shard, reports: known.reports }, heard);
    return { ...known.quiet, box };
  });
}

/** Of the boxes of a shard that nobody names (nearly all, nearly always) the same is known, so they are judged once. */
function isNamed(box: string, reports: Reports, { votes, left }: Heard): boolean {
  return votes.has(box) || own(left, box) !== undefined || reports.some((report) => own(report?.boxes, box));
}

function verdictOf(asked: Pick<Question, "box" | "shard" | "reports">, heard: Heard): Verdict {
  const { config, pool } = heard;
  const { box } = asked;
  const checks = pool.checks.flatMap((check): CheckVerdict[] => {
    const defined = own(config.checks, check);
    if (!defined) return [];
    const { digest } = defined;
    const { votes } = defined.check;
    return [checkVerdict({ ...asked, check, digest, votes }, heard)];
  });
  const voting = checks.filter(({ votes }) => votes);
  const reached = voting.filter((check) => check.reached);
  const risen = reached.length > 0 && reached.every(({ evidence }) => count(evidence, isRisenThere) >= config.quorum);
  if (voting.some(({ state }) => state === "down")) return { box, state: "out", risen, checks };
  const up = reached.length > 0 && reached.every(({ state }) => state === "up");
  return { box, state: up ? "in" : "undecided", risen, checks };
}

function checkVerdict(question: Question, heard: Heard): CheckVerdict {
  const { regions, quorum } = heard.config;
  const told = heard.votes.get(question.box)?.filter((vote) => isAbout(vote, question)) ?? [];
  const evidence = regions.map((region, at) => evidenceOf(region, question.reports[at], told, { question, heard }));
  const inKind = (kind: Finding["kind"]): number => count(evidence, ({ finding }) => finding.kind === kind);
  const state = inKind("down") >= quorum ? "down" : inKind("up") >= quorum ? "up" : "undecided";
  const reached = count(question.reports, (report) => hasReached(report, question)) >= quorum;
  return { check: question.check, votes: question.votes, state, reached, evidence };
}

/**
 * The report, and what was told when it was asked for: the newest of them counts; the report if both are of one time. A
 * report that confirms a failure of others is written long after a box that it does not name was asked, so that one counts
 * as of the pass's beginning there.
 */
function evidenceOf(
  region: string,
  report: Report | undefined,
  told: readonly Vote[],
  { question, heard }: { question: Question; heard: Heard },
): Evidence {
  const fromReport = report && fresh(reportSays(report, question, heard), heard);
  const votes = told.filter((vote) => vote.region === region);
  let newest = fromReport;
  for (const { finding, answeredMs } of votes) {
    const said = fresh({ finding, answeredMs, risen: false }, heard);
    if (said && (!newest || said.answeredMs > (newest.fromMs ?? newest.answeredMs))) newest = said;
  }
  if (!newest) return { region, finding: { kind: "unknown", detail: "nothing fresh from this region" }, risen: false };
  const { finding, answeredMs } = newest;
  if (finding.kind === "down" && report?.unreached.includes(question.digest)) {
    const detail = `${question.check} was never reached from here`;
    return { region, finding: { kind: "unknown", detail }, answeredMs, risen: false };
  }
  // The asked region writes nothing: what it answered to another one within the rule's time speaks against its counters.
  const sinceMs = heard.nowMs - heard.pool.restore.afterS * 1000;
  const fell = votes.some((vote) => vote.finding.kind === "down" && vote.answeredMs > sinceMs);
  const leftS = own(heard.left, question.box)?.atS;
  const since = leftS === undefined || (answeredMs >= (leftS + 1) * 1000 && leftS * 1000 <= sinceMs);
  return { region, finding, answeredMs, risen: finding.kind === "up" && fromReport?.risen === true && !fell && since };
}

/**
 * What a report says of one check of one box.
 *
 * | report | box                             | says    |
 * | ------ | ------------------------------- | ------- |
 * | blind  | any                             | unknown |
 * | sees   | named, check under our digest   | what was found |
 * | sees   | named, check missing or other digest | unknown |
 * | sees   | not named, our list asked       | up, risen |
 * | sees   | not named, another list asked   | unknown |
 */
function reportSays(report: Report, { box, shard, check, digest }: Question, { config, pool, nowMs }: Heard): Said {
  const { answeredMs } = report;
  const unknown = (detail: string): Said => ({ finding: { kind: "unknown", detail }, answeredMs, risen: false });
  if (report.blind) return unknown("nothing at all answers this region");
  const named = own(report.boxes, box);
  if (named) {
    const observation = own(named, check);
    if (observation?.digest !== digest) return unknown(`${check} was asked under another definition`);
    const { finding, answeredMs, turn } = observation;
    return { finding, answeredMs, turn, risen: isRisen(observation, pool.restore, nowMs) };
  }
  if (report.asked !== config.asked[shard]) return unknown("this region asked another list of checks");
  return { finding: { kind: "up", ms: 0 }, answeredMs, fromMs: report.startedMs, risen: true };
}

function hear(input: Input): Heard {
  const newest = new Map<string, Map<number, Report>>();
  for (const report of input.reports) {
    const shards = newest.get(report.region) ?? new Map<number, Report>();
    newest.set(report.region, shards);
    const other = shards.get(report.shard);
    if (!other || other.answeredMs < report.answeredMs) shards.set(report.shard, report);
  }
  const members = new Set(input.pool.members.map(({ box }) => box));
  const votes = new Map<string, Vote[]>();
  for (const vote of input.suspicions.flatMap((suspicion) => suspicion.votes)) {
    if (!members.has(vote.box)) continue;
    const list = votes.get(vote.box) ?? [];
    votes.set(vote.box, list);
    list.push(vote);
  }
  return { ...input, newest, votes, pace: paceOf(input.config) };
}

function hasReached(report: Report | undefined, { digest }: Question): boolean {
  return report !== undefined && !report.unreached.includes(digest);
}

function isAbout(vote: Vote, { check, digest }: Question): boolean {
  return vote.check === check && vote.digest === digest;
}

function fresh(said: Said, { nowMs, pace }: Heard): Said | undefined {
  const ageMs = nowMs - said.answeredMs;
  return ageMs <= standsMs(said, pace) && ageMs >= -AHEAD_MS ? said : undefined;
}

function isRisenThere({ risen }: Evidence): boolean {
  return risen;
}

function count<T>(list: readonly T[], matches: (item: T) => boolean): number {
  return list.filter(matches).length;
}
