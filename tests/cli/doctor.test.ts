import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import type { ConfigInput } from "../../shared/model/config.ts";
import type { Status } from "../../shared/model/status.ts";
import { checkIn, create, weighted } from "../contract/route53-fixture.ts";
import { folder, run, startAccount } from "./route53.ts";

const config: ConfigInput = {
  owner: "acme",
  home: "eu-west-1",
  regions: ["eu-west-1", "eu-central-1", "us-east-1"],
  checks: { web: { protocol: "http" } },
  islands: { north: {}, south: {} },
  pools: [
    {
      id: "web",
      names: ["lb.example.com"],
      checks: ["web"],
      loadBalancers: [
        { id: "lb1", island: "north", address: "4.1.1.1" },
        { id: "lb2", island: "south", address: "4.1.1.2" },
      ],
    },
  ],
};

async function fileOf(what: ConfigInput): Promise<string> {
  const file = join(await folder(), "it.config.mjs");
  await writeFile(file, `export default ${JSON.stringify(what)};\n`);
  return file;
}

/** An SOA that lint has nothing to say of. */
const soa = { Name: "example.com", Type: "SOA" as const, TTL: 60 };
const soaValues = ["ns-1.route53.test. hostmaster.example.com. 1 7200 900 1209600 60"];

test("with nothing to find, it says how long an outage lasts, and exits with 0", async () => {
  const { send } = await startAccount();
  await send(
    { ...create({ ...soa, values: soaValues }), Action: "UPSERT" },
    create(weighted("lb1")),
    create(weighted("lb2", 1, { values: ["192.0.2.2"] })),
  );
  const { code, out, err } = await run("doctor", "--config", await fileOf(config));
  expect([code, err]).toEqual([0, ""]);
  expect(out.split("\n")).toEqual([
    "configuration: 1 pool, 1 name, 2 load balancers; 2 of 3 regions must agree, each looks every 30 s",
    "until Route 53 is asked, at worst: 16.4 s when it hangs, 13.4 s when it refuses, 26.4 s with one region lost; AWS adds 2 to 4 s",
    "  pool web: Route 53 serves it within 60 s, and clients keep the old answer for up to 60 s more",
    "zone Z0EXAMPLE: nothing found",
    "service: not asked; --local shows what each region of `npm start` reaches, `npx lifeboat explain` that of the deployed one",
  ]);
});

test("times are told to a tenth of a second, as npm start does", async () => {
  await startAccount();
  const quick = { ...config, intervalS: 5, confirm: { attempts: 3, spreadS: 3.125 } } satisfies ConfigInput;
  const { out } = await run("doctor", "--config", await fileOf(quick));
  expect(out).toContain("8.1 s when it hangs, 5.2 s when it refuses, 9.7 s with one region lost");
});

test("warnings and the zone's lint are shown, and exit with 1", async () => {
  const { send, zones } = await startAccount();
  const HealthCheckId = await checkIn(zones);
  await send(create(weighted("lb1", 1, { HealthCheckId })), create(weighted("old", 1, { values: ["192.0.2.2"] })));
  const [pool] = config.pools;
  const slow = { ...config, regions: ["eu-west-1"], pools: pool ? [{ ...pool, ttlS: 300 }] : [] };
  const { code, out } = await run("doctor", "--config", await fileOf(slow));
  expect(code).toBe(1);
  expect(out).toContain(
    "  ? regions: one region cannot tell its own network's fault from a load balancer's; list three",
  );
  expect(out).toContain("  ? pools[0].ttlS: clients keep a withdrawn address for up to 300 s");
  expect(out).toContain("never (the others are no quorum) with one region lost");
  expect(out).toContain("zone Z0EXAMPLE: 3 found");
  expect(out).toContain("  ? negative-ttl example.com: ");
  for (const kind of ["sibling", "health-check"]) expect(out).toContain(`  ? ${kind} lb.example.com: `);
});

