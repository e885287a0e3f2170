import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { base, env, faultsOf, spoil } from "./base.ts";

const pem = (name: string) => readFileSync(new URL(`../../fixtures/tls/${name}`, import.meta.url), "utf8");
const [CA, KEY] = [pem("ca.pem"), pem("good.key")];
const garbage = "-----BEGIN CERTIFICATE-----\nMIIC\n-----END CERTIFICATE-----\n";

/** Everything that one field alone shows. `at` is spoiled with `value`; undefined removes it. */
const shape: [at: string, value: unknown, fault: string][] = [
  ["owner", undefined, "owner: is missing; give the name of this deployment in every fence, such as your company's"],
  ["owner", "two words", "owner: 'two words' must be 1 to 64 of A–Z a–z 0–9 . _ - and begin with a letter or a digit"],
  [
    "owner",
    "x".repeat(65),
    `owner: '${"x".repeat(65)}' must be 1 to 64 of A–Z a–z 0–9 . _ - and begin with a letter or a digit`,
  ],
  ["account", "12345", "account: '12345' must be the 12 digits of an AWS account"],
  ["contact", "", "contact: is empty; give it a text or remove it"],
  ["home", undefined, "home: is missing; give the region whose stack holds what exists once, one of `regions`"],
  ["regions[0]", "Ireland", "regions[0]: 'Ireland' must be an AWS region, such as 'eu-west-1'"],
  ["regions", undefined, "regions: is missing; give the AWS regions that are to probe"],
  ["intervalS", 7, "intervalS: 7 is not one of 1, 2, 5, 10, 15, 20, 30, 60; choose one of them"],
  ["intervalS", "30", "intervalS: '30' is a text; write it without quotes"],
  ["quorum", 1.5, "quorum: 1.5 is not a whole number; give a whole number"],
  ["confirm.attempts", 0, "confirm.attempts: is less than 1; raise it"],
  ["confirm.spreadS", 16, "confirm.spreadS: is more than 15; lower it"],
  ["canaries", [], "canaries: is empty; give at least 1"],
  ["allowLocal", "yes", "allowLocal: 'yes' is not true or false; give true or false"],
  [
    "checks",
    undefined,
    "checks: is missing; give what is to be asked of load balancers, each check under a name of your own",
  ],
  [
    "checks.web.path",
    "test.txt",
    "checks.web.path: 'test.txt' must start with '/' and hold neither spaces nor anything but ASCII",
  ],
  ["checks.web.timeoutMs", 49, "checks.web.timeoutMs: is less than 50; raise it"],
  ["checks.web.statuses", [200, 99], "checks.web.statuses[1]: is less than 200; raise it"],
  ["checks.mail.port", undefined, "checks.mail.port: is missing; give a number"],
  ["checks.mail.port", 70_000, "checks.mail.port: is more than 65535; lower it"],
  [
    "checks.mail.protocol",
    undefined,
    "checks.mail.protocol: is missing; it is one of http, https, tcp, tls, smtp, imap, pop3, dns",
  ],
  [
    "checks.web.protocol",
    "htpp",
    "checks.web.protocol: 'htpp' is not one of http, https, tcp, tls, smtp, imap, pop3, dns; did you mean 'http'?",
  ],
  [
    "checks.mail",
    { protocol: "ldap", port: 389 },
    "checks.mail.protocol: 'ldap' is not one of http, https, tcp, tls, smtp, imap, pop3, dns; choose one of them",
  ],
  [
    "checks.mail",
    { protocol: "https", path: "x" },
    "checks.mail.path: 'x' must start with '/' and hold neither spaces nor anything but ASCII",
  ],
  ...[
    ["x", "'x'"],
    [garbage, "this text"],
    [CA + garbage, "this text"],
    [CA + CA.slice(0, -40), "this text"],
    [KEY, "this text"],
    [CA + KEY, "this text"],
  ].map(([ca, shown]): (typeof shape)[number] => [
    "checks.mail",
    { protocol: "https", ca },
    `checks.mail.ca: ${shown} must be whole certificates as PEM text, and no keys`,
  ]),
  ["checks.mail", { protocol: "https", matches: "(" }, "checks.mail.matches: '(' is not a regular expression"],
  ["checks.mail", { protocol: "tls", minDays: -1 }, "checks.mail.minDays: is less than 0; raise it"],
  [
    "checks.mail",
    { protocol: "smtp", tls: "ssl" },
    "checks.mail.tls: 'ssl' is not one of none, starttls, implicit; choose one of them",
  ],
  [
    "checks.mail",
    { protocol: "pop3", ehlo: "x" },
    "checks.mail.ehlo: is no option; there are votes, timeoutMs, tls, host, certificate, ca, minDays, warnDays, protocol, port",
  ],
  ["checks.mail", { protocol: "dns" }, "checks.mail.name: is missing; give a text"],
  ["checks.mail", { protocol: "dns", name: "a b" }, "checks.mail.name: 'a b' must be a DNS name"],
  [
    "checks.mail",
    { protocol: "dns", name: "a.b", equals: "192.0.2.1" },
    "checks.mail.equals: '192.0.2.1' is not a list; give a list",
  ],
  [
    "checks.mail.expect",
    "closed",
    "checks.mail.votes: must be false where expect is 'closed': an open port is no reason to withdraw a load balancer",
  ],
  ["checks.mail.script", [], "checks.mail.script: is empty; give at least 1"],
  // Which kind of step is meant shows in its keys.
  [
    "checks.mail.script",
    [{ send: "x" }, { expect: "" }],
    "checks.mail.script[1].expect: is empty; give it a text or remove it",
  ],
  ...(
    [
      [{ send: "x", expect: "y" }, "has send and expect"],
      [{ expct: "y" }, "has expct"],
      [{}, "has nothing"],
      ["EHLO x", "'EHLO x' is not a { … } of options"],
    ] as const
  ).map(([step, said]): (typeof shape)[number] => [
    "checks.mail.script",
    [step],
    `checks.mail.script[0]: ${said}; give one of { send: … }, { expect: … } and { starttls: { … } }`,
  ]),
  [
    "checks.mail.script",
    [{ starttls: { hots: "x" } }],
    "checks.mail.script[0].starttls.hots: is no option; did you mean 'host'?",
  ],
  ...[
    ["owner", ".."],
    ["pools[0].id", "."],
    ["pools[0].loadBalancers[0].id", "-x"],
    ["pools[0].loadBalancers[0].island", "_north"],
  ].map(([at = "", value]): (typeof shape)[number] => [
    at,
    value,
    `${at}: '${value}' must be 1 to 64 of A–Z a–z 0–9 . _ - and begin with a letter or a digit`,
  ]),
  [
    "checks.-x",
    { protocol: "http" },
    'checks["-x"]: the name must be 1 to 64 of A–Z a–z 0–9 . _ - and begin with a letter or a digit',
  ],
  ["checks.web.matches", /ok/i, 'checks.web.matches: /ok/i is not a text; write the pattern as text: "ok"'],
  [
    "checks.two words",
    { protocol: "http" },
    'checks["two words"]: the name must be 1 to 64 of A–Z a–z 0–9 . _ - and begin with a letter or a digit',
  ],
  ["islands.north.note", 5, "islands.north.note: 5 is not a text; give a text"],
  ["pools", [], "pools: is empty; give at least one pool"],
  ["pools", {}, "pools: an object is not a list; give at least one pool"],
  ["pools", () => [], "pools: a function is not a list; give at least one pool"],
  ["pools[0].mode", "passive", "pools[0].mode: 'passive' is not one of active, observe; choose one of them"],
  ["pools[0].names", [], "pools[0].names: is empty; give the DNS names that the pool serves"],
  [
    "pools[0].names[0]",
    7,
    "pools[0].names[0]: 7 is not a { … } of options; give a DNS name such as 'lb.example.com', or { name, zoneId }",
  ],
  [
    "pools[0].names[0]",
    { name: "lb.acme.com" },
    "pools[0].names[0].zoneId: is missing; give the id of its hosted zone",
  ],
  ["pools[0].ttlS", 0, "pools[0].ttlS: is less than 1; raise it"],
  ["pools[0].withdraw", "remove", "pools[0].withdraw: 'remove' is not one of weight, delete; choose one of them"],
  ["pools[0].restore.mode", "never", "pools[0].restore.mode: 'never' is not one of auto, manual; choose one of them"],
  ["pools[0].loadBalancers", [], "pools[0].loadBalancers: is empty; give at least one load balancer"],
  [
    "pools[0].loadBalancers[0].id",
    undefined,
    "pools[0].loadBalancers[0].id: is missing; give a short name for the load balancer, such as 'lb1'",
  ],
  [
    "pools[0].loadBalancers[0].id",
    "__proto__",
    "pools[0].loadBalancers[0].id: '__proto__' must be 1 to 64 of A–Z a–z 0–9 . _ - and begin with a letter or a digit",
  ],
  ["pools[0].loadBalancers[1].weight", 256, "pools[0].loadBalancers[1].weight: is more than 255; lower it"],
  [
    "pools[0].loadBalancers[1].weight",
    "2",
    "pools[0].loadBalancers[1].weight: '2' is not a number; give its share of the answers; 0 is a standby",
  ],
  [
    "pools[0].loadBalancers[1].setIdentifier",
    "ü",
    "pools[0].loadBalancers[1].setIdentifier: 'ü' must be 1 to 128 printable ASCII characters, as Route 53 keeps it",
  ],
  // An option that does not exist, and one that does not exist yet.
  ["intervallS", 30, "intervallS: is no option; did you mean 'intervalS'?"],
  ["pools[0].ttl", 60, "pools[0].ttl: is no option; did you mean 'ttlS'?"],
  [
    "checks.mail.path",
    "/",
    "checks.mail.path: is no option; there are votes, timeoutMs, protocol, port, expect, script",
  ],
  ["webhooks", {}, "webhooks: is not built yet; remove it"],
  ["pools[0].intents", [], "pools[0].intents: is not built yet; remove it"],
  [
    "pools[0].follows",
    "x",
    "pools[0].follows: 'x' is not a list; give names hosted elsewhere that should answer as the pool does",
  ],
  [
    "heartbeat",
    "yes",
    "heartbeat: 'yes' is not true or false; give whether probe calls the URL in LIFEBOAT_HEARTBEAT_URL after a good slot",
  ],
  [
    "resolvers",
    [],
    "resolvers: is empty; give the DNS resolvers that are asked for `follows`, such as '9.9.9.9' or '127.0.0.1:5353'",
  ],
  ["pools[0].floor", 2, "pools[0].floor: 2 is not a { … } of options; give { count, weight }"],
  ["canaries", ["1.1.1.1:443"], "canaries[0]: '1.1.1.1:443' is not a { … } of options; give { address, port }"],
  ["checks.web", "http", "checks.web: 'http' is not a { … } of options; give { protocol, … }"],
  [
    "pools[0].restore.ramp",
    { percent: [50, 10] },
    "pools[0].restore.ramp.percent: a list must rise from step to step, such as [10, 50]; the full weight follows by itself",
  ],
];

