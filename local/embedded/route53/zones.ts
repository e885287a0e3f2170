// The hosted zones behind the embedded Route 53's API and its DNS server. In memory, or in a journal that outlives the
// process.
import { randomBytes, randomUUID } from "node:crypto";
import type * as z from "zod";
import type { DnsRecord } from "../../../shared/model/record.ts";
import { AwsError } from "../loopback.ts";
import { applyBatch, type Change, type RecordSets } from "./batch.ts";
import { type createCheckSchema, type HealthCheck, judgeCheck } from "./health-checks.ts";
import { type Journal, openJournal } from "./journal.ts";
import { compare, isWithin, readName, sortKey } from "./names.ts";
import {
  type ChangeInfo,
  difference,
  enter,
  type Entry,
  type HostedZone,
  type Kept,
  note,
  readEntry,
  served,
  snapshot,
  type State,
} from "./state.ts";

export type { ChangeInfo, HostedZone } from "./state.ts";

/** A journal with so many more lines than record sets is written anew. */
const STALE_LINES = 5000;

/** Milliseconds from the acceptance of a change. */
export type Timing = {
  /** Until the DNS server answers with it. */
  propagationMs: number;
  /** Until GetChange says INSYNC: never before the DNS server has it. */
  insyncMs: number;
};

/** A zone, and the change that made it. */
type Made = HostedZone & { change: ChangeInfo };

export type Zones = {
  timing: Timing;
  /** In the order of their names. */
  list(): HostedZone[];
  /** Throws NoSuchHostedZone. */
  get(id: string): HostedZone;
  /** The deepest zone that the name lies in. */
  find(name: string): HostedZone | undefined;
  /** A zone with its NS and SOA records. Throws HostedZoneAlreadyExists when the reference or the id is in use. */
  create(zone: { name: string; reference?: string; comment?: string; id?: string }): Promise<Made>;
  /** Throws HostedZoneNotEmpty while there is more than NS and SOA. */
  remove(id: string): Promise<ChangeInfo>;
  /**
   * All or nothing. Throws InvalidChangeBatch, NoSuchHealthCheck, and PriorRequestNotComplete while the zone's last change
   * is not done.
   */
  change(id: string, changes: readonly Change[], comment?: string): Promise<ChangeInfo>;
  /** Throws NoSuchChange. */
  status(changeId: string): ChangeInfo & { status: "PENDING" | "INSYNC" };
  /** Health checks by id: kept and listed, never carried out. */
  checks: {
    list(): HealthCheck[];
    /** Throws NoSuchHealthCheck. */
    get(id: string): HealthCheck;
    /** An equal request makes no second one. Throws InvalidInput, HealthCheckAlreadyExists, TooManyHealthChecks. */
    create(given: z.output<typeof createCheckSchema>): Promise<HealthCheck>;
    /** Throws NoSuchHealthCheck. */
    remove(id: string): Promise<void>;
  };
  /** What DNS answers from: the zone without the changes that are still under way. */
  served(zone: HostedZone): RecordSets;
  close(): Promise<void>;
};

export type ZonesOptions = { file?: string; nowMs?: () => number; timing?: Partial<Timing> };

/** Opens the zones. Throws a UserError when the file is in use by another copy or is damaged. */
export async function createZones(options: ZonesOptions = {}): Promise<Zones> {
  const { file, nowMs = Date.now } = options;
  const timing: Timing = { propagationMs: 0, insyncMs: 1000, ...options.timing };
  const journal = file === undefined ? undefined : await openJournal(file);
  const state: State = { zones: new Map(), changes: new Map(), checks: new Map(), retired: new Set() };
  try {
    for (const entry of journal?.entries ?? []) enter(state, readEntry(entry, file));
  } catch (error) {
    await journal?.close();
    throw error;
  }
  const commit = (entry: Entry): Promise<void> => commitEntry({ state, journal, nowMs, timing }, entry);
  const get = (id: string): Kept => {
    const zone = state.zones.get(id);
    if (!zone) throw new AwsError("NoSuchHostedZone", `No hosted zone found with ID: ${id}`, 404);
    return zone;
  };
  return {
    timing,
    get,
    list: () => listOf(state),
    find: (name) => findZone(state, name),
    create: async (zone) => {
      const made = await createZone(state, commit, zone);
      return { ...made, change: note(state, { id: newId("C"), submittedMs: nowMs() }) };
    },
    remove: async (id) => {
      if (get(id).sets.size > 2) {
        const text = "The specified hosted zone contains non-required resource record sets and so cannot be deleted.";
        throw new AwsError("HostedZoneNotEmpty", text);
      }
      await commit({ kind: "gone", id });
      return note(state, { id: newId("C"), submittedMs: nowMs() });
    },
    change: async (id, changes, comment) => {
      const zone = get(id);
      judgeChecks(changes, state);
      return changeZone(zone, changes, withComment({ submittedMs: nowMs() }, comment), commit);
    },
    status: (changeId) => {
      const change = state.changes.get(changeId);
      if (!change) throw new AwsError("NoSuchChange", `Could not find resource with ID: ${changeId}`, 404);
      const dueMs = change.submittedMs + Math.max(timing.insyncMs, timing.propagationMs);
      return { ...change, status: nowMs() >= dueMs ? "INSYNC" : "PENDING" };
    },
    checks: checksOf(state, commit),
    served: ({ id }) => served(get(id), nowMs()),
    close: async () => journal?.close(),
  };
}

