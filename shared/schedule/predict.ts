// How long until Route 53 is asked to withdraw a dead load balancer, at worst. Pure; names no other room.
import type { Check } from "../model/check.ts";

/** A call to another region and back, with its function warm. */
const CALL_S = 0.4;
/** Attempts start at least this far apart. */
const APART_S = 0.5;

export type Timing = {
  regions: readonly string[];
  intervalS: number;
  quorum: number;
  confirm: { attempts: number; spreadMs: number };
  checks: Readonly<Record<string, { check: Pick<Check, "votes" | "timeoutMs"> }>>;
};

export type WorstCase = {
  /** A load balancer that takes connections and says nothing, or whose packets are dropped. */
  hangS: number;
  /** One that refuses. */
  refusedS: number;
  /** The worse of the two with one region lost; Infinity where the others are no quorum. */
  oneRegionLostS: number;
};

/**
 * Seconds from the failure to the change call, AWS's own time (queue, invoke, reads: 2 s, 4 s cold) not counted.
 *
 * | failure | I/R until a region looks | the first failure | the last attempt                              | sum at the defaults        |
 * | ------- | ------------------------ | ----------------- | --------------------------------------------- | -------------------------- |
 * | hang    | 10                       | timeout 2.5       | call 0.4, starts 1.0 later, timeout 2.5       | 16.4                       |
 * | refusal | 10                       | 0                 | starts 3.0 (spread) after it, call 0.4        | 13.4                       |
 *
 * One region lost: I/R more until the next one looks.
 */
export function predictWorstCase({ regions, intervalS, quorum, confirm, checks }: Timing): WorstCase {
  const votingMs = Object.values(checks).flatMap(({ check }) => (check.votes ? [check.timeoutMs] : []));
  const timeoutS = Math.max(0, ...votingMs) / 1000;
  const spreadS = confirm.spreadMs / 1000;
  const turnS = intervalS / regions.length;
  // The last attempt starts `spread` after the first failed one started, which a hang has used up while it hung.
  const lastS = Math.max((confirm.attempts - 1) * APART_S, spreadS - timeoutS - CALL_S);
  const hangS = turnS + timeoutS + CALL_S + lastS + timeoutS;
  const refusedS = turnS + spreadS + CALL_S;
  const lost = regions.length - 1 < quorum ? Number.POSITIVE_INFINITY : turnS;
  return { hangS: round(hangS), refusedS: round(refusedS), oneRegionLostS: round(Math.max(hangS, refusedS) + lost) };
}

function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
