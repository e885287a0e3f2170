// How many must stay. Rooms: model, and decide itself.
import type { Pool } from "../model/resolved.ts";
import type { Member } from "./member.ts";

/** What a member that is in waits for before it may serve again; undefined: nothing. */
export type Waits = (member: Member) => "manual" | "rise" | "barred" | undefined;

export type Floored = {
  weights: Map<string, number>;
  /** In, and raised before their time (or although they are a standby), because the floor was not met. */
  raised: Set<string>;
  /** Out, and kept as they serve now. */
  kept: Set<string>;
};

/**
 * The weights by verdict and order, mended until the floor is met or nobody is left to mend it with.
 *
 * | the floor is met by                                            | mended with                        |
 * | -------------------------------------------------------------- | ---------------------------------- |
 * | those who serve by verdict or order                            | nothing                            |
 * | those, and boxes that are in but wait (barred ones last)       | as many of them as needed, by id   |
 * | those, and standbys that are in                                | as many of them as needed, by id   |
 * | those, and undecided standbys that serve now                   | as many of them as needed, by id, at the weight of now |
 * | those, and boxes out by verdict that serve now                 | as many of them as needed, by id, at the weight of now |
 * | nobody else serves                                             | nothing: a dead one is never put back |
 */
export function withFloor(members: readonly Member[], floor: Pool["floor"], waits: Waits): Floored {
  const late = byId(members, (member) => waits(member) !== undefined);
  // One that only nobody has ordered back is the best guess, a flapping one the worst.
  const waiting = ["manual", "rise", "barred"].flatMap((why) => late.filter((member) => waits(member) === why));
  const standbys = byId(members, ({ full, fixed, verdict }) => {
    return full === 0 && fixed === undefined && verdict.state === "in";
  });
  const raised = new Set<string>();
  let weights = wanted(members, raised, waits);
  for (const { box } of [...waiting, ...standbys]) {
    if (isMet(weights, floor)) break;
    if ((weights.get(box) ?? 0) > 0) continue;
    raised.add(box);
    weights = wanted(members, raised, waits);
  }
  const kept = new Set<string>();
  const dropped = byId(members, ({ fixed, now = 0, box }) => {
    return fixed === undefined && now > 0 && weights.get(box) === 0;
  });
  for (const state of ["undecided", "out"]) {
    for (const { box, now = 0 } of dropped.filter(({ verdict }) => verdict.state === state)) {
      if (isMet(weights, floor)) break;
      weights.set(box, now);
      if (state === "out") kept.add(box);
    }
  }
  return { weights, raised, kept };
}

/** At least `count` boxes (never less than one) that weigh at least `weight` together. */
export function isMet(weights: ReadonlyMap<string, number>, floor: Pool["floor"]): boolean {
  const serving = [...weights.values()].filter((weight) => weight > 0);
  return serving.length >= Math.max(1, floor.count) && serving.reduce((sum, one) => sum + one, 0) >= floor.weight;
}

function byId(members: readonly Member[], isAsked: (member: Member) => boolean): Member[] {
  return members.filter(isAsked).sort((a, b) => (a.box < b.box ? -1 : 1));
}

function wanted(members: readonly Member[], raised: ReadonlySet<string>, waits: Waits): Map<string, number> {
  const weights = new Map<string, number>();
  const regular = members.filter(({ full }) => full > 0);
  for (const member of regular) weights.set(member.box, regularWeight(member, raised, waits));
  const serves = regular.filter(({ box }) => (weights.get(box) ?? 0) > 0);
  const others = {
    up: serves.some(({ verdict }) => verdict.state === "in"),
    open: serves.some(({ verdict }) => verdict.state === "undecided"),
  };
  for (const member of members.filter(({ full }) => full === 0)) {
    weights.set(member.box, raised.has(member.box) ? 1 : standbyWeight(member, others));
  }
  return weights;
}

function regularWeight(member: Member, raised: ReadonlySet<string>, waits: Waits): number {
  const { box, full, fixed, verdict, idle, target } = member;
  if (fixed !== undefined) return fixed;
  if (verdict.state === "out") return 0;
  if (verdict.state === "undecided") return idle;
  if (raised.has(box)) return full;
  return waits(member) ? 0 : target;
}

function standbyWeight({ fixed, verdict, idle }: Member, others: { up: boolean; open: boolean }): number {
  if (fixed !== undefined) return fixed;
  if (verdict.state === "out" || others.up) return 0;
  return verdict.state === "in" && !others.open ? 1 : idle;
}
