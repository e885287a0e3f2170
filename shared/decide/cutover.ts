// The weights of a pool that moves from some load balancers to others. Rooms: model.
import type { Cutover } from "../model/fact.ts";
import type { Pool } from "../model/resolved.ts";

/** Route 53 takes weights up to 255; more parts than a hundred tell nobody anything. */
const WEIGHT_MAX = 255;
const PARTS_MAX = 100;

/**
 * The pool with the weights that its members have at a time (s) of its cut-over. A weight of 0 makes a standby: it serves
 * while none of the others does, so whoever moves away from a dead place still has the old one.
 *
 * | cut-over            | `from`                   | `to`                | all others |
 * | ------------------- | ------------------------ | ------------------- | ---------- |
 * | none                | as configured            | as configured       | as configured |
 * | in a step of p %    | (100 − p) % of K times   | p % of K times      | K times    |
 * | after the last step | 0                        | as configured       | as configured |
 * | back                | as configured            | 0                   | as configured |
 *
 * K makes room for the percents: 100, or as much as 255 allows. Who has a share has at least 1.
 */
export function poolDuring(pool: Pool, cutover: Cutover | undefined, nowS: number): Pool {
  if (!cutover) return pool;
  const { from, to, back } = cutover;
  const percent = back ? 0 : percentAt(cutover, nowS);
  const moving = percent > 0 && percent < 100;
  const most = Math.max(1, ...pool.members.map(({ weight }) => weight));
  const parts = moving ? Math.max(1, Math.min(PARTS_MAX, Math.floor(WEIGHT_MAX / most))) : 1;
  const share = (weight: number, part: number): number =>
    part === 0 || weight === 0 ? 0 : Math.max(1, Math.round((weight * parts * part) / 100));
  const members = pool.members.map((member) => {
    const part = from.includes(member.box) ? 100 - percent : to.includes(member.box) ? percent : 100;
    return { ...member, weight: share(member.weight, part) };
  });
  return { ...pool, members };
}

/** The share of the answers (in percent) that the new ones have at a time (s): 100 after the last step. */
export function percentAt({ percent, everyS, atMs }: Cutover, nowS: number): number {
  return percent[Math.floor(Math.max(0, nowS - atMs / 1000) / everyS)] ?? 100;
}
