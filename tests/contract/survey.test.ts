// What stands in an account's Route 53, read over the wire with the real SDK.
import { ChangeResourceRecordSetsCommand, CreateHealthCheckCommand } from "@aws-sdk/client-route-53";
import { describe, expect, test } from "vitest";
import { SoftError } from "../../shared/model/errors.ts";
import { createSurvey } from "../../shared/route53/survey.ts";
import { createZone } from "../../shared/route53/zone.ts";
import { clientOf, create, startRoute53, text, zoneId } from "./route53-fixture.ts";

describe("the SOA", () => {
  test("is found on the first page, without knowing the zone's name", async () => {
    const { zone, operations } = await startRoute53();
    expect(await zone.soa?.(zoneId)).toMatchObject({ name: "example.com", type: "SOA", ttlS: 900 });
    expect(operations).toHaveLength(1);
  });

  test("is asked for where the apex has more records than a page", async () => {
    const { client, send, operations } = await startRoute53();
    const sets = Array.from({ length: 40 }, (_, at) =>
      create({ Name: "example.com", SetIdentifier: `s${at}`, Weight: 1, values: [`192.0.2.${at}`] }),
    );
    await send(...sets);
    operations.length = 0;
    expect(await createZone({ reads: client, writes: client }).soa?.(zoneId)).toMatchObject({ type: "SOA" });
    expect(operations).toHaveLength(2);
  });

  test("of a zone that is not there is a fault, not none", async () => {
    const { client } = await startRoute53();
    await expect(createSurvey(client).soa("Z0NOBODY")).rejects.toBeInstanceOf(SoftError);
  });
});

describe("the survey", () => {
  test("reads every zone, every record and every health check, page by page", async () => {
    const { client, zones } = await startRoute53();
    for (let at = 0; at < 120; at += 1) await zones.create({ name: `z${at}.test` });
    for (let from = 0; from < 700; from += 350) {
      const Changes = Array.from({ length: 350 }, (_, at) => create(text(`"${from + at}"`))).map((one, at) => ({
        ...one,
        ResourceRecordSet: { ...one.ResourceRecordSet, Name: `n${from + at}.example.com`, Type: "TXT" as const },
      }));
      await client.send(new ChangeResourceRecordSetsCommand({ HostedZoneId: zoneId, ChangeBatch: { Changes } }));
    }
    for (let at = 0; at < 120; at += 1) {
      const HealthCheckConfig = { Type: "TCP" as const, IPAddress: "192.0.2.1", Port: 1000 + at };
      await client.send(new CreateHealthCheckCommand({ CallerReference: `r${at}`, HealthCheckConfig }));
    }
    const survey = createSurvey(client);
    expect(new Set((await survey.zones()).map(({ name }) => name)).size).toBe(121);
    expect(new Set((await survey.records(zoneId)).map(({ name }) => name)).size).toBe(701);
    expect(new Set((await survey.healthChecks()).map(({ port }) => port)).size).toBe(120);
  }, 30_000);

  test("has of a health check what was given, and nothing that is undefined", async () => {
    const { client } = await startRoute53();
    const HealthCheckConfig = {
      Type: "HTTPS_STR_MATCH" as const,
      IPAddress: "192.0.2.1",
      Port: 8443,
      ResourcePath: "/x?y=1",
      FullyQualifiedDomainName: "www.example.com",
      SearchString: "ok",
      RequestInterval: 10,
      FailureThreshold: 2,
      Inverted: true,
    };
    await client.send(new CreateHealthCheckCommand({ CallerReference: "a", HealthCheckConfig }));
    const metric = {
      Type: "CLOUDWATCH_METRIC" as const,
      AlarmIdentifier: { Name: "x", Region: "us-east-1" as const },
      InsufficientDataHealthStatus: "Healthy" as const,
      Disabled: true,
    };
    await client.send(new CreateHealthCheckCommand({ CallerReference: "b", HealthCheckConfig: metric }));
    const checks = await createSurvey(client).healthChecks();
    expect(checks.map((one) => ({ ...one, id: "" })).toSorted((a, b) => (a.type < b.type ? -1 : 1))).toStrictEqual([
      { id: "", type: "CLOUDWATCH_METRIC", inverted: false, disabled: true },
      {
        id: "",
        type: "HTTPS_STR_MATCH",
        address: "192.0.2.1",
        host: "www.example.com",
        port: 8443,
        path: "/x?y=1",
        text: "ok",
        intervalS: 10,
        failures: 2,
        sni: true,
        inverted: true,
        disabled: false,
      },
    ]);
  });

  test("says what could not be read, and why", async () => {
    const { url } = await startRoute53({ fault: () => ({ kind: "denied" }) });
    const survey = createSurvey(clientOf(url));
    for (const [what, reading] of [
      ["the hosted zones (route53:ListHostedZones)", survey.zones()],
      ["the health checks (route53:ListHealthChecks)", survey.healthChecks()],
      [`hosted zone ${zoneId}`, survey.records(zoneId)],
    ] as const) {
      const error: unknown = await reading.catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(SoftError);
      expect(String(error)).toContain(`${what} could not be read: AccessDenied`);
    }
  });
});
