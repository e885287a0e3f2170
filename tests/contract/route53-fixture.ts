// An embedded Route 53 on a free port with one hosted zone, real SDK clients and a Zone over it. All end with the test.
import { randomUUID } from "node:crypto";
import {
  type Change,
  type ChangeAction,
  ChangeResourceRecordSetsCommand,
  ListResourceRecordSetsCommand,
  type ResourceRecordSet,
  Route53Client,
} from "@aws-sdk/client-route-53";
import { onTestFinished } from "vitest";
import type { Operation, Route53Options } from "../../local/embedded/route53/endpoint.ts";
import { serveRoute53 } from "../../local/embedded/route53/endpoint.ts";
import { createZones, type Zones, type ZonesOptions } from "../../local/embedded/route53/zones.ts";
import type { Zone } from "../../shared/ports.ts";
import { createZone } from "../../shared/route53/zone.ts";

export const zoneId = "Z0EXAMPLE";

export type Embedded = {
  zones: Zones;
  url: string;
  client: Route53Client;
  zone: Zone;
  /** Every request that was not throttled. */
  operations: Operation[];
  send: (...changes: Change[]) => Promise<string>;
  list: () => Promise<string[]>;
};

const unlimited = { burst: 1e6, perS: 1e6 };

export async function startRoute53(
  options: Partial<Route53Options> & { zones?: Zones; domain?: string; open?: ZonesOptions } = {},
): Promise<Embedded> {
  const { domain = "example.com", open = {}, fault, ...rest } = options;
  const zones = options.zones ?? (await createZones(open));
  if (!options.zones) onTestFinished(() => zones.close());
  if (!zones.list().some(({ id }) => id === zoneId)) await zones.create({ name: domain, id: zoneId });
  const operations: Operation[] = [];
  const server = await serveRoute53(zones, {
    pace: unlimited,
    changeMs: 0,
    fault: (operation) => {
      operations.push(operation);
      return fault?.(operation);
    },
    ...rest,
  });
  onTestFinished(() => server.close());
  const { url } = server;
  const client = clientOf(url);
  const zone = createZone({ reads: client, writes: client });
  return {
    zones,
    url,
    client,
    zone,
    operations,
    send: async (...Changes) => {
      const command = new ChangeResourceRecordSetsCommand({ HostedZoneId: zoneId, ChangeBatch: { Changes } });
      return (await client.send(command)).ChangeInfo?.Id ?? "";
    },
    list: async () => {
      const page = await client.send(new ListResourceRecordSetsCommand({ HostedZoneId: zoneId }));
      return (page.ResourceRecordSets ?? []).map(({ Name, Type, SetIdentifier }) =>
        [Name, Type, SetIdentifier].filter(Boolean).join(" "),
      );
    },
  };
}

/** The id of a new health check. */
export async function checkIn(zones: Zones): Promise<string> {
  const HealthCheckConfig = { Type: "TCP" as const, IPAddress: "192.0.2.1", Port: 80 };
  return (await zones.checks.create({ CallerReference: randomUUID(), HealthCheckConfig })).id;
}

export function clientOf(endpoint: string, maxAttempts = 1): Route53Client {
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const client = new Route53Client({ endpoint, region: "us-east-1", credentials, maxAttempts });
  onTestFinished(() => client.destroy());
  return client;
}

export type Fields = Partial<Omit<ResourceRecordSet, "ResourceRecords">> & { values?: string[] };

/** A change of lb.example.com's A record with TTL 60, unless `fields` say otherwise. */
export function change(Action: ChangeAction, fields: Fields = {}): Change {
  const { values = ["192.0.2.1"], ...rest } = fields;
  const ResourceRecords = rest.AliasTarget ? undefined : values.map((Value) => ({ Value }));
  const TTL = rest.AliasTarget ? undefined : 60;
  return { Action, ResourceRecordSet: { Name: "lb.example.com", Type: "A", TTL, ResourceRecords, ...rest } };
}

export const create = (fields?: Fields): Change => change("CREATE", fields);
export const weighted = (SetIdentifier: string, Weight = 1, fields: Fields = {}): Fields => ({
  SetIdentifier,
  Weight,
  ...fields,
});
export const text = (...values: string[]): Fields => ({ Type: "TXT", values });
