// A configuration from what stands in a hosted zone. Pure; needs model.
import type { CheckInput } from "../model/check.ts";
import { canonicalName, type DnsRecord } from "../model/record.ts";
import type { HealthCheck, HostedZone } from "../model/survey.ts";
import { canonicalJson } from "../model/digest.ts";
import { checkName, convertCheck, usualCheck } from "./import-checks.ts";
import { aliasOf, type Candidate, readName } from "./import-names.ts";

export type Found = { zone: HostedZone; records: readonly DnsRecord[]; healthChecks: readonly HealthCheck[] };

export type ImportedPool = {
  id: string;
  names: string[];
  ttlS: number;
  members: { id: string; setIdentifier: string; island: string; address: string; weight: number }[];
  checks: string[];
  /** What is told beside it. */
  remarks: string[];
};

export type ImportedCheck = { name: string; check: CheckInput; remarks: string[] };

export type Imported = {
  zone: HostedZone;
  owner: string;
  intervalS: number;
  checks: ImportedCheck[];
  islands: { id: string; addresses: string[] }[];
  pools: ImportedPool[];
  /** What could not be expressed, a sentence each. */
  notes: string[];
};

/**
 * Weighted A sets and simple A records of several addresses become pools in observe mode, and the health checks of their
 * records or addresses their checks. Names with the same addresses, weights, SetIdentifiers and TTL share a pool; a
 * simple record joins the pool with its addresses and TTL.
 */
export function importZone({ zone, records, healthChecks }: Found): Imported {
  const names = Map.groupBy(records, ({ name }) => name);
  const read = [...names].map(([name, sets]) => readName(name, sets));
  const groups = groupCandidates(read.flatMap(({ candidate }) => candidate ?? []));
  const ids = idsOf(groups.flat());
  const checks = new Map<string, ImportedCheck>();
  const notes = new Set(read.flatMap((one) => one.notes));
  const taken = new Set<string>();
  const used: HealthCheck[] = [];
  const pools = groups.map((group): ImportedPool => {
    const found = checksOf(group, healthChecks, zone, checks);
    for (const note of found.notes) notes.add(note);
    used.push(...found.used);
    return {
      id: unique(poolId(group[0]?.name ?? "", zone.name), taken),
      names: group.map(({ name }) => name),
      ttlS: group[0]?.ttlS ?? 60,
      members: membersOf(group, ids),
      checks: found.checks,
      remarks: [...remarksOf(group, records), ...found.remarks],
    };
  });
  const served = new Set(pools.flatMap((pool) => pool.names));
  return {
    zone,
    owner: slug(zone.name.split(".")[0] ?? "") || "lifeboat",
    intervalS: used.some(({ intervalS }) => intervalS === 10) ? 10 : 30,
    checks: [...checks.values()],
    islands: islandsOf(pools),
    pools,
    // An alias of a pool's name is told beside the pool.
    notes: [...notes].filter((note) => !isAliasOf(note, records, served)),
  };
}

/** Names that share a pool, weighted ones first. */
function groupCandidates(candidates: readonly Candidate[]): Candidate[][] {
  const weighted = Map.groupBy(
    candidates.filter(({ simple }) => !simple),
    (one) =>
      canonicalJson([one.ttlS, sorted(one).map((member) => [member.address, member.setIdentifier, member.weight])]),
  );
  const groups = [...weighted.values()];
  const addresses = (one: Candidate): string => canonicalJson([one.ttlS, sorted(one).map(({ address }) => address)]);
  for (const simple of candidates.filter((one) => one.simple)) {
    const group = groups.find(([first]) => first && addresses(first) === addresses(simple));
    if (group) group.push(simple);
    else groups.push([simple]);
  }
  return groups;
}

function sorted({ members }: Candidate): Candidate["members"] {
  return members.toSorted((a, b) => (a.address < b.address ? -1 : 1));
}

/** By address: an address is one box wherever it stands, and is called as its first record is. */
function idsOf(candidates: readonly Candidate[]): Map<string, string> {
  const ids = new Map<string, string>();
  const taken = new Set<string>();
  for (const { address, setIdentifier } of candidates.flatMap(({ members }) => members)) {
    if (ids.has(address)) continue;
    const wanted = setIdentifier === undefined ? "" : isId(setIdentifier) ? setIdentifier : slug(setIdentifier);
    ids.set(address, unique(wanted || `lb-${address.replaceAll(".", "-")}`, taken));
  }
  return ids;
}

function membersOf(group: readonly Candidate[], ids: ReadonlyMap<string, string>): ImportedPool["members"] {
  return (group[0]?.members ?? []).map(({ address, setIdentifier, weight }) => {
    const id = ids.get(address) ?? address;
    return { id, setIdentifier: setIdentifier ?? id, island: islandOf(address), address, weight };
  });
}

/** Sites mostly have a network each: a guess that is better than one island, and is marked as one. */
function islandOf(address: string): string {
  return `net-${address.split(".").slice(0, 3).join("-")}`;
}

