// Which failures are asked again: here, and of the other regions. Rooms: model, and decide itself.
import type { Report } from "../model/report.ts";
import type { Suspicion, Vote } from "../model/suspicion.ts";
import { wasDown } from "./doubt.ts";
import { own } from "./own.ts";
import type { Answered } from "./region.ts";
import { type Pace, voteAgeMs } from "./votes.ts";

/**
 * What is down here without a quorum is asked again when its answers are 2 I old. They come up to half an interval after
 * their slot began, so half an interval less is asked for: else it would be the third slot, and the votes would expire.
 */
const ASK_AGAIN_INTERVALS = 2 - 0.5;

type SuspectInput = {
  answers: readonly Answered[];
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
 * Failures worth asking the other regions about: of each box the first check, in the order given, for which this says yes.
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
  const first = new Map<string, Answered>();
  for (const answer of input.answers) {
    if (!first.has(answer.box) && isSuspect(answer, input)) first.set(answer.box, answer);
  }
  return [...first.values()];
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
