// A name in a hosted zone, as strict as Route 53 in what the plan relies on: all or nothing, exact deletes, one kind and
// one TTL a set.
import type { Desired, Plan, Writer } from "../../../shared/model/plan.ts";
import type { DnsRecord, NameState } from "../../../shared/model/record.ts";
import { batchOf } from "../../../shared/plan/batch.ts";
import { plan } from "../../../shared/plan/plan.ts";

export const NAME = "lb.example.com";
export const ZONE = "Z1";
export const NOW_S = 1_790_000_000;

export const writer = (nowS = NOW_S, nonce = `n${nowS}`): Writer => ({ region: "eu-west-1", nowS, nonce });

export const unseen = { sawFence: false };

/** Weights by box; SetIdentifier = box; addresses 203.0.113.1 and on in the order given. */
export function desiredOf(weights: Record<string, number>, more: Partial<Desired> = {}): Desired {
  return {
    owner: "acme",
    pool: "lb",
    name: NAME,
    zoneId: ZONE,
    ttlS: 60,
    withdraw: "weight",
    records: Object.entries(weights).map(([box, weight], index) => {
      return { box, setIdentifier: box, type: "A", value: `203.0.113.${index + 1}`, weight };
    }),
    memory: { open: false, left: {} },
    cfg: 1000,
    released: [],
    ...more,
  };
}

export function bare(records: DnsRecord[] = []): NameState {
  return { zoneId: ZONE, name: NAME, records };
}

export function weighted(setIdentifier: string, weight: number, more: Partial<DnsRecord> = {}): DnsRecord {
  return { name: NAME, type: "A", setIdentifier, weight, ttlS: 60, values: ["198.51.100.1"], ...more };
}

/** The zone after the plan's batch. Throws with Route 53's reason where it would refuse the batch. */
export function applied(state: NameState, planned: Plan): NameState {
  const sets = new Map([...state.records, ...(state.fence ? [state.fence] : [])].map((one) => [keyOf(one), one]));
  for (const { action, record } of batchOf(planned).changes) {
    const there = sets.get(keyOf(record));
    if (action === "DELETE") {
      if (!there) throw new Error("it was not found");
      if (JSON.stringify(sorted(there)) !== JSON.stringify(sorted(record)))
        throw new Error("the values do not match the current values");
      sets.delete(keyOf(record));
    } else {
      if (action === "CREATE" && there) throw new Error("it already exists");
      sets.set(keyOf(record), record);
      judgeSet([...sets.values()].filter((one) => one.name === record.name && one.type === record.type));
    }
  }
  const all = [...sets.values()];
  const fence = all.find(({ name }) => name !== state.name);
  return {
    zoneId: state.zoneId,
    name: state.name,
    ...(fence ? { fence } : {}),
    records: all.filter((one) => one !== fence),
  };
}

function judgeSet(set: DnsRecord[]): void {
  // An alias has no TTL of its own.
  if (new Set(set.flatMap(({ ttlS }) => ttlS ?? [])).size > 1)
    throw new Error("weighted sets must contain the same TTL");
  if (set.length > 1 && set.some(({ weight }) => weight === undefined))
    throw new Error("other RRSets exist with the same name and type");
  if (set.length > 100) throw new Error("over 100 weighted records");
}

function keyOf({ name, type, setIdentifier = "" }: DnsRecord): string {
  return `${name} ${type} ${setIdentifier}`;
}

function sorted(record: DnsRecord): unknown {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Plans and applies; the plan as well. */
export function step(
  state: NameState,
  desired: Desired,
  by = writer(),
  known = unseen,
): { planned: Plan; state: NameState } {
  const planned = plan(desired, state, by, known);
  return { planned, state: planned.fence ? applied(state, planned) : state };
}

/** A name under our fence with these weights, as the first batch left it. */
export function started(weights: Record<string, number>, more: Partial<Desired> = {}): NameState {
  return step(bare(), desiredOf(weights, more)).state;
}

/** Somebody edits a record in the zone by hand; undefined deletes it. */
export function edited(
  state: NameState,
  setIdentifier: string,
  edit: Partial<DnsRecord> | undefined,
  type = "A",
): NameState {
  const isIt = (record: DnsRecord): boolean => record.type === type && record.setIdentifier === setIdentifier;
  const records = state.records.flatMap((record) => {
    if (!isIt(record)) return [record];
    return edit ? [{ ...record, ...edit }] : [];
  });
  return { ...state, records };
}

/** Somebody adds a record by hand. */
export function withRecord(state: NameState, record: DnsRecord): NameState {
  return { ...state, records: [...state.records, record] };
}

/** Weights by SetIdentifier of one family. */
export function weightsOf(state: NameState, type = "A"): Record<string, number | undefined> {
  const records = state.records.filter((record) => record.type === type);
  return Object.fromEntries(records.map(({ setIdentifier = "", weight }) => [setIdentifier, weight]));
}

/** Changes in one word each, such as `update A lb1 10→0`. */
export function told({ changes }: Plan): string[] {
  return changes.map((change) => {
    const record = change.kind === "delete" ? change.before : change.after;
    const what = `${change.kind} ${record.type} ${record.setIdentifier}`;
    if (change.kind === "update") return `${what} ${change.before.weight}→${change.after.weight}`;
    return change.kind === "create" ? `${what} ${record.weight}` : what;
  });
}

export const kindsOf = (list: readonly { kind: string; box?: string }[]): string[] =>
  list.map(({ kind, box }) => (box === undefined ? kind : `${kind} ${box}`));
