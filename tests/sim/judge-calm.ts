// Invariant 4 and the first half of 6: what must have come about once nothing of ours is at fault any more.
import type { Choice } from "../../shared/decide/choose.ts";
import { type Reason, reasonsFor } from "../../shared/flow/standing.ts";
import type { Fact } from "../../shared/model/fact.ts";
import type { Verdict } from "../../shared/model/verdict.ts";
import type { NameState } from "../../shared/model/record.ts";
import type { Pool, Resolved } from "../../shared/model/resolved.ts";
import { addressesOf, type Book, fenceIn, type NameLog, weightsOf } from "./book.ts";

/** A rule that has ended is acted upon by the next reading of the zone: two turns, and what a batch takes. */
export const GRACE_MS = 150_000;

/** What the service would decide now, as `explain` says it. */
export type Opinion = { choice: Choice; verdicts: readonly Verdict[]; frozen: boolean; why: readonly Reason[] };

export type Truth = "up" | "down" | "mixed";

/** Rules that may keep a box in or out, whatever it is; all others must follow from the evidence. */
const REASONS = new Set([
  "drained",
  "pinned",
  "hold",
  "standby",
  "held",
  "floor",
  "fail-open",
  "damped",
  "manual",
  "waived",
]);

/**
 * How a box of a pool really is, seen from the regions that can tell.
 *
 * | a voting check fails from all | all pass from all | so it is |
 * | ----------------------------- | ----------------- | -------- |
 * | yes                           |                   | down     |
 * | no                            | yes               | up       |
 * | no                            | no                | mixed    |
 */
export function truthOf(box: string, pool: Pool, config: Resolved, { fleet, ledger }: Book): Truth {
  let up = true;
  for (const name of pool.checks) {
    const defined = config.checks[name];
    if (!defined?.check.votes) continue;
    const able = config.regions.filter((region) => ledger.hasMet(region, defined.digest));
    if (able.length < config.quorum) {
      up = false;
      continue;
    }
    const failing = able.filter((region) => fleet.fails(box, defined.check, region)).length;
    if (failing === able.length) return "down";
    if (failing > 0) up = false;
  }
  return up ? "up" : "mixed";
}

/**
 * Whether a box of a configured weight (in a cut-over that of its step) is served as it should be.
 *
 * | so it is | configured | right is      |
 * | -------- | ---------- | ------------- |
 * | mixed    | any        | any weight    |
 * | down     | any        | 0             |
 * | up       | 0: standby | any weight    |
 * | up       | more       | its weight    |
 */
export function isRight(truth: Truth, weight: number, full: number): boolean {
  if (truth === "mixed") return true;
  return truth === "down" ? weight === 0 : full === 0 || weight === full;
}

type About = {
  pool: Pool;
  opinion: Opinion;
  orders: readonly Fact[];
  state: NameState;
  log: NameLog;
  /** The box has been as it is for so long, in all calm. */
  forMs: number;
  nowMs: number;
  intervalS: number;
};

/** The rule that says why a box is not served as it should be; undefined: nothing explains it. */
export function explains(box: string, weight: number, about: About): string | undefined {
  const { pool, opinion, state, log, forMs, nowMs, intervalS } = about;
  if (opinion.frozen || fenceIn(state.fence)?.frozen) return "freeze";
  const says = reasonsFor(opinion.why, state.name, box).length > 0;
  // Neither is taken for a reason unless people are told of it.
  if (!state.fence || log.releasedMs !== undefined) return says ? "released" : undefined;
  const fence = fenceIn(state.fence);
  if (fence?.held.includes(box)) return "held by hand";
  if ((fence?.repairs.length ?? 0) >= 3 && says) return "repairs have stopped";
  const rule = opinion.choice.rules.find((one) => one.box === box || one.kind === "fail-open");
  const asDecided = opinion.choice.weights[box] === weight;
  if (rule && REASONS.has(rule.kind) && asDecided) return rule.kind;
  if (rule?.kind === "manual" && asDecided && waitsForOrder(box, about)) return rule.kind;
  const { afterS, successes } = pool.restore;
  const risesS = Math.max(afterS, successes * intervalS) + 2 * intervalS;
  if (rule?.kind === "waiting" && asDecided && forMs < risesS * 1000) return rule.kind;
  const { percent = [], everyS = 0 } = pool.restore.ramp ?? {};
  const risingMs = nowMs - (log.backMs.get(box) ?? Number.NEGATIVE_INFINITY);
  if (rule?.kind === "rising" && asDecided && risingMs < percent.length * everyS * 1000 + GRACE_MS) return rule.kind;
  const verdict = opinion.verdicts.find((one) => one.box === box);
  const blind = verdict?.checks.some(
    ({ votes, evidence }) =>
      votes &&
      evidence.some(
        ({ finding }) => finding.kind === "unknown" && /answers this region|fails everywhere/.test(finding.detail),
      ),
  );
  if (blind) return "a region sees nothing";
  const unknown = verdict?.checks.every(({ votes, reached }) => !votes || !reached);
  return unknown ? "first contact" : undefined;
}

/** Its pool restores by hand, and nobody has said anything of it since it left. */
function waitsForOrder(box: string, { pool, orders, log }: About): boolean {
  const outMs = log.out.get(box) ?? Number.POSITIVE_INFINITY;
  const isOrdered = orders.some((fact) => fact.kind === "intent" && fact.box === box && fact.atMs > outMs);
  return pool.restore.mode === "manual" && !isOrdered;
}

/** The records say of every box what was told last, or nothing was ever told and nothing has changed. */
export function untold(state: NameState, pool: Pool, told: ReadonlyMap<string, readonly number[]>): string | undefined {
  if (addressesOf(state).length === 0) return undefined;
  const first = [...weightsOf(state, pool)].find(([box, weight]) => told.has(box) && !told.get(box)?.includes(weight));
  return first && `${first[0]} is at ${first[1]} at ${state.name}, and ${told.get(first[0])?.[0]} was announced`;
}
