// Route 53's REST XML: requests read with fast-xml-parser and a schema, answers written by hand.
import { XMLParser } from "fast-xml-parser";
import * as z from "zod";
import type { DnsRecord } from "../../../shared/model/record.ts";
import { AwsError } from "../loopback.ts";
import type { Change } from "./batch.ts";
import { routingFields, showRouting } from "./batch.ts";
import { readName, showName } from "./names.ts";
import { recordTypes } from "./values.ts";

const namespace = "https://route53.amazonaws.com/doc/2013-04-01/";

/** What an element holds: text, further elements, or several of them. Undefined leaves the element out. */
export type Content = string | number | boolean | undefined | Content[] | { [name: string]: Content };

/** A whole document. */
export function writeXml(root: string, content: Content): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="${namespace}">${write(content)}</${root}>`;
}

function write(content: Content): string {
  if (Array.isArray(content)) return content.map(write).join("");
  if (typeof content !== "object") return escape(String(content ?? ""));
  return Object.entries(content)
    .filter(([, inner]) => inner !== undefined)
    .map(([name, inner]) => `<${name}>${write(inner)}</${name}>`)
    .join("");
}

function escape(text: string): string {
  return text.replaceAll(/[&<>"'\r\n]/g, (character) => `&#${character.charCodeAt(0)};`);
}

const lists = new Set([
  "ChangeBatch.Changes.Change",
  "Change.ResourceRecordSet.ResourceRecords.ResourceRecord",
  "HealthCheckConfig.ChildHealthChecks.ChildHealthCheck",
  "HealthCheckConfig.Regions.Region",
]);

const parser = new XMLParser({
  ignoreAttributes: true,
  parseTagValue: false,
  trimValues: false,
  htmlEntities: true,
  isArray: (_name, path) => [...lists].some((list) => String(path).endsWith(`.${list}`)),
});

/** A request body's root element as `schema` wants it. Throws MalformedInput or InvalidInput. */
export function readXml<T>(body: Buffer, root: string, schema: z.ZodType<T>): T {
  const text = body.toString("utf8");
  // No client of AWS sends one, and what one can do to a parser is known.
  if (text.includes("<!DOCTYPE")) throw malformed("a document type declaration is not accepted");
  const parsed = z.looseObject({ [root]: schema }).safeParse(parse(text));
  if (!parsed.success) throw new AwsError("InvalidInput", `Invalid request: ${z.prettifyError(parsed.error)}`);
  // The loose object has the root, as its schema says.
  return parsed.data[root] as T;
}

function parse(text: string): unknown {
  try {
    return parser.parse(text, true);
  } catch (cause) {
    throw malformed(cause instanceof Error ? cause.message : String(cause));
  }
}

function malformed(fault: string): AwsError {
  return new AwsError("MalformedInput", `Could not parse XML: ${fault}`);
}

const whole = z.string().regex(/^\d{1,10}$/);

const recordSetSchema = z.object({
  Name: z.string().min(1),
  Type: z.string().min(1),
  SetIdentifier: z.string().min(1).max(128).optional(),
  Weight: whole.optional(),
  TTL: whole.optional(),
  ResourceRecords: z.object({ ResourceRecord: z.array(z.object({ Value: z.string().max(4000) })).min(1) }).optional(),
  HealthCheckId: z.string().max(64).optional(),
  AliasTarget: z
    .object({ HostedZoneId: z.string(), DNSName: z.string(), EvaluateTargetHealth: z.enum(["true", "false"]) })
    .transform((target) => ({ ...target, EvaluateTargetHealth: target.EvaluateTargetHealth === "true" }))
    .optional(),
  Region: z.string().optional(),
  GeoLocation: z.looseObject({}).transform(withoutText).optional(),
  Failover: z.enum(["PRIMARY", "SECONDARY"]).optional(),
  MultiValueAnswer: z.stringbool({ truthy: ["true"], falsy: ["false"] }).optional(),
  CidrRoutingConfig: z.looseObject({}).transform(withoutText).optional(),
  GeoProximityLocation: z.looseObject({}).transform(withoutText).optional(),
});

