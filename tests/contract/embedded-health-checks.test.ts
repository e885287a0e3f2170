// The embedded Route 53's health checks, as the real SDK sees them.
import {
  CreateHealthCheckCommand,
  DeleteHealthCheckCommand,
  GetHealthCheckCommand,
  type HealthCheckConfig,
  ListHealthChecksCommand,
  type Route53Client,
} from "@aws-sdk/client-route-53";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createZones } from "../../local/embedded/route53/zones.ts";
import { change, startRoute53, weighted } from "./route53-fixture.ts";

let references = 0;

async function create(
  client: Route53Client,
  config: HealthCheckConfig,
  reference = `r${++references}`,
): Promise<string> {
  const command = new CreateHealthCheckCommand({ CallerReference: reference, HealthCheckConfig: config });
  return (await client.send(command)).HealthCheck?.Id ?? "";
}

const http: HealthCheckConfig = { Type: "HTTP", IPAddress: "192.0.2.10", ResourcePath: "/test.txt" };

test("what was created is shown with Route 53's defaults", async () => {
  const { client, url } = await startRoute53();
  const id = await create(client, http, "one");
  const { HealthCheck } = await client.send(new GetHealthCheckCommand({ HealthCheckId: id }));
  expect(HealthCheck).toEqual({
    Id: id,
    CallerReference: "one",
    HealthCheckVersion: 1,
    HealthCheckConfig: {
      ...http,
      Port: 80,
      RequestInterval: 30,
      FailureThreshold: 3,
      MeasureLatency: false,
      Inverted: false,
      Disabled: false,
    },
  });
  const again = new CreateHealthCheckCommand({ CallerReference: "one", HealthCheckConfig: http });
  expect((await client.send(again)).Location).toBe(`${url}/2013-04-01/healthcheck/${id}`);
});

test("lists of an element come back as lists, text as it was", async () => {
  const { client } = await startRoute53();
  const child = await create(client, { Type: "TCP", IPAddress: "2001:db8::1", Port: 443 });
  const parent = { Type: "CALCULATED", ChildHealthChecks: [child], HealthThreshold: 1 } as const;
  const matching = {
    Type: "HTTPS_STR_MATCH",
    FullyQualifiedDomainName: "www.example.com",
    SearchString: "a < b & 'c'\r\n",
    Regions: ["us-east-1", "eu-west-1", "us-west-2"],
    EnableSNI: false,
  } as const;
  for (const config of [parent, matching]) {
    const id = await create(client, { ...config, ChildHealthChecks: undefined, Regions: undefined, ...copy(config) });
    const { HealthCheck } = await client.send(new GetHealthCheckCommand({ HealthCheckId: id }));
    expect(HealthCheck?.HealthCheckConfig).toMatchObject(config);
  }
});

/** The SDK's types want lists that can be changed. */
function copy(config: object): Partial<HealthCheckConfig> {
  return structuredClone(config);
}

test("pages follow one another, and more than the most is the most", async () => {
  const { client } = await startRoute53();
  const ids = [];
  for (let at = 0; at < 5; at += 1) ids.push(await create(client, { ...http, Port: 8000 + at }));
  const seen: (string | undefined)[] = [];
  let Marker: string | undefined;
  let pages = 0;
  do {
    const page: {
      HealthChecks?: { Id: string | undefined }[] | undefined;
      NextMarker?: string | undefined;
      IsTruncated?: boolean | undefined;
    } = await client.send(new ListHealthChecksCommand({ Marker, MaxItems: 2 }));
    seen.push(...(page.HealthChecks ?? []).map(({ Id }) => Id));
    Marker = page.IsTruncated ? page.NextMarker : undefined;
    pages += 1;
  } while (Marker !== undefined);
  expect(pages).toBe(3);
  expect(seen).toEqual(ids.toSorted());
  const all = await client.send(new ListHealthChecksCommand({ MaxItems: 5000 }));
  expect([all.HealthChecks?.length, all.MaxItems, all.IsTruncated]).toEqual([5, 1000, false]);
});

