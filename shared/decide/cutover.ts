// A pool that moves from some load balancers to others: its weights, step for step. Rooms: model, and decide itself.
import type { Cutover, Freeze } from "../model/fact.ts";
import type { Pool } from "../model/resolved.ts";
import type { Verdict } from "../model/verdict.ts";
import { listed } from "./because.ts";

/** Route 53 takes whole weights up to this one. */
const WEIGHT_MAX = 255;

/** For so long after its order what a cut-over moves takes up its weight at once, and a way back is told as its cause. */
const FRESH_S = 300;

/** A pool's newest cut-over, and for how long (s) it has been under way: frozen time does not count. */
export type Moving = Cutover & { ranS: number };

/** What choose says of a cut-over. */
export type CutoverWords = {
  /** Why it gives a weight: one clause without a full stop. */
  clause: string;
  /** For the whole pool, in sentences; empty where it is over. */
  detail: string;
  /** Whom it moves. */
  boxes: ReadonlySet<string>;
  /** What it moves takes up its weight without a ramp. */
  atOnce: boolean;
};

/**
 * Why a pool's newest cut-over no longer holds: a clause, or undefined while it does.
 *
 * | the newest   | the pool as configured                        | over |
 * | ------------ | --------------------------------------------- | ---- |
 * | a way back   | any                                           | yes  |
 * | a move       | observes                                      | yes  |
 * | a move       | lacks one of its load balancers               | yes  |
 * | a move       | `from` all at 0, `to` all above               | yes: the configuration says it by itself |
 * | a move       | otherwise                                     | no, also long after its last step |
 */
export function overSince(pool: Pool, { from, to, back, who, why }: Cutover): string | undefined {
  if (back) return `ended by ${who}${why ? `: ${why}` : ""}`;
  if (pool.mode === "observe") return "the pool observes";
  const gone = [...from, ...to].filter((box) => !pool.members.some((member) => member.box === box));
  if (gone.length > 0) return `${listed(gone)} ${gone.length > 1 ? "are" : "is"} no longer configured`;
  const weights = weightsOf(pool);
  const isDone = from.every((box) => weights(box) === 0) && to.every((box) => weights(box) > 0);
  return isDone ? `the configuration gives ${listed(from)} weight 0 and ${listed(to)} more` : undefined;
}

/**
 * The pool as its cut-over has it now, and what is said of that.
 *
 * | cut-over                        | weights           | said                       | ramp                |
 * | ------------------------------- | ----------------- | -------------------------- | ------------------- |
 * | none                            | as configured     | nothing                    | as configured       |
 * | over, by a deploy, not noted yet | as configured    | that it is over            | not for `from`, `to` |
 * | over, by a way back just now    | as configured     | who ended it               | not for `from`, `to` |
 * | over, by one before that        | as configured     | nothing                    | as configured       |
 * | holds                           | of its step       | its step, and the way back | not at its beginning |
 */
export function underCutover(pool: Pool, moving: Moving | undefined): { pool: Pool; cutover?: CutoverWords } {
  if (!moving) return { pool };
  const { from, to, back, who, why, ranS } = moving;
  const boxes = new Set([...from, ...to]);
  const atOnce = ranS < FRESH_S;
  const by = `${who}${why ? `: ${why}` : ""}`;
  const over = overSince(pool, moving);
  if (over !== undefined) {
    if (back && !atOnce) return { pool };
    const clause = back ? `cut-over ended by ${by}` : `the cut-over by ${who} is over: ${over}`;
    return { pool, cutover: { clause, detail: "", boxes, atOnce: true } };
  }
  const step = stepAt(moving);
  const words = `step ${step + 1} of ${moving.percent.length + 1}: ${moving.percent[step] ?? 100} % to ${listed(to)}`;
  return {
    pool: poolAt(pool, moving, step),
    cutover: { clause: `cut-over by ${by} (${words})`, detail: detailOf(moving, step, by, words), boxes, atOnce },
  };
}

/** The step that it has come to, from 0; after the last percent comes the step of 100. */
export function stepAt({ percent, everyS, ranS }: Moving): number {
  return Math.min(percent.length, Math.floor(Math.max(0, ranS) / everyS));
}

/**
 * The pool with the weights of a step of p percent (100 after the last one). Both: what `from` and `to` are configured with
 * together; their parts of it are as their weights, where a `to` of weight 0 counts as 1.
 *
 * | load balancer | weight                            | at 100 %          |
 * | ------------- | --------------------------------- | ----------------- |
 * | of `from`     | its part of K (100 − p) % of both | 0                 |
 * | of `to`       | its part of K p % of both         | its part of K both |
 * | any other     | K times its own                   | the same          |
 *
 * K is the same for all steps, so that no weight turns back between them: the least whole number that makes every weight
 * whole, or the greatest that Route 53's range leaves room for. What is not whole then is rounded; who has a share has at
 * least 1. The floor's weight is K times its own too.
 */
