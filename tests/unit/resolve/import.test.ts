import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DnsRecord } from "../../../shared/model/record.ts";
import type { HealthCheck } from "../../../shared/model/survey.ts";
import { type Imported, importZone } from "../../../shared/resolve/import.ts";
import { convertCheck } from "../../../shared/resolve/import-checks.ts";
import { readName } from "../../../shared/resolve/import-names.ts";
import { plainLine, renderImport } from "../../../shared/resolve/import-render.ts";

const zone = { id: "Z0EXAMPLE", name: "example.com", private: false };

function set(name: string, setIdentifier: string, address: string, over: Partial<DnsRecord> = {}): DnsRecord {
  return { name, type: "A", setIdentifier, weight: 1, ttlS: 60, values: [address], ...over };
}

function simple(name: string, ...values: string[]): DnsRecord {
  return { name, type: "A", ttlS: 60, values };
}

function alias(name: string, to: string): DnsRecord {
  const target = { DNSName: `${to}.`, HostedZoneId: "Z1", EvaluateTargetHealth: false };
  return { name, type: "A", values: [], other: { AliasTarget: target } };
}

function importOf(records: DnsRecord[], healthChecks: HealthCheck[] = []): Imported {
  return importZone({ zone, records, healthChecks });
}

const LB = "lb.example.com";
const TWO = [set(LB, "a", "192.0.2.1"), set(LB, "b", "192.0.2.2")];

/** What becomes of one name: its addresses with weights, undefined for no pool; and its notes. */
const names: [what: string, records: DnsRecord[], members: string[] | undefined, notes: string[]][] = [
  ["nothing of ours", [{ name: LB, type: "TXT", ttlS: 60, values: ['"x"'] }], undefined, []],
  ["a simple record of one address", [simple(LB, "192.0.2.1")], undefined, []],
  ["a simple record of two", [simple(LB, "192.0.2.1", "192.0.2.2")], ["192.0.2.1 1", "192.0.2.2 1"], []],
  ["a weighted set", TWO, ["192.0.2.1 a 1", "192.0.2.2 b 1"], []],
  ["one weighted record", TWO.slice(0, 1), ["192.0.2.1 a 1"], []],
  [
    "a standby",
    [set(LB, "a", "192.0.2.1", { weight: 7 }), set(LB, "b", "192.0.2.2", { weight: 0 })],
    ["192.0.2.1 a 7", "192.0.2.2 b 0"],
    [],
  ],
  [
    "all at weight 0",
    TWO.map((record) => ({ ...record, weight: 0 })),
    ["192.0.2.1 a 1", "192.0.2.2 b 1"],
    [`${LB}: all its weights are 0, and Route 53 answers with all alike; 1 stands here for each`],
  ],
  [
    "a weighted record of two addresses",
    [...TWO, set(LB, "c", "192.0.2.3", { values: ["192.0.2.3", "192.0.2.4"] })],
    ["192.0.2.1 a 1", "192.0.2.2 b 1"],
    [`${LB}: record 'c' has 2 addresses, and a load balancer has one; it is left out`],
  ],
  [
    "two weighted records of one address",
    [...TWO, set(LB, "c", "192.0.2.1")],
    ["192.0.2.1 a 1", "192.0.2.2 b 1"],
    [`${LB}: records 'a' and 'c' are both 192.0.2.1; the second is left out`],
  ],
  [
    "AAAA beside it",
    [...TWO, { ...set(LB, "a", "2001:db8::1"), type: "AAAA" }],
    ["192.0.2.1 a 1", "192.0.2.2 b 1"],
    [
      `${LB}: its AAAA records (2001:db8::1) are not imported; where they are the load balancers' own, give them as address6`,
    ],
  ],
  [
    "an alias",
    [alias(LB, "elb.example.net")],
    undefined,
    [`${LB}: its A record is an alias of elb.example.net, which no pool can be`],
  ],
  [
    "failover records",
    [set(LB, "a", "192.0.2.1", { weight: undefined, other: { Failover: "PRIMARY" } })],
    undefined,
    [`${LB}: its A records are routed by failover, and a pool only by weight`],
  ],
  [
    "latency and place",
    [
      set(LB, "a", "192.0.2.1", { weight: undefined, other: { Region: "eu-west-1" } }),
      set(LB, "b", "192.0.2.2", { weight: undefined, other: { GeoLocation: { CountryCode: "*" } } }),
    ],
    undefined,
    [`${LB}: its A records are routed by geolocation and latency, and a pool only by weight`],
  ],
  [
    "a private address",
    [set(LB, "a", "10.0.0.1"), set(LB, "b", "192.0.2.2")],
    undefined,
    [`${LB}: '10.0.0.1' is a private address, which no Lambda can reach; set allowLocal for a service on one machine`],
  ],
  [
    "a name that cannot be served",
    [set("_x.example.com", "a", "192.0.2.1")],
    undefined,
    ["_x.example.com: '_x.example.com' has an underscore, which no host name may have; clients would refuse it"],
  ],
  [
    "a SetIdentifier beyond ASCII",
    [set(LB, "größer", "192.0.2.1")],
    undefined,
    [`${LB}: a SetIdentifier of it has characters beyond printable ASCII`],
  ],
  [
    "101 addresses",
    [simple(LB, ...Array.from({ length: 101 }, (_, at) => `192.0.2.${at}`))],
    undefined,
    [`${LB}: it has 101 addresses, and a weighted set at most 100`],
  ],
  [
    "a TTL of two days",
    TWO.map((record) => ({ ...record, ttlS: 172_800 })),
    ["192.0.2.1 a 1", "192.0.2.2 b 1"],
    [`${LB}: its TTL of 172800 s is none that a pool can have; 86400 stands here`],
  ],
];

