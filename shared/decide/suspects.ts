// Which failures are asked again: here, and of the other regions. Rooms: model, and decide itself.
import type { Report } from "../model/report.ts";
import type { Pool } from "../model/resolved.ts";
import { SUSPECTS_MAX, type Suspicion, type Vote } from "../model/suspicion.ts";
import { wasDown } from "./doubt.ts";
import { own } from "./own.ts";
import { poolsWith } from "./pools.ts";
import { type Answered, keyOf } from "./region.ts";
import { type Pace, voteAgeMs } from "./votes.ts";

/**
 * What is down here without a quorum is asked again when its answers are 2 I old. They come up to half an interval after
 * their slot began, so half an interval less is asked for: else it would be the third slot, and the votes would expire.
 */
const ASK_AGAIN_INTERVALS = 2 - 0.5;

type SuspectInput = {
  answers: readonly Answered[];
  /** What was asked of the others earlier in the slot. */
  asked?: readonly Answered[];
  pools: readonly Pick<Pool, "members" | "checks">[];
  previous: Report | undefined;
  suspicion: Suspicion | undefined;
  /** What the other regions' fresh reports say: a quorum may stand there long after the suspicion's votes have expired. */
  reported?: readonly Vote[];
  seen: Readonly<Record<string, number>>;
  quorum: number;
  pace: Pace;
  nowMs: number;
};

/**
 * Failures worth asking the other regions about: of each box, for each of its pools, the first check in the order given for
 * which this says yes. One is enough to withdraw it from a pool, and one that several pools have is enough for them all.
 *
 * | votes | finding     | seen up here once | previous report, same digest | own suspicion and all reports, unexpired | asked |
 * | ----- | ----------- | ----------------- | ---------------------------- | ----------------------------------- | ----- |
 * | no    | any         | any               | any                          | any                                 | no    |
 * | yes   | up, unknown | any               | any                          | any                                 | no    |
 * | yes   | down        | no                | any                          | any                                 | no    |
 * | yes   | down        | yes               | not down, or there is none   | any                                 | yes   |
 * | yes   | down        | yes               | down, expired as a vote      | any                                 | yes   |
 * | yes   | down        | yes               | down                         | down in q regions                   | no    |
 * | yes   | down        | yes               | down                         | no quorum, the newest under 2 I old | no    |
 * | yes   | down        | yes               | down                         | no quorum, 2 I old, or none         | yes   |
 */
export function suspectsOf(input: SuspectInput): Answered[] {
  const suspects = input.answers.filter((answer) => isSuspect(answer, input));
  if (suspects.length === 0) return [];
  const lists = listsByBox(input.pools);
  const asked = Map.groupBy(input.asked ?? [], ({ box }) => box);
  const found: Answered[] = [];
  for (const answer of suspects) {
    const before = asked.get(answer.box) ?? [];
    const pools = (lists.get(answer.box) ?? []).filter((checks) => checks.includes(answer.check));
    if (pools.every((checks) => before.some(({ check }) => checks.includes(check)))) continue;
    asked.set(answer.box, [...before, answer]);
    found.push(answer);
  }
  return found.slice(0, SUSPECTS_MAX);
}

/**
 * Whether failover has been woken (`woken`: for these checks, by {@link keyOf}) for all that a report says of a box: for one
 * check at least, and one of each of its pools that has any down.
 */
export function isWoken(
  box: string,
  report: Report,
  woken: ReadonlySet<string>,
  pools: SuspectInput["pools"],
): boolean {
  const lists = poolsWith(pools, box).map(({ checks }) => checks);
  const isTold = (checks: readonly string[]): boolean => checks.some((check) => woken.has(keyOf(box, check)));
  const isDown = (checks: readonly string[]): boolean =>
    checks.some((check) => own(own(report.boxes, box), check)?.finding.kind === "down");
  return lists.some(isTold) && lists.every((checks) => isTold(checks) || !isDown(checks));
}

/** By box: the checks of each of its pools. */
function listsByBox(pools: SuspectInput["pools"]): Map<string, (readonly string[])[]> {
  const lists = new Map<string, (readonly string[])[]>();
  for (const { members, checks } of pools) {
    for (const { box } of members) lists.set(box, [...(lists.get(box) ?? []), checks]);
  }
  return lists;
}

function isSuspect(
  answer: Answered,
  { previous, suspicion, reported = [], seen, quorum, pace, nowMs }: SuspectInput,
): boolean {
  const { box, check, digest, votes, finding } = answer;
  if (!votes || finding.kind !== "down" || own(seen, digest) === undefined) return false;
  if (!wasDown(answer, previous, pace)) return true;
  const { intervalMs } = pace;
  const isAbout = (vote: Vote): boolean => vote.box === box && vote.check === check && vote.digest === digest;
  const told = (suspicion?.votes ?? []).filter(
    (vote) => isAbout(vote) && nowMs - vote.answeredMs <= voteAgeMs(intervalMs),
  );
  const down = [...told, ...reported.filter(isAbout)].filter((vote) => vote.finding.kind === "down");
  const regions = new Set(down.map(({ region }) => region));
  // With another region that has it down, this one's own report counts as well.
  if (previous && regions.size > 0) regions.add(previous.region);
  if (regions.size >= quorum) return false;
  return told.every(({ answeredMs }) => nowMs - answeredMs >= ASK_AGAIN_INTERVALS * intervalMs);
}

/**
 * The voting checks that fail now and, as far as this region's previous report stands, did not under the same digest:
 * before they become a vote they are asked again here. What has never been seen up from here never votes and is not asked again.
 */
export function failedAnew(
  answers: readonly Answered[],
  previous: Report | undefined,
  seen: Readonly<Record<string, number>>,
  pace: Pace,
): Answered[] {
  return answers.filter((answer) => {
    const { digest, votes, finding } = answer;
    return votes && finding.kind === "down" && own(seen, digest) !== undefined && !wasDown(answer, previous, pace);
  });
}