function islandsOf(pools: readonly ImportedPool[]): Imported["islands"] {
  const members = pools.flatMap((pool) => pool.members);
  const byIsland = Map.groupBy(members, ({ island }) => island);
  return [...byIsland].map(([id, ones]) => ({ id, addresses: [...new Set(ones.map(({ address }) => address))] }));
}

type PoolChecks = { checks: string[]; used: HealthCheck[]; remarks: string[]; notes: string[] };

/** The health checks of a pool's records and of its addresses, each definition once over all pools. */
function checksOf(
  group: readonly Candidate[],
  healthChecks: readonly HealthCheck[],
  zone: HostedZone,
  known: Map<string, ImportedCheck>,
): PoolChecks {
  const members = group.flatMap((one) => one.members);
  const wanted = new Set(members.flatMap(({ healthCheckId }) => healthCheckId ?? []));
  const addresses = new Set(members.map(({ address }) => address));
  const found = healthChecks.filter(
    ({ id, address }) => wanted.has(id) || (address !== undefined && addresses.has(address)),
  );
  const host = group.map(({ name }) => name).find((name) => !name.startsWith("*.")) ?? zone.name;
  const result: PoolChecks = { checks: [], used: [], remarks: [], notes: [] };
  const take = (check: CheckInput, remarks: readonly string[]): void => {
    const entry = enter(check, known);
    for (const remark of remarks) if (!entry.remarks.includes(remark)) entry.remarks.push(remark);
    if (!result.checks.includes(entry.name)) result.checks.push(entry.name);
  };
  for (const one of found) {
    const converted = convertCheck(one, host);
    if ("note" in converted) result.notes.push(converted.note);
    else {
      take(converted.check, [`Route 53 health check ${one.id}${pace(one)}`, ...converted.remarks]);
      result.used.push(one);
    }
  }
  for (const id of wanted)
    if (!healthChecks.some((one) => one.id === id)) result.notes.push(`health check ${id} of a record is not there`);
  const bare = members.filter(({ healthCheckId }) => healthCheckId === undefined).length;
  if (wanted.size > 0 && bare > 0)
    result.remarks.push("only some of its records have a health check; here all are asked the same");
  if (result.checks.length > 0) return result;
  take(usualCheck(host), ["guessed: no health check was found; ask what your load balancers answer"]);
  return result;
}

function pace({ intervalS = 30, failures = 3 }: HealthCheck): string {
  return `, every ${intervalS} s, ${failures} failures`;
}

/** The check of this definition, made if there is none yet. */
function enter(check: CheckInput, known: Map<string, ImportedCheck>): ImportedCheck {
  const key = canonicalJson(check);
  const names = new Set([...known.values()].map(({ name }) => name));
  const entry = known.get(key) ?? { name: unique(checkName(check), names), check, remarks: [] };
  known.set(key, entry);
  return entry;
}

function remarksOf(group: readonly Candidate[], records: readonly DnsRecord[]): string[] {
  const names = new Set(group.map(({ name }) => name));
  const pointing = records.flatMap(({ name, type, values, other }) => {
    const target = type === "CNAME" ? canonicalName(values[0] ?? "") : aliasOf(other);
    if (target === undefined || !names.has(target)) return [];
    return [`${name} is ${type === "CNAME" ? "a CNAME to" : "an alias of"} ${target}, and follows it by itself`];
  });
  const fences = records.flatMap(({ name, type }) =>
    type === "TXT" && [...names].some((one) => name === `_lifeboat.${one}`)
      ? [`${name} is there: some deployment of Lifeboat serves the name already`]
      : [],
  );
  const simple = group
    .filter((one) => one.simple)
    .map(({ name }) => `${name} is one simple record; \`lifeboat adopt\` makes weighted ones of it in one batch`);
  return [...fences, ...simple, ...new Set(pointing)];
}

function isAliasOf(note: string, records: readonly DnsRecord[], served: ReadonlySet<string>): boolean {
  return records.some(({ name, other }) => {
    const target = aliasOf(other);
    return target !== undefined && served.has(target) && note.startsWith(`${name}: its A record is an alias of `);
  });
}

/** `lb.example.com` in `example.com` → `lb`; the apex → `apex`. */
function poolId(name: string, zone: string): string {
  const rest = name === zone ? "apex" : name.slice(0, -(zone.length + 1));
  return slug(rest.replace(/^\*/, "any")) || "pool";
}

function isId(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$/.test(text);
}

/** "Primary Load Balancer" → "primary-load-balancer"; room is left for a number. */
function slug(text: string): string {
  const word = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9.]+/g, "-")
    .replaceAll(/^[-.]+|[-.]+$/g, "");
  return word.slice(0, 60);
}

function unique(wanted: string, taken: Set<string>): string {
  let [candidate, count] = [wanted, 1];
  while (taken.has(candidate)) candidate = `${wanted}-${++count}`;
  taken.add(candidate);
  return candidate;
}
