// What stands in a zone that makes failover slower or surprising, whoever put it there. Pure; needs model.
import type { DnsRecord, Family } from "../model/record.ts";

/** One finding on one name; `negative-ttl` on a zone, under the zone's name. `detail`: sentences for people, with the remedy. */
export type ZoneLint = {
  kind: "negative-ttl" | "mixed-ttl" | "ttl" | "cname" | "alias" | "routing" | "sibling" | "health-check";
  name: string;
  detail: string;
};

export type LintInput = {
  name: string;
  /** The record sets at the name, of every type. */
  records: readonly DnsRecord[];
  /** SetIdentifiers of the pool's load balancers. */
  setIdentifiers: readonly string[];
};

/** Clients keep a withdrawn address for a TTL. */
const TTL_S = 60;
/** Clients keep "there is nothing" for so long, and more is a long outage for a short mistake. */
const NEGATIVE_S = 300;

const routingNames: Readonly<Record<string, string>> = {
  Region: "latency",
  GeoLocation: "geolocation",
  GeoProximityLocation: "geoproximity",
  Failover: "failover",
  MultiValueAnswer: "multivalue",
  CidrRoutingConfig: "IP-based",
};

/**
 * Everything worth a look at one name, at most one finding a kind and family.
 *
 * | kind         | when                                                                            |
 * | ------------ | ------------------------------------------------------------------------------- |
 * | ttl          | a TTL above 60 s                                                                |
 * | mixed-ttl    | two TTLs at the name, in one family or between the two                          |
 * | cname        | a CNAME stands at the name: nothing else may (RFC 1034, 3.6.2)                  |
 * | alias        | an alias record                                                                 |
 * | routing      | a set that is not routed by weight (latency, place, failover, multivalue)       |
 * | sibling      | a weighted record with a SetIdentifier of no load balancer of the pool          |
 * | health-check | some weighted records of a family have a health check, others have none         |
 */
export function lintName(input: LintInput): ZoneLint[] {
  const { name, records, setIdentifiers } = input;
  const addresses = records.filter(isAddress);
  const say = (kind: ZoneLint["kind"], detail: string): ZoneLint => ({ kind, name, detail });
  const cnames = records.filter(({ type }) => type === "CNAME");
  return [
    ...lintTtl(addresses).map((detail) => say("ttl", detail)),
    ...lintMixed(addresses).map((detail) => say("mixed-ttl", detail)),
    ...(cnames.length === 0
      ? []
      : [
          say(
            "cname",
            `A CNAME to ${cnames[0]?.values[0] ?? "an alias"} stands at the name, and nothing may stand beside a CNAME. Delete it first: Lifeboat deletes no record of that type.`,
          ),
        ]),
    ...ofFamilies(addresses, lintAlias).map((detail) => say("alias", detail)),
    ...ofFamilies(addresses, lintRouting).map((detail) => say("routing", detail)),
    ...ofFamilies(addresses, (family, sets) => lintSiblings(family, sets, setIdentifiers)).map((detail) =>
      say("sibling", detail),
    ),
    ...ofFamilies(addresses, lintHealthChecks).map((detail) => say("health-check", detail)),
  ];
}

/**
 * The same of a whole zone, by its SOA record; undefined where that was not read: then nothing is said of it.
 *
 * | kind         | when                                                                            |
 * | ------------ | ------------------------------------------------------------------------------- |
 * | negative-ttl | the lesser of the SOA's TTL and minimum (RFC 2308, 5) is above 300 s            |
 */
export function lintZone(soa: DnsRecord | undefined): ZoneLint[] {
  const seconds = soa && negativeTtlS(soa);
  if (soa === undefined || seconds === undefined || seconds <= NEGATIVE_S) return [];
  const detail = `The SOA of ${soa.name} makes resolvers keep "there is no such record" for ${spell(seconds)}: a record that is deleted by mistake, or a name that is asked for before it is made, is gone from their users' sight for that long, also when it is put right at once. Set the SOA record's TTL to 60 to ${NEGATIVE_S} s.`;
  return [{ kind: "negative-ttl", name: soa.name, detail }];
}

/** `? kind name: detail`, a line each, in the order in which they are given. */
export function renderLint(lints: readonly ZoneLint[]): string {
  return lints.map(({ kind, name, detail }) => `? ${kind} ${name}: ${detail}`).join("\n");
}

