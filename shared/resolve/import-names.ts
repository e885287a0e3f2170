// Which names of a hosted zone can be pools, and why others cannot. Pure; needs model.
import type { DnsRecord } from "../model/record.ts";
import { judgeAddress } from "./address.ts";
import { judgeName } from "./name.ts";

/** One address of a name. Without a `setIdentifier` it stood in a simple record. */
export type Candidate = {
  name: string;
  ttlS: number;
  simple: boolean;
  members: { address: string; setIdentifier?: string; weight: number; healthCheckId?: string }[];
};

export type ReadName = { candidate?: Candidate; notes: string[] };

/** What `ttlS` of a pool may be. */
const TTL_MAX = 86_400;

/** Route 53 answers from at most 100 weighted records of one name and type. */
const SET_MAX = 100;

const routings: Readonly<Record<string, string>> = {
  Region: "latency",
  GeoLocation: "geolocation",
  GeoProximityLocation: "geoproximity",
  Failover: "failover",
  MultiValueAnswer: "multivalue",
  CidrRoutingConfig: "IP-based",
};

/**
 * What becomes of a name with these record sets.
 *
 * | its A records                              | becomes                                        |
 * | ------------------------------------------ | ---------------------------------------------- |
 * | none, or one simple one of one address     | nothing, and nothing is said                   |
 * | an alias                                   | a note                                         |
 * | routed by anything but weight              | a note                                         |
 * | a simple one of several addresses          | a candidate, to be adopted                     |
 * | … of over 100                              | a note: Route 53 has no such weighted set      |
 * | weighted, each of one address              | a candidate                                    |
 * | weighted, some of several addresses        | a candidate of the others, and a note          |
 * | … two of the same address                  | a candidate with the first, and a note         |
 * | … all of weight 0                          | a candidate with all at 1, as Route 53 answers |
 * | with an address that no Lambda reaches     | a note                                         |
 * | at a name that cannot be served            | a note                                         |
 *
 * AAAA records beside a candidate are noted.
 */
export function readName(name: string, records: readonly DnsRecord[]): ReadName {
  const sets = records.filter(({ type }) => type === "A");
  const values = sets.flatMap((set) => set.values);
  const weighted = sets.length > 0 && sets.every(({ weight }) => weight !== undefined);
  if (!weighted && values.length < 2 && !sets.some(({ other }) => other)) return { notes: [] };
  const why = faultOf(name, sets, values);
  if (why !== undefined) return { notes: [`${name}: ${why}`] };
  const { members, notes } = weighted ? weightedMembers(sets) : simpleMembers(values);
  if (members.length === 0) return { notes: notes.map((note) => `${name}: ${note}`) };
  const ttlS = sets[0]?.ttlS ?? 60;
  const candidate = { name, ttlS: Math.min(Math.max(ttlS, 1), TTL_MAX), simple: !weighted, members };
  if (candidate.ttlS !== ttlS)
    notes.push(`its TTL of ${ttlS} s is none that a pool can have; ${candidate.ttlS} stands here`);
  const six = records.filter(({ type }) => type === "AAAA").flatMap((set) => set.values);
  if (six.length > 0)
    notes.push(
      `its AAAA records (${six.slice(0, 5).join(", ")}) are not imported; where they are the load balancers' own, give them as address6`,
    );
  return { candidate, notes: notes.map((note) => `${name}: ${note}`) };
}

function faultOf(name: string, sets: readonly DnsRecord[], values: readonly string[]): string | undefined {
  const alias = sets.flatMap(({ other }) => aliasOf(other) ?? []);
  if (alias.length > 0) return `its A record is an alias of ${alias.join(", ")}, which no pool can be`;
  const kinds = sets.flatMap(({ other = {} }) => Object.keys(other).map((field) => routings[field] ?? field));
  if (kinds.length > 0)
    return `its A records are routed by ${[...new Set(kinds)].toSorted().join(" and ")}, and a pool only by weight`;
  if (sets.some(({ setIdentifier = "x" }) => !/^[\x20-\x7e]{1,128}$/.test(setIdentifier)))
    return "a SetIdentifier of it has characters beyond printable ASCII";
  if (values.length > SET_MAX) return `it has ${values.length} addresses, and a weighted set at most ${SET_MAX}`;
  const address = values.map((value) => judgeAddress(value, { allowLocal: false, examples: true })).find(Boolean);
  return address ?? judgeName(name);
}

/** Where an alias points, canonical; undefined for a record that is none. */
export function aliasOf(other: Readonly<Record<string, unknown>> | undefined): string | undefined {
  const alias = other?.["AliasTarget"];
  if (typeof alias !== "object" || alias === null || !("DNSName" in alias)) return undefined;
  return typeof alias.DNSName === "string" ? alias.DNSName.toLowerCase().replace(/\.$/, "") : undefined;
}

type Members = { members: Candidate["members"]; notes: string[] };

function simpleMembers(values: readonly string[]): Members {
  return { members: values.map((address) => ({ address, weight: 1 })), notes: [] };
}

function weightedMembers(sets: readonly DnsRecord[]): Members {
  const notes: string[] = [];
  const members: Candidate["members"] = [];
  for (const { setIdentifier = "", weight = 0, values, healthCheckId } of sets) {
    const [address] = values;
    const twin = members.find((member) => member.address === address);
    if (address === undefined || values.length !== 1)
      notes.push(
        `record '${setIdentifier}' has ${values.length} addresses, and a load balancer has one; it is left out`,
      );
    else if (twin)
      notes.push(`records '${twin.setIdentifier}' and '${setIdentifier}' are both ${address}; the second is left out`);
    else members.push({ address, setIdentifier, weight, ...(healthCheckId === undefined ? {} : { healthCheckId }) });
  }
  if (members.length === 0 || members.some(({ weight }) => weight > 0)) return { members, notes };
  notes.push("all its weights are 0, and Route 53 answers with all alike; 1 stands here for each");
  return { members: members.map((member) => ({ ...member, weight: 1 })), notes };
}
