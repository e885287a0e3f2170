// What Route 53 makes of a change batch: all of it or nothing, judged in the order in which it was sent. The sentences are
// Route 53's own where they are known.
import { canonicalName, type DnsRecord } from "../../../shared/model/record.ts";
import { AwsError } from "../loopback.ts";
import { compare, isWithin, showName, sortKey } from "./names.ts";
import { judgeValue } from "./values.ts";

/** Route 53 developer guide, "Quotas": of a batch, of a set, of a hosted zone. */
export const ELEMENTS_MAX = 1000;
export const CHARACTERS_MAX = 32_000;
export const WEIGHTED_MAX = 100;
export const ZONE_MAX = 10_000;

export type Action = "CREATE" | "DELETE" | "UPSERT";
export type Change = { action: Action; record: DnsRecord };

/** The record sets of a zone by `keyOf`. Never changed once they are in use. */
export type RecordSets = ReadonlyMap<string, DnsRecord>;

export function keyOf({ name, type, setIdentifier = "" }: DnsRecord): string {
  return `${name} ${type} ${setIdentifier}`;
}

/** Route 53's listing order: the reversed name, the type, the SetIdentifier. */
export function byListingOrder(a: DnsRecord, b: DnsRecord): number {
  return (
    compare(sortKey(a.name), sortKey(b.name)) ||
    compare(a.type, b.type) ||
    compare(a.setIdentifier ?? "", b.setIdentifier ?? "")
  );
}

/** A zone is listed far more often than it is changed. */
const listings = new WeakMap<RecordSets, readonly DnsRecord[]>();

export function inListingOrder(sets: RecordSets): readonly DnsRecord[] {
  const known = listings.get(sets);
  if (known) return known;
  const keyed = [...sets.values()].map((record) => ({ record, key: sortKey(record.name) }));
  const sorted = keyed
    .sort((a, b) => compare(a.key, b.key) || byListingOrder(a.record, b.record))
    .map(({ record }) => record);
  listings.set(sets, sorted);
  return sorted;
}

/** The zone after the batch. Throws InvalidChangeBatch with every fault; then nothing of it is done. */
export function applyBatch(zone: string, before: RecordSets, changes: readonly Change[]): RecordSets {
  const size = judgeSize(changes);
  if (size !== undefined) throw refused([size]);
  const after = new Map(before);
  const done = new Map<string, Action[]>();
  const faults: string[] = [];
  for (const change of changes) {
    const key = keyOf(change.record);
    const earlier = done.get(key) ?? [];
    done.set(key, [...earlier, change.action]);
    const fault = judgeRepeat(earlier, change) ?? judgeShape(zone, change.record) ?? judgeChange(zone, after, change);
    if (fault !== undefined) faults.push(fault);
    else if (change.action === "DELETE") after.delete(key);
    else after.set(key, change.record);
  }
  if (faults.length === 0 && after.size > before.size && after.size > ZONE_MAX)
    faults.push(`The hosted zone may have at most ${ZONE_MAX} resource record sets.`);
  if (faults.length > 0) throw refused(faults);
  return after;
}

function refused(faults: readonly string[]): AwsError {
  return new AwsError("InvalidChangeBatch", `[${faults.join(", ")}]`);
}

/** An UPSERT counts twice. */
function judgeSize(changes: readonly Change[]): string | undefined {
  let elements = 0;
  let characters = 0;
  for (const { action, record } of changes) {
    const times = action === "UPSERT" ? 2 : 1;
    // An alias has no values and is one element.
    elements += times * Math.max(1, record.values.length);
    for (const value of record.values) characters += times * value.length;
  }
  if (elements > ELEMENTS_MAX) return `Number of records limit of ${ELEMENTS_MAX} exceeded.`;
  return characters > CHARACTERS_MAX ? `Number of characters limit of ${CHARACTERS_MAX} exceeded.` : undefined;
}

/** One record set may be deleted and created anew in a batch, and otherwise occurs once. */
function judgeRepeat(earlier: readonly Action[], { action, record }: Change): string | undefined {
  if (earlier.length === 0 || (earlier.length === 1 && earlier[0] === "DELETE" && action === "CREATE"))
    return undefined;
  return `The request contains an invalid set of changes for a resource record set '${record.type} ${showName(record.name)}'`;
}

/** What the record set itself shows to be wrong. */
function judgeShape(zone: string, { name, type, values }: DnsRecord): string | undefined {
  if (!isWithin(name, zone)) return `RRSet with DNS name ${showName(name)} is not permitted in zone ${showName(zone)}`;
  if (type === "CNAME" && name === zone)
    return `RRSet of type CNAME with DNS name ${showName(name)} is not permitted at apex in zone ${showName(zone)}`;
  if (type === "CNAME" && values.length > 1)
    return `RRSet of type CNAME with DNS name ${showName(name)} may have only one Resource Record`;
  const twice = values.find((value, at) => values.indexOf(value) !== at);
  if (twice !== undefined) return `Duplicate Resource Record: '${twice}'`;
  for (const value of values) {
    const fault = judgeValue(type, value);
    if (fault !== undefined) return `Invalid Resource Record: FATAL problem: ${fault} encountered with '${value}'`;
  }
  return undefined;
}