test("faults of the configuration are told with their remedies", async () => {
  await startAccount();
  const [pool] = config.pools;
  const wrong = { ...config, pools: pool ? [{ ...pool, names: ["lb.elsewhere.test"], checks: ["wbe"] }] : [] };
  const { code, err } = await run("doctor", "--config", await fileOf(wrong));
  expect(code).toBe(1);
  expect(err).toContain("'lb.elsewhere.test' is in no public hosted zone of this account");
  expect(err).toContain("pools[0].checks[0]: 'wbe' is no check; did you mean 'web'?");
});

test.each([
  ["Z0NOBODY", "'lb.example.com' is given the zoneId Z0NOBODY, which is no hosted zone of this account; correct it"],
  [
    "Z0EXAMPLE",
    "'lb.example.net' is given the zoneId Z0EXAMPLE, which is the zone of 'example.com'; correct one of them",
  ],
])("the zoneId %s that is not its name's zone is a fault, as it is at deploy", async (zoneId, says) => {
  await startAccount();
  const [pool] = config.pools;
  const names = [{ name: zoneId === "Z0EXAMPLE" ? "lb.example.net" : "lb.example.com", zoneId }];
  const { code, err } = await run(
    "doctor",
    "--config",
    await fileOf({ ...config, pools: pool ? [{ ...pool, names }] : [] }),
  );
  expect(code).toBe(1);
  expect(err).toContain(`pools: web: ${says}`);
});

test("without credentials the zone is left out, and that is told by the exit code as well", async () => {
  await startAccount({ fault: () => ({ kind: "denied" }) });
  const { code, out } = await run("doctor", "--config", await fileOf(config));
  expect(code).toBe(1);
  expect(out).toContain(
    "zone: not looked at: the hosted zones (route53:ListHostedZones) could not be read: AccessDenied",
  );
});

test("a zone that cannot be read is worth a look", async () => {
  await startAccount({ fault: ({ name }) => (name === "ListResourceRecordSets" ? { kind: "denied" } : undefined) });
  const { code, out } = await run("doctor", "--config", await fileOf(config));
  expect(code).toBe(1);
  expect(out).toContain("hosted zone Z0EXAMPLE could not be read: AccessDenied");
});

test("what each region does not reach is told", async () => {
  await startAccount({ fault: () => ({ kind: "denied" }) });
  const seen = (region: string, state: "up" | "down" | "unknown" | "silent", detail = "") => ({
    region,
    state,
    detail,
  });
  const box = (id: string, ...list: ReturnType<typeof seen>[]) => ({
    id,
    island: "north",
    address: "4.1.1.1",
    verdict: "in" as const,
    because: "",
    seen: list,
  });
  const boxes = [
    box(
      "lb1",
      seen("eu-west-1", "up"),
      seen("eu-central-1", "down", "mail: refused\u001b[2J"),
      seen("us-east-1", "silent"),
    ),
    box("lb2", seen("eu-west-1", "up"), seen("eu-central-1", "up"), seen("us-east-1", "silent")),
  ];
  const status: Status = {
    atMs: 0,
    owner: "acme",
    intervalS: 30,
    quorum: 2,
    regions: [
      { region: "eu-west-1", reportAgeS: 3, blind: false },
      { region: "eu-central-1", reportAgeS: 4, blind: true },
      { region: "us-east-1", blind: false },
    ],
    pools: [{ id: "web", open: false, names: [], boxes }],
  };
  const server = createServer((_request, response) => response.end(JSON.stringify(status))).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  // It listens on a port, not on a pipe.
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { code, out } = await run("doctor", "--config", await fileOf(config), "--url", url);
  expect(code).toBe(1);
  expect(out.split("\n").slice(-3)).toEqual([
    "eu-west-1: reaches every load balancer on every check",
    "eu-central-1: is blind; lb1 down (mail: refused?[2J)",
    "us-east-1: has sent no report; lb1 silent; lb2 silent",
  ]);
});

test("no credentials at all are no crash", async () => {
  await startAccount();
  for (const name of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]) vi.stubEnv(name, "");
  for (const name of ["AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"]) vi.stubEnv(name, "/nonexistent");
  const { code, out } = await run("doctor", "--config", await fileOf(config));
  expect(code).toBe(1);
  expect(out).toContain(
    "zone: not looked at: the hosted zones (route53:ListHostedZones) could not be read: CredentialsProviderError",
  );
});