test.each(names)("%s", (_what, records, members, notes) => {
  const read = readName(records[0]?.name ?? "", records);
  const found = read.candidate?.members.map(({ address, setIdentifier, weight }) =>
    [address, ...(setIdentifier === undefined ? [] : [setIdentifier]), weight].join(" "),
  );
  expect([found, read.notes]).toEqual([members, notes]);
});

describe("names share a pool", () => {
  const poolsOf = (records: DnsRecord[]) =>
    importOf(records).pools.map(({ names, ttlS }) => `${names.join(" ")} ${ttlS}`);
  const moved = (name: string, over: Partial<DnsRecord> = {}): DnsRecord[] =>
    TWO.map((one) => ({ ...one, name, ...over }));

  test.each<[what: string, records: DnsRecord[], pools: string[]]>([
    ["where all agrees", [...TWO, ...moved("example.com").toReversed()], [`${LB} example.com 60`]],
    ["not with other weights", [...TWO, ...moved("b.example.com", { weight: 2 })], [`${LB} 60`, "b.example.com 60"]],
    ["not with another TTL", [...TWO, ...moved("b.example.com", { ttlS: 30 })], [`${LB} 60`, "b.example.com 30"]],
    [
      "not with one SetIdentifier changed",
      [
        ...TWO,
        ...moved("b.example.com").map((one) => (one.setIdentifier === "a" ? { ...one, setIdentifier: "A" } : one)),
      ],
      [`${LB} 60`, "b.example.com 60"],
    ],
    [
      "a simple record with the weighted ones",
      [simple("a.example.com", "192.0.2.2", "192.0.2.1"), ...TWO],
      [`${LB} a.example.com 60`],
    ],
    [
      "simple ones with each other",
      [simple("a.example.com", "192.0.2.2", "192.0.2.1"), simple("b.example.com", "192.0.2.1", "192.0.2.2")],
      ["a.example.com b.example.com 60"],
    ],
  ])("%s", (_what, records, pools) => {
    expect(poolsOf(records)).toEqual(pools);
  });

  test("an address is one load balancer, called as its first record; SetIdentifiers are kept", () => {
    const { pools } = importOf([
      set(LB, "Primary Load Balancer", "192.0.2.1"),
      set(LB, "primary-load-balancer", "198.51.100.1"),
      set("x.example.com", "other", "192.0.2.1"),
      simple("s.example.com", "192.0.2.1", "203.0.113.7"),
      // An id begins with a letter or a digit.
      set("y.example.com", "_old", "203.0.113.8"),
      set("y.example.com", "..", "203.0.113.9"),
    ]);
    expect(
      pools.map(({ members }) => members.map(({ id, setIdentifier, island }) => [id, setIdentifier, island])),
    ).toEqual([
      [
        ["primary-load-balancer", "Primary Load Balancer", "net-192-0-2"],
        ["primary-load-balancer-2", "primary-load-balancer", "net-198-51-100"],
      ],
      [["primary-load-balancer", "other", "net-192-0-2"]],
      [
        ["old", "_old", "net-203-0-113"],
        ["lb-203-0-113-9", "..", "net-203-0-113"],
      ],
      [
        ["primary-load-balancer", "primary-load-balancer", "net-192-0-2"],
        ["lb-203-0-113-7", "lb-203-0-113-7", "net-203-0-113"],
      ],
    ]);
  });

  test("what points at a pool's name, and what stands in the way, is told beside it", () => {
    const { pools, notes } = importOf([
      simple(LB, "192.0.2.1", "192.0.2.2"),
      { name: "www.example.com", type: "CNAME", ttlS: 60, values: ["LB.example.com."] },
      { name: "mail.example.com", type: "CNAME", ttlS: 60, values: ["mx.example.net"] },
      alias("example.com", LB),
      alias("far.example.com", "elb.example.net"),
      { name: `_lifeboat.${LB}`, type: "TXT", ttlS: 60, values: ['"x"'] },
    ]);
    expect(pools[0]?.remarks).toEqual([
      `_lifeboat.${LB} is there: some deployment of Lifeboat serves the name already`,
      `${LB} is one simple record; \`lifeboat adopt\` makes weighted ones of it in one batch`,
      `www.example.com is a CNAME to ${LB}, and follows it by itself`,
      `example.com is an alias of ${LB}, and follows it by itself`,
    ]);
    expect(notes).toEqual(["far.example.com: its A record is an alias of elb.example.net, which no pool can be"]);
  });
});

