// What one region reports of its own answers. Rooms: model, and decide itself.
import type { Finding } from "../model/finding.ts";
import { type BoxReport, type Observation, type Report, type Warning, WARNINGS_MAX } from "../model/report.ts";
import type { Suspicion } from "../model/suspicion.ts";
import { doubtedPorts, doubtOf, isBlind } from "./doubt.ts";
import { own } from "./own.ts";
import { agreedMs, type Pace, voteAgeMs } from "./votes.ts";

/**
 * Where its queue is dead a region asks once a minute, at whatever second the Scheduler comes: what it has seen so goes on
 * all the same.
 */
const GAP_MIN_MS = 120_000;

/** One answer of this pass. `port` and `island` let the region doubt a port; without them it never does. */
export type Answered = {
  box: string;
  check: string;
  digest: string;
  votes: boolean;
  finding: Finding;
  startedMs: number;
  answeredMs: number;
  port?: number;
  island?: string;
};

/** What a box must show before it counts as settled: up for so long, and so often. */
export type RestoreRule = { afterS: number; successes: number };

/** The key of a check of a box in `confirmed`. Neither id can hold a slash. */
export function keyOf(box: string, check: string): string {
  return `${box}/${check}`;
}

/**
 * Whether an observation fulfils the restore rule at a time (epoch ms).
 *
 * | finding | up for afterS | successes reached | risen |
 * | ------- | ------------- | ----------------- | ----- |
 * | up      | yes           | yes               | yes   |
 * | up      | one of them, or neither           || no    |
 * | not up  | any           | any               | no    |
 */
export function isRisen({ finding, sinceMs, successes }: Observation, rule: RestoreRule, atMs: number): boolean {
  return finding.kind === "up" && atMs - sinceMs >= rule.afterS * 1000 && successes >= rule.successes;
}

export type StepInput = {
  region: string;
  shard: number;
  slot: number;
  startedMs: number;
  answeredMs: number;
  lateMs: number;
  cfg: number;
  asked: string;
  /** One for every question of the shard. */
  answers: readonly Answered[];
  /** The findings after this region's own further attempts, by {@link keyOf}. */
  confirmed: ReadonlyMap<string, Answered>;
  /** Undefined: the canaries were not asked. */
  canaryUp: boolean | undefined;
  previous: Report | undefined;
  /** When each digest was first seen up from here, epoch ms. */
  seen: Readonly<Record<string, number>>;
  /** By box: the strictest over its pools. */
  restore: ReadonlyMap<string, RestoreRule>;
  /** Boxes that were another region's to ask, as the last report had them. */
  left?: ReadonlyMap<string, BoxReport>;
  /** This region's own suspicion before the slot, and how many votes make a quorum. */
  suspicion?: Suspicion | undefined;
  quorum: number;
  pace: Pace;
};

/**
 * The region's next report, and what it has seen up once. A failure becomes unknown where the region doubts itself:
 *
 * | finding | slot  | definition ever seen up here | port        | reported as |
 * | ------- | ----- | ---------------------------- | ----------- | ----------- |
 * | up      | any   | any                          | any         | up          |
 * | unknown | any   | any                          | any         | unknown     |
 * | down    | blind | any                          | any         | unknown     |
 * | down, open | sees | any: it has been reached   | any         | down        |
 * | down    | sees  | no                           | any         | unknown     |
 * | down    | sees  | in this slot first, so that nobody asked again | any | unknown |
 * | down    | sees  | yes                          | doubted     | unknown     |
 * | down    | sees  | yes                          | not doubted | down        |
 *
 * Since when and how often, by what the previous report says of the check:
 *
 * | previous report                        | finding            | since       | successes           |
 * | -------------------------------------- | ------------------ | ----------- | ------------------- |
 * | the same kind, same digest             | up                 | as before   | one more            |
 * | the same kind, same digest             | down, unknown      | as before   | 0                   |
 * | another kind or digest, or nothing     | up                 | now         | 1                   |
 * | another kind or digest, or nothing     | down, unknown      | now         | 0                   |
 * | box not named, the same list asked     | up                 | settled     | the rule's, one more|
 * | up, or not named; its suspicion holds a quorum of votes down since | as for nothing | |
 * | up, or not named; older than a vote may be, and than 2 min || as for nothing | |
 * | box not named, another list asked      | as for nothing     |             |                     |
 *
 * A box whose every check is up and risen is settled, and is left out. Where slots overlap, or the quorum was other
 * regions', no report may ever have shown the failure: the suspicion did, and failover was woken for it. It must be woken
 * for the way back as well.
 */
