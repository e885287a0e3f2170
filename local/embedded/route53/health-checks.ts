// Health checks as the embedded Route 53 keeps them: they are stored and listed, and never carried out.
// Source: Route 53 API reference, CreateHealthCheck, HealthCheckConfig; developer guide, "Quotas".
import { isDeepStrictEqual } from "node:util";
import { BlockList, isIP } from "node:net";
import * as z from "zod";
import { AwsError } from "../loopback.ts";
import type { Content } from "./xml.ts";

/** Route 53 developer guide, "Quotas": of an account. */
export const CHECKS_MAX = 200;

const flag = z.enum(["true", "false"]).transform((text) => text === "true");

/** A whole number of an element, in a range. */
const whole = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,10}$/)
    .transform(Number)
    .pipe(z.int().min(least).max(most));

const endpointTypes = ["HTTP", "HTTPS", "HTTP_STR_MATCH", "HTTPS_STR_MATCH", "TCP"] as const;

const configSchema = z.object({
  Type: z.enum([...endpointTypes, "CALCULATED", "CLOUDWATCH_METRIC", "RECOVERY_CONTROL"]),
  IPAddress: z.string().max(45).optional(),
  Port: whole(1, 65_535).optional(),
  ResourcePath: z.string().max(255).optional(),
  FullyQualifiedDomainName: z.string().max(255).optional(),
  SearchString: z.string().max(255).optional(),
  RequestInterval: whole(10, 30).optional(),
  FailureThreshold: whole(1, 10).optional(),
  MeasureLatency: flag.optional(),
  Inverted: flag.optional(),
  Disabled: flag.optional(),
  EnableSNI: flag.optional(),
  HealthThreshold: whole(0, 256).optional(),
  ChildHealthChecks: z
    .object({ ChildHealthCheck: z.array(z.string().max(64)).max(256).default([]) })
    .transform(({ ChildHealthCheck }) => ChildHealthCheck)
    .optional(),
  Regions: z
    .object({ Region: z.array(z.string()).min(3).max(64) })
    .transform(({ Region }) => Region)
    .optional(),
  AlarmIdentifier: z.object({ Region: z.string().min(1), Name: z.string().min(1).max(256) }).optional(),
  InsufficientDataHealthStatus: z.enum(["Healthy", "Unhealthy", "LastKnownStatus"]).optional(),
  RoutingControlArn: z.string().min(1).max(255).optional(),
});

export const createCheckSchema = z.object({
  CallerReference: z.string().min(1).max(64),
  HealthCheckConfig: configSchema,
});

export type CheckConfig = z.output<typeof configSchema>;
export type HealthCheck = { id: string; reference: string; config: CheckConfig };

export const storedCheckSchema = z.object({
  id: z.string(),
  reference: z.string(),
  // It was read by `configSchema` when it was made.
  config: z.looseObject({ Type: configSchema.shape.Type }).transform((config) => config as CheckConfig),
});

/** No checker of Route 53's reaches these. */
const unreachable = new BlockList();
for (const [net, bits] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["224.0.0.0", 3],
] as const)
  unreachable.addSubnet(net, bits, "ipv4");
unreachable.addSubnet("fc00::", 7, "ipv6");
unreachable.addSubnet("fe80::", 10, "ipv6");
unreachable.addAddress("::1", "ipv6");

/**
 * The check to keep: with Route 53's defaults filled in, or the one that an equal request made already.
 * @throws AwsError InvalidInput, HealthCheckAlreadyExists, TooManyHealthChecks.
 */
export function judgeCheck(
  given: z.output<typeof createCheckSchema>,
  known: readonly HealthCheck[],
  retired: ReadonlySet<string>,
): { config: CheckConfig; existing: HealthCheck | undefined } {
  const config = withDefaults(given.HealthCheckConfig);
  const fault = faultOf(config, known);
  if (fault !== undefined) throw new AwsError("InvalidInput", `Invalid health check configuration: ${fault}`);
  const existing = known.find(({ reference }) => reference === given.CallerReference);
  // A reference stays used after its check was deleted.
  if (retired.has(given.CallerReference) || (existing && !isDeepStrictEqual(existing.config, config))) {
    const text = `A health check with caller reference '${given.CallerReference}' was created already`;
    throw new AwsError("HealthCheckAlreadyExists", text, 409);
  }
  if (!existing && known.length >= CHECKS_MAX)
    throw new AwsError("TooManyHealthChecks", `The account has its ${CHECKS_MAX} health checks already`);
  return { config, existing };
}

function isEndpoint({ Type }: CheckConfig): boolean {
  return endpointTypes.some((type) => type === Type);
}

function withDefaults(config: CheckConfig): CheckConfig {
  const all = { Inverted: false, Disabled: false, ...config };
  if (!isEndpoint(config)) return all;
  const port = config.Type.startsWith("HTTPS") ? 443 : 80;
  const sni = config.Type.startsWith("HTTPS") ? { EnableSNI: config.EnableSNI ?? true } : {};
  return {
    RequestInterval: 30,
    FailureThreshold: 3,
    MeasureLatency: false,
    ...(config.Type === "TCP" ? {} : { Port: port }),
    ...all,
    ...sni,
  };
}

function faultOf(config: CheckConfig, known: readonly HealthCheck[]): string | undefined {
  const { Type } = config;
  if (Type === "CALCULATED") {
    if (config.ChildHealthChecks === undefined || config.HealthThreshold === undefined)
      return "CALCULATED needs ChildHealthChecks and HealthThreshold";
    const missing = config.ChildHealthChecks.find((child) => !known.some(({ id }) => id === child));
    return missing === undefined ? undefined : `there is no child health check ${missing}`;
  }
  if (Type === "CLOUDWATCH_METRIC")
    return config.AlarmIdentifier ? undefined : "CLOUDWATCH_METRIC needs an AlarmIdentifier";
  if (Type === "RECOVERY_CONTROL")
    return config.RoutingControlArn === undefined ? "RECOVERY_CONTROL needs a RoutingControlArn" : undefined;
  return endpointFault(config);
}

function endpointFault(config: CheckConfig): string | undefined {
  const { Type, IPAddress: address, FullyQualifiedDomainName: name, SearchString: text } = config;
  if (address === undefined && name === undefined) return "Missing both IPAddress and FullyQualifiedDomainName";
  if (address !== undefined) {
    const family = isIP(address);
    if (family === 0) return `'${address}' is not a valid IP address`;
    if (unreachable.check(address, family === 4 ? "ipv4" : "ipv6"))
      return `'${address}' is a local, private, non-routable or multicast address`;
  }
  if (Type === "TCP") {
    if (config.Port === undefined) return "TCP needs a Port";
    if (config.ResourcePath !== undefined) return "TCP takes no ResourcePath";
  }
  if (config.RequestInterval !== 10 && config.RequestInterval !== 30) return "RequestInterval must be 10 or 30";
  const matches = Type.endsWith("_STR_MATCH");
  if (matches && (text === undefined || text === "")) return `${Type} needs a SearchString`;
  if (!matches && text !== undefined) return `${Type} takes no SearchString`;
  return undefined;
}

/** A health check as Route 53 shows it. */
export function showCheck({ id, reference, config }: HealthCheck): Content {
  const { ChildHealthChecks: children, Regions: regions, ...rest } = config;
  return {
    Id: id,
    CallerReference: reference,
    HealthCheckConfig: {
      ...rest,
      ChildHealthChecks: children?.map((child) => ({ ChildHealthCheck: child })),
      Regions: regions?.map((region) => ({ Region: region })),
    },
    HealthCheckVersion: 1,
  };
}