test("a caller reference is good for one check, also after that one is gone", async () => {
  const { client } = await startRoute53();
  const id = await create(client, http, "same");
  expect(await create(client, http, "same")).toBe(id);
  await expect(create(client, { ...http, Port: 81 }, "same")).rejects.toMatchObject({
    name: "HealthCheckAlreadyExists",
  });
  await client.send(new DeleteHealthCheckCommand({ HealthCheckId: id }));
  await expect(create(client, http, "same")).rejects.toMatchObject({ name: "HealthCheckAlreadyExists" });
  const gone = { name: "NoSuchHealthCheck", $metadata: { httpStatusCode: 404 } };
  await expect(client.send(new GetHealthCheckCommand({ HealthCheckId: id }))).rejects.toMatchObject(gone);
  await expect(client.send(new DeleteHealthCheckCommand({ HealthCheckId: id }))).rejects.toMatchObject(gone);
});

const refused: [what: string, config: HealthCheckConfig][] = [
  ["neither address nor name", { Type: "HTTP" }],
  ["no address", { Type: "HTTP", IPAddress: "192.0.2" }],
  ["a private address", { Type: "HTTP", IPAddress: "10.0.0.1" }],
  ["a multicast address", { Type: "HTTP", IPAddress: "239.0.0.1" }],
  ["a loopback address of IPv6", { Type: "HTTP", IPAddress: "::1" }],
  ["TCP without a port", { Type: "TCP", IPAddress: "192.0.2.1" }],
  ["TCP with a path", { Type: "TCP", IPAddress: "192.0.2.1", Port: 25, ResourcePath: "/" }],
  ["a port beyond the last", { ...http, Port: 65_536 }],
  ["an interval of 20 s", { ...http, RequestInterval: 20 }],
  ["a threshold of 11", { ...http, FailureThreshold: 11 }],
  ["a match without a text", { ...http, Type: "HTTP_STR_MATCH" }],
  ["a text without a match", { ...http, SearchString: "ok" }],
  ["a text of 256 characters", { ...http, Type: "HTTP_STR_MATCH", SearchString: "x".repeat(256) }],
  ["a calculated one of nobody", { Type: "CALCULATED", HealthThreshold: 1 }],
  [
    "a calculated one of a check that is not there",
    { Type: "CALCULATED", HealthThreshold: 1, ChildHealthChecks: ["x"] },
  ],
  ["a metric without an alarm", { Type: "CLOUDWATCH_METRIC" }],
];

test.each(refused)("%s is refused", async (_what, config) => {
  const { client } = await startRoute53();
  await expect(create(client, config)).rejects.toMatchObject({ name: "InvalidInput" });
  expect((await client.send(new ListHealthChecksCommand({}))).HealthChecks).toEqual([]);
});

test("200 are the most of an account", async () => {
  const { client } = await startRoute53();
  for (let at = 0; at < 200; at += 1) await create(client, { ...http, Port: 1000 + at });
  await expect(create(client, http)).rejects.toMatchObject({ name: "TooManyHealthChecks" });
});

test("with a journal they outlive the process", async () => {
  const folder = await mkdtemp(join(tmpdir(), "lifeboat-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const open = { file: join(folder, "zones.jsonl") };
  const zones = await createZones(open);
  const given = (reference: string) => ({
    CallerReference: reference,
    HealthCheckConfig: { Type: "TCP" as const, IPAddress: "192.0.2.1", Port: 443 },
  });
  const kept = await zones.checks.create(given("kept"));
  await zones.checks.remove((await zones.checks.create(given("gone"))).id);
  await zones.close();
  const again = await createZones(open);
  onTestFinished(() => again.close());
  expect(again.checks.list()).toEqual([kept]);
  await expect(again.checks.create(given("gone"))).rejects.toMatchObject({ code: "HealthCheckAlreadyExists" });
});

test("a record keeps a check that is gone, and takes no change with it but its end", async () => {
  const { client, send, list } = await startRoute53();
  const HealthCheckId = await create(client, http);
  const checked = weighted("a", 1, { HealthCheckId });
  await send(change("CREATE", checked));
  await expect(send(change("DELETE", weighted("a", 1)))).rejects.toThrow(/do not match the current values/);
  await client.send(new DeleteHealthCheckCommand({ HealthCheckId }));
  expect(await list()).toContain("lb.example.com. A a");
  const gone = { name: "NoSuchHealthCheck", $metadata: { httpStatusCode: 404 } };
  await expect(send(change("UPSERT", { ...checked, Weight: 0 }))).rejects.toMatchObject(gone);
  await send(change("DELETE", checked));
  expect(await list()).not.toContain("lb.example.com. A a");
});