function health(over: Partial<HealthCheck> = {}): HealthCheck {
  return {
    id: "h1",
    type: "HTTP",
    address: "192.0.2.1",
    inverted: false,
    disabled: false,
    intervalS: 30,
    failures: 3,
    ...over,
  };
}

const statuses = [200, 201, 202, 203, 204, 206, 301, 302, 303, 304, 307, 308];

/** The check that a health check becomes, or the note why not. */
const conversions: [what: string, over: Partial<HealthCheck>, check: object | string, remarks?: string[]][] = [
  ["HTTP", {}, { protocol: "http", port: 80, host: LB, path: "/", statuses }],
  [
    "HTTP with all",
    { host: "www.example.com.", port: 80, path: "test.txt?a=b" },
    { protocol: "http", port: 80, host: "www.example.com", path: "/test.txt?a=b", statuses },
  ],
  [
    "HTTP on another port",
    { host: "www.example.com", port: 8080 },
    { protocol: "http", port: 8080, host: "www.example.com:8080", path: "/", statuses },
  ],
  [
    "HTTPS",
    { type: "HTTPS", sni: true },
    { protocol: "https", port: 443, host: LB, path: "/", statuses, certificate: "ignore" },
  ],
  [
    "HTTPS without SNI",
    { type: "HTTPS", sni: false },
    { protocol: "https", port: 443, host: LB, path: "/", statuses, certificate: "ignore" },
    ["Route 53 sends no SNI, here it is sent"],
  ],
  [
    "a match",
    { type: "HTTP_STR_MATCH", text: 'o"k\u2028' },
    { protocol: "http", port: 80, host: LB, path: "/", statuses, contains: 'o"k\u2028' },
  ],
  [
    "a match by HTTPS",
    { type: "HTTPS_STR_MATCH", text: "ok" },
    { protocol: "https", port: 443, host: LB, path: "/", statuses, contains: "ok", certificate: "ignore" },
  ],
  ["TCP", { type: "TCP", port: 25 }, { protocol: "tcp", port: 25 }],
  [
    "one by name",
    { address: undefined, host: "lb1.example.com" },
    { protocol: "http", port: 80, host: "lb1.example.com", path: "/", statuses },
    ["Route 53 asks for lb1.example.com by name; here each load balancer's own address is asked"],
  ],
  ["TCP without a port", { type: "TCP" }, "health check h1 (TCP) has a port that "],
  ["a path with a space", { path: "/a b" }, "health check h1 (HTTP) has a path that must start with"],
  [
    "a host with a slash",
    { host: "a/b" },
    "health check h1 (HTTP) has a host that must be a host name; it is left out",
  ],
  ["inverted", { inverted: true }, "health check h1 (HTTP) is inverted"],
  ["disabled", { disabled: true }, "health check h1 (HTTP) is disabled"],
  ["calculated", { type: "CALCULATED" }, "health check h1 (CALCULATED) asks no load balancer itself"],
  ["of an alarm", { type: "CLOUDWATCH_METRIC" }, "health check h1 (CLOUDWATCH_METRIC) asks no load balancer itself"],
];