test.each(shape)("%s = %j", (at, value, fault) => {
  expect(faultsOf(spoil(base(), at, value))).toEqual([fault]);
});

const twin = { id: "lb1", island: "north", address: "4.1.1.1" };
const other = (over: object) => ({
  id: "api",
  names: ["api.acme.com"],
  checks: ["mail"],
  loadBalancers: [twin],
  ...over,
});

/** What only the whole shows. */
const whole: [title: string, at: string, value: unknown, faults: string[]][] = [
  ["a region twice", "regions[1]", "eu-west-1", ["regions[1]: 'eu-west-1' stands already at regions[0]; remove one"]],
  ["home elsewhere", "home", "eu-west-2", ["home: 'eu-west-2' is not one of the regions; did you mean 'eu-west-1'?"]],
  [
    "quorum of half",
    "quorum",
    1,
    [
      "quorum: 1 of 3 regions is no quorum: it must be more than half and no more than there are; set 2 to 3, or remove it",
    ],
  ],
  [
    "quorum above all",
    "quorum",
    4,
    [
      "quorum: 4 of 3 regions is no quorum: it must be more than half and no more than there are; set 2 to 3, or remove it",
    ],
  ],
  [
    "no room for the attempts",
    "confirm",
    { attempts: 5, spreadS: 2 },
    ["confirm.spreadS: 2 s have no room for 5 attempts 0.5 s apart; set at least 2.5, or fewer attempts"],
  ],
  [
    "an interval of one machine",
    "intervalS",
    2,
    [
      "checks.web.timeoutMs: 2500 ms are not shorter than the interval of 2 s; set less than 2000",
      "checks.mail.timeoutMs: 2500 ms are not shorter than the interval of 2 s; set less than 2000",
      "intervalS: 2 s is too short for AWS's Scheduler and queues; set 5 or more, or allowLocal for a service on one machine",
    ],
  ],
  ["timeout as long as the interval", "checks.mail", { protocol: "tcp", port: 587, timeoutMs: 5000 }, []],
  [
    "a canary at home",
    "canaries",
    [{ address: "127.0.0.1", port: 53 }],
    [
      "canaries[0].address: '127.0.0.1' is a loopback address, which is the Lambda itself; set allowLocal for a service on one machine",
    ],
  ],
  [
    "a name with a port",
    "pools[0].names[0]",
    "lb.acme.com:80",
    ["pools[0].names[0]: 'lb.acme.com:80' has a port; give only the name, and the port to a check"],
  ],
  [
    // A variable that was not set.
    "a canary without an address",
    "canaries",
    [{ address: "", port: 53 }],
    [
      "canaries[0].address: '' is not an IPv4 address; give the address itself, as a name would be answered by the DNS that is to be kept honest",
    ],
  ],
  [
    "a load balancer without addresses",
    "pools[0].loadBalancers[0]",
    { id: "lb1", island: "north", address: "", address6: "" },
    [
      "pools[0].loadBalancers[0].address: '' is not an IPv4 address; give the address itself, as a name would be answered by the DNS that is to be kept honest",
      "pools[0].loadBalancers[0].address6: '' is not an IPv6 address; give it without brackets, zone or port",
    ],
  ],
  [
    "an address told twice",
    "notify",
    { email: ["a@acme.com", "b@acme.com", "a@acme.com"], sms: ["+4930123456", "+4930123456"] },
    [
      "notify.email[2]: 'a@acme.com' stands already at notify.email[0]; remove one",
      "notify.sms[1]: '+4930123456' stands already at notify.sms[0]; remove one",
    ],
  ],
  [
    "no check at all",
    "checks",
    {},
    [
      'checks: is empty; define at least one check, such as web: { protocol: "http" }',
      "pools[0].checks[0]: 'web' is no check; there is none yet",
      "pools[0].checks[1]: 'mail' is no check; there is none yet",
    ],
  ],
  ["an unknown check", "pools[0].checks[0]", "wbe", ["pools[0].checks[0]: 'wbe' is no check; did you mean 'web'?"]],
  [
    "a check that every object has",
    "pools[0].checks[0]",
    "constructor",
    ["pools[0].checks[0]: 'constructor' is no check; there are 'web', 'mail'"],
  ],
  [
    "a check twice",
    "pools[0].checks[1]",
    "web",
    ["pools[0].checks[1]: 'web' stands already at pools[0].checks[0]; remove one"],
  ],
  [
    "nothing that votes",
    "checks",
    { web: { protocol: "http", votes: false }, mail: { protocol: "tcp", port: 1, votes: false } },
    ["pools[0].checks: none of them votes, so nothing could ever be withdrawn; list one whose `votes` is not false"],
  ],
  [
    "an unknown island",
    "pools[0].loadBalancers[1].island",
    "soth",
    ["pools[0].loadBalancers[1].island: 'soth' is no island; did you mean 'south'?"],
  ],
  [
    "an id twice",
    "pools[0].loadBalancers[1].id",
    "lb1",
    ["pools[0].loadBalancers[1].id: 'lb1' stands already at pools[0].loadBalancers[0].id; give each its own"],
  ],
  [
    "a SetIdentifier twice",
    "pools[0].loadBalancers[1].setIdentifier",
    "lb1",
    [
      "pools[0].loadBalancers[1].setIdentifier: 'lb1' is the SetIdentifier of pools[0].loadBalancers[0] too; Route 53 wants one each",
    ],
  ],
  [
    "a floor above the pool",
    "pools[0].floor",
    { count: 3 },
    ["pools[0].floor.count: 3 is more than the pool's load balancers, 2; lower it"],
  ],
  [
    "a floor above the weights",
    "pools[0].floor",
    { weight: 4 },
    ["pools[0].floor.weight: 4 is more than the pool's weights together, 3; lower it"],
  ],
  [
    "a name twice in a pool",
    "pools[0].names[1]",
    "LB.Acme.com.",
    ["pools[0].names[1]: 'lb.acme.com' stands already at pools[0].names[0]; remove one"],
  ],
  [
    "a name in two pools",
    "pools[1]",
    other({ names: ["lb.acme.com"] }),
    ["pools[1].names[0]: 'lb.acme.com' is claimed already at pools[0].names[0]; a name belongs to one pool"],
  ],
  [
    "a pool's id twice",
    "pools[1]",
    other({ id: "web" }),
    ["pools[1].id: 'web' stands already at pools[0].id; give each its own"],
  ],
  [
    "one box, two addresses",
    "pools[1]",
    other({ loadBalancers: [{ ...twin, address: "4.1.1.9" }] }),
    [
      "pools[1].loadBalancers[0].address: '4.1.1.9' is not the '4.1.1.1' of pools[0].loadBalancers[0], though both are 'lb1'; make them agree, or choose another id",
    ],
  ],
  [
    "one box, two IPv6 addresses, of which the first pool has none",
    "pools",
    [
      ...base().pools,
      other({ loadBalancers: [{ ...twin, address6: "2a01:4f8::1" }] }),
      other({ id: "wap", names: ["wap.acme.com"], loadBalancers: [{ ...twin, address6: "2a01:4f8::2" }] }),
    ],
    [
      "pools[2].loadBalancers[0].address6: '2a01:4f8::2' is not the '2a01:4f8::1' of pools[1].loadBalancers[0], though both are 'lb1'; make them agree, or choose another id",
    ],
  ],
  [
    "one box, one IPv6 address in two forms",
    "pools",
    [
      ...base().pools,
      other({ loadBalancers: [{ ...twin, address6: "2a01:4f8::1" }] }),
      other({ id: "wap", names: ["wap.acme.com"], loadBalancers: [{ ...twin, address6: "2A01:4F8:0::1" }] }),
    ],
    [],
  ],
  [
    "one box, two islands",
    "pools[1]",
    other({ loadBalancers: [{ ...twin, island: "south" }] }),
    [
      "pools[1].loadBalancers[0].island: 'south' is not the 'north' of pools[0].loadBalancers[0], though both are 'lb1'; make them agree, or choose another id",
    ],
  ],
  [
    "one check, two Host headers",
    "pools[1]",
    other({ checks: ["web"] }),
    [
      "checks.web.host: is missing, and its pools would send different Host headers: 'lb.acme.com' (web) and 'api.acme.com' (api); set one, or define a check for each",
    ],
  ],
  [
    "a wildcard as Host header",
    "pools[0].names[0]",
    "*.acme.com",
    ["checks.web.host: is missing, and '*.acme.com' is no Host header; set the one that load balancers expect"],
  ],
  [
    "only standbys",
    "pools[0].loadBalancers",
    [{ ...twin, weight: 0 }],
    ["pools[0].loadBalancers: all have weight 0, which makes each a standby of nobody; give one a weight"],
  ],
];