/** Only what is deleted may have one that is gone. */
function judgeChecks(changes: readonly Change[], { checks }: State): void {
  for (const { action, record } of changes) {
    const { healthCheckId: id } = record;
    if (action !== "DELETE" && id !== undefined && !checks.has(id)) throw noSuchCheck(id);
  }
}

function noSuchCheck(id: string): AwsError {
  return new AwsError("NoSuchHealthCheck", `A health check with id ${id} does not exist.`, 404);
}

type Commit = (entry: Entry) => Promise<void>;

function checksOf({ checks, retired }: State, commit: Commit): Zones["checks"] {
  const get = (id: string): HealthCheck => {
    const check = checks.get(id);
    if (!check) throw noSuchCheck(id);
    return check;
  };
  const list = (): HealthCheck[] => [...checks.values()].sort((a, b) => compare(a.id, b.id));
  return {
    get,
    list,
    async create(given) {
      const { config, existing } = judgeCheck(given, list(), retired);
      if (existing) return existing;
      const check = { id: randomUUID(), reference: given.CallerReference, config };
      await commit({ kind: "check", check });
      return check;
    },
    async remove(id) {
      const { reference } = get(id);
      await commit({ kind: "check-gone", id, reference });
    },
  };
}

type Keeping = { state: State; journal: Journal | undefined; nowMs: () => number; timing: Timing };

async function commitEntry({ state, journal, nowMs, timing }: Keeping, entry: Entry): Promise<void> {
  await journal?.append(entry);
  const ms = nowMs();
  enter(state, entry, ms + timing.propagationMs);
  // Nobody may ever ask DNS for a zone: what is past is forgotten here too.
  for (const zone of state.zones.values()) served(zone, ms);
  const live = [...state.zones.values()].reduce((sum, { sets }) => sum + sets.size, 0);
  if (!journal || journal.length() <= live + STALE_LINES) return;
  // The entry is safe already: a rewrite that fails only leaves the file long.
  await journal.rewrite(() => snapshot(state)).catch(() => undefined);
}

function listOf({ zones }: State): Kept[] {
  return [...zones.values()].sort((a, b) => compare(sortKey(a.name), sortKey(b.name)) || compare(a.id, b.id));
}

function findZone({ zones }: State, name: string): Kept | undefined {
  let deepest: Kept | undefined;
  for (const zone of zones.values())
    if (isWithin(name, zone.name) && zone.name.length > (deepest?.name.length ?? -1)) deepest = zone;
  return deepest;
}

async function createZone(
  state: State,
  commit: Commit,
  { name, reference = newId("R"), comment, id = newId("Z") }: Parameters<Zones["create"]>[0],
): Promise<HostedZone> {
  if (state.zones.has(id) || listOf(state).some((zone) => zone.reference === reference)) {
    const text = `A hosted zone has already been created with the specified caller reference: ${reference}`;
    throw new AwsError("HostedZoneAlreadyExists", text, 409);
  }
  const apex = readName(name);
  const records = apexRecords(apex);
  await commit(withComment({ kind: "zone", id, name: apex, reference, records }, comment));
  return withComment({ id, name: apex, reference, sets: state.zones.get(id)?.sets ?? new Map() }, comment);
}

async function changeZone(
  zone: Kept,
  changes: readonly Change[],
  submitted: Omit<ChangeInfo, "id">,
  commit: Commit,
): Promise<ChangeInfo> {
  if (zone.busy) throw busy();
  const after = applyBatch(zone.name, zone.sets, changes);
  const change = newId("C");
  zone.busy = true;
  try {
    await commit({ kind: "batch", id: zone.id, change, ...submitted, ...difference(zone.sets, after) });
  } finally {
    zone.busy = false;
  }
  return { id: change, ...submitted };
}

/** What Route 53 answers while it is not done with the zone's last change. */
export function busy(): AwsError {
  const text = "The request was rejected because Route 53 was still processing a prior request.";
  return new AwsError("PriorRequestNotComplete", text);
}

function withComment<T extends object>(fields: T, comment: string | undefined): T & { comment?: string } {
  return comment === undefined ? fields : { ...fields, comment };
}

function newId(prefix: string): string {
  return `${prefix}${randomBytes(10).toString("hex").toUpperCase()}`.slice(0, 21);
}

/** What Route 53 makes with every zone. */
function apexRecords(name: string): DnsRecord[] {
  const servers = ["ns-1.route53.test.", "ns-2.route53.test."];
  const soa = `${servers[0]} awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400`;
  return [
    { name, type: "NS", ttlS: 172_800, values: servers },
    { name, type: "SOA", ttlS: 900, values: [soa] },
  ];
}
