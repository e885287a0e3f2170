import { type Choice, choose, type ChooseInput } from "../../../shared/decide/choose.ts";
import type { Intent } from "../../../shared/model/fact.ts";
import type { Departure } from "../../../shared/model/fence.ts";
import type { Pool } from "../../../shared/model/resolved.ts";
import type { Verdict } from "../../../shared/model/verdict.ts";
import { NOW_S, pool, verdict } from "./base.ts";

/** One box as a row: configured weight, weight under the lead (undefined: no record), verdict. */
export type Row = {
  box: string;
  full?: number;
  now?: number | undefined;
  state: Verdict["state"];
  risen?: boolean;
  intent?: Intent;
  island?: string;
  held?: boolean;
  left?: Departure;
  /** Since when (s) its weight has been rising. */
  rising?: number;
  /** The newest order for it, whether or not it holds. */
  newest?: Intent;
};

export type Given = {
  open?: boolean;
  floor?: Partial<Pool["floor"]>;
  damping?: boolean;
  mode?: Pool["restore"]["mode"];
  ramp?: Pool["restore"]["ramp"];
  /** Some name has a record of ours; by default if the lead has one. */
  anyOurs?: boolean;
};

/** Every box on an island of its own unless the row says otherwise. */
export function inputOf(
  rows: readonly Row[],
  { open = false, floor = {}, damping = true, anyOurs, mode = "auto", ramp }: Given = {},
): ChooseInput {
  const left = rows.flatMap((row): [string, Departure][] => (row.left ? [[row.box, row.left]] : []));
  const rising = rows.flatMap(({ box, rising }): [string, number][] => (rising === undefined ? [] : [[box, rising]]));
  const weights = rows.flatMap(({ box, now }): [string, number][] => (now === undefined ? [] : [[box, now]]));
  return {
    pool: pool({
      members: rows.map(({ box, full = 1 }) => ({ box, setIdentifier: box, weight: full })),
      floor: { count: 1, weight: 0, ...floor },
      restore: { mode, afterS: 60, successes: 3, damping, ramp },
    }),
    islandOf: Object.fromEntries(rows.map(({ box, island }) => [box, island ?? `island of ${box}`])),
    verdicts: rows.map(({ box, state, risen = state === "in" }) => verdict(box, state, risen)),
    intents: new Map(rows.flatMap(({ box, intent }): [string, Intent][] => (intent ? [[box, intent]] : []))),
    newest: new Map(
      rows.flatMap(({ box, intent, newest = intent }): [string, Intent][] => (newest ? [[box, newest]] : [])),
    ),
    serving: {
      weights: Object.fromEntries(weights),
      memory: {
        open,
        left: Object.fromEntries(left),
        ...(rising.length > 0 ? { rising: Object.fromEntries(rising) } : {}),
      },
      held: rows.filter(({ held }) => held).map(({ box }) => box),
      anyOurs: anyOurs ?? weights.length > 0,
    },
    nowS: NOW_S,
  };
}

export function chooseOf(rows: readonly Row[], given: Given = {}): Choice {
  return choose(inputOf(rows, given));
}

/** What the rules said of a box, by kind. */
export function rulesOf(choice: Choice, box?: string): string[] {
  return choice.rules.filter((rule) => rule.box === box).map(({ kind }) => kind);
}
