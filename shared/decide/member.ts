// One member of a pool as choose judges it. Rooms: model, and decide itself.
import type { Intent } from "../model/fact.ts";
import type { Departure } from "../model/fence.ts";
import type { Member as Configured } from "../model/resolved.ts";
import type { Verdict } from "../model/verdict.ts";
import type { ChooseInput } from "./choose.ts";
import { own } from "./own.ts";
import { rampWeight } from "./ramp.ts";

export type Member = {
  box: string;
  /** Configured weight, in a cut-over that of its step; 0 makes it a standby. */
  full: number;
  /** Weight under the lead; undefined: no record of ours there. */
  now: number | undefined;
  /** What is served while nobody knows better. */
  idle: number;
  verdict: Verdict;
  /** Who ordered what; "hand" where somebody edited the zone. */
  order: Intent | "hand" | undefined;
  /** The weight that an operator ordered. */
  fixed: number | undefined;
  left: Departure | undefined;
  /** Since when (s) its weight has been rising in steps. */
  risingS: number | undefined;
  /** What it serves if it is in and nobody waits: its full weight, or the step that it has come to since it came back. */
  target: number;
};

/**
 * A member with all that is known of it.
 *
 * | order          | fixed at             |
 * | -------------- | -------------------- |
 * | drain          | 0                    |
 * | pin            | its weight, else full|
 * | hold, by hand  | idle                 |
 * | a pin to more than idle, by hand since | idle: the plan holds it there, so the floor must not count on more |
 * | none           | nothing              |
 *
 * | record under the lead | some record of ours in the pool | idle |
 * | --------------------- | ------------------------------- | ---- |
 * | yes                   | any                             | now  |
 * | no                    | yes                             | 0    |
 * | no                    | no                              | full |
 */
export function memberOf({ box, weight: full }: Configured, input: ChooseInput): Member {
  const { pool, verdicts, intents, serving, cutover, nowS } = input;
  const now = own(serving.weights, box);
  const idle = now ?? (serving.anyOurs ? 0 : full);
  const verdict = verdicts.find((one) => one.box === box) ?? { box, state: "undecided", risen: false, checks: [] };
  const intent = intents.get(box);
  const outdone = serving.held.includes(box) && (intent === undefined || (fixedBy(intent, idle, full) ?? full) > idle);
  const order = outdone ? "hand" : intent;
  const left = own(serving.memory?.left, box);
  const isMoved = cutover?.atOnce === true && cutover.boxes.has(box) && left === undefined;
  const risingS = own(serving.memory?.rising, box) ?? (idle === 0 && !isMoved ? nowS : undefined);
  const target = risingS === undefined ? full : rampWeight(full, pool.restore.ramp, nowS - risingS);
  return { box, full, now, idle, verdict, order, fixed: fixedBy(order, idle, full), left, risingS, target };
}

function fixedBy(order: Member["order"], idle: number, full: number): number | undefined {
  if (order === undefined) return undefined;
  if (order === "hand") return idle;
  switch (order.order) {
    case "drain":
      return 0;
    case "pin":
      return order.weight ?? full;
    case "hold":
      return idle;
    case "clear":
      return undefined;
    default:
      return order.order satisfies never;
  }
}

/**
 * Whether fail open holds. Active: not drained, nor pinned or held at 0.
 *
 * | active              | was open | open |
 * | ------------------- | -------- | ---- |
 * | there is none       | any      | no   |
 * | one is in           | any      | no   |
 * | none is in          | yes      | yes  |
 * | each is out, or undecided and not served | no | yes |
 * | one is undecided and served, none is in  | no | no |
 */
export function isOpen(members: readonly Member[], wasOpen: boolean): boolean {
  const active = members.filter(({ fixed }) => fixed !== 0);
  if (active.length === 0 || active.some(({ verdict }) => verdict.state === "in")) return false;
  return wasOpen || active.every(({ verdict, fixed, idle }) => verdict.state === "out" || (fixed ?? idle) === 0);
}
