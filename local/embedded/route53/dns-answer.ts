// What Route 53's name servers answer from a zone: wildcards, CNAMEs, delegations, weights, and that there is nothing.
// RFC 1034 4.3.2, RFC 2308, RFC 4592; Route 53 developer guide, "Choosing a routing policy".
import type { Answer } from "dns-packet";
import type { DnsRecord } from "../../../shared/model/record.ts";
import type { RecordSets } from "./batch.ts";
import { policyOf } from "./batch.ts";
import { toAnswer, toSoa, wireName } from "./dns-data.ts";
import { rcode } from "./dns-question.ts";
import { isWithin, parentOf, readName } from "./names.ts";
import type { HostedZone, Zones } from "./zones.ts";

/** A chain of CNAMEs or aliases longer than this is a loop. */
const CHAIN_MAX = 16;
/** Route 53 answers with up to eight of the multivalue sets. */
const MULTIVALUE_MAX = 8;

export type Found = { rcode: number; authoritative: boolean; answers: Answer[]; authorities: Answer[]; glue: Answer[] };

/** Record sets by name and type, and every name that has something below it. */
type Index = { sets: Map<string, Map<string, DnsRecord[]>>; inner: Set<string> };

const indexes = new WeakMap<RecordSets, Index>();

/** `owner`: the name as it was asked, for the first record of the answer. */
export function findAnswer(zones: Zones, name: string, type: string, random: () => number): Found {
  const zone = zones.find(name);
  const found: Found = { rcode: rcode.noError, authoritative: true, answers: [], authorities: [], glue: [] };
  if (!zone || type === "AXFR" || type === "IXFR") return { ...found, rcode: rcode.refused, authoritative: false };
  return follow({ zones, type, random, found }, zone, name, 0);
}

type Search = { zones: Zones; type: string; random: () => number; found: Found };

function follow(search: Search, zone: HostedZone, name: string, depth: number): Found {
  const { zones, type, random, found } = search;
  if (depth > CHAIN_MAX) return { ...found, rcode: rcode.servFail, answers: [] };
  const index = indexOf(zones.served(zone));
  const cut = delegationOf(index, zone.name, name);
  if (cut !== undefined && !(cut === name && type === "DS")) return refer(found, index, cut, depth);
  const at = nodeOf(index, zone.name, name);
  if (at === undefined) return nothing(found, index, zone, rcode.nxDomain);
  const exact = type === "ANY" ? [...at.values()][0] : at.get(type);
  if (exact) return answerWith(search, zone, name, pick(exact, random), depth);
  const [alias] = pick(at.get("CNAME") ?? [], random);
  const target = alias?.values[0];
  if (!alias || target === undefined) return nothing(found, index, zone, rcode.noError);
  found.answers.push(toAnswer(name, alias, target));
  const next = readName(target);
  const nextZone = zones.find(next);
  return nextZone ? follow(search, nextZone, next, depth + 1) : found;
}

function answerWith(search: Search, zone: HostedZone, name: string, picked: DnsRecord[], depth: number): Found {
  const { zones, random, found } = search;
  for (const record of picked) {
    const target = aliasTarget(record);
    for (const value of shuffle(record.values, random)) found.answers.push(toAnswer(name, record, value));
    if (target === undefined) continue;
    // An alias is answered with what its target has, under its own name; beyond our zones there is nothing to ask.
    const from = zones.find(target);
    if (!from) continue;
    const apart = { ...found, answers: [], authorities: [], glue: [] };
    const there = follow({ ...search, found: apart }, from, target, depth + 1);
    if (there.rcode === rcode.servFail) return there;
    for (const answer of there.answers)
      if (answer.type === record.type) found.answers.push({ ...answer, name: wireName(name) });
  }
  if (found.answers.length > 0) return found;
  return nothing(found, indexOf(zones.served(zone)), zone, rcode.noError);
}

function aliasTarget({ other = {} }: DnsRecord): string | undefined {
  const alias = other["AliasTarget"];
  if (typeof alias !== "object" || alias === null || !("DNSName" in alias)) return undefined;
  return typeof alias.DNSName === "string" ? readName(alias.DNSName) : undefined;
}

