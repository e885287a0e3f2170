// What is refused before anything is created, and in which words.
import { describe, expect, it } from "vitest";
import type { ConfigInput } from "../../shared/model/config.ts";
import { UserError } from "../../shared/model/errors.ts";
import type { Fence } from "../../shared/model/fence.ts";
import { writeFence } from "../../shared/plan/fence.ts";
import type { HostedZone } from "../../shared/model/survey.ts";
import { concurrencyNeeded, preflight, type PreflightPorts } from "../../stacks/preflight.ts";
import { account } from "./aws-answers.ts";
import { config, zones } from "./configs.ts";

const hosted: HostedZone[] = Object.entries(zones).map(([id, name]) => ({ id, name, private: false }));

const calm: PreflightPorts = {
  account: async () => account,
  hostedZones: async () => hosted,
  concurrency: async () => 1000,
  homeOfTable: async () => undefined,
  text: async () => undefined,
};

const fence: Fence = {
  owner: "acme.test",
  pool: "web",
  epoch: 1,
  cfg: 1,
  region: "eu-west-1",
  atS: 1,
  nonces: ["n"],
  frozen: false,
  open: false,
  held: [],
  repairs: [],
  left: {},
  sum: "s",
};

type Change = { stage?: string; ports?: Partial<PreflightPorts>; config?: Partial<ConfigInput> };

const look = ({ stage = "test", ports = {}, config: changed = {} }: Change) =>
  preflight({ ...config, ...changed }, { name: stage, prefix: `lifeboat-${stage}`, cfg: 1 }, { ...calm, ...ports });

async function faultsOf(change: Change): Promise<readonly string[]> {
  const error: unknown = await look(change).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error instanceof UserError ? error.faults : [];
}

const [pool] = config.pools;
const named = (name: string, zoneId: string) => ({ pools: pool ? [{ ...pool, names: [{ name, zoneId }] }] : [] });
const held = (owner: string) => async (_zone: string, name: string) =>
  name === "_lifeboat.lb.example.com" ? writeFence("lb.example.com", { ...fence, owner }).values : undefined;
const table = (home: string | undefined) => async (region: string) => (region === "us-east-1" ? { home } : undefined);

