import type { Finding } from "../model/finding.ts";
import type { Report } from "../model/report.ts";
import { own } from "./own.ts";
import type { Answered } from "./region.ts";
import { type Pace, standsMs } from "./votes.ts";

/** A doubted port must fail on the boxes of this many islands at once: one island's firewall is the island's trouble. */
const DOUBT_ISLANDS = 2;

/**
 * Whether a finding proves that something out there answered.
 *
 * | finding                                             | answer |
 * | --------------------------------------------------- | ------ |
 * | up                                                  | yes    |
 * | up, silent: a port that must be closed did not answer | no   |
 * | down, timeout while connecting                      | no     |
 * | down, timeout later: the connection stood           | yes    |
 * | down, anything else (a refusal comes from somebody) | yes    |
 * | unknown                                             | no     |
 */
export function isAnswer(finding: Finding): boolean {
  return finding.kind === "up" ? !finding.silent : finding.kind === "down" && !isUnconnected(finding);
}

/** Whether nobody was there to answer the connection: packets went unanswered until the time was up. */
export function isUnconnected(finding: Finding): boolean {
  return finding.kind === "down" && finding.reason === "timeout" && finding.phase === "connect";
}

/**
 * Whether the region saw nothing at all in this slot.
 *
 * | a load balancer answered | canaries       | blind |
 * | ------------------------ | -------------- | ----- |
 * | yes                      | any            | no    |
 * | no                       | one is up      | no    |
 * | no                       | none is up     | yes   |
 * | no                       | were not asked | yes: who has not looked cannot say that the fault is theirs |
 */
export function isBlind(answers: readonly Answered[], canaryUp: boolean | undefined): boolean {
  return canaryUp !== true && !answers.some(({ finding }) => isAnswer(finding));
}

/**
 * Ports that the region doubts: its own way out may be blocked there, so their failures are unknown. Doubt begins when
 * a port fails on everything in one slot, and lasts while it does.
 *
 * | somebody answers on it | boxes that answer on another port            | doubted before | doubted |
 * | ---------------------- | -------------------------------------------- | -------------- | ------- |
 * | yes                    | any                                          | any            | no      |
 * | no                     | on fewer than 2 islands (they may be dead)   | any            | no      |
 * | no                     | on 2 islands, on both down only since now    | no             | yes     |
 * | no                     | on 2 islands, but on 1 down since before     | no             | no      |
 * | no                     | on 2 islands                                 | yes            | yes     |
 */
export function doubtedPorts(answers: readonly Answered[], previous: Report | undefined, pace: Pace): number[] {
  const alive = new Set(answers.filter(({ finding }) => isAnswer(finding)).map(({ box }) => box));
  const told = answers.filter(({ finding }) => isAnswer(finding) || finding.kind === "down");
  const ports = new Set(told.flatMap(({ port }) => (port === undefined ? [] : [port])));
  const isDoubted = (port: number): boolean => {
    const asked = told.filter((answer) => answer.port === port);
    if (asked.some(({ finding }) => isAnswer(finding))) return false;
    const before = previous?.doubted?.includes(port) ?? false;
    const silent = asked.filter((answer) => alive.has(answer.box) && (before || !wasDown(answer, previous, pace)));
    return new Set(silent.map(({ box, island }) => island ?? box)).size >= DOUBT_ISLANDS;
  };
  return [...ports].filter(isDoubted).sort((a, b) => a - b);
}

/** What is said of a failure by a port that the region doubts. */
export function doubtOf(port: number): Extract<Finding, { kind: "unknown" }> {
  return { kind: "unknown", detail: `port ${port} fails everywhere from here at once while other ports answer` };
}

/**
 * Whether this region's previous report had it down under the same definition, and says so still: what has expired as a
 * vote may have recovered unseen, and the failure now is another one.
 */
export function wasDown(
  { box, check, digest, answeredMs }: Answered,
  previous: Report | undefined,
  pace: Pace,
): boolean {
  const before = own(own(previous?.boxes, box), check);
  if (before?.digest !== digest || before.finding.kind !== "down") return false;
  return answeredMs - before.answeredMs <= standsMs(before, pace);
}