test.each(whole)("%s", (_title, at, value, faults) => {
  expect(faultsOf(spoil(base(), at, value))).toEqual(faults);
});

const differing =
  "checks.mail.host: is missing, and its pools would ask certificates for different names: 'lb.acme.com' (web) and 'api.acme.com' (api); set one, or define a check for each";
const headers =
  "checks.mail.host: is missing, and its pools would send different Host headers: 'lb.acme.com' (web) and 'api.acme.com' (api); set one, or define a check for each";

/** A check in two pools whose first names differ: who asks for a name must be given one. */
const named: [check: object, faults: string[]][] = [
  [{ protocol: "http" }, [headers]],
  [{ protocol: "https" }, [headers]],
  [{ protocol: "https", host: "acme.com" }, []],
  [{ protocol: "tls" }, [differing]],
  [{ protocol: "tls", host: "acme.com" }, []],
  [{ protocol: "smtp", port: 587 }, []],
  [{ protocol: "smtp", port: 587, tls: "none" }, []],
  [{ protocol: "smtp", port: 587, tls: "starttls" }, [differing]],
  [{ protocol: "imap", port: 993, tls: "implicit" }, [differing]],
  [{ protocol: "pop3", port: 995, tls: "implicit" }, [differing]],
  [{ protocol: "pop3", port: 995, tls: "implicit", host: "acme.com" }, []],
  [{ protocol: "tcp", port: 1 }, []],
  [{ protocol: "dns", name: "acme.com" }, []],
];