/** What the zone, as the changes before this one leave it, has against it. */
function judgeChange(zone: string, sets: RecordSets, { action, record }: Change): string | undefined {
  const current = sets.get(keyOf(record));
  if (action === "DELETE") return judgeDelete(zone, current, record);
  if (action === "CREATE" && current)
    return `Tried to create resource record set ${quote(record)} but it already exists`;
  if (record.type === "SOA" && record.name !== zone)
    return `SOA records are permitted only at apex in zone ${showName(zone)}`;
  return judgeSiblings(zone, sets, record);
}

function judgeDelete(zone: string, current: DnsRecord | undefined, record: DnsRecord): string | undefined {
  if (!current) return `Tried to delete resource record set ${quote(record)} but it was not found`;
  if (!isSame(current, record))
    return `Tried to delete resource record set ${quote(record)} but the values provided do not match the current values`;
  if (record.name !== zone) return undefined;
  if (record.type === "NS") return "A HostedZone must contain at least one NS record for the zone itself.";
  return record.type === "SOA" ? "A HostedZone must contain exactly one SOA record." : undefined;
}

function judgeSiblings(zone: string, sets: RecordSets, record: DnsRecord): string | undefined {
  const key = keyOf(record);
  const { name, type, setIdentifier, weight, ttlS } = record;
  const here = [...sets.values()].filter((other) => other.name === name && keyOf(other) !== key);
  const siblings = here.filter((other) => other.type === type);
  const policy = policyOf(record);
  const set = setIdentifier === undefined ? "" : `, SetIdentifier ${setIdentifier}`;
  const what = `RRSet with DNS name ${showName(name)}, type ${type}${set} cannot be created as`;
  if (siblings.some((other) => policyOf(other) !== policy)) {
    const weighted = policy === "weighted" ? "a non-weighted set exists" : "other RRSets exist";
    return `${what} ${weighted} with the same name and type.`;
  }
  if (here.some((other) => (other.type === "CNAME") !== (type === "CNAME")))
    return `RRSet of type ${type} with DNS name ${showName(name)} is not permitted as it conflicts with other records with the same DNS name in zone ${showName(zone)}.`;
  if (weight === undefined) return undefined;
  // The developer guide says that the last TTL wins for the whole set; Route 53 itself has been seen to refuse it.
  if (siblings.some((other) => other.ttlS !== ttlS)) return `${what} weighted sets must contain the same TTL.`;
  return siblings.length >= WEIGHTED_MAX
    ? `${what} the limit of ${WEIGHTED_MAX} weighted sets with the same name and type was reached.`
    : undefined;
}

/** Record sets of one name and type must all be routed alike. */
export function policyOf({ setIdentifier, weight, other = {} }: DnsRecord): string {
  if (weight !== undefined) return "weighted";
  if (setIdentifier === undefined) return "simple";
  return routingFields.find((field) => field in other) ?? "simple";
}

/** Of a record set with a SetIdentifier there is exactly one of these, or a weight. */
export const routingFields = [
  "Region",
  "GeoLocation",
  "Failover",
  "MultiValueAnswer",
  "CidrRoutingConfig",
  "GeoProximityLocation",
] as const;

/** Every field counts but the order of the values. */
function isSame(a: DnsRecord, b: DnsRecord): boolean {
  return (
    a.weight === b.weight &&
    a.ttlS === b.ttlS &&
    a.healthCheckId === b.healthCheckId &&
    a.values.length === b.values.length &&
    a.values.every((value) => b.values.includes(value)) &&
    JSON.stringify(sorted(showRouting(a.other))) === JSON.stringify(sorted(showRouting(b.other)))
  );
}

/** Routing fields as Route 53 lists them: an alias's target in lower case and with its final dot, however it was sent. */
export function showRouting(other: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const { AliasTarget: alias } = other;
  if (typeof alias !== "object" || alias === null || !("DNSName" in alias)) return other;
  return { ...other, AliasTarget: { ...alias, DNSName: showName(canonicalName(String(alias.DNSName))) } };
}

function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => compare(a, b));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}

function quote({ name, type, setIdentifier }: DnsRecord): string {
  const set = setIdentifier === undefined ? "" : `, set identifier='${setIdentifier}'`;
  return `[name='${showName(name)}', type='${type}'${set}]`;
}