export function poolAt(pool: Pool, cutover: Cutover, step: number): Pool {
  const exact = exactly(pool, cutover);
  const k = scaleOf(exact, cutover.percent);
  const p = cutover.percent[step] ?? 100;
  const members = pool.members.map((member, at) => ({ ...member, weight: rounded(exact[at]?.(p), k) }));
  return { ...pool, members, floor: { ...pool.floor, weight: Math.floor(pool.floor.weight * k) } };
}

/** A weight before it is scaled: a fraction of whole numbers, so that what divides evenly is seen to. */
type Fraction = { over: number; under: number };

/** The weight of each member at a percent. */
function exactly(pool: Pool, { from, to }: Cutover): ((p: number) => Fraction)[] {
  const weights = weightsOf(pool);
  const part = (box: string): number => Math.max(1, weights(box));
  const leaving = sum(from.map(weights));
  const parts = sum(to.map(part));
  // Where neither has any weight (a deploy that forgot `to`), `to` keeps serving.
  const both = leaving + sum(to.map(weights)) || parts;
  return pool.members.map(({ box, weight }) => {
    if (from.includes(box)) return (p) => ({ over: both * (100 - p) * weight, under: 100 * Math.max(1, leaving) });
    return to.includes(box)
      ? (p) => ({ over: both * p * part(box), under: 100 * parts })
      : () => ({ over: weight, under: 1 });
  });
}

function scaleOf(exact: readonly ((p: number) => Fraction)[], percent: readonly number[]): number {
  const all = [...percent, 100].flatMap((p) => exact.map((of) => of(p)));
  const most = Math.max(1, ...all.map(({ over, under }) => over / under));
  const room = Math.floor(WEIGHT_MAX / most);
  if (room < 1) return WEIGHT_MAX / most;
  const isWhole = (k: number): boolean => all.every(({ over, under }) => (k * over) % under === 0);
  return Array.from({ length: room }, (_, at) => at + 1).find(isWhole) ?? room;
}

function rounded({ over, under }: Fraction = { over: 0, under: 1 }, k: number): number {
  return over === 0 ? 0 : Math.max(1, Math.round((k * over) / under));
}

/**
 * For how long (s) an order of a time has been under way: what freezes have stopped of that does not count, so that a thaw
 * finds it where the freeze left it.
 */
export function ranS(atMs: number, freezes: readonly Freeze[], nowMs: number): number {
  // Freeze wins ties.
  const turns = freezes.toSorted((a, b) => a.atMs - b.atMs || Number(a.on) - Number(b.on));
  let [ranMs, sinceMs, frozen] = [0, atMs, false];
  for (const turn of [...turns, { atMs: nowMs, on: true }]) {
    const untilMs = Math.max(sinceMs, Math.min(turn.atMs, nowMs));
    if (!frozen) ranMs += untilMs - sinceMs;
    [sinceMs, frozen] = [untilMs, turn.on];
  }
  return ranMs / 1000;
}

function detailOf({ pool, from, to, percent, everyS, ranS }: Moving, step: number, by: string, words: string): string {
  const minutes = Math.max(1, Math.ceil(((step + 1) * everyS - ranS) / 60));
  const next =
    step < percent.length
      ? `The next step (${percent[step + 1] ?? 100} %) in ${minutes} min.`
      : `It stands until the configuration gives ${listed(from)} weight 0 and ${listed(to)} more, or no longer names ${from.length > 1 ? "one of them" : "it"}.`;
  return `Cut-over by ${by}. From ${listed(from)}, ${words}. ${next} Back at once: ${backCommand(pool)}`;
}

/** The load balancers of a cut-over of which nothing is known: they keep their weights, but for those that an order fixes. */
export function unknownOf(
  { from, to }: Pick<Cutover, "from" | "to">,
  verdicts: readonly Verdict[],
  fixed: ReadonlyMap<string, unknown>,
): string[] {
  const undecided = new Set(verdicts.flatMap(({ box, state }) => (state === "undecided" ? [box] : [])));
  return [...from, ...to].filter((box) => undecided.has(box) && !fixed.has(box));
}

/** What takes a cut-over back. */
export function backCommand(pool: string): string {
  return `\`npx lifeboat cutover --pool ${pool} --back\``;
}

function weightsOf(pool: Pool): (box: string) => number {
  const weights = new Map(pool.members.map(({ box, weight }) => [box, weight]));
  return (box) => weights.get(box) ?? 0;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
