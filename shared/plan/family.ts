// The changes that one family of a name needs. Pure; needs model.
import type { Change, Desired, Refusal } from "../model/plan.ts";
import type { DnsRecord } from "../model/record.ts";
import { formerTargets } from "./former.ts";
import { type FamilySet, serves, type Standing, standingRecords } from "./set.ts";
import { canonicalValue, type Mark, markOf } from "./sum.ts";

/** Route 53's quota of weighted records of one name and type. */
const SET_MAX = 100;

export type FamilyInput = {
  desired: Desired;
  set: FamilySet;
  /** Boxes that stay as somebody lowered them. */
  held: ReadonlySet<string>;
  mayRepair: boolean;
  /** Records that the configuration no longer names may be lowered: the last batch is a minute old. */
  mayLower: boolean;
  /** What is no longer configured and serves nothing is deleted. */
  prune: boolean;
  /** After this plan an A record of ours serves; said to AAAA alone. */
  servedByA: boolean;
};

/** What is to become of one record, and what the sum is to say of it. */
export type Target = {
  setIdentifier: string;
  box?: string;
  before: DnsRecord | undefined;
  after: DnsRecord | undefined;
  mark: Mark | undefined;
  /** A hand edit that is put right, or left to stand because too many were, or undone then by a restore. */
  edit?: "repaired" | "stopped" | "restored";
};

export type FamilyPlan = { changes: Change[]; targets: Target[]; refused: Omit<Refusal, "name">[] };

type Wanted = Desired["records"][number];

type Timing = {
  /** Of the set after this plan. */
  ttlS: number;
  /** All are deleted and created. */
  retime: boolean;
  refused: Omit<Refusal, "name">[];
  /** Edits by hand stand there that are not undone, so the TTL stays as well. */
  leaves?: true;
  /** A set of several TTLs takes no change until all are made anew, so edits are undone whatever their number. */
  mends?: true;
  /** Nothing of the family can be written. */
  blocked?: true;
};

/**
 * What a configured record becomes. `now` is its weight, `mark` that of the last batch, `wanted` the pool's; address and
 * TTL are always as wanted. In mode delete a weight of 0 means no record, unless nobody would serve.
 *
 * | held | the record  | repairs | becomes                                   |
 * | ---- | ----------- | ------- | ----------------------------------------- |
 * | yes  | is gone     | any     | stays gone                                |
 * | yes  | is there    | any     | the least of now, mark and wanted         |
 * | no   | not strayed | any     | wanted                                    |
 * | no   | strayed, and a later order for the box | any | wanted             |
 * | no   | strayed     | go on   | wanted; a repair, if anything differs     |
 * | no   | strayed: idle, or gone while idle | stopped | wanted, if it is to serve: a restore |
 * | any  | strayed     | stopped | as somebody left it; 0 if wanted is 0 and the mark (without one: now) was not: a withdrawal |
 */
function configuredTarget(wanted: Wanted, standing: Standing, input: FamilyInput, timing: Timing): Target {
  const { record, mark, strayed, setIdentifier } = standing;
  const base = { setIdentifier, box: wanted.box, before: record };
  const isHeld = input.held.has(wanted.box);
  const weight = allowedWeight(wanted, standing, isHeld);
  const stays = record === undefined && (isHeld || (weight === 0 && input.desired.withdraw === "delete"));
  const after = stays ? undefined : recordOf(input.desired.name, wanted, weight, timing.ttlS, record);
  const target = { ...base, after, mark: after && markAfter(standing, after) };
  const isAsWanted = record && after ? !timing.leaves && isSame(record, after) : record === after;
  if (!strayed || isAsWanted || input.desired.released.includes(wanted.box)) return target;
  if (input.mayRepair) return { ...target, edit: "repaired" };
  if (isWiped(standing, weight)) return target;
  if (isRestored(standing, weight)) return { ...target, edit: "restored" };
  // Without a mark it was there before its box was configured; what differs of it goes on being somebody's edit.
  const was = mark ?? markOf(recordOf(input.desired.name, wanted, weight, input.desired.ttlS, record));
  const withdrawn = record && weight === 0 && ((mark ?? record).weight ?? 0) > 0;
  const left = withdrawn ? { ...record, weight: 0 } : record;
  if (left && after && !timing.leaves && isSame(left, after)) return target;
  return { ...base, after: left, mark: withdrawn ? { ...was, weight: 0 } : mark, edit: "stopped" };
}

/** Nearly every record stays as the last batch left it, and with it its mark. */
function markAfter({ record, mark, lowered, strayed }: Standing, after: DnsRecord): Mark {
  return mark && after === record && !lowered && !strayed ? mark : markOf(after);
}

