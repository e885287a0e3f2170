import type { BoxReport, Observation, Report } from "../model/report.ts";
import type { Resolved } from "../model/resolved.ts";
import type { Vote } from "../model/suspicion.ts";

/** A vote counts for 2.5 intervals, at least 10 s, since it was answered. */
export function voteAgeMs(intervalMs: number): number {
  return Math.max(2.5 * intervalMs, 10_000);
}

/** How often each region asks, and how many regions there are: how long what one of them says stands depends on it. */
export type Pace = { intervalMs: number; regions: number };

/** That of a configuration. */
export function paceOf({ regions, intervalS }: Resolved): Pace {
  return { intervalMs: intervalS * 1000, regions: regions.length };
}

/**
 * For how long (ms since it was answered) an observation stands: as long as a vote. That a box asked in turn is down
 * stands until the region's next turn, R times as long; once one finds it up, all ask it again.
 */
export function standsMs(
  { finding, turn }: Pick<Observation, "finding" | "turn">,
  { intervalMs, regions }: Pace,
): number {
  return (turn && finding.kind === "down" ? regions : 1) * voteAgeMs(intervalMs);
}

/** The votes to keep: of each region on each check of each box the newest, and none that has expired. */
export function mergeVotes(before: readonly Vote[], added: readonly Vote[], nowMs: number, ageMs: number): Vote[] {
  const newest = new Map<string, Vote>();
  for (const vote of [...before, ...added]) {
    const key = JSON.stringify([vote.box, vote.check, vote.digest, vote.region]);
    const other = newest.get(key);
    if (nowMs - vote.answeredMs <= ageMs && (!other || other.answeredMs <= vote.answeredMs)) newest.set(key, vote);
  }
  return [...newest.values()];
}

/** A check of a box that q regions say is down, and how new (epoch ms) the q-th newest of their answers is. */
export type Agreed = { box: string; check: string; ms: number };

/** What q regions now agree on: each says down for one and the same check of a box. */
export function agreedOn(votes: readonly Vote[], quorum: number): Agreed[] {
  const down = new Map<string, { box: string; check: string; regions: Map<string, number> }>();
  for (const { box, check, digest, region, finding, answeredMs } of votes) {
    if (finding.kind !== "down") continue;
    const key = JSON.stringify([box, check, digest]);
    const entry = down.get(key) ?? { box, check, regions: new Map<string, number>() };
    down.set(key, entry);
    entry.regions.set(region, Math.max(answeredMs, entry.regions.get(region) ?? 0));
  }
  return [...down.values()].flatMap(({ box, check, regions }) => {
    const ms = [...regions.values()].sort((one, other) => other - one)[quorum - 1];
    return ms === undefined ? [] : [{ box, check, ms }];
  });
}

/** By box on which q regions agree, when: later than that is no quorum. */
export function agreedMs(votes: readonly Vote[], quorum: number): Map<string, number> {
  const agreed = new Map<string, number>();
  for (const { box, ms } of agreedOn(votes, quorum)) agreed.set(box, Math.max(ms, agreed.get(box) ?? 0));
  return agreed;
}

/**
 * Boxes for which the region's new report may change a verdict, so that failover is worth waking: a check changed its
 * kind, or a box left the list of the unsettled (its way back may be open now).
 *
 * | before            | after             | changed |
 * | ----------------- | ----------------- | ------- |
 * | no report         | any               | every box named |
 * | not named         | named, all up     | no      |
 * | not named         | named, some not up| yes     |
 * | named             | not named         | yes     |
 * | a check's kind k  | the same kind     | no      |
 * | a check's kind k  | another kind      | yes     |
 */
export function changedBoxes(before: Report | undefined, after: Report): string[] {
  const ids = new Set([...Object.keys(before?.boxes ?? {}), ...Object.keys(after.boxes)]);
  return [...ids].filter(
    (id) => !before || kindsOf(before.boxes[id]) !== kindsOf(after.boxes[id]) || left(id, before, after),
  );
}

function left(id: string, before: Report, after: Report): boolean {
  return before.boxes[id] !== undefined && after.boxes[id] === undefined;
}

/** What is not up, as text; a box that is not named is up on everything. */
function kindsOf(box: BoxReport | undefined): string {
  const notUp = Object.entries(box ?? {}).filter(([, { finding }]) => finding.kind !== "up");
  return notUp
    .map(([check, { finding }]) => `${check}:${finding.kind}`)
    .sort()
    .join(" ");
}
