// From verdicts to weights. Rooms: model, and decide itself.
import type { RuleKind } from "../model/event.ts";
import type { Intent } from "../model/fact.ts";
import type { Memory } from "../model/fence.ts";
import type { Pool } from "../model/resolved.ts";
import type { Verdict } from "../model/verdict.ts";
import { evidenceClause, listed } from "./because.ts";
import type { CutoverWords } from "./cutover.ts";
import { depart, departUncounted, pruned } from "./damping.ts";
import { isOpen, memberOf, type Member } from "./member.ts";
import { own } from "./own.ts";
import { serveHealthy, type Seat, serveAll } from "./seats.ts";

/** So many load balancers are named with what is known of each where all are down: a person reads no more. */
const OPEN_SHOWN = 10;

/** What the lead's zone and fence say now. */
export type Serving = {
  /** By box: weight in the lead's records; undefined: no record of ours. */
  weights: Readonly<Record<string, number | undefined>>;
  memory: Memory | undefined;
  /** Boxes that somebody lowered by hand. */
  held: readonly string[];
  /** Some name of the pool has a record of ours. */
  anyOurs: boolean;
};

/** A rule that spoke: of one box, or of the pool. `detail` is whole sentences; `page`: somebody is to be woken. */
export type Rule = {
  kind: RuleKind;
  box?: string;
  detail: string;
  /** Epoch s, where the rule knows its end. */
  untilS?: number;
  page: boolean;
};

/** Weights of every member, one clause each saying why, what to remember, and which rules spoke. */
export type Choice = {
  weights: Record<string, number>;
  because: Record<string, string>;
  memory: Memory;
  rules: Rule[];
};

export type ChooseInput = {
  pool: Pool;
  islandOf: Readonly<Record<string, string>>;
  verdicts: readonly Verdict[];
  /** What holds now, by box. */
  intents: ReadonlyMap<string, Intent>;
  /** The newest order for a box, also one that has expired or only cleared another. */
  newest: ReadonlyMap<string, Intent>;
  serving: Serving;
  /** The cut-over that gave the pool its weights. */
  cutover?: CutoverWords;
  nowS: number;
};

/**
 * Decides what the pool should serve. `full` is the configured weight, in a cut-over that of its step; `now` the lead's;
 * none: no record there. The first row that fits a box counts, from the top; a standby is a box whose full weight is 0,
 * the others are regular.
 *
 * | # | situation                                                             | weight | page |
 * | - | --------------------------------------------------------------------- | ------ | ---- |
 * | 1 | drain                                                                 | 0      |      |
 * | 1 | pin                                                                   | the pin's, else full | |
 * | 1 | hold, or lowered by hand                                              | now; none: as undecided | |
 * | 3 | open: nobody not set aside is in, and it was open, or each is out or undecided at 0; regular | full | yes |
 * | 3 | the same, standby                                                     | 1      | yes  |
 * | 2 | regular, undecided, with a record                                     | now    |      |
 * | 2 | regular, undecided, none here, but the pool has records of ours       | 0      |      |
 * | 2 | regular, undecided or in, the pool has no record of ours              | full   |      |
 * | 2 | regular, in, now > 0                                                  | full   |      |
 * | 3 | regular, in, open has just ended                                      | full   |      |
 * | 6 | regular, in, came back less than its ramp ago                         | the ramp's step | |
 * | 6 | regular, in, at 0 or none, risen and not barred; manual: ordered back as well | full, or the ramp's first step | |
 * | 6 | the same, not risen, barred or not ordered back, and the floor is met without it | 0 |   |
 * | 6 | the same, but the floor would have to keep a dead one instead         | full   |      |
 * | 4 | out, serving now, and the floor (by id) is not met by others          | now    | yes  |
 * | 5 | regular, out, serving now, too much would be gone within 60 s         | now    | yes  |
 * | 2 | regular, out                                                          | 0      |      |
 * | S | standby, a regular one is in and serves; the floor is met             | 0      |      |
 * | S | standby, in, a regular one is in and serves, the floor needs it       | 1      |      |
 * | S | standby, in, no regular one is in and serves, none undecided serves   | 1      |      |
 * | S | standby, in, no regular one is in, an undecided one serves            | now    |      |
 * | S | standby, undecided, no regular one is in and serves, or the floor needs it | now |     |
 * | S | standby, out                                                          | 0      |      |
 *
 * Set aside: drained, or pinned or held at 0. What leaves in the batch that ends open counts neither for velocity nor
 * for damping, but is remembered where the pool restores by hand; a standby never does either. What a cut-over has just moved
 * has no ramp: its steps are one. Memory changes only together with a weight or `open`, so that nothing is written because
 * time passes. Feeding the weights and the memory back gives them again.
 */
