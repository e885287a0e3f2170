// From a hosted zone over the wire to a file that resolves.
import { type Change, CreateHealthCheckCommand, type HealthCheckConfig } from "@aws-sdk/client-route-53";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { resolveConfig } from "../../shared/resolve/resolve.ts";
import { loadConfig } from "../../shared/runtime/load-config.ts";
import { create, type Embedded, weighted, zoneId } from "../contract/route53-fixture.ts";
import { folder, run, startAccount } from "./route53.ts";

async function check({ client }: Embedded, reference: string, config: HealthCheckConfig): Promise<string> {
  const command = new CreateHealthCheckCommand({ CallerReference: reference, HealthCheckConfig: config });
  return (await client.send(command)).HealthCheck?.Id ?? "";
}

/** Two names of one weighted set with checks, a simple one, and what no pool can be. */
async function fill(account: Embedded): Promise<void> {
  const matching: HealthCheckConfig = {
    Type: "HTTP_STR_MATCH",
    ResourcePath: "/test.txt",
    FullyQualifiedDomainName: "www.example.com",
    SearchString: 'o"k */ \\ `${x}',
    RequestInterval: 10,
  };
  const north = await check(account, "n", { ...matching, IPAddress: "192.0.2.10" });
  const south = await check(account, "s", { ...matching, IPAddress: "198.51.100.10" });
  await check(account, "t", { Type: "TCP", IPAddress: "198.51.100.10", Port: 443 });
  await check(account, "c", { Type: "CALCULATED", ChildHealthChecks: [north, south], HealthThreshold: 1 });
  const set = (Name: string): Change[] => [
    create({ Name, ...weighted("Primary Load Balancer", 2, { HealthCheckId: north, values: ["192.0.2.10"] }) }),
    create({ Name, ...weighted("south", 1, { HealthCheckId: south, values: ["198.51.100.10"] }) }),
  ];
  await account.send(
    ...set("lb.example.com"),
    ...set("*.apps.example.com"),
    create({ Name: "api.example.com", values: ["192.0.2.10", "203.0.113.4"] }),
    create({ Name: "one.example.com", values: ["192.0.2.99"] }),
    create({ Name: "www.example.com", Type: "CNAME", values: ["lb.example.com"] }),
    create({ Name: "in.example.com", values: ["10.0.0.1", "10.0.0.2"] }),
    create({
      Name: "far.example.com",
      AliasTarget: { DNSName: "elb.example.net", HostedZoneId: "Z2", EvaluateTargetHealth: false },
    }),
    create({ Name: "geo.example.com", SetIdentifier: "eu", Region: "eu-west-1", values: ["192.0.2.10"] }),
  );
}

test("the file resolves, observes, and says what it could not express", async () => {
  const account = await startAccount();
  await fill(account);
  const out = join(await folder(), "it.config.ts");
  const { code, out: said, err } = await run("import", "--zone", "example.com.", "--out", out);
  expect([code, err]).toEqual([0, ""]);
  const { resolved, warnings } = resolveConfig(await loadConfig(out, undefined), {
    cfg: 1,
    zones: () => ({ fault: "is not to be looked up" }),
    examples: true,
  });
  expect(warnings).toEqual([]);
  expect([resolved.owner, resolved.intervalS, Object.keys(resolved.islands).toSorted()]).toEqual([
    "example",
    10,
    ["net-192-0-2", "net-198-51-100", "net-203-0-113"],
  ]);
  const [web, api] = resolved.pools;
  expect(resolved.pools.map(({ mode }) => mode)).toEqual(["observe", "observe"]);
  expect(web).toMatchObject({
    names: [
      { name: "*.apps.example.com", zoneId },
      { name: "lb.example.com", zoneId },
    ],
    ttlS: 60,
    members: [
      { box: "primary-load-balancer", setIdentifier: "Primary Load Balancer", weight: 2 },
      { box: "south", setIdentifier: "south", weight: 1 },
    ],
  });
  expect(web?.checks.toSorted()).toEqual(["http", "tcp-443"]);
  expect(resolved.checks["http"]?.check).toMatchObject({
    path: "/test.txt",
    host: "www.example.com",
    contains: 'o"k */ \\ `${x}',
    port: 80,
  });
  expect(api).toMatchObject({ id: "api", checks: ["http"], members: [{ weight: 1 }, { weight: 1 }] });
  const text = await readFile(out, "utf8");
  for (const part of [
    "// www.example.com is a CNAME to lb.example.com, and follows it by itself",
    "// api.example.com is one simple record; `lifeboat adopt` makes weighted ones of it in one batch",
  ])
    expect(text).toContain(part);
  for (const note of [
    "far.example.com: its A record is an alias of elb.example.net, which no pool can be",
    "geo.example.com: its A records are routed by latency, and a pool only by weight",
    "in.example.com: '10.0.0.1' is a private address",
  ]) {
    expect(text).toContain(`// - ${note}`);
    expect(said).toContain(`- ${note}`);
  }
  expect(text).not.toContain("one.example.com");
  expect(said).toMatch(/, then: npx lifeboat doctor --config \S+it\.config\.ts$/);
});