/**
 * Which of the record sets of one name and type are answered.
 *
 * | routed by                         | answered                                                                |
 * | --------------------------------- | ----------------------------------------------------------------------- |
 * | nothing (simple)                  | the one set                                                             |
 * | weight, some above 0              | one, as often as its share of the sum; those of weight 0 never          |
 * | weight, all 0                     | one, all equally often                                                  |
 * | multivalue                        | up to eight of them at random                                           |
 * | failover                          | the primary: nothing is checked here                                    |
 * | region, place, network            | the first: a local resolver is nowhere in particular                    |
 */
export function pick(sets: readonly DnsRecord[], random: () => number): DnsRecord[] {
  const [first] = sets;
  if (!first) return [];
  switch (policyOf(first)) {
    case "weighted":
      return [pickWeighted(sets, random) ?? first];
    case "MultiValueAnswer":
      return shuffle(sets, random).slice(0, MULTIVALUE_MAX);
    case "Failover":
      return [sets.find(({ other }) => other?.["Failover"] === "PRIMARY") ?? first];
    default:
      return [first];
  }
}

function pickWeighted(sets: readonly DnsRecord[], random: () => number): DnsRecord | undefined {
  const sum = sets.reduce((total, { weight = 0 }) => total + weight, 0);
  if (sum === 0) return sets[Math.floor(random() * sets.length)];
  let left = random() * sum;
  return sets.find(({ weight = 0 }) => {
    left -= weight;
    return left < 0;
  });
}

/** Fisher and Yates. */
function shuffle<T>(list: readonly T[], random: () => number): T[] {
  const rest = [...list];
  return list.flatMap(() => rest.splice(Math.floor(random() * rest.length), 1));
}

function nothing(found: Found, index: Index, { name }: HostedZone, code: number): Found {
  const [soa] = index.sets.get(name)?.get("SOA") ?? [];
  if (soa) found.authorities.push(toSoa(name, soa.values[0] ?? "", soa.ttlS ?? 0, true));
  found.rcode = code;
  return found;
}

/** A name that is delegated is somebody else's to answer. */
function refer(found: Found, index: Index, cut: string, depth: number): Found {
  for (const record of index.sets.get(cut)?.get("NS") ?? [])
    for (const server of record.values) {
      found.authorities.push(toAnswer(cut, record, server));
      const addresses = index.sets.get(readName(server));
      const glue = [...(addresses?.get("A") ?? []), ...(addresses?.get("AAAA") ?? [])];
      for (const address of glue)
        for (const value of address.values) found.glue.push(toAnswer(readName(server), address, value));
    }
  return { ...found, authoritative: depth > 0 };
}

/** The topmost name below the apex, at or above `name`, with NS records of its own. */
function delegationOf(index: Index, apex: string, name: string): string | undefined {
  let cut: string | undefined;
  for (let at: string | undefined = name; at !== undefined && at !== apex; at = parentOf(at))
    if (index.sets.get(at)?.has("NS")) cut = at;
  return cut;
}

/**
 * The record sets at a name; of the wildcard below its closest encloser when it is not there itself; none for a name that
 * only has others below it; undefined when there is no such name.
 */
function nodeOf(index: Index, apex: string, name: string): Map<string, DnsRecord[]> | undefined {
  const here = index.sets.get(name);
  if (here || index.inner.has(name)) return here ?? new Map();
  for (let at = parentOf(name); at !== undefined && isWithin(at, apex); at = parentOf(at))
    if (index.sets.has(at) || index.inner.has(at)) return index.sets.get(`*.${at}`);
  return undefined;
}

function indexOf(records: RecordSets): Index {
  const known = indexes.get(records);
  if (known) return known;
  const index: Index = { sets: new Map(), inner: new Set() };
  for (const record of records.values()) {
    const types = index.sets.get(record.name) ?? new Map<string, DnsRecord[]>();
    index.sets.set(record.name, types);
    types.set(record.type, [...(types.get(record.type) ?? []), record]);
    for (let at = parentOf(record.name); at !== undefined && !index.inner.has(at); at = parentOf(at))
      index.inner.add(at);
  }
  indexes.set(records, index);
  return index;
}
