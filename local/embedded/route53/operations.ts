// The operations of Route 53 that are embedded, each with its place in the REST interface.
import { AwsError } from "../loopback.ts";
import { byListingOrder, inListingOrder } from "./batch.ts";
import { createCheckSchema, showCheck } from "./health-checks.ts";
import { compare, readName, showName, sortKey } from "./names.ts";
import { changesSchema, type Content, createZoneSchema, readChange, readXml, showRecordSet } from "./xml.ts";
import type { ChangeInfo, HostedZone, Zones } from "./zones.ts";

/** Route 53 developer guide, "Quotas": record sets, and hosted zones, a listing. */
const PAGE_MAX = 300;
const ZONES_MAX = 100;
/** API reference, ListHealthChecks: "you can specify a maximum of 1,000". */
const CHECKS_PAGE_MAX = 1000;
/** Where a caller says nothing: that a listing has pages must not come as a surprise. */
const CHECKS_PAGE = 100;

/** `location`: the path of what was made. */
export type Reply = { root: string; content: Content; status?: number; location?: string };
export type Ids = { zoneId: string | undefined; changeId: string | undefined };
export type Input = { zones: Zones; query: URLSearchParams; body: Buffer };
type Run = (input: Input, id: string) => Reply | Promise<Reply>;

const table: { name: string; method: string; path: RegExp; run: Run }[] = [
  { name: "CreateHostedZone", method: "POST", path: /^\/hostedzone$/, run: createHostedZone },
  { name: "ListHostedZones", method: "GET", path: /^\/hostedzone$/, run: listHostedZones },
  { name: "GetHostedZoneCount", method: "GET", path: /^\/hostedzonecount$/, run: countHostedZones },
  { name: "ListHostedZonesByName", method: "GET", path: /^\/hostedzonesbyname$/, run: listHostedZonesByName },
  { name: "GetHostedZone", method: "GET", path: /^\/hostedzone\/([^/]+)$/, run: getHostedZone },
  { name: "DeleteHostedZone", method: "DELETE", path: /^\/hostedzone\/([^/]+)$/, run: deleteHostedZone },
  { name: "ListResourceRecordSets", method: "GET", path: /^\/hostedzone\/([^/]+)\/rrset$/, run: listRecordSets },
  { name: "ChangeResourceRecordSets", method: "POST", path: /^\/hostedzone\/([^/]+)\/rrset$/, run: changeRecordSets },
  { name: "GetChange", method: "GET", path: /^\/change\/([^/]+)$/, run: getChange },
  { name: "CreateHealthCheck", method: "POST", path: /^\/healthcheck$/, run: createHealthCheck },
  { name: "ListHealthChecks", method: "GET", path: /^\/healthcheck$/, run: listHealthChecks },
  { name: "GetHealthCheck", method: "GET", path: /^\/healthcheck\/([^/]+)$/, run: getHealthCheck },
  { name: "DeleteHealthCheck", method: "DELETE", path: /^\/healthcheck\/([^/]+)$/, run: deleteHealthCheck },
];

