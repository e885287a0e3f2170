// A cut-over as people review it. Pure; needs model, and because and cutover of decide.
import { evidenceClause, listed } from "../decide/because.ts";
import { backCommand, poolAt, unknownOf } from "../decide/cutover.ts";
import type { Cutover } from "../model/fact.ts";
import type { Pool } from "../model/resolved.ts";
import type { Verdict } from "../model/verdict.ts";
import { formatDuration, formatUtc } from "./time.ts";

/** What is known now of the pool's load balancers, by box. */
export type Known = {
  verdicts: readonly Verdict[];
  /** Weights that an order or an edit by hand fixes, and why. */
  fixed: ReadonlyMap<string, { weight: number; because: string }>;
  /** Those that are up and that restore by hand or damping keeps out, and why. */
  waits: ReadonlyMap<string, string>;
  /** Those that have a weight above 0 in DNS. */
  serving: ReadonlySet<string>;
};

/**
 * Every step with its time, the weights, and which part of the answers (in percent) each load balancer has then as things
 * stand now: nothing where it is out, or has to be seen up first. `beganMs`: when it was ordered, once it is.
 */
export function cutoverSteps(pool: Pool, cutover: Cutover, known: Known, beganMs?: number): string {
  const { from, to, percent, everyS } = cutover;
  const names = pool.names.map(({ name }) => name).join(", ");
  const steps = [...percent, 100].map((p, step) => {
    const after = step === 0 ? "at once" : `after ${formatDuration(step * everyS)}`;
    const at = beganMs === undefined ? "" : ` (${formatUtc(beganMs + step * everyS * 1000)})`;
    return [`${after}${at}, ${p} % to ${listed(to)}`, sharesOf(poolAt(pool, cutover, step), known)] as const;
  });
  const lines = [["as configured", sharesOf(pool, known)] as const, ...steps];
  const width = Math.max(...lines.map(([when]) => when.length));
  return [
    `cut-over of pool ${pool.id} (${names}) from ${listed(from)} to ${listed(to)}: weights, and shares of the answers as things stand now`,
    "",
    ...lines.map(([when, shares]) => `  ${when.padEnd(width)}  ${shares}`),
    "",
    ...looks(cutover, known).map((look) => `! ${look}`),
    `At 100 % it stands until the configuration says the same: give ${inTheEnd(pool, cutover)} there and deploy.`,
    `Back at once, to the configured weights: ${backCommand(pool.id)}`,
  ].join("\n");
}

/** `v1 9 (45 %), v2 9 (45 %), n1 2 (10 %), n2 2 (0 %, out now)` */
export function sharesOf({ members }: Pick<Pool, "members">, known: Known): string {
  const weighed = members.map(({ box, weight }) => {
    const fixed = known.fixed.get(box);
    const absent = fixed ? undefined : absence(box, known);
    return { box, weight: fixed?.weight ?? weight, absent };
  });
  const total = weighed.reduce((sum, { weight, absent }) => sum + (absent ? 0 : weight), 0);
  return weighed
    .map(({ box, weight, absent }) => {
      const percent = total === 0 || absent ? 0 : (100 * weight) / total;
      const why = absent && weight > 0 ? `, ${absent}` : "";
      return `${box} ${weight} (${Number(percent.toFixed(1))} %${why})`;
    })
    .join(", ");
}

/**
 * Why it would not be served although it has a weight.
 *
 * | verdict             | in DNS now | absent        |
 * | ------------------- | ---------- | ------------- |
 * | out                 | any        | out now       |
 * | undecided           | at 0       | not known to be up |
 * | in, not yet risen   | at 0       | not up for long enough |
 * | in, undecided       | serving    | no            |
 * | in and risen        | at 0, kept out by restore by hand or damping | kept out |
 * | in and risen        | any other  | no            |
 */
function absence(box: string, { verdicts, serving, waits }: Known): string | undefined {
  const verdict = verdicts.find((one) => one.box === box);
  if (verdict?.state === "out") return "out now";
  if (serving.has(box)) return undefined;
  if (verdict?.state !== "in") return "not known to be up";
  if (waits.has(box)) return "kept out";
  return verdict.risen ? undefined : "not up for long enough";
}

function looks({ from, to }: Cutover, known: Known): string[] {
  const clauseOf = (box: string): string => {
    const verdict = known.verdicts.find((one) => one.box === box);
    return verdict ? ` (${evidenceClause(verdict)})` : "";
  };
  const ordered = [...known.fixed].map(
    ([box, { because }]) => `${box} is ${because}: that outranks the cut-over; its weight stays.`,
  );
  const ofTo = to.flatMap((box) => {
    const absent = known.fixed.has(box) ? undefined : absence(box, known);
    const because = known.waits.get(box);
    if (absent && because) return [`${box} gets nothing for now: ${because}.`];
    return absent ? [`${box} is ${absent}${clauseOf(box)}: it gets nothing before it is up.`] : [];
  });
  const ofFrom = from.flatMap((box) => {
    const isOut = !known.fixed.has(box) && absence(box, known) === "out now";
    return isOut ? [`${box} is out now${clauseOf(box)}: going back would not bring its part back.`] : [];
  });
  const unknown = unknownOf({ from, to }, known.verdicts, known.fixed).filter((box) => known.serving.has(box));
  const unmoved = unknown.map(
    (box) => `${box} is not known to be up or down${clauseOf(box)}: until it is, its weight stays.`,
  );
  return [...ordered, ...ofTo, ...ofFrom, ...unmoved];
}

/** The weights of the last step as the least whole numbers. */
function inTheEnd(pool: Pool, cutover: Cutover): string {
  const { members } = poolAt(pool, cutover, cutover.percent.length);
  const divisor = members.reduce((one, { weight }) => gcd(one, weight), 0);
  return members.map(({ box, weight }) => `${box} ${weight / Math.max(1, divisor)}`).join(", ");
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}
