// The SOA record of a zone whose name is not known, with no more rights than reading its records needs.
import type { Route53Client } from "@aws-sdk/client-route-53";
import type { DnsRecord } from "../model/record.ts";
import { list } from "./read.ts";

/** An apex has few records, and its SOA is among the first of them by type. */
const PAGE = 32;

/** The apex is the first name of a listing. @throws SoftError when the zone cannot be read. */
export async function readSoa(client: Route53Client, zoneId: string): Promise<DnsRecord | undefined> {
  const isSoa = ({ type }: DnsRecord): boolean => type === "SOA";
  const first = await list(client, zoneId, undefined, PAGE);
  const found = first.records.find(isSoa);
  const apex = first.records[0]?.name;
  if (found || apex === undefined || !first.next) return found;
  const place = { name: apex, type: "SOA" } as const;
  const [record] = (await list(client, zoneId, place, 1)).records;
  return record && record.name === apex && isSoa(record) ? record : undefined;
}
