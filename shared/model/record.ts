import * as z from "zod/mini";

/** The families that Lifeboat serves. */
export const families = ["A", "AAAA"] as const;
export type Family = (typeof families)[number];

/**
 * One resource record set as Route 53 holds it. Names are canonical: lower case, no final dot, `*` as itself.
 * `other` keeps routing fields that are not ours to read (alias, failover, region…), so that nothing is lost or mistaken.
 */
export const recordSchema = z.object({
  name: z.string(),
  type: z.string(),
  setIdentifier: z.optional(z.string()),
  weight: z.optional(z.int()),
  ttlS: z.optional(z.int()),
  values: z.array(z.string()),
  healthCheckId: z.optional(z.string()),
  other: z.optional(z.record(z.string(), z.unknown())),
});

export type DnsRecord = z.output<typeof recordSchema>;

/** What stands at one name. `records` are the record sets of the name itself, of every type but the fence's. */
export type NameState = {
  zoneId: string;
  name: string;
  /** The TXT record of the fence's name exactly as listed: a batch deletes it byte for byte. */
  fence?: DnsRecord;
  records: DnsRecord[];
};

/** `LB.Example.com.` → `lb.example.com`; Route 53 writes `*` as `\052`. */
export function canonicalName(name: string): string {
  return name.toLowerCase().replaceAll("\\052", "*").replace(/\.$/, "");
}