test("a calculated health check of a record is told of", async () => {
  const account = await startAccount();
  const child = await check(account, "a", { Type: "TCP", IPAddress: "192.0.2.1", Port: 443 });
  const HealthCheckId = await check(account, "b", {
    Type: "CALCULATED",
    ChildHealthChecks: [child],
    HealthThreshold: 1,
  });
  await account.send(create(weighted("a", 1, { HealthCheckId })), create(weighted("b", 1, { values: ["192.0.2.2"] })));
  const out = join(await folder(), "it.config.ts");
  const { out: said } = await run("import", "--zone", zoneId, "--out", out);
  expect(said).toContain(`health check ${HealthCheckId} (CALCULATED) asks no load balancer itself; it is left out`);
  expect(said).toContain("pool lb: lb.example.com: 2 load balancers, checks tcp-443");
});

test("where what might be a pool was left out, it is not said that there was nothing", async () => {
  const account = await startAccount();
  await account.send(
    create(weighted("a", 1, { values: ["127.1.0.1"] })),
    create(weighted("b", 1, { values: ["127.1.0.2"] })),
  );
  const { code, err } = await run("import", "--zone", zoneId, "--out", join(await folder(), "it.config.ts"));
  expect([code, err.split("\n")]).toEqual([
    1,
    [
      "lifeboat: import: nothing in example.com (Z0EXAMPLE) can be a pool: each name that might be one was left out:",
      expect.stringMatching(/^ {2}- lb\.example\.com: '127\.1\.0\.1' is /),
    ],
  ]);
});

test("a file that is there is left as it is", async () => {
  const account = await startAccount();
  await fill(account);
  const out = join(await folder(), "it.config.ts");
  await writeFile(out, "mine");
  const { code, err } = await run("import", "--zone", "example.com", "--out", out);
  expect([code, err]).toEqual([
    1,
    `lifeboat: import: ${out} is there already and is not overwritten; give another one with --out.`,
  ]);
  expect(await readFile(out, "utf8")).toBe("mine");
});

const wrong: [what: string, args: string[], says: string][] = [
  ["no zone is named", [], "say which hosted zone: --zone example.com"],
  ["there is no such zone", ["--zone", "nobody.test"], "this account has no hosted zone 'nobody.test'; there are"],
  ["a name has two zones", ["--zone", "twin.test"], "'twin.test' has several hosted zones; say which: Z"],
  ["nothing can be a pool", ["--zone", "example.com"], "nothing in example.com (Z0EXAMPLE) can be a pool"],
];

test.each(wrong)("%s", async (_what, args, says) => {
  const { zones } = await startAccount();
  await zones.create({ name: "twin.test" });
  await zones.create({ name: "twin.test" });
  const { code, err } = await run("import", ...args);
  expect([code, err]).toEqual([1, expect.stringContaining(says)]);
});

test("without the right to read, it is said which one is missing", async () => {
  await startAccount({ fault: ({ name }) => (name === "ListHealthChecks" ? { kind: "denied" } : undefined) });
  const { code, err } = await run("import", "--zone", "example.com");
  expect(code).toBe(1);
  expect(err).toContain("the health checks (route53:ListHealthChecks) could not be read: AccessDenied");
});
