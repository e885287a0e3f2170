// What stands at a name in one family, told apart. Pure; needs model.
import type { Desired, Refusal } from "../model/plan.ts";
import type { DnsRecord, Family, NameState } from "../model/record.ts";
import { canonicalValue, type Mark, markId, markOf, type Marks } from "./sum.ts";

/** One record of ours: as it stands, as the last batch left it, and what somebody has done to it since. */
export type Standing = {
  setIdentifier: string;
  record: DnsRecord | undefined;
  mark: Mark | undefined;
  /** By hand, so that it serves less. */
  lowered: boolean;
  /** By hand in any other way. */
  strayed: boolean;
};

export type FamilySet = {
  family: Family;
  /** By SetIdentifier, every one that was asked for. */
  configured: ReadonlyMap<string, Standing>;
  /** Left by an earlier batch, and not asked for. Each has its record and its mark. */
  former: (Standing & { record: DnsRecord; mark: Mark })[];
  /** Not ours. */
  foreign: DnsRecord[];
  /** Nothing of ours can stand here. */
  blocked: Pick<Refusal, "kind" | "detail"> | undefined;
  /** Foreign ones under SetIdentifiers that were asked for. */
  taken: DnsRecord[];
};

/**
 * Reads one family of a name. `marks` are what the fence's sum remembers of it, undefined where nobody can read that.
 *
 * | what stands in the family              | SetIdentifier | mark                     | is        |
 * | -------------------------------------- | ------------- | ------------------------ | --------- |
 * | a simple or alias record without one   |               |                          | blocking: simple-record |
 * | another routing policy, or a CNAME     | any           |                          | blocking: conflict |
 * | a weighted alias                       | asked for     | any                      | taken     |
 * | a weighted record                      | asked for     | any                      | configured |
 * | the same                               | not asked for | fits, but for the weight | former    |
 * | the same, or a weighted alias          | not asked for | none, or of another address or TTL | foreign |
 */
export function readSet(
  state: NameState,
  family: Family,
  asked: readonly string[],
  marks: Marks | undefined,
): FamilySet {
  const records = state.records.filter(({ type }) => type === family);
  const byId = new Map<string, DnsRecord>();
  for (const record of records) byId.set(record.setIdentifier ?? "", record);
  const configured = new Map<string, Standing>();
  for (const setIdentifier of asked) {
    const found = byId.get(setIdentifier);
    const record = found && isServable(found) ? found : undefined;
    // What an alias has taken the place of is told as a conflict, not held as an edit.
    configured.set(setIdentifier, standingOf(setIdentifier, record, found && !record ? undefined : marks));
  }
  const others = records.filter(({ setIdentifier = "" }) => !configured.has(setIdentifier));
  const former = others.flatMap((record) => formerOf(record, marks));
  const taken = records.filter((record) => configured.has(record.setIdentifier ?? "") && !isServable(record));
  return {
    family,
    configured,
    former,
    foreign: others.filter((record) => !former.some((one) => one.record === record)),
    blocked: blockOf(state, records),
    taken,
  };
}

/** Records of the family that are in the set now, ours or not. */
export function standingRecords({ configured, former, foreign, taken }: FamilySet): DnsRecord[] {
  const ours = [...configured.values(), ...former].flatMap(({ record }) => (record ? [record] : []));
  return [...ours, ...foreign, ...taken];
}

/**
 * What somebody has done since the last batch.
 *
 * | record       | mark          | done          |
 * | ------------ | ------------- | ------------- |
 * | any          | no sum to go by | nothing known |
 * | none         | none          | nothing       |
 * | none         | weight 0      | strayed: deleted, serves no less |
 * | none         | weight > 0    | lowered       |
 * | there        | none          | strayed: made by hand |
 * | weight below | there         | lowered       |
 * | weight above | there         | strayed       |
 * | another address or TTL | there | strayed, whatever its weight |
 */
function standingOf(setIdentifier: string, record: DnsRecord | undefined, marks: Marks | undefined): Standing {
  const now = record && markOf(record);
  const mark = marks?.get(now?.id ?? markId(setIdentifier));
  const standing: Standing = { setIdentifier, record, mark, lowered: false, strayed: false };
  if (!marks || (!record && !mark)) return standing;
  if (!now) return { ...standing, lowered: (mark?.weight ?? 0) > 0, strayed: mark?.weight === 0 };
  if (!mark) return { ...standing, strayed: true };
  const moved = now.rest !== mark.rest;
  if (now.weight === mark.weight && !moved) return standing;
  return { ...standing, lowered: now.weight < mark.weight, strayed: moved || now.weight > mark.weight };
}

/** A record that was ours is only told from a stranger's by its mark, so all but the weight must fit. */
function formerOf(record: DnsRecord, marks: Marks | undefined): FamilySet["former"] {
  const mark = marks?.get(markId(record.setIdentifier ?? ""));
  if (!mark || !isServable(record) || markOf(record).rest !== mark.rest) return [];
  const standing = standingOf(record.setIdentifier ?? "", record, marks);
  return [{ ...standing, record, mark }];
}

function isServable({ setIdentifier, weight, ttlS, values }: DnsRecord): boolean {
  return setIdentifier !== undefined && weight !== undefined && ttlS !== undefined && values.length > 0;
}

function blockOf({ name, records: all }: NameState, records: readonly DnsRecord[]): FamilySet["blocked"] {
  const alias = all.find(({ type }) => type === "CNAME");
  if (alias) return { kind: "conflict", detail: `A CNAME stands at ${name}, and nothing can stand beside one.` };
  const simple = records.find(({ setIdentifier }) => setIdentifier === undefined);
  if (simple) {
    const what = `A simple ${simple.type} record (${simple.values.join(" ") || "an alias"})`;
    return { kind: "simple-record", detail: `${what} stands at ${name}; adopt the name to replace it.` };
  }
  const routed = records.filter(({ weight }) => weight === undefined);
  if (routed.length === 0) return undefined;
  const which = routed.map(({ type, setIdentifier }) => `${type} '${setIdentifier}'`).sort();
  const what = `Of the records of ${name}, ${which.join(", ")}`;
  return {
    kind: "conflict",
    detail: `${what} stand for another routing than by weight; Route 53 does not mix the two.`,
  };
}

/**
 * A weighted record of another SetIdentifier with the address of a load balancer, and what to do about it: beside it a
 * second one for the same load balancer would be answered, and only that one would ever leave.
 */
export function twinIn({ name, owner, pool, records }: Desired, state: NameState): string | undefined {
  const ids = new Set(records.map(({ setIdentifier }) => setIdentifier));
  for (const { type, setIdentifier, weight, values } of state.records) {
    if (setIdentifier === undefined || weight === undefined || ids.has(setIdentifier)) continue;
    const twin = records.find((wanted) => wanted.type === type && has(type, values, wanted.value));
    if (!twin) continue;
    return `${type} '${setIdentifier}' of ${name} has the address of ${twin.box}: give ${twin.box} of pool ${pool} (owner ${owner}) the setIdentifier '${setIdentifier}'.`;
  }
  return undefined;
}

/** Whether an address is among a record's, however it is spelt. */
export function has(type: string, values: readonly string[], value: string): boolean {
  return values.some((one) => canonicalValue(type, one) === canonicalValue(type, value));
}

/** Whether one of these has a weight once the plan is applied. */
export function serves(targets: readonly { after: DnsRecord | undefined }[]): boolean {
  return targets.some(({ after }) => (after?.weight ?? 0) > 0);
}
