// Reading an account's Route 53 as it is found: hosted zones, whole zones, health checks.
import {
  type HealthCheckConfig,
  ListHealthChecksCommand,
  ListHostedZonesCommand,
  type Route53Client,
} from "@aws-sdk/client-route-53";
import { SoftError } from "../model/errors.ts";
import { canonicalName, type DnsRecord } from "../model/record.ts";
import type { HealthCheck, HostedZone } from "../model/survey.ts";
import type { Survey } from "../ports.ts";
import { list, PAGE_MAX, type Place, readNames } from "./read.ts";
import { readSoa } from "./soa.ts";

/** For a page, the SDK's own retries included. */
const TIMEOUT_MS = 15_000;

/** Every method rejects with a SoftError, whose cause is the SDK's error, when it cannot be read. */
export function createSurvey(client: Route53Client): Survey {
  return {
    zones: () => asked("the hosted zones (route53:ListHostedZones)", () => listZones(client)),
    names: (zoneId, names) => readNames(client, zoneId, names),
    records: (zoneId) => listAll(client, zoneId),
    soa: (zoneId) => readSoa(client, zoneId),
    healthChecks: () => asked("the health checks (route53:ListHealthChecks)", () => listChecks(client)),
  };
}

async function asked<T>(what: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    const reason = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    throw new SoftError(`${what} could not be read: ${reason}`, { cause });
  }
}

const limit = (): { abortSignal: AbortSignal } => ({ abortSignal: AbortSignal.timeout(TIMEOUT_MS) });

async function listZones(client: Route53Client): Promise<HostedZone[]> {
  const zones: HostedZone[] = [];
  let Marker: string | undefined;
  do {
    const page = await client.send(new ListHostedZonesCommand({ Marker }), limit());
    for (const { Id = "", Name = "", Config } of page.HostedZones ?? [])
      zones.push({
        id: Id.replace(/^\/hostedzone\//, ""),
        name: canonicalName(Name),
        private: Config?.PrivateZone === true,
      });
    Marker = page.IsTruncated ? page.NextMarker : undefined;
  } while (Marker !== undefined);
  return zones;
}

async function listAll(client: Route53Client, zoneId: string): Promise<DnsRecord[]> {
  const records: DnsRecord[] = [];
  let place: Place | undefined;
  do {
    const page = await list(client, zoneId, place, PAGE_MAX);
    records.push(...page.records);
    place = page.next;
  } while (place !== undefined);
  return records;
}

async function listChecks(client: Route53Client): Promise<HealthCheck[]> {
  const checks: HealthCheck[] = [];
  let Marker: string | undefined;
  do {
    const page = await client.send(new ListHealthChecksCommand({ Marker }), limit());
    for (const { Id = "", HealthCheckConfig: config } of page.HealthChecks ?? [])
      if (config) checks.push(fromConfig(Id, config));
    Marker = page.IsTruncated ? page.NextMarker : undefined;
  } while (Marker !== undefined);
  return checks;
}

function fromConfig(id: string, config: HealthCheckConfig): HealthCheck {
  const fields = {
    address: config.IPAddress,
    host: config.FullyQualifiedDomainName,
    port: config.Port,
    path: config.ResourcePath,
    text: config.SearchString,
    intervalS: config.RequestInterval,
    failures: config.FailureThreshold,
    sni: config.EnableSNI,
  };
  // What is undefined is left out, so each that stays has the type of its field.
  const given = Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Partial<HealthCheck>;
  const { Type = "", Inverted = false, Disabled = false } = config;
  return { id, type: Type, inverted: Inverted, disabled: Disabled, ...given };
}
