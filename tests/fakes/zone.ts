// Hosted zones in memory with Route 53's own rules: a batch is all or nothing, judged in order, and the fence's swap
// decides who wins. tests/contract/zone.test.ts runs over it and over the real thing.
import { type Action, applyBatch, keyOf, type RecordSets } from "../../local/embedded/route53/batch.ts";
import { SoftError } from "../../shared/model/errors.ts";
import { fenceNameOf } from "../../shared/model/fence.ts";
import type { Applied, Batch } from "../../shared/model/plan.ts";
import { canonicalName, type DnsRecord, type NameState } from "../../shared/model/record.ts";
import type { Zone } from "../../shared/ports.ts";
import { assertOurs } from "../../shared/route53/apply.ts";

/** What becomes of one call. `uncertain-after`: the batch is applied, and the caller does not learn it. */
export type ZoneFault = "throttled" | "refused" | "uncertain-before" | "uncertain-after" | "unreadable";

export type FakeZone = Zone & {
  /** Every batch that was sent, with what its sender was told. */
  sent: { batch: Batch; applied: Applied }[];
  /** Asked before each call; what it returns comes true. Read names and batches pass through it. */
  fault: (call: { kind: "read"; names: readonly string[] } | { kind: "apply"; batch: Batch }) => ZoneFault | undefined;
  /** Waited for between one listing of a read and the next: others may write there. Without it a read is one moment. */
  between: (() => Promise<void>) | undefined;
  /** All record sets of a zone. */
  records(zoneId: string): DnsRecord[];
  /** The same by key, as they are kept: not to be changed. */
  sets(zoneId: string): RecordSets;
  /** What somebody does in the console: no fence is swapped. Throws what Route 53 would refuse. */
  edit(zoneId: string, ...changes: { action: Action; record: DnsRecord }[]): void;
  /** From now on every accepted change is served everywhere. */
  settle(): void;
};

/**
 * `zones`: the name of each hosted zone by its id. `share`: readers get the records that are kept, which are frozen: much
 * faster, for whoever never changes what it has read.
 */
export function createFakeZone(
  zones: Readonly<Record<string, string>> = { Z1: "example.com" },
  { share = false }: { share?: boolean } = {},
): FakeZone {
  const give = share ? (record: DnsRecord): DnsRecord => record : copyOf;
  const sets = new Map<string, RecordSets>(Object.keys(zones).map((id) => [id, new Map()]));
  const changes = new Map<string, "PENDING" | "INSYNC">();
  const setsOf = (zoneId: string): RecordSets => {
    const found = sets.get(zoneId);
    if (!found) throw new SoftError(`there is no hosted zone ${zoneId}`);
    return found;
  };
  const write = (batch: Batch): Applied => {
    assertOurs(batch);
    if (!sets.has(batch.zoneId)) return { kind: "refused", detail: `there is no hosted zone ${batch.zoneId}` };
    try {
      const steps = batch.changes.map(({ action, record }) => ({ action, record: plain(record) }));
      sets.set(batch.zoneId, applyBatch(zones[batch.zoneId] ?? "", setsOf(batch.zoneId), steps));
    } catch (error) {
      return judge(error);
    }
    const changeId = `C${changes.size + 1}`;
    changes.set(changeId, "PENDING");
    return { kind: "accepted", changeId };
  };
  const fake: FakeZone = {
    sent: [],
    fault: () => undefined,
    between: undefined,
    async read(zoneId, names) {
      if (fake.fault({ kind: "read", names }) !== undefined) throw new SoftError("the zone was told to fail");
      const wanted = names.map(canonicalName);
      const fences = fencesOf(wanted, setsOf(zoneId), give);
      if (fake.between) await fake.between();
      const records = recordsOf(wanted, setsOf(zoneId), give);
      // As the real one: a first batch may fall between the two listings.
      const bare = wanted.filter(
        (name) => !fences.has(name) && records.get(name)?.some(({ weight }) => weight !== undefined),
      );
      const late = fencesOf(bare, setsOf(zoneId), give);
      if (fake.between && late.size > 0) await fake.between();
      const anew = recordsOf([...late.keys()], setsOf(zoneId), give);
      return new Map(
        wanted.map((name): [string, NameState] => {
          const fence = late.get(name) ?? fences.get(name);
          return [
            name,
            { zoneId, name, ...(fence ? { fence } : {}), records: anew.get(name) ?? records.get(name) ?? [] },
          ];
        }),
      );
    },
    async apply(batch) {
      const applied = underFault(fake.fault({ kind: "apply", batch }), () => write(batch));
      fake.sent.push({ batch, applied });
      return applied;
    },
    async status(changeId) {
      const status = changes.get(changeId);
      if (!status) throw new SoftError(`there is no change ${changeId}`);
      return status;
    },
    sets: setsOf,
    records: (zoneId) => structuredClone([...setsOf(zoneId).values()]),
    edit: (zoneId, ...edits) =>
      void sets.set(
        zoneId,
        applyBatch(
          zones[zoneId] ?? "",
          setsOf(zoneId),
          edits.map(({ action, record }) => ({ action, record: plain(record) })),
        ),
      ),
    settle: () => {
      for (const id of changes.keys()) changes.set(id, "INSYNC");
    },
  };
  return fake;
}

type Give = (record: DnsRecord) => DnsRecord;

function fencesOf(names: readonly string[], sets: RecordSets, give: Give): Map<string, DnsRecord> {
  const found = names.map((name) => [name, sets.get(`${fenceNameOf(name)} TXT `)] as const);
  return new Map(found.flatMap(([name, fence]) => (fence ? [[name, give(fence)] as const] : [])));
}

function recordsOf(names: readonly string[], sets: RecordSets, give: Give): Map<string, DnsRecord[]> {
  const found = new Map(names.map((name): [string, DnsRecord[]] => [name, []]));
  for (const record of sets.values()) found.get(record.name)?.push(give(record));
  for (const records of found.values()) records.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  return found;
}

/** What is read is the reader's own. */
function copyOf(record: DnsRecord): DnsRecord {
  const copy = { ...record, values: [...record.values] };
  return record.other ? { ...copy, other: structuredClone(record.other) } : copy;
}

/** As it comes back from Route 53: nothing shared with the caller, nothing undefined. */
function plain(record: DnsRecord): DnsRecord {
  const copy = JSON.parse(JSON.stringify(record)) as DnsRecord;
  Object.freeze(copy.values);
  return Object.freeze(copy);
}

function underFault(fault: ZoneFault | undefined, run: () => Applied): Applied {
  switch (fault) {
    case undefined:
      return run();
    case "throttled":
      return { kind: "busy", detail: "Throttling: Rate exceeded" };
    case "refused":
      return { kind: "refused", detail: "AccessDenied: not authorized" };
    case "uncertain-after":
      run();
      return { kind: "uncertain", detail: "TimeoutError: no answer" };
    default:
      return { kind: "uncertain", detail: "TimeoutError: no answer" };
  }
}

/** The faults of a batch; anything else is a mistake of the caller's. */
function judge(error: unknown): Applied {
  if (!(error instanceof Error) || error.name !== "InvalidChangeBatch") throw error;
  const detail = `${error.name}: ${error.message}`;
  return { kind: /do not match|not found|already exists/.test(detail) ? "lost" : "refused", detail };
}
