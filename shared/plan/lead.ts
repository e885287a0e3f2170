// Which name of a pool leads, and what it serves. Pure; needs model, and own and choose's types of decide.
import assert from "node:assert/strict";
import type { Serving } from "../decide/choose.ts";
import type { Fence } from "../model/fence.ts";
import type { Plan } from "../model/plan.ts";
import { type DnsRecord, families, type Family, type NameState } from "../model/record.ts";
import type { Member } from "../model/resolved.ts";
import { fenceOf, isOurs } from "./fence.ts";
import { readSet, type Standing } from "./set.ts";
import { type Marks, readSum } from "./sum.ts";

type Ours = { owner: string; pool: string };

/** The name that leads a pool: its first under our fence, at the very start its first. `states` are in the pool's order. */
export function leadOf(states: readonly NameState[], ours: Ours): NameState {
  const lead = states.find((state) => isUnderOurs(state, ours)) ?? states[0];
  assert.ok(lead, "a pool has at least one name");
  return lead;
}

export function leadIsOurs(fence: Fence, owner: string, pool: string): boolean {
  return isOurs(fence, { owner, pool });
}

/**
 * What the lead serves, as choose asks for it. A box's weight is that of its A record, without one that of its AAAA.
 *
 * | the lead's fence | its record          | the last batch left | weight             | held  |
 * | ---------------- | ------------------- | ------------------- | ------------------ | ----- |
 * | none, not ours   | any                 |                     | none               | no    |
 * | ours             | none                | it, serving         | none               | yes   |
 * | ours             | none                | none, or it at 0    | none               | no    |
 * | ours             | there               | none                | the record's       | no    |
 * | ours             | there, lowered      | it                  | the record's       | yes   |
 * | ours             | there, raised       | it                  | the last batch's   | no    |
 * | ours             | there               | it as it is         | the record's       | no    |
 * | ours, no sum that can be read | there  | unknown             | the record's       | no    |
 *
 * So what somebody raised by hand and a plan will repair is no departure, and no restore either. A record that no batch of
 * ours has left was another's until its box was configured: it serves, and leaves as one that serves. Held as well:
 * whatever the lead's fence says. A pool has records of ours once any name of it is under our fence: a batch makes both.
 */
export function servingOf(
  lead: NameState,
  states: readonly NameState[],
  members: readonly Member[],
  ours: Ours,
): Serving {
  const anyOurs = states.some((state) => isUnderOurs(state, ours));
  const fence = fenceOf(lead);
  if (!fence || !isOurs(fence, ours)) return { weights: {}, memory: undefined, held: [], anyOurs };
  const marks = readSum(fence.sum);
  const standings = standingsOf(lead, members, marks);
  const weights = standings.map(({ box, ofBox }) => {
    const served = ofBox.map(servedWeight);
    return [box, served.find((weight) => weight !== undefined)] as const;
  });
  const held = standings.filter(({ box, ofBox }) => fence.held.includes(box) || ofBox.some(({ lowered }) => lowered));
  const { open, left, rising } = fence;
  return {
    weights: Object.fromEntries(weights.filter(([, weight]) => weight !== undefined)),
    memory: { open, left, ...(rising ? { rising } : {}) },
    held: held.map(({ box }) => box),
    anyOurs,
  };
}

/** How each member's records stand, by family, where something of ours can stand or the sum remembers it. */
function standingsOf(
  state: NameState,
  members: readonly Member[],
  marks: Record<Family, Marks> | undefined,
): { box: string; ofBox: Standing[] }[] {
  const asked = members.map(({ setIdentifier }) => setIdentifier);
  const isThere = (family: Family): boolean => {
    return state.records.some(({ type }) => type === family) || (marks?.[family].size ?? 0) > 0;
  };
  const sets = families
    .filter(isThere)
    .map((family) => readSet(state, family, asked, marks?.[family]))
    .filter(({ blocked }) => !blocked);
  return members.map(({ box, setIdentifier }) => {
    return { box, ofBox: sets.flatMap(({ configured }) => configured.get(setIdentifier) ?? []) };
  });
}

function servedWeight({ record, mark }: Standing): number | undefined {
  const weight = record?.weight;
  return weight === undefined || !mark ? weight : Math.min(weight, mark.weight);
}

/** The name's records as they stand once the plan is applied. */
export function recordsAfter(planned: Plan, state: NameState): DnsRecord[] {
  const records = new Map(state.records.map((record) => [keyOf(record), record]));
  const deletes = planned.changes.filter(({ kind }) => kind === "delete");
  const puts = planned.changes.filter(({ kind }) => kind !== "delete");
  // A change of TTL deletes and creates the same records.
  for (const change of [...deletes, ...puts]) {
    if (change.kind === "delete") records.delete(keyOf(change.before));
    else records.set(keyOf(change.after), change.after);
  }
  return [...records.values()];
}

/** Weights by box as the zone has them once the plan is applied; 0 for a member that then has no record. */
export function weightsAfter(planned: Plan, state: NameState, members: readonly Member[]): Record<string, number> {
  return weightsIn(recordsAfter(planned, state), members);
}

/**
 * The same as the zone has them now, but what somebody has lowered by hand since the last batch as that left it: the
 * batch that makes a hold of it is the one that tells of it.
 */
export function weightsBeforeHolds(state: NameState, members: readonly Member[]): Record<string, number> {
  const marks = readSum(fenceOf(state)?.sum ?? "");
  const lowered = standingsOf(state, members, marks).flatMap(({ box, ofBox }) => {
    const mark = ofBox.find((standing) => standing.lowered)?.mark;
    return mark ? [[box, mark.weight] as const] : [];
  });
  return { ...weightsNow(state, members), ...Object.fromEntries(lowered) };
}

/** The same as the zone has them now. */
export function weightsNow(state: NameState, members: readonly Member[]): Record<string, number> {
  return weightsIn(state.records, members);
}

function weightsIn(standing: readonly DnsRecord[], members: readonly Member[]): Record<string, number> {
  const records = new Map(standing.map((record) => [keyOf(record), record]));
  const weights = members.map(({ box, setIdentifier }) => {
    const [weight = 0] = families.flatMap((type) => records.get(keyOf({ type, setIdentifier }))?.weight ?? []);
    return [box, weight] as const;
  });
  return Object.fromEntries(weights);
}

function keyOf({ type, setIdentifier = "" }: Pick<DnsRecord, "type" | "setIdentifier">): string {
  return `${type} ${setIdentifier}`;
}

function isUnderOurs(state: NameState, ours: Ours): boolean {
  const fence = fenceOf(state);
  return fence !== undefined && isOurs(fence, ours);
}
