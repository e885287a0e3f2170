import { expect, test } from "vitest";
import { base, spoil, warningsOf } from "./base.ts";

const lb = (id: string, island: string, address: string) => ({ id, island, address });

const rows: [title: string, at: string, value: unknown, warnings: string[]][] = [
  [
    "one region",
    "regions",
    ["eu-west-1"],
    ["regions: one region cannot tell its own network's fault from a load balancer's; list three"],
  ],
  [
    "two regions",
    "regions",
    ["eu-west-1", "eu-west-2"],
    ["regions: with two regions nothing is withdrawn while either is lost; list three"],
  ],
  [
    "four regions",
    "regions",
    ["eu-west-1", "eu-west-2", "eu-west-3", "eu-north-1"],
    ["regions: 4 regions bear the loss of no more than 3 do; list an odd number"],
  ],
  ["a TTL of 60", "pools[0].ttlS", 60, []],
  [
    "a TTL above 60",
    "pools[0].ttlS",
    61,
    ["pools[0].ttlS: clients keep a withdrawn address for up to 61 s; 60 is the usual"],
  ],
  [
    "port 25",
    "checks.mail.port",
    25,
    ["checks.mail.port: no Lambda without a VPC reaches port 25, so this check will never vote; ask 587 or 465"],
  ],
  [
    "smtp on its default port",
    "checks.mail",
    { protocol: "smtp" },
    ["checks.mail.port: no Lambda without a VPC reaches port 25, so this check will never vote; ask 587 or 465"],
  ],
  [
    "TLS from the first byte where servers begin in the clear",
    "checks.mail",
    { protocol: "smtp", port: 587, tls: "implicit" },
    ["checks.mail.port: servers begin in the clear on 587, so TLS from the first byte fails; ask 465"],
  ],
  [
    "the same of imap",
    "checks.mail",
    { protocol: "imap", tls: "implicit" },
    ["checks.mail.port: servers begin in the clear on 143, so TLS from the first byte fails; ask 993"],
  ],
  [
    "the same of pop3",
    "checks.mail",
    { protocol: "pop3", tls: "implicit" },
    ["checks.mail.port: servers begin in the clear on 110, so TLS from the first byte fails; ask 995"],
  ],
  ["implicit TLS on its own port", "checks.mail", { protocol: "imap", port: 993, tls: "implicit" }, []],
  ["STARTTLS on the port for it", "checks.mail", { protocol: "imap", tls: "starttls" }, []],
  [
    "a script's STARTTLS without a name",
    "checks.mail.script",
    [{ send: "STARTTLS\r\n" }, { starttls: {} }],
    [
      "checks.mail.script[1].starttls.host: is missing, so the certificate must be for the bare address; set the name that it is for",
    ],
  ],
  ["the same, any certificate will do", "checks.mail.script", [{ starttls: { certificate: "ignore" } }], []],
  ["the same with a name", "checks.mail.script", [{ starttls: { host: "mail.acme.com" } }], []],
  // 60/3 + 10 + 0.4 + 1 + 10 s.
  ["slow to see", "checks.web.timeoutMs", 10_000, []],
  [
    "a check that nobody asks",
    "checks.spare",
    { protocol: "tcp", port: 7 },
    ["checks.spare: no pool lists it, so it is never asked"],
  ],
  [
    "one address twice",
    "pools[0].loadBalancers[1].address",
    "4.1.1.1",
    [
      "pools[0].loadBalancers[1].address: '4.1.1.1' is also the address of 'lb1': they are probed twice and fail together",
    ],
  ],
  [
    "all on one island",
    "pools[0].loadBalancers[1].island",
    "north",
    ["pools[0].loadBalancers: all stand on island 'north' and share its fate; a second island would survive it"],
  ],
  [
    "a single load balancer",
    "pools[0].loadBalancers",
    [lb("lb1", "north", "4.1.1.1")],
    ["pools[0].floor: the floor keeps the only load balancer, so nothing will ever be withdrawn"],
  ],
  [
    "a floor of all",
    "pools[0].floor",
    { count: 2 },
    ["pools[0].floor: the floor keeps all 2 load balancers, so nothing will ever be withdrawn"],
  ],
  [
    "a floor's weight that nobody may leave",
    "pools[0].floor",
    { weight: 3 },
    ["pools[0].floor.weight: whichever leaves, less than 3 is left, so nothing will ever be withdrawn; set 1 or less"],
  ],
  [
    "one that the heaviest alone may not leave",
    "pools[0].floor",
    { weight: 2 },
    ["pools[0].floor.weight: without 'lb2' less than 2 is left, so it will never be withdrawn; set 1 or less"],
  ],
  ["one that any of them may leave", "pools[0].floor", { weight: 1 }, []],
  [
    "one that a standby helps out with",
    "pools[0]",
    {
      ...base().pools[0],
      floor: { weight: 2 },
      loadBalancers: [...(base().pools[0]?.loadBalancers ?? []), { ...lb("lb3", "north", "4.1.1.3"), weight: 0 }],
    },
    [],
  ],
  [
    "an address6 that one of two has",
    "pools[0].loadBalancers[1].address6",
    "2a01:4f8::2",
    ["pools[0].loadBalancers: IPv6 clients have only 1 of the 2, as 'lb1' has no address6; give it to all, or to none"],
  ],
  [
    "one address6 twice",
    "pools[0].loadBalancers",
    [
      { ...lb("lb1", "north", "4.1.1.1"), address6: "2a01:4f8::2" },
      { ...lb("lb2", "south", "4.1.1.2"), address6: "2A01:4F8:0::2" },
    ],
    [
      "pools[0].loadBalancers[1].address6: '2a01:4f8::2' is also the address6 of 'lb1': clients meet the same one under both",
    ],
  ],
  [
    "all regions for a quorum",
    "quorum",
    3,
    ["quorum: all 3 regions must agree, so nothing is withdrawn while one is lost; set 2 or fewer, or remove it"],
  ],
  [
    "a region that is not there",
    "regions[2]",
    "us-esat-1",
    ["regions[2]: 'us-esat-1' is no region of AWS that is known here; did you mean 'us-east-1'?"],
  ],
  [
    "a region of another partition",
    "regions[2]",
    "cn-north-1",
    ["regions[2]: 'cn-north-1' is of another partition of AWS, which is not built; deploy will refuse it"],
  ],
  [
    "one that is like no other",
    "regions[2]",
    "zz-nowhere-1",
    ["regions[2]: 'zz-nowhere-1' is no region of AWS that is known here; correct it, unless AWS has opened it since"],
  ],
  [
    "http where servers want TLS",
    "checks.web.port",
    443,
    ["checks.web.port: servers want TLS on 443; make it protocol: 'https'"],
  ],
  [
    "https where servers speak in the clear",
    "checks.mail",
    { protocol: "https", port: 80 },
    ["checks.mail.port: servers speak without TLS on 80; ask 443, or make it protocol: 'http'"],
  ],
  ...[
    ["smtp", 465, "none"],
    ["imap", 993, "none"],
    ["imap", 993, "starttls"],
    ["pop3", 995, "none"],
  ].map(([protocol, port, tls]): (typeof rows)[number] => [
    `${protocol} on ${port} with tls ${tls}`,
    "checks.mail",
    { protocol, port, tls },
    [`checks.mail.tls: servers want TLS from the first byte on ${port}; set 'implicit'`],
  ]),
  [
    "a pattern between slashes",
    "checks.web",
    { protocol: "http", matches: "/ok/i", headers: [{ name: "X-Served-By", matches: "/lb[12]/" }] },
    [
      "checks.web.matches: '/ok/i' also wants its slashes (and what stands after them) to be there; write only what is between them",
      "checks.web.headers[0].matches: '/lb[12]/' also wants its slashes (and what stands after them) to be there; write only what is between them",
    ],
  ],
  ["a pattern with a slash in it", "checks.web.matches", "/ok", []],
  [
    "one box in two pools",
    "pools[1]",
    {
      id: "api",
      names: ["api.acme.com"],
      checks: ["mail"],
      loadBalancers: [lb("lb1", "north", "4.1.1.1"), lb("lb2", "south", "4.1.1.2")],
    },
    [],
  ],
];

test.each(rows)("%s", (_title, at, value, warnings) => {
  expect(warningsOf(spoil(base(), at, value))).toEqual(warnings);
});

test("an address6 that only another pool gives is had in both", () => {
  const [pool] = base().pools;
  const six = (pool?.loadBalancers ?? []).map((one, n) => ({ ...one, address6: `2a01:4f8::${n + 1}` }));
  const other = { id: "api", names: ["api.acme.com"], checks: ["mail"], loadBalancers: six };
  expect(warningsOf(spoil(base(), "pools[1]", other))).toEqual([]);
});

test("a predicted worst case above 40 s", () => {
  const slow = spoil(spoil(base(), "intervalS", 60), "checks.web.timeoutMs", 9500);
  expect(warningsOf(slow)).toEqual([
    "intervalS: a dead load balancer may serve 40.4 s before Route 53 is asked to withdraw it; shorten the interval or the timeouts, or add a region",
  ]);
  // 20 + 9.3 + 0.4 + 1 + 9.3 = 40 s is not above.
  expect(warningsOf(spoil(slow, "checks.web.timeoutMs", 9300))).toEqual([]);
});
