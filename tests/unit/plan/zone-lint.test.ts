import { describe, expect, test } from "vitest";
import type { DnsRecord } from "../../../shared/model/record.ts";
import { lintName, lintZone, negativeTtlS, renderLint } from "../../../shared/plan/zone-lint.ts";

const NAME = "lb.example.com";

function soa(ttlS: number, minimum: number): DnsRecord {
  const values = [`ns-1.example.net. hostmaster.example.net. 1 7200 900 1209600 ${minimum}`];
  return { name: "example.com", type: "SOA", ttlS, values };
}

function a(setIdentifier: string, over: Partial<DnsRecord> = {}): DnsRecord {
  return { name: NAME, type: "A", setIdentifier, weight: 1, ttlS: 60, values: ["192.0.2.1"], ...over };
}

function simple(over: Partial<DnsRecord> = {}): DnsRecord {
  return { name: NAME, type: "A", ttlS: 60, values: ["192.0.2.1"], ...over };
}

const six = { type: "AAAA", values: ["2001:db8::1"] };
const alias = { AliasTarget: { DNSName: "other.example.com.", HostedZoneId: "Z2", EvaluateTargetHealth: false } };

/** The kinds that are found, and a part of what each says. */
const rows: [what: string, records: DnsRecord[], soa: DnsRecord | undefined, found: [kind: string, says: string][]][] =
  [
    ["nothing at all", [], undefined, []],
    ["what Lifeboat makes", [a("lb1"), a("lb2", { weight: 0 })], soa(300, 86_400), []],
    ["a TXT beside it", [a("lb1"), { name: NAME, type: "TXT", ttlS: 3600, values: ['"x"'] }], undefined, []],
    [
      "Route 53's own SOA",
      [],
      soa(900, 86_400),
      [
        [
          "negative-ttl",
          'The SOA of example.com makes resolvers keep "there is no such record" for 900 s (15 minutes)',
        ],
      ],
    ],
    ["an SOA with a short minimum", [], soa(900, 60), []],
    ["an SOA of 301 s", [], soa(301, 301), [["negative-ttl", "for 301 s (5 minutes)"]]],
    ["an SOA that cannot be read", [], { ...soa(900, 900), values: ["x"] }, []],
    ["a TTL of 61 s", [a("lb1", { ttlS: 61 })], undefined, [["ttl", "Its TTL is 61 s"]]],
    ["a TTL of a day", [simple({ ttlS: 86_400 })], undefined, [["ttl", "86400 s (24 hours)"]]],
    ["two TTLs in a set", [a("lb1", { ttlS: 30 }), a("lb2")], undefined, [["mixed-ttl", "different TTLs (30, 60 s)"]]],
    ["two TTLs in two families", [a("lb1"), a("lb1", { ...six, ttlS: 30 })], undefined, [["mixed-ttl", "(30, 60 s)"]]],
    [
      "a CNAME",
      [{ name: NAME, type: "CNAME", ttlS: 3600, values: ["other.example.com"] }],
      undefined,
      [["cname", "A CNAME to other.example.com stands at the name"]],
    ],
    [
      "an alias",
      [{ name: NAME, type: "A", values: [], other: alias }],
      undefined,
      [["alias", "Its A record is an alias of other.example.com."]],
    ],
    [
      "an alias of AAAA beside records of A",
      [a("lb1"), { name: NAME, type: "AAAA", values: [], other: alias }],
      undefined,
      [["alias", "Its AAAA record is an alias"]],
    ],
    [
      "records by region and place",
      [
        simple({ setIdentifier: "a", other: { Region: "eu-west-1" } }),
        simple({ setIdentifier: "b", other: { Region: "us-east-1" } }),
      ],
      undefined,
      [["routing", "Its A records are routed by latency."]],
    ],
    [
      "siblings",
      [a("lb1"), a("old 2"), a("old 1"), a("lb2", six), a("x", six)],
      undefined,
      [
        ["sibling", "'old 1', 'old 2' among its A records are of no load balancer of the pool."],
        ["sibling", "'x' among its AAAA records is of no load balancer of the pool."],
      ],
    ],
    [
      "a health check on one of two",
      [a("lb1", { healthCheckId: "h" }), a("lb2")],
      undefined,
      [["health-check", "Of its A records 'lb2' has no Route 53 health check and others have one."]],
    ],
    ["a health check on both", [a("lb1", { healthCheckId: "h" }), a("lb2", { healthCheckId: "i" })], undefined, []],
    ["a health check on a simple record", [simple({ healthCheckId: "h" })], undefined, []],
  ];

describe("the lint of a name finds of", () => {
  test.each(rows)("%s", (_what, records, zone, found) => {
    const lints = [...lintZone(zone), ...lintName({ name: NAME, records, setIdentifiers: ["lb1", "lb2"] })];
    const where = (kind: string): string => (kind === "negative-ttl" ? "example.com" : NAME);
    expect(lints.map(({ kind, name }) => [kind, name])).toEqual(found.map(([kind]) => [kind, where(kind)]));
    for (const [at, [, says]] of found.entries()) expect(lints[at]?.detail).toContain(says);
  });

  test("several things, a line each", () => {
    const records = [a("lb1", { ttlS: 300, healthCheckId: "h" }), a("old", { ttlS: 300 })];
    const lints = [...lintZone(soa(900, 900)), ...lintName({ name: NAME, records, setIdentifiers: ["lb1"] })];
    expect(lints.map(({ kind }) => kind)).toEqual(["negative-ttl", "ttl", "sibling", "health-check"]);
    expect(renderLint(lints).split("\n")).toHaveLength(4);
    expect(renderLint(lints)).toMatch(/^\? negative-ttl example\.com: The SOA/);
  });
});

test.each([
  [900, 86_400, 900],
  [86_400, 60, 60],
])("negative answers under a TTL of %i s and a minimum of %i s are kept for %i s", (ttlS, minimum, kept) => {
  expect(negativeTtlS(soa(ttlS, minimum))).toBe(kept);
});