export function stepReport(input: StepInput): { report: Report; seen: Record<string, number>; seenChanged: boolean } {
  const answers = input.answers.map((answer) => input.confirmed.get(keyOf(answer.box, answer.check)) ?? answer);
  const { seen, seenChanged } = seenAfter(input.seen, answers);
  // A refusal before a confirmation that timed out is an answer all the same.
  const blind = isBlind([...input.answers, ...answers], input.canaryUp);
  // What is left to the others in this slot is asked all the same, and may never have been seen up either.
  const known = [...answers, ...[...(input.left?.values() ?? [])].flatMap((box) => Object.values(box))];
  const asked = new Set(known.map(({ digest }) => digest));
  const open = new Set(known.filter(({ finding }) => isOpen(finding)).map(({ digest }) => digest));
  const unreached = [...asked].filter((digest) => own(seen, digest) === undefined && !open.has(digest)).sort();
  const doubted = blind ? (input.previous?.doubted ?? []) : doubtedPorts(answers, input.previous, input.pace);
  const fell = agreedMs(input.suspicion?.votes ?? [], input.quorum);
  const boxes: Record<string, BoxReport> = {};
  for (const answer of answers) {
    const finding = judge(answer, { blind, unreached, doubted, met: input.seen });
    const box = own(boxes, answer.box) ?? {};
    boxes[answer.box] = box;
    box[answer.check] = step(answer, finding, before(answer, fell, input));
  }
  const unsettled = Object.entries(boxes).filter(([id, box]) => !isSettled(box, ruleOf(id, input), input.answeredMs));
  const warnings = warningsOf(answers);
  const { region, shard, slot, startedMs, answeredMs, lateMs, cfg } = input;
  return {
    report: {
      region,
      shard,
      slot,
      startedMs,
      answeredMs,
      cfg,
      asked: input.asked,
      blind,
      unreached,
      ...(doubted.length > 0 ? { doubted } : {}),
      ...(input.answers.some(({ finding }) => finding.kind === "unknown" && finding.late) ? { late: true } : {}),
      ...(warnings.length > 0 ? { warnings } : {}),
      boxes: Object.fromEntries([...unsettled, ...(input.left ?? [])]),
      lateMs,
    },
    seen,
    seenChanged,
  };
}

/** In an order of their own: of more than the most, answers in the order of their coming would be others in each slot. */
function warningsOf(answers: readonly Answered[]): Warning[] {
  const warnings = answers.flatMap(({ box, check, finding }): Warning[] =>
    finding.kind === "up" && finding.warning !== undefined ? [{ box, check, text: finding.warning }] : [],
  );
  const inOrder = warnings.sort((one, other) => (keyOf(one.box, one.check) < keyOf(other.box, other.check) ? -1 : 1));
  return inOrder.slice(0, WARNINGS_MAX);
}

function seenAfter(
  seen: Readonly<Record<string, number>>,
  answers: readonly Answered[],
): { seen: Record<string, number>; seenChanged: boolean } {
  const added: Record<string, number> = {};
  for (const { digest, finding, answeredMs } of answers) {
    if (finding.kind !== "up" || own(seen, digest) !== undefined) continue;
    added[digest] = Math.min(answeredMs, own(added, digest) ?? answeredMs);
  }
  return Object.keys(added).length > 0
    ? { seen: { ...seen, ...added }, seenChanged: true }
    : { seen, seenChanged: false };
}

function judge(
  { check, digest, port, finding }: Answered,
  self: {
    blind: boolean;
    unreached: readonly string[];
    doubted: readonly number[];
    met: Readonly<Record<string, number>>;
  },
): Finding {
  if (finding.kind !== "down") return finding;
  if (self.blind) return { kind: "unknown", detail: "nothing at all answers this region" };
  if (isOpen(finding)) return finding;
  if (self.unreached.includes(digest)) return { kind: "unknown", detail: `${check} was never reached from here` };
  if (own(self.met, digest) === undefined)
    return { kind: "unknown", detail: `${check} is reached from here for the first time` };
  if (port !== undefined && self.doubted.includes(port)) return doubtOf(port);
  return finding;
}

/** Of a port that must be closed: whoever finds it open has reached it, and will never see it up before it is mended. */
function isOpen(finding: Finding): boolean {
  return finding.kind === "down" && finding.reason === "open";
}

function before(answer: Answered, fell: ReadonlyMap<string, number>, input: StepInput): Observation | undefined {
  const last = reported(answer, input);
  if (last?.finding.kind !== "up") return last;
  // What nobody has looked at for so long may have been down meanwhile.
  const gap = answer.answeredMs - last.answeredMs > Math.max(voteAgeMs(input.pace.intervalMs), GAP_MIN_MS);
  return gap || (fell.get(answer.box) ?? 0) > last.sinceMs ? undefined : last;
}

function reported({ box, check, digest }: Answered, input: StepInput): Observation | undefined {
  const { previous } = input;
  if (!previous) return undefined;
  const named = own(previous.boxes, box);
  if (named) {
    const observation = own(named, check);
    return observation?.digest === digest ? observation : undefined;
  }
  if (previous.asked !== input.asked) return undefined;
  const { afterS, successes } = ruleOf(box, input);
  const sinceMs = previous.answeredMs - afterS * 1000;
  return { digest, finding: { kind: "up", ms: 0 }, answeredMs: previous.answeredMs, sinceMs, successes };
}

function step({ digest, answeredMs }: Answered, finding: Finding, last: Observation | undefined): Observation {
  const same = last?.finding.kind === finding.kind ? last : undefined;
  const successes = finding.kind === "up" ? (same?.successes ?? 0) + 1 : 0;
  return { digest, finding, answeredMs, sinceMs: same?.sinceMs ?? answeredMs, successes };
}

function ruleOf(box: string, { restore }: StepInput): RestoreRule {
  return restore.get(box) ?? { afterS: 0, successes: 1 };
}

function isSettled(box: BoxReport, rule: RestoreRule, atMs: number): boolean {
  return Object.values(box).every((observation) => isRisen(observation, rule, atMs));
}