describe("before anything is created", () => {
  it("a stage that nothing stands against is resolved, with an owner of its own", async () => {
    const { account: cleared, resolved } = await look({});
    expect([cleared, resolved.owner]).toEqual([account, "acme.test"]);
    expect(resolved.pools[0]?.names.map(({ zoneId }) => zoneId)).toEqual([
      "Z0EXAMPLECOM",
      "Z0EXAMPLECOM",
      "Z0EXAMPLECOM",
    ]);
    expect((await look({ stage: "production" })).resolved.owner).toBe("acme");
  });

  const refusals: [string, Change, RegExp][] = [
    [
      "another account",
      { ports: { account: async () => "210987654321" } },
      /^account: is "123456789012", and these credentials are those of 210987654321; choose others/,
    ],
    ["no account", { config: { account: undefined } }, /^account: is missing, .* add account: "123456789012"$/],
    [
      "a name in no zone",
      { ports: { hostedZones: async () => hosted.slice(0, 1) } },
      /'trial.example.net' is in no public hosted zone of this account; make the zone/,
    ],
    [
      "a private zone only",
      { ports: { hostedZones: async () => hosted.map((zone) => ({ ...zone, private: zone.name === "example.net" })) } },
      /'trial.example.net' is in no public hosted zone/,
    ],
    [
      "two zones of a name",
      { ports: { hostedZones: async () => [...hosted, { id: "Z2", name: "example.net", private: false }] } },
      /'example.net' has several hosted zones, Z0EXAMPLENET and Z2; say which/,
    ],
    [
      "a zone id that is not there",
      { config: named("lb.example.com", "Z9") },
      /zoneId Z9, which is no hosted zone of this account; correct it/,
    ],
    [
      "a zone id of another domain",
      { config: named("lb.example.com", "Z0EXAMPLENET") },
      /zoneId Z0EXAMPLENET, which is the zone of 'example.net'; correct one/,
    ],
    [
      "a name that another owner holds",
      { ports: { text: held("umbrella") } },
      /^pools: web: 'lb.example.com' is held by 'umbrella', not by 'acme.test'; use another name/,
    ],
    ["a name that production holds", { ports: { text: held("acme") } }, /is held by 'acme', not by 'acme.test'/],
    [
      "a fence that nobody can read",
      { ports: { text: async () => ['"v=spf1 -all"'] } },
      /the fence of 'lb.example.com' cannot be read: it does not begin/,
    ],
    [
      "too few executions",
      { ports: { concurrency: async (region) => (region === "us-east-1" ? 9 : 10) } },
      /^us-east-1: Lambda grants 9 concurrent executions, and 10 are needed; ask for more at https:\/\/us-east-1\.console\S+L-B99A9384/,
    ],
    [
      "a home that moved",
      { ports: { homeOfTable: table("us-west-2") } },
      /^home: the table 'lifeboat-test' was made with home us-west-2, .* "Moving home" in docs\/deploy.md says$/,
    ],
    [
      "a table of somebody else's",
      { ports: { homeOfTable: table(undefined) } },
      /^home: there is a table 'lifeboat-test' that is not Lifeboat's/,
    ],
    ["a home that is no region", { config: { home: "eu-north-1" } }, /^home: 'eu-north-1' is not one of the regions/],
    [
      "an example address",
      {
        config: {
          pools: pool ? [{ ...pool, loadBalancers: [{ id: "lb1", island: "north", address: "192.0.2.1" }] }] : [],
        },
      },
      /'192.0.2.1' is an example address/,
    ],
    [
      "a name claimed twice",
      { config: { pools: pool ? [pool, { ...pool, id: "again" }] : [] } },
      /lb\.example\.com' .*(already|twice)/,
    ],
    ["local addresses", { config: { allowLocal: true } }, /^allowLocal: is for a service on one machine/],
    [
      "an interval for one machine",
      {
        config: {
          allowLocal: true,
          intervalS: 2,
          checks: { web: { protocol: "http", timeoutMs: 900 }, https: { protocol: "tcp", port: 443, timeoutMs: 900 } },
        },
      },
      /^intervalS: 2 s is for a service on one machine/,
    ],
    [
      "another partition",
      { config: { home: "cn-north-1", regions: ["cn-north-1", "eu-west-1", "us-east-1"] } },
      /^regions: 'cn-north-1' is of another partition/,
    ],
    [
      "a long stage",
      { stage: "a".repeat(50) },
      /^stage: 'a{50}' makes names too long for AWS; choose one of at most 31/,
    ],
    [
      "more names than IAM has room for",
      {
        config: {
          pools: pool ? [{ ...pool, names: Array.from({ length: 1500 }, (_, at) => `n${at}.example.com`) }] : [],
        },
      },
      /^pools: 1500 names need/,
    ],
  ];
  it.each(refusals)("%s is refused with the remedy", async (_case, change, wanted) => {
    const faults = await faultsOf(change);
    expect(faults.filter((fault) => wanted.test(fault))).toHaveLength(1);
  });

  it("says everything at once", async () => {
    const faults = await faultsOf({
      ports: { concurrency: async () => 5, text: held("umbrella") },
      config: { allowLocal: true },
    });
    expect(faults).toHaveLength(1 + 3 + 1);
  });

  it("keeps a table whose home is still the configured one", async () => {
    await expect(look({ ports: { homeOfTable: table("eu-west-1"), text: held("acme.test") } })).resolves.toBeDefined();
  });

  it("needs more executions for more shards", () => {
    expect([1, 2, 20].map(concurrencyNeeded)).toEqual([10, 16, 124]);
  });
});