export const createZoneSchema = z.object({
  Name: z.string().min(1).max(1024),
  CallerReference: z.string().min(1).max(128),
  HostedZoneConfig: z.object({ Comment: z.string().max(256).optional() }).optional(),
});

export const changesSchema = z.object({
  ChangeBatch: z.object({
    Comment: z.string().max(256).optional(),
    Changes: z.object({
      Change: z
        .array(z.object({ Action: z.enum(["CREATE", "DELETE", "UPSERT"]), ResourceRecordSet: recordSetSchema }))
        .min(1),
    }),
  }),
});

type WireChange = z.output<typeof changesSchema>["ChangeBatch"]["Changes"]["Change"][number];

/** The blanks between elements are text to the parser. */
function withoutText(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => name !== "#text"));
}

/** Throws InvalidInput for a record set that no zone could hold. */
export function readChange({ Action, ResourceRecordSet }: WireChange, at: number): Change {
  const { Name, Type, SetIdentifier, Weight, TTL, ResourceRecords, HealthCheckId, ...rest } = ResourceRecordSet;
  const bad = (fault: string): AwsError => {
    const set = `SetIdentifier=${SetIdentifier ?? "null"}`;
    return new AwsError(
      "InvalidInput",
      `Invalid request: ${fault} in Change with [Action=${Action}, Name=${Name}, Type=${Type}, ${set}]`,
    );
  };
  if (!recordTypes.has(Type)) throw bad(`The embedded Route 53 does not keep records of this type`);
  const routing = routingFields.filter((field) => rest[field] !== undefined).length + (Weight === undefined ? 0 : 1);
  const choice = `Expected exactly one of [Weight, ${routingFields.join(", ")}], but found ${routing === 0 ? "none" : "more than one"}`;
  if (SetIdentifier !== undefined && routing !== 1) throw bad(choice);
  if (SetIdentifier === undefined && routing > 0) throw bad("Missing field 'SetIdentifier'");
  const plain = Number(TTL !== undefined) + Number(ResourceRecords !== undefined);
  if (rest.AliasTarget ? plain > 0 : plain !== 2)
    throw bad("Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId]");
  inRange(Weight, 255, "weight", at);
  inRange(TTL, 2_147_483_647, "tTL", at);
  const other = Object.entries(rest).filter(([, value]) => value !== undefined);
  const record: DnsRecord = {
    name: readName(Name),
    type: Type,
    ...(SetIdentifier === undefined ? {} : { setIdentifier: SetIdentifier }),
    ...(Weight === undefined ? {} : { weight: Number(Weight) }),
    ...(TTL === undefined ? {} : { ttlS: Number(TTL) }),
    values: ResourceRecords?.ResourceRecord.map(({ Value }) => Value) ?? [],
    ...(HealthCheckId === undefined ? {} : { healthCheckId: HealthCheckId }),
    ...(other.length === 0 ? {} : { other: Object.fromEntries(other) }),
  };
  return { action: Action, record };
}

function inRange(value: string | undefined, max: number, member: string, at: number): void {
  if (value === undefined || Number(value) <= max) return;
  const where = `'changeBatch.changes.${at + 1}.member.resourceRecordSet.${member}'`;
  const text = `1 validation error detected: Value '${value}' at ${where} failed to satisfy constraint: Member must have value less than or equal to ${max}`;
  throw new AwsError("InvalidInput", text);
}

/** A record set as Route 53 lists it. */
export function showRecordSet(record: DnsRecord): Content {
  const { name, type, setIdentifier, weight, ttlS, values, healthCheckId, other } = record;
  const { AliasTarget, ...routing } = showRouting(other);
  return {
    Name: showName(name),
    Type: type,
    SetIdentifier: setIdentifier,
    Weight: weight,
    // `other` came from `readChange`: text, true or false, and elements of the same.
    ...(routing as Record<string, Content>),
    TTL: ttlS,
    ResourceRecords: values.length === 0 ? undefined : values.map((Value) => ({ ResourceRecord: { Value } })),
    AliasTarget: AliasTarget as Content,
    HealthCheckId: healthCheckId,
  };
}
