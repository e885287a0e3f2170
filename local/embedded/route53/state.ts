// What the hosted zones are, and how each entry of their journal changes them.
import * as z from "zod";
import { UserError } from "../../../shared/model/errors.ts";
import { type DnsRecord, recordSchema } from "../../../shared/model/record.ts";
import { keyOf, type RecordSets } from "./batch.ts";
import { type HealthCheck, storedCheckSchema } from "./health-checks.ts";

/** Changes that GetChange still knows. */
const CHANGES_KEPT = 10_000;
export type HostedZone = { id: string; name: string; reference: string; comment?: string; sets: RecordSets };
export type ChangeInfo = { id: string; submittedMs: number; comment?: string };

const entrySchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("zone"),
    id: z.string(),
    name: z.string(),
    reference: z.string(),
    comment: z.string().optional(),
    records: z.array(recordSchema),
  }),
  z.object({ kind: z.literal("gone"), id: z.string() }),
  z.object({
    kind: z.literal("batch"),
    id: z.string(),
    change: z.string(),
    submittedMs: z.number(),
    comment: z.string().optional(),
    deleted: z.array(z.string()),
    put: z.array(recordSchema),
  }),
  z.object({ kind: z.literal("check"), check: storedCheckSchema }),
  z.object({ kind: z.literal("check-gone"), id: z.string(), reference: z.string() }),
]);
export type Entry = z.output<typeof entrySchema>;

type Version = { sets: RecordSets; fromMs: number };
/** `versions`: what DNS answers from, each from its time on. `busy`: a change is under way. */
export type Kept = HostedZone & { versions: Version[]; busy: boolean };
export type State = {
  zones: Map<string, Kept>;
  changes: Map<string, ChangeInfo>;
  checks: Map<string, HealthCheck>;
  /** Caller references of checks that are gone. */
  retired: Set<string>;
};

export function readEntry(entry: unknown, file = ""): Entry {
  const parsed = entrySchema.safeParse(entry);
  if (parsed.success) return parsed.data;
  throw new UserError(`${file} is not a journal of hosted zones; choose another directory`, { cause: parsed.error });
}

/** Puts what an entry says into the state; DNS answers with it from `fromMs` on. */
export function enter(state: State, entry: Entry, fromMs = 0): void {
  switch (entry.kind) {
    case "zone": {
      const { id, name, reference, comment, records } = entry;
      const sets = new Map(records.map((record) => [keyOf(record), record]));
      const versions = [{ sets, fromMs: 0 }];
      state.zones.set(id, {
        id,
        name,
        reference,
        ...(comment === undefined ? {} : { comment }),
        sets,
        versions,
        busy: false,
      });
      return;
    }
    case "gone":
      state.zones.delete(entry.id);
      return;
    case "check":
      state.checks.set(entry.check.id, entry.check);
      return;
    case "check-gone":
      state.checks.delete(entry.id);
      state.retired.add(entry.reference);
      return;
    case "batch": {
      const { change, submittedMs, comment } = entry;
      note(state, { id: change, submittedMs, ...(comment === undefined ? {} : { comment }) });
      const zone = state.zones.get(entry.id);
      if (!zone) return;
      const sets = new Map(zone.sets);
      for (const key of entry.deleted) sets.delete(key);
      for (const record of entry.put) sets.set(keyOf(record), record);
      zone.sets = sets;
      zone.versions = fromMs === 0 ? [{ sets, fromMs }] : [...zone.versions, { sets, fromMs }];
    }
  }
}

export function note(state: State, change: ChangeInfo): ChangeInfo {
  state.changes.set(change.id, change);
  const [oldest] = state.changes.keys();
  if (state.changes.size > CHANGES_KEPT && oldest !== undefined) state.changes.delete(oldest);
  return change;
}

/** The newest version that is due; those before it are forgotten. */
export function served(zone: Kept, nowMs: number): RecordSets {
  const at = zone.versions.findLastIndex(({ fromMs }) => fromMs <= nowMs);
  if (at > 0) zone.versions = zone.versions.slice(at);
  return zone.versions[0]?.sets ?? zone.sets;
}

export function difference(before: RecordSets, after: RecordSets): { deleted: string[]; put: DnsRecord[] } {
  return {
    deleted: [...before.keys()].filter((key) => !after.has(key)),
    put: [...after].flatMap(([key, record]) => (before.get(key) === record ? [] : [record])),
  };
}

export function snapshot(state: State): Entry[] {
  const zones = [...state.zones.values()].map(({ id, name, reference, comment, sets }): Entry => {
    return {
      kind: "zone",
      id,
      name,
      reference,
      ...(comment === undefined ? {} : { comment }),
      records: [...sets.values()],
    };
  });
  return [...zones, ...[...state.checks.values()].map((check): Entry => ({ kind: "check", check }))];
}