/** Throws an AwsError for what is not embedded. */
export function findOperation(
  method: string,
  url: URL,
): { name: string; ids: Ids; run: (input: Input) => ReturnType<Run> } {
  const path = decodePath(url.pathname)
    .replace(/^\/2013-04-01/, "")
    .replace(/(?<=.)\/$/, "");
  for (const operation of table) {
    const match = operation.path.exec(path);
    if (!match || operation.method !== method) continue;
    const id = match[1] ?? "";
    const of = (kind: string): string | undefined => (path.startsWith(`/${kind}/`) ? id : undefined);
    const ids = { zoneId: of("hostedzone"), changeId: of("change") };
    return { name: operation.name, ids, run: (input) => operation.run(input, id) };
  }
  throw new AwsError("InvalidAction", `The embedded Route 53 does not know ${method} ${path}`, 404);
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

async function createHostedZone({ zones, body }: Input): Promise<Reply> {
  const { Name, CallerReference, HostedZoneConfig } = readXml(body, "CreateHostedZoneRequest", createZoneSchema);
  const comment = HostedZoneConfig?.Comment;
  const zone = await zones.create({
    name: Name,
    reference: CallerReference,
    ...(comment === undefined ? {} : { comment }),
  });
  const content = {
    HostedZone: showZone(zone),
    ChangeInfo: showChange(zones, zone.change),
    DelegationSet: showDelegation(zone),
  };
  return { root: "CreateHostedZoneResponse", content, status: 201, location: `hostedzone/${zone.id}` };
}

function listHostedZones({ zones, query }: Input): Reply {
  const max = maxItems(query, ZONES_MAX);
  const all = zones.list().sort((a, b) => compare(a.id, b.id));
  const from = all.filter(({ id }) => id >= (query.get("marker") ?? ""));
  const next = from[max];
  const content = {
    HostedZones: from.slice(0, max).map((zone) => ({ HostedZone: showZone(zone) })),
    Marker: query.get("marker") ?? undefined,
    IsTruncated: next !== undefined,
    NextMarker: next?.id,
    MaxItems: max,
  };
  return { root: "ListHostedZonesResponse", content };
}

function countHostedZones({ zones }: Input): Reply {
  return { root: "GetHostedZoneCountResponse", content: { HostedZoneCount: zones.list().length } };
}

function listHostedZonesByName({ zones, query }: Input): Reply {
  const max = maxItems(query, ZONES_MAX);
  const dnsName = query.get("dnsname");
  const id = query.get("hostedzoneid") ?? "";
  const start = dnsName === null ? "" : sortKey(readName(dnsName));
  const from = zones.list().filter((zone) => (compare(sortKey(zone.name), start) || compare(zone.id, id)) >= 0);
  const next = from[max];
  const content = {
    HostedZones: from.slice(0, max).map((zone) => ({ HostedZone: showZone(zone) })),
    DNSName: dnsName ?? undefined,
    IsTruncated: next !== undefined,
    NextDNSName: next && showName(next.name),
    NextHostedZoneId: next?.id,
    MaxItems: max,
  };
  return { root: "ListHostedZonesByNameResponse", content };
}

function getHostedZone({ zones }: Input, id: string): Reply {
  const zone = zones.get(id);
  return {
    root: "GetHostedZoneResponse",
    content: { HostedZone: showZone(zone), DelegationSet: showDelegation(zone) },
  };
}

async function deleteHostedZone({ zones }: Input, id: string): Promise<Reply> {
  const change = await zones.remove(id);
  return { root: "DeleteHostedZoneResponse", content: { ChangeInfo: showChange(zones, change) } };
}

/** Without a type the listing begins at the name's first set, without a name at the zone's. */
function listRecordSets({ zones, query }: Input, id: string): Reply {
  const max = maxItems(query, PAGE_MAX);
  const name = query.get("name");
  const type = query.get("type");
  const setIdentifier = query.get("identifier");
  if ((type !== null && name === null) || (setIdentifier !== null && type === null)) {
    throw new AwsError("InvalidInput", "The input is not valid: a type needs a name, and an identifier a type");
  }
  const start = {
    name: name === null ? "" : readName(name),
    type: type ?? "",
    setIdentifier: setIdentifier ?? "",
    values: [],
  };
  const all = inListingOrder(zones.get(id).sets);
  const first = name === null ? 0 : all.findIndex((record) => byListingOrder(record, start) >= 0);
  const from = first === -1 ? [] : all.slice(first, first + max + 1);
  const next = from[max];
  const content = {
    ResourceRecordSets: from.slice(0, max).map((record) => ({ ResourceRecordSet: showRecordSet(record) })),
    IsTruncated: next !== undefined,
    NextRecordName: next && showName(next.name),
    NextRecordType: next?.type,
    NextRecordIdentifier: next?.setIdentifier,
    MaxItems: max,
  };
  return { root: "ListResourceRecordSetsResponse", content };
}

async function changeRecordSets({ zones, body }: Input, id: string): Promise<Reply> {
  zones.get(id);
  const { ChangeBatch } = readXml(body, "ChangeResourceRecordSetsRequest", changesSchema);
  const change = await zones.change(id, ChangeBatch.Changes.Change.map(readChange), ChangeBatch.Comment);
  return { root: "ChangeResourceRecordSetsResponse", content: { ChangeInfo: showChange(zones, change) } };
}

function getChange({ zones }: Input, id: string): Reply {
  return { root: "GetChangeResponse", content: { ChangeInfo: showChange(zones, zones.status(id)) } };
}

async function createHealthCheck({ zones, body }: Input): Promise<Reply> {
  const check = await zones.checks.create(readXml(body, "CreateHealthCheckRequest", createCheckSchema));
  const content = { HealthCheck: showCheck(check) };
  return { root: "CreateHealthCheckResponse", content, status: 201, location: `healthcheck/${check.id}` };
}

function listHealthChecks({ zones, query }: Input): Reply {
  const max = maxItems(query, CHECKS_PAGE_MAX, CHECKS_PAGE);
  const marker = query.get("marker") ?? "";
  const from = zones.checks.list().filter(({ id }) => id >= marker);
  const next = from[max];
  const content = {
    HealthChecks: from.slice(0, max).map((check) => ({ HealthCheck: showCheck(check) })),
    Marker: marker,
    IsTruncated: next !== undefined,
    NextMarker: next?.id,
    MaxItems: max,
  };
  return { root: "ListHealthChecksResponse", content };
}

function getHealthCheck({ zones }: Input, id: string): Reply {
  return { root: "GetHealthCheckResponse", content: { HealthCheck: showCheck(zones.checks.get(id)) } };
}

async function deleteHealthCheck({ zones }: Input, id: string): Promise<Reply> {
  await zones.checks.remove(id);
  return { root: "DeleteHealthCheckResponse", content: {} };
}

/** More than the most is the most, as with Route 53. */
function maxItems(query: URLSearchParams, max: number, usual = max): number {
  const asked = query.get("maxitems") ?? String(usual);
  if (!/^[1-9]\d{0,9}$/.test(asked))
    throw new AwsError("InvalidInput", `maxitems '${asked}' is not a number from 1 on`);
  return Math.min(max, Number(asked));
}

function showZone({ id, name, reference, comment, sets }: HostedZone): Content {
  return {
    Id: `/hostedzone/${id}`,
    Name: showName(name),
    CallerReference: reference,
    Config: { Comment: comment, PrivateZone: false },
    ResourceRecordSetCount: sets.size,
  };
}

function showDelegation({ name, sets }: HostedZone): Content {
  const servers = sets.get(`${name} NS `)?.values ?? [];
  return { NameServers: servers.map((server) => ({ NameServer: server.replace(/\.$/, "") })) };
}

function showChange(zones: Zones, { id }: ChangeInfo): Content {
  const { status, submittedMs, comment } = zones.status(id);
  return { Id: `/change/${id}`, Status: status, SubmittedAt: new Date(submittedMs).toISOString(), Comment: comment };
}