/** What is held is never raised, and goes down as the pool wants. */
function allowedWeight(wanted: Wanted, { record, mark }: Standing, isHeld: boolean): number {
  const now = record?.weight ?? 0;
  return isHeld ? Math.min(now, mark?.weight ?? now, wanted.weight) : wanted.weight;
}

/** Only its weight was raised, and the withdrawal that is due leaves nothing of that. */
function isWiped({ record, mark }: Standing, weight: number): boolean {
  return (
    record !== undefined && mark !== undefined && weight === 0 && mark.weight > 0 && markOf(record).rest === mark.rest
  );
}

/** It serves nothing and is to serve. Others may be withdrawn for it, so it is written as wanted, whatever somebody edited. */
function isRestored({ record }: Standing, weight: number): boolean {
  return (record?.weight ?? 0) === 0 && weight > 0;
}

/** Every field of a record that stands there is carried through but those that are ours. The record itself if all fit. */
function recordOf(
  name: string,
  wanted: Wanted,
  weight: number,
  ttlS: number,
  record: DnsRecord | undefined,
): DnsRecord {
  const { type, setIdentifier, value } = wanted;
  const base = record ?? { name, type, setIdentifier, values: [value] };
  const isThere = base.values.length === 1 && sameValues(type, base.values, [value]);
  if (isThere && base.weight === weight && base.ttlS === ttlS) return base;
  return { ...base, weight, ttlS, values: isThere ? base.values : [value] };
}

/** Plans one family that is not blocked. Changes are sorted: deletes, creates, updates, each by SetIdentifier. */
export function planFamily(asked: FamilyInput): FamilyPlan {
  const { desired, set } = asked;
  const timing = timingOf(asked);
  const input = timing.mends ? { ...asked, mayRepair: true } : asked;
  if (timing.blocked) return { changes: [], targets: standingTargets(set), refused: timing.refused };
  const configured = desired.records.flatMap((wanted) => {
    const standing = set.configured.get(wanted.setIdentifier);
    const isTaken = set.taken.some(({ setIdentifier }) => setIdentifier === wanted.setIdentifier);
    return wanted.type === set.family && standing && !isTaken
      ? [configuredTarget(wanted, standing, input, timing)]
      : [];
  });
  const { kept, refused } = withinQuota(configured, set);
  const targets = [...kept, ...formerTargets(kept, input, timing.ttlS)];
  const resolved = losesIdle(targets, input) ? withoutIdle(targets, kept, input) : targets;
  const changes = resolved.flatMap((target) => changesOf(target, timing.retime)).sort(byOrder);
  return { changes, targets: resolved, refused: [...timing.refused, ...takenRefusals(set), ...refused] };
}

/**
 * Which TTL the set is to have. Route 53 refuses weighted siblings of different TTLs, so a new one means that all are
 * deleted and created in one batch, and that nobody else's stands among them.
 *
 * | TTLs in the set | others' records | hand edits to be left | TTL     | all anew | refused   |
 * | --------------- | --------------- | --------------------- | ------- | -------- | --------- |
 * | none            |                 |                       | wanted  |          |           |
 * | the wanted one  | any             | any                   | it      |          |           |
 * | another         | no              | no                    | wanted  | yes      |           |
 * | another         | no              | yes                   | it      |          |           |
 * | another         | yes             | any                   | it      |          | mixed-ttl |
 * | several         | no              | any                   | wanted  | yes      |           |
 * | several         | yes             | any                   |         |          | mixed-ttl, and nothing of the family is written |
 */
function timingOf(input: FamilyInput): Timing {
  const { desired, set, mayRepair } = input;
  const wantedS = desired.ttlS;
  const ttls = new Set(standingRecords(set).flatMap(({ ttlS }) => ttlS ?? []));
  const [ttlS = wantedS, ...more] = [...ttls].sort((a, b) => a - b);
  const mixed = more.length > 0;
  if (ttlS === wantedS && !mixed) return { ttlS, retime: false, refused: [] };
  if (set.foreign.length + set.taken.length > 0) {
    const whose = `The ${set.family} set of ${desired.name} is shared with others' records and has TTL ${[ttlS, ...more].join(" and ")} s`;
    const outcome = mixed
      ? "Route 53 takes no change of such a set"
      : `it cannot be changed to ${wantedS} s without theirs`;
    const refused: Timing["refused"] = [{ kind: "mixed-ttl", detail: `${whose}; ${outcome}.` }];
    return mixed ? { ttlS, retime: false, refused, blocked: true } : { ttlS, retime: false, refused };
  }
  if (mixed) return { ttlS: wantedS, retime: true, refused: [], mends: true };
  const leaves = !mayRepair && isEdited(input);
  return leaves ? { ttlS, retime: false, refused: [], leaves } : { ttlS: wantedS, retime: true, refused: [] };
}

