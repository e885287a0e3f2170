// What operators ordered, folded from facts. Rooms: model, and decide itself.
import type { Cutover, Fact, Freeze, Intent, Ownership } from "../model/fact.ts";
import { type Moving, ranS } from "./cutover.ts";

export type Orders = {
  /** By box: what holds now (drain, pin or hold). */
  intents: Map<string, Intent>;
  /** The freeze that holds now. */
  frozen: Freeze | undefined;
  /** By box: the newest intent of all, also if it is a clear or has expired: it ends a hold by hand that is older. */
  newest: Map<string, Intent>;
  /** The newest freeze fact, whether it freezes or thaws. */
  lastFreeze: Freeze | undefined;
  /** By name: the newest taking over or giving back. */
  ownership: Map<string, Ownership>;
  /** By name: the newest taking over, also if the name was given back since: what it found is never lost. */
  adoptions: Map<string, Ownership>;
  /** By pool: the newest cut-over, or its way back. */
  cutovers: Map<string, Moving>;
};

/**
 * Folds facts by (time, id), whatever their order and however often they come (now in epoch ms).
 *
 * | the newest intent of a box        | holds   |
 * | --------------------------------- | ------- |
 * | drain, pin, hold without an end   | yes     |
 * | the same, its end is later        | yes     |
 * | the same, its end is now or past  | no, and what it replaced does not come back |
 * | clear                             | no      |
 *
 * | the newest freeze fact            | frozen  |
 * | --------------------------------- | ------- |
 * | on                                | yes     |
 * | off                               | no      |
 * | on and off of the same time       | yes: freeze wins ties |
 */
export function ordersOf(facts: readonly Fact[], nowMs: number): Orders {
  const newest = new Map<string, Intent>();
  const ownership = new Map<string, Ownership>();
  const adoptions = new Map<string, Ownership>();
  const cutovers = new Map<string, Cutover>();
  const freezes: Freeze[] = [];
  let freeze: Freeze | undefined;
  for (const fact of facts) {
    if (fact.kind === "intent" && isLater(fact, newest.get(fact.box))) newest.set(fact.box, fact);
    if (fact.kind === "ownership" && isLater(fact, ownership.get(fact.name))) ownership.set(fact.name, fact);
    if (fact.kind === "ownership" && fact.did === "adopt" && isLater(fact, adoptions.get(fact.name)))
      adoptions.set(fact.name, fact);
    if (fact.kind === "cutover" && isLater(fact, cutovers.get(fact.pool))) cutovers.set(fact.pool, fact);
    if (fact.kind === "freeze") freezes.push(fact);
    if (fact.kind === "freeze" && outranks(fact, freeze)) freeze = fact;
  }
  const holds = [...newest].filter(
    ([, { order, untilMs }]) => order !== "clear" && (untilMs === undefined || untilMs > nowMs),
  );
  return {
    intents: new Map(holds),
    frozen: freeze?.on ? freeze : undefined,
    newest,
    lastFreeze: freeze,
    ownership,
    adoptions,
    cutovers: new Map([...cutovers].map(([pool, one]) => [pool, { ...one, ranS: ranS(one.atMs, freezes, nowMs) }])),
  };
}

type Dated = { atMs: number; id: string };

function isLater(fact: Dated, other: Dated | undefined): boolean {
  if (!other || fact.atMs !== other.atMs) return !other || fact.atMs > other.atMs;
  return fact.id > other.id;
}

function outranks(fact: Freeze, other: Freeze | undefined): boolean {
  if (other && fact.atMs === other.atMs && fact.on !== other.on) return fact.on;
  return isLater(fact, other);
}
