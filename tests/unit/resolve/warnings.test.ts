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

test("a predicted worst case above 40 s", () => {
  const slow = spoil(spoil(base(), "intervalS", 60), "checks.web.timeoutMs", 9500);
  expect(warningsOf(slow)).toEqual([
    "intervalS: a dead load balancer may serve 40.4 s before Route 53 is asked to withdraw it; shorten the interval or the timeouts, or add a region",
  ]);
  // 20 + 9.3 + 0.4 + 1 + 9.3 = 40 s is not above.
  expect(warningsOf(spoil(slow, "checks.web.timeoutMs", 9300))).toEqual([]);
});
