// Between Route 53's record sets and ours.
import type { ResourceRecordSet } from "@aws-sdk/client-route-53";
import { canonicalName, type DnsRecord } from "../model/record.ts";

/** A record set as listed. What is not ours to read (alias, failover, region…) stays whole in `other`. */
export function fromRoute53(set: ResourceRecordSet): DnsRecord {
  const { Name = "", Type = "", SetIdentifier, Weight, TTL, ResourceRecords, HealthCheckId, ...rest } = set;
  const other = Object.entries(rest).filter(([, value]) => value !== undefined);
  return {
    name: canonicalName(Name),
    type: Type,
    ...(SetIdentifier === undefined ? {} : { setIdentifier: SetIdentifier }),
    ...(Weight === undefined ? {} : { weight: Weight }),
    ...(TTL === undefined ? {} : { ttlS: TTL }),
    values: (ResourceRecords ?? []).map(({ Value = "" }) => Value),
    ...(HealthCheckId === undefined ? {} : { healthCheckId: HealthCheckId }),
    ...(other.length === 0 ? {} : { other: Object.fromEntries(other) }),
  };
}

/** The same record set for a change, every field as it was read. */
export function toRoute53(record: DnsRecord): ResourceRecordSet {
  const { name, type, setIdentifier, weight, ttlS, values, healthCheckId, other } = record;
  const set = {
    ...other,
    Name: name,
    Type: type,
    SetIdentifier: setIdentifier,
    Weight: weight,
    TTL: ttlS,
    ResourceRecords: values.length === 0 ? undefined : values.map((Value) => ({ Value })),
    HealthCheckId: healthCheckId,
  };
  // `other` is what `fromRoute53` took from a ResourceRecordSet, and a type that Route 53 does not know it refuses itself.
  return set as ResourceRecordSet;
}