/** How long resolvers keep "no such name" and "no such data": the lesser of the SOA's TTL and its minimum field. */
export function negativeTtlS({ ttlS, values }: DnsRecord): number | undefined {
  const minimum = values[0]?.trim().split(/\s+/)[6];
  if (ttlS === undefined || minimum === undefined || !/^\d+$/.test(minimum)) return undefined;
  return Math.min(ttlS, Number(minimum));
}

function lintTtl(records: readonly DnsRecord[]): string[] {
  const most = Math.max(0, ...records.map(({ ttlS = 0 }) => ttlS));
  return most <= TTL_S
    ? []
    : [`Its TTL is ${spell(most)}: clients keep a withdrawn address for that long. ${TTL_S} s are the usual.`];
}

function lintMixed(records: readonly DnsRecord[]): string[] {
  const ttls = [...new Set(records.flatMap(({ ttlS }) => ttlS ?? []))].toSorted((a, b) => a - b);
  if (ttls.length < 2) return [];
  return [`Its records have different TTLs (${ttls.join(", ")} s). Route 53 refuses them within a set; give all one.`];
}

function lintAlias(family: Family, sets: readonly DnsRecord[]): string[] {
  const targets = sets.flatMap(({ other }) => targetOf(other?.["AliasTarget"]));
  return targets.length === 0
    ? []
    : [
        `Its ${family} record is an alias of ${[...new Set(targets)].join(", ")}. An alias has neither addresses nor a TTL of its own, so Lifeboat cannot take it over; replace it by the addresses.`,
      ];
}

function targetOf(alias: unknown): string[] {
  if (typeof alias !== "object" || alias === null) return [];
  return "DNSName" in alias && typeof alias.DNSName === "string" ? [alias.DNSName.replace(/\.$/, "")] : ["a resource"];
}

function lintRouting(family: Family, sets: readonly DnsRecord[]): string[] {
  const kinds = sets.flatMap(({ other = {} }) => Object.keys(other).flatMap((field) => routingNames[field] ?? []));
  return kinds.length === 0
    ? []
    : [
        `Its ${family} records are routed by ${[...new Set(kinds)].toSorted().join(" and ")}. Weighted records cannot stand beside them; replace them first.`,
      ];
}

function lintSiblings(family: Family, sets: readonly DnsRecord[], ours: readonly string[]): string[] {
  const others = sets.flatMap(({ setIdentifier, weight }) =>
    weight !== undefined && setIdentifier !== undefined && !ours.includes(setIdentifier) ? [`'${setIdentifier}'`] : [],
  );
  return others.length === 0
    ? []
    : [
        `${others.toSorted().join(", ")} among its ${family} records ${others.length === 1 ? "is" : "are"} of no load balancer of the pool. Lifeboat leaves ${others.length === 1 ? "it" : "them"} alone, and clients go on getting ${others.length === 1 ? "it" : "them"}: name ${others.length === 1 ? "it" : "them"} in the configuration, or delete by hand what is dead.`,
      ];
}

function lintHealthChecks(family: Family, sets: readonly DnsRecord[]): string[] {
  const weighted = sets.filter(({ weight }) => weight !== undefined);
  const bare = weighted.filter(({ healthCheckId }) => healthCheckId === undefined);
  if (bare.length === 0 || bare.length === weighted.length) return [];
  const names = bare.map(({ setIdentifier = "" }) => `'${setIdentifier}'`).toSorted();
  return [
    `Of its ${family} records ${names.join(", ")} ${names.length === 1 ? "has" : "have"} no Route 53 health check and others have one. Route 53 takes what has none for healthy always, so it gets everybody once the others fail. Give each one a check, or none.`,
  ];
}

function ofFamilies(
  records: readonly DnsRecord[],
  lint: (family: Family, sets: readonly DnsRecord[]) => string[],
): string[] {
  return (["A", "AAAA"] as const).flatMap((family) =>
    lint(
      family,
      records.filter(({ type }) => type === family),
    ),
  );
}

function isAddress({ type }: DnsRecord): boolean {
  return type === "A" || type === "AAAA";
}

/** "900 s (15 minutes)". */
function spell(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  const [unit, size]: [string, number] =
    seconds < 7200 ? ["minutes", 60] : seconds < 172_800 ? ["hours", 3600] : ["days", 86_400];
  return `${seconds} s (${Math.round((seconds / size) * 10) / 10} ${unit})`;
}