test.each(named)("two pools that ask %j", (check, faults) => {
  const input = spoil(spoil(base(), "checks.mail", check), "pools[1]", other({}));
  expect(faultsOf(input)).toEqual(faults);
});

/** What one option of a check makes of another. */
const useless = "changes nothing where certificate is 'ignore'; remove one of them";
const clear = "changes nothing without TLS; set tls to 'starttls' or 'implicit', or remove it";
const absent = "changes nothing of a header that must not be there (`present: false`); remove one of them";
const dns = { protocol: "dns", name: "acme.com" };
const unused: [check: object, faults: string[]][] = [
  [{ protocol: "https", certificate: "ignore" }, []],
  [
    { protocol: "https", certificate: "ignore", ca: CA, minDays: 3, warnDays: 14 },
    [`ca: ${useless}`, `minDays: ${useless}`, `warnDays: ${useless}`],
  ],
  [{ protocol: "tls", certificate: "ignore", minDays: 3 }, [`minDays: ${useless}`]],
  [{ protocol: "imap", tls: "starttls", certificate: "ignore", minDays: 3 }, [`minDays: ${useless}`]],
  [{ protocol: "imap", tls: "starttls", minDays: 3, warnDays: 5 }, []],
  [
    { protocol: "smtp", port: 587, certificate: "verify", ca: CA, minDays: 3, warnDays: 14 },
    [`certificate: ${clear}`, `ca: ${clear}`, `minDays: ${clear}`, `warnDays: ${clear}`],
  ],
  [{ protocol: "pop3", tls: "none", minDays: 3 }, [`minDays: ${clear}`]],
  [{ protocol: "pop3", tls: "none", minDays: undefined }, []],
  [
    { protocol: "tcp", port: 1, script: [{ expect: "x" }, { starttls: { certificate: "ignore", minDays: 3 } }] },
    [`script[1].starttls.minDays: ${useless}`],
  ],
  [
    { protocol: "http", headers: [{ name: "A", present: false, contains: "x", matches: "x" }] },
    [`headers[0].contains: ${absent}`, `headers[0].matches: ${absent}`],
  ],
  [
    {
      protocol: "https",
      headers: [
        { name: "A", present: true, contains: "x" },
        { name: "B", present: false },
      ],
    },
    [],
  ],
  [{ ...dns, contains: ["4.1.1.1"], equals: ["4.1.1.1", "4.1.1.2"] }, []],
  [
    { ...dns, contains: ["4.1.1.1", "4.1.1.3"], equals: ["4.1.1.1", "4.1.1.2"] },
    ["contains[1]: '4.1.1.3' is not among `equals`, so no answer could be right; add it there, or remove `contains`"],
  ],
  [{ ...dns, type: "MX", contains: ["10 Mail.acme.com."], equals: ["10 mail.acme.com"] }, []],
  [{ ...dns, type: "AAAA", contains: ["2A01:4f8:0::1"], equals: ["2a01:4f8::1"] }, []],
  [
    { protocol: "https", host: "*.acme.com" },
    ["host: '*.acme.com' is no Host header; set the one that load balancers expect"],
  ],
  [
    { protocol: "tls", host: "*.acme.com" },
    ["host: '*.acme.com' is no name to ask of a certificate; set the one that load balancers expect"],
  ],
];