test.each(conversions)("the health check %s", (_what, over, check, remarks = []) => {
  const converted = convertCheck(health(over), LB);
  const note = "note" in converted ? converted.note : "";
  const made = "check" in converted ? converted : undefined;
  expect(made).toEqual(typeof check === "string" ? undefined : { check, remarks });
  expect(note).toContain(typeof check === "string" ? check : "");
});

describe("checks of a pool", () => {
  const withChecks = TWO.map((record, at) => ({ ...record, healthCheckId: `h${at + 1}` }));

  test("are its records' health checks, each definition once", () => {
    const { checks, pools, intervalS } = importOf(withChecks, [
      health(),
      health({ id: "h2", address: "192.0.2.2", intervalS: 10 }),
    ]);
    expect(checks.map(({ name, remarks }) => [name, remarks])).toEqual([
      [
        "http",
        ["Route 53 health check h1, every 30 s, 3 failures", "Route 53 health check h2, every 10 s, 3 failures"],
      ],
    ]);
    expect([pools[0]?.checks, pools[0]?.remarks, intervalS]).toEqual([["http"], [], 10]);
  });

  test("and those of its addresses that no record names", () => {
    const { checks, pools } = importOf(TWO, [
      health({ type: "TCP", port: 25 }),
      health({ id: "h2", path: "/b" }),
      health({ id: "h3", path: "/c" }),
      health({ id: "h9", address: "203.0.113.1", port: 99 }),
    ]);
    expect(checks.map(({ name }) => name)).toEqual(["tcp-25", "http", "http-2"]);
    expect(pools[0]?.checks).toEqual(["tcp-25", "http", "http-2"]);
  });

  test("where only some records have one, that is told", () => {
    const { pools } = importOf(
      [{ ...set(LB, "a", "192.0.2.1"), healthCheckId: "h1" }, set(LB, "b", "192.0.2.2")],
      [health()],
    );
    expect(pools[0]?.remarks).toEqual(["only some of its records have a health check; here all are asked the same"]);
  });

  test("where none is found, the usual one is guessed; what is not there is told", () => {
    const { checks, notes, intervalS } = importOf(withChecks);
    expect(checks).toEqual([
      {
        name: "http",
        check: { protocol: "http", port: 80, host: LB, path: "/test.txt" },
        remarks: ["guessed: no health check was found; ask what your load balancers answer"],
      },
    ]);
    expect(notes).toEqual(["health check h1 of a record is not there", "health check h2 of a record is not there"]);
    expect(intervalS).toBe(30);
  });
});

test("nothing out of a zone ends a line of the file or its strings", () => {
  const nasty = fc.string({ unit: "binary", maxLength: 40 });
  fc.assert(
    fc.property(nasty, nasty, nasty, (one, two, three) => {
      const check = { protocol: "http" as const, contains: one, path: "/" };
      const member = { id: "lb1", setIdentifier: two, island: "i", address: three, weight: 0 };
      const pool = { id: "p", names: [one], ttlS: 60, members: [member], checks: ["c"], remarks: [two] };
      const imported = { zone: { ...zone, name: three }, owner: "o", intervalS: 30, pools: [pool], notes: [one] };
      const islands = [{ id: "i", addresses: [two] }];
      const text = renderImport({ ...imported, islands, checks: [{ name: "c", check, remarks: [three] }] }, "./c.ts");
      const calm = renderImport(
        {
          ...imported,
          zone,
          notes: ["x"],
          islands: [{ id: "i", addresses: ["x"] }],
          checks: [{ name: "c", check: { ...check, contains: "x" }, remarks: ["x"] }],
          pools: [
            { ...pool, names: ["x"], members: [{ ...member, setIdentifier: "x", address: "x" }], remarks: ["x"] },
          ],
        },
        "./c.ts",
      );
      const lines = (all: string): number =>
        all.split(/[\n\r\u2028\u2029]/).filter((line) => !line.includes('"')).length;
      expect(text.split("\n")).toHaveLength(calm.split("\n").length);
      expect(lines(text.replaceAll(/"(?:[^"\\]|\\.)*"/gs, "s"))).toBe(
        lines(calm.replaceAll(/"(?:[^"\\]|\\.)*"/gs, "s")),
      );
    }),
  );
  expect(plainLine("a\nb\u2028c\u001b[2Jd\u202e")).toBe("a?b?c?[2Jd?");
});