export function choose(input: ChooseInput): Choice {
  const members = input.pool.members.map((member) => memberOf(member, input));
  const wasOpen = input.serving.memory?.open ?? false;
  const open = isOpen(members, wasOpen);
  const ended = wasOpen && !open;
  const seats = open ? serveAll(members) : serveHealthy(members, input, ended);
  const ofPool = open ? [openRule(members)] : ended ? [endedRule(members)] : [];
  const { detail = "" } = input.cutover ?? {};
  const moving: Rule[] = detail === "" ? [] : [{ kind: "cutover", detail, page: false }];
  return {
    weights: Object.fromEntries(seats.map(({ box, weight }) => [box, weight])),
    because: Object.fromEntries(seats.map(({ box, because }) => [box, because])),
    memory: remember(members, seats, { open, ended }, input),
    rules: [...moving, ...ofPool, ...seats.flatMap(ruleOf)],
  };
}

function remember(
  members: readonly Member[],
  seats: readonly Seat[],
  { open, ended }: { open: boolean; ended: boolean },
  { pool, serving, nowS }: ChooseInput,
): Memory {
  const memory = serving.memory ?? { open: false, left: {} };
  const moved = members.filter((member, index) => (member.now ?? 0) !== seats[index]?.weight);
  if (moved.length === 0 && memory.open === open) return { ...memory, open };
  const boxes = members.map(({ box }) => box);
  // Where only an order brings one back, that it left must be known for as long as it is out. What goes to 0 for another
  // reason has been back since.
  const manual = pool.restore.mode === "manual";
  const stayed = members.filter(({ now = 0 }, index) => manual && now === 0 && seats[index]?.weight === 0);
  const out = new Set(stayed.map(({ box }) => box));
  const left = pruned(memory.left, boxes, nowS, out);
  const leaving = ended && !manual ? [] : seats.filter(({ leaves }) => leaves);
  const departOf = ended ? departUncounted : depart;
  for (const { box } of leaving) left[box] = departOf(own(memory.left, box), nowS);
  const rising = members.flatMap(({ box, full, fixed, risingS, target, verdict }, index) => {
    const weight = seats[index]?.weight;
    const rises = fixed === undefined && verdict.state === "in" && weight === target && weight < full;
    return rises && risingS !== undefined ? [[box, risingS] as const] : [];
  });
  return { open, left, ...(rising.length > 0 ? { rising: Object.fromEntries(rising) } : {}) };
}

function ruleOf({ box, because, rule }: Seat): Rule[] {
  if (!rule) return [];
  const { kind, page, untilS } = rule;
  return [{ kind, box, detail: `${box}: ${because}.`, page, ...(untilS === undefined ? {} : { untilS }) }];
}

/** One line a load balancer, as many as a person reads. */
function openRule(members: readonly Member[]): Rule {
  const served = members.filter(({ fixed }) => fixed !== 0);
  const shown = served.slice(0, OPEN_SHOWN);
  const all = served.length > shown.length ? `all ${served.length}` : listed(shown.map(({ box }) => box));
  const lines = [
    `No load balancer is known to be up, so fail open serves all that are not set aside: ${all}.`,
    ...shown.map(({ box, verdict }) => `${box}: ${evidenceClause(verdict)}.`),
    ...(served.length > shown.length ? [`… and ${served.length - shown.length} more.`] : []),
  ];
  return { kind: "fail-open", detail: lines.join("\n"), page: true };
}

function endedRule(members: readonly Member[]): Rule {
  const up = members.filter(({ verdict, fixed }) => verdict.state === "in" && fixed !== 0).map(({ box }) => box);
  const detail =
    up.length > 0
      ? `Fail open is over: ${listed(up)} ${up.length > 1 ? "are" : "is"} up.`
      : "Fail open is over: every load balancer has been set aside by an operator.";
  return { kind: "fail-open-ended", detail, page: false };
}