test.each(unused)("one check: %j", (check, faults) => {
  expect(faultsOf(spoil(base(), "checks.mail", check))).toEqual(faults.map((fault) => `checks.mail.${fault}`));
});

test("a wildcard is no name to ask of a certificate", () => {
  const input = spoil(spoil(base(), "checks.web", { protocol: "tls" }), "pools[0].names[0]", "*.acme.com");
  expect(faultsOf(input)).toEqual([
    "checks.web.host: is missing, and '*.acme.com' is no name to ask of a certificate; set the one that load balancers expect",
  ]);
});

test("over 100 load balancers", () => {
  const loadBalancers = Array.from({ length: 101 }, (_, n) => ({
    id: `lb${n}`,
    island: "north",
    address: `4.1.1.${n}`,
  }));
  const faults = faultsOf(spoil(base(), "pools[0].loadBalancers", loadBalancers));
  expect(faults).toEqual([
    "pools[0].loadBalancers: there are 101; Route 53 answers from at most 100 records a name: make two pools",
  ]);
  expect(faultsOf(spoil(base(), "pools[0].loadBalancers", loadBalancers.slice(1)))).toEqual([]);
});

test("a zone that is not found is told where its name stands", () => {
  const zones = (name: string) => ({ fault: `no hosted zone holds '${name}'; create it` });
  expect(faultsOf(base(), { zones })).toEqual(["pools[0].names[0]: no hosted zone holds 'lb.acme.com'; create it"]);
  const given = spoil(base(), "pools[0].names[0]", { name: "lb.acme.com", zoneId: "Z123" });
  expect(faultsOf(given, { zones })).toEqual([]);
});