/** Whether a record stands there that somebody has edited and that neither a withdrawal nor a later order puts right. */
function isEdited({ desired, set, held }: FamilyInput): boolean {
  const former = set.former.some(({ mark, strayed }) => strayed && mark.weight === 0);
  const configured = desired.records.some((wanted) => {
    const standing = wanted.type === set.family ? set.configured.get(wanted.setIdentifier) : undefined;
    if (!standing?.record || !standing.strayed || desired.released.includes(wanted.box)) return false;
    const weight = allowedWeight(wanted, standing, held.has(wanted.box));
    return !isWiped(standing, weight) && !isRestored(standing, weight);
  });
  return former || configured;
}

/** As everything stands, so that the sum goes on saying what it said. */
export function standingTargets({ configured, former }: FamilySet): Target[] {
  return [...configured.values(), ...former].map(({ setIdentifier, record, mark }) => {
    return { setIdentifier, before: record, after: record, mark };
  });
}

function withinQuota(targets: Target[], set: FamilySet): { kept: Target[]; refused: FamilyPlan["refused"] } {
  const creates = targets.filter(({ before, after }) => !before && after);
  if (creates.length === 0) return { kept: targets, refused: [] };
  const size = standingRecords(set).length;
  if (size + creates.length <= SET_MAX) return { kept: targets, refused: [] };
  const detail = `The ${set.family} set has ${size} records and would get ${creates.length} more; Route 53 takes ${SET_MAX}. None is added.`;
  const kept = targets.filter((target) => !creates.includes(target));
  return { kept, refused: [{ kind: "too-many-records", detail }] };
}

/**
 * Whether who serves nothing loses its record. Where all weights are 0 Route 53 answers every record (its guide, "Values
 * specific for weighted records"): IPv6 clients would be sent to the dead, and without AAAA they take the A records.
 *
 * | one of ours serves | mode   | one of others' serves | of AAAA: an A record of ours serves | loses it |
 * | ------------------ | ------ | --------------------- | ----------------------------------- | -------- |
 * | yes                | delete | any                   | any                                 | yes      |
 * | yes                | weight | any                   | any                                 | no       |
 * | no                 | any    | yes                   | any                                 | no       |
 * | no                 | any    | no                    | yes                                 | yes      |
 * | no                 | any    | no                    | no, or it is the A records          | no       |
 */
function losesIdle(targets: readonly Target[], { desired, set, servedByA }: FamilyInput): boolean {
  if (serves(targets)) return desired.withdraw === "delete";
  return servedByA && ![...set.foreign, ...set.taken].some(({ weight }) => weight === undefined || weight > 0);
}

/** Who serves nothing loses its record. What was left to stand, stands. */
function withoutIdle(targets: Target[], configured: readonly Target[], { held }: FamilyInput): Target[] {
  return targets.map((target) => {
    const { box, before, after, edit } = target;
    const isHeldIdle = box !== undefined && held.has(box) && before?.weight === 0;
    const stays = after?.weight !== 0 || edit === "stopped" || isHeldIdle || !configured.includes(target);
    return stays ? target : { ...target, after: undefined, mark: undefined };
  });
}

function takenRefusals({ family, taken }: FamilySet): FamilyPlan["refused"] {
  return taken.map(({ setIdentifier }) => {
    return {
      kind: "conflict",
      detail: `The ${family} record '${setIdentifier}' is an alias, which Lifeboat does not write over.`,
    };
  });
}

function changesOf({ before, after }: Target, retime: boolean): Change[] {
  if (!before) return after ? [{ kind: "create", after }] : [];
  if (!after) return [{ kind: "delete", before }];
  if (retime)
    return [
      { kind: "delete", before },
      { kind: "create", after },
    ];
  return isSame(before, after) ? [] : [{ kind: "update", before, after }];
}

function isSame(before: DnsRecord, after: DnsRecord): boolean {
  if (before === after) return true;
  return (
    before.weight === after.weight && before.ttlS === after.ttlS && sameValues(before.type, before.values, after.values)
  );
}

function sameValues(type: string, some: readonly string[], others: readonly string[]): boolean {
  if (some.length === 1 && others.length === 1 && some[0] === others[0]) return true;
  const canonical = (values: readonly string[]): string =>
    values
      .map((value) => canonicalValue(type, value))
      .sort()
      .join(" ");
  return canonical(some) === canonical(others);
}

const ORDER = ["delete", "create", "update"];

function byOrder(one: Change, other: Change): number {
  return ORDER.indexOf(one.kind) - ORDER.indexOf(other.kind) || (idOf(one) < idOf(other) ? -1 : 1);
}

function idOf(change: Change): string {
  return (change.kind === "delete" ? change.before : change.after).setIdentifier ?? "";
}
