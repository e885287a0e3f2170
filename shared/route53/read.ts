// Reading names from a hosted zone at little cost. Route 53 answers an account 10 times a second and lists at most 300
// record sets a request, in the order of the reversed labels (API reference, ListResourceRecordSets).
import { ListResourceRecordSetsCommand, type Route53Client, type RRType } from "@aws-sdk/client-route-53";
import { SoftError } from "../model/errors.ts";
import { fenceNameOf } from "../model/fence.ts";
import { canonicalName, type DnsRecord, type NameState } from "../model/record.ts";
import { fromRoute53 } from "./record.ts";

/** What Route 53 lists at most a request. */
export const PAGE_MAX = 300;
/** A name's usual records with those of a neighbour: a longer page costs a small Lambda more time than it saves. */
const PAGE_PER_NAME = 32;
/** For a whole page, the SDK's own retries included. */
const TIMEOUT_MS = 10_000;

export type Place = { name: string; type?: RRType | undefined; identifier?: string | undefined };
type Page = { records: DnsRecord[]; next?: Place };

/**
 * Lists the fences first and the records after them: whoever then swaps the fence that was read knows that nobody wrote
 * since. A name's first batch may fall between the two, so weighted records without a fence are believed only once the
 * fence was looked for again after them. @throws SoftError when the zone cannot be read.
 */
export async function readNames(
  client: Route53Client,
  zoneId: string,
  names: readonly string[],
): Promise<Map<string, NameState>> {
  const wanted = [...new Set(names.map(canonicalName))];
  const fences = await collectFences(client, zoneId, wanted);
  const records = await collect(client, zoneId, wanted, PAGE_PER_NAME);
  const bare = wanted.filter(
    (name) => !fences.has(name) && records.get(name)?.some(({ weight }) => weight !== undefined),
  );
  const late = await collectFences(client, zoneId, bare);
  const anew = await collect(client, zoneId, [...late.keys()], PAGE_PER_NAME);
  return new Map(
    wanted.map((name) => {
      const fence = late.get(name) ?? fences.get(name);
      const own = anew.get(name) ?? records.get(name) ?? [];
      return [name, { zoneId, name, ...(fence ? { fence } : {}), records: own }];
    }),
  );
}

/** By the name that each is the fence of. */
async function collectFences(
  client: Route53Client,
  zoneId: string,
  names: readonly string[],
): Promise<Map<string, DnsRecord>> {
  // A fence is one record set.
  const found = await collect(client, zoneId, names.map(fenceNameOf), 1);
  const fences = names.map((name) => [name, found.get(fenceNameOf(name))?.find(({ type }) => type === "TXT")] as const);
  return new Map(fences.flatMap(([name, fence]) => (fence ? [[name, fence]] : [])));
}

/**
 * The record sets of each name. One request a name at worst; neighbours share a page, and no more requests than the zone
 * has pages from the first name to the last, so 100 names side by side cost 2 and 100 names all over 10,000 records 34.
 *
 * | a page                                        | says of a wanted name                                    |
 * | --------------------------------------------- | -------------------------------------------------------- |
 * | began at it and goes on with another, or ends | its record sets; none: there are none                    |
 * | began at it and ends within it                | goes on: the next page is read                           |
 * | began before it, shows it and goes on         | its record sets                                          |
 * | began before it and does not show it          | nothing: that there are none, only its own request says  |
 * | began at the zone's first and holds them all  | its record sets; none: there are none                    |
 *
 * The last is asked for once, as soon as one name has turned out to be missing and others are left: of a zone that is new,
 * all may be.
 * So a mistake about Route 53's order costs requests, and never takes a record for gone. `sets`: as many as one name
 * usually has.
 */
async function collect(
  client: Route53Client,
  zoneId: string,
  names: readonly string[],
  sets: number,
): Promise<Map<string, DnsRecord[]>> {
  const left = new Set(names);
  const found = new Map<string, DnsRecord[]>();
  let askedForAll = false;
  for (const name of [...names].sort(byZoneOrder)) {
    if (!left.has(name)) continue;
    let place: Place | undefined = { name };
    const own: DnsRecord[] = [];
    while (place?.name === name) {
      const page: Page = await list(client, zoneId, place, left.size > 1 ? pageFor(left.size) : sets);
      const byName = Map.groupBy(page.records, (record) => record.name);
      own.push(...(byName.get(name) ?? []));
      for (const [other, records] of byName) {
        // The last name of a page may go on in the next one.
        if (other !== name && other !== page.next?.name && left.delete(other)) found.set(other, records);
      }
      place = page.next;
    }
    left.delete(name);
    found.set(name, own);
    if (own.length > 0 || left.size < 2 || askedForAll) continue;
    askedForAll = true;
    const all = await list(client, zoneId, undefined, PAGE_MAX);
    if (all.next) continue;
    const byName = Map.groupBy(all.records, (record) => record.name);
    for (const other of left) found.set(other, byName.get(other) ?? []);
    return found;
  }
  return found;
}

function pageFor(names: number): number {
  return Math.min(PAGE_MAX, PAGE_PER_NAME * names);
}

/** One page, from a place on or from the zone's first record. @throws SoftError when the zone cannot be read. */
export async function list(
  client: Route53Client,
  zoneId: string,
  place: Place | undefined,
  maxItems: number,
): Promise<Page> {
  const command = new ListResourceRecordSetsCommand({
    HostedZoneId: zoneId,
    StartRecordName: place?.name,
    StartRecordType: place?.type,
    StartRecordIdentifier: place?.identifier,
    MaxItems: maxItems,
  });
  try {
    const page = await client.send(command, { abortSignal: AbortSignal.timeout(TIMEOUT_MS) });
    const records = (page.ResourceRecordSets ?? []).map(fromRoute53);
    if (!page.IsTruncated || page.NextRecordName === undefined) return { records };
    const name = canonicalName(page.NextRecordName);
    const next = { name, type: page.NextRecordType, identifier: page.NextRecordIdentifier };
    if (isSame(next, place)) throw new Error(`its list does not go on after ${name} ${next.type ?? ""}`);
    return { records, next };
  } catch (cause) {
    const reason = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    throw new SoftError(`hosted zone ${zoneId} could not be read: ${reason}`, { cause });
  }
}

/** Whoever is sent back to where they began would ask for ever. */
function isSame(next: Place, place: Place | undefined): boolean {
  return next.name === place?.name && next.type === place.type && next.identifier === place.identifier;
}

/** Route 53's order: labels reversed, each followed by a dot, as ASCII. */
function byZoneOrder(a: string, b: string): number {
  const [left, right] = [reversed(a), reversed(b)];
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

function reversed(name: string): string {
  return `${name.split(".").toReversed().join(".")}.`;
}