describe("every fault in one message", () => {
  test("of the schema and of the whole, wherever they stand", () => {
    const input = spoil(base(), "pools[0].loadBalancers[1].address", "10.0.0.5");
    spoil(input, "pools[0].loadBalancers[0].weight", -1);
    spoil(input, "pools[0].checks[1]", "mial");
    spoil(input, "quorum", 9);
    spoil(input, "ownr", "x");
    expect(faultsOf(input).toSorted()).toEqual([
      "ownr: is no option; did you mean 'owner'?",
      "pools[0].checks[1]: 'mial' is no check; did you mean 'mail'?",
      "pools[0].loadBalancers[0].weight: is less than 0; raise it",
      "pools[0].loadBalancers[1].address: '10.0.0.5' is a private address, which no Lambda can reach; set allowLocal for a service on one machine",
      "quorum: 9 of 3 regions is no quorum: it must be more than half and no more than there are; set 2 to 3, or remove it",
    ]);
  });

  test("a fault of one part makes no second one elsewhere", () => {
    expect(faultsOf(spoil(base(), "pools[0].loadBalancers[0]", "lb1"))).toEqual([
      "pools[0].loadBalancers[0]: 'lb1' is not a { … } of options; give { id, setIdentifier, island, address, address6, vips, weight }",
    ]);
    expect(faultsOf(spoil(spoil(base(), "quorum", 2), "regions[0]", 7))).toEqual([
      "regions[0]: 7 is not a text; give a text",
    ]);
  });

  test.each([undefined, null, 3, "x", []])("%j is no configuration", (input) => {
    expect(faultsOf(input)).toEqual(["the configuration must be the { … } of options that defineConfig takes"]);
  });
});

test("allowLocal lets short intervals and this machine through", () => {
  const input = spoil(spoil(base(), "allowLocal", true), "intervalS", 1);
  for (const check of ["web", "mail"]) spoil(input, `checks.${check}.timeoutMs`, 500);
  spoil(input, "pools[0].loadBalancers[0].address", "127.1.2.3");
  expect(faultsOf(input, env)).toEqual([]);
});
