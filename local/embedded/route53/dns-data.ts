// Record values as Route 53 writes them → what the DNS codec encodes.
import type { Answer, SoaAnswer } from "dns-packet";
import type { DnsRecord } from "../../../shared/model/record.ts";
import { textStrings } from "./values.ts";

/** One value of a record set as a record of the answer. `owner` is the name that was asked for. */
export function toAnswer(owner: string, record: DnsRecord, value: string, ttl = record.ttlS ?? 0): Answer {
  const base = { name: owner, ttl, class: "IN" } as const;
  switch (record.type) {
    case "A":
    case "AAAA":
    case "CNAME":
    case "NS":
    case "PTR":
      return { ...base, type: record.type, data: value };
    case "TXT":
      return { ...base, type: "TXT", data: textStrings(value) ?? [] };
    case "MX": {
      const [preference = "0", exchange = "."] = value.split(" ");
      return { ...base, type: "MX", data: { preference: Number(preference), exchange } };
    }
    case "SRV": {
      const [priority = "0", weight = "0", port = "0", target = "."] = value.split(" ");
      return {
        ...base,
        type: "SRV",
        data: { priority: Number(priority), weight: Number(weight), port: Number(port), target },
      };
    }
    case "CAA": {
      const [, flags = "0", tag = "issue", text = ""] = /^(\d+) (\S+) "(.*)"$/.exec(value) ?? [];
      // Route 53 takes any tag; the codec writes it as it is.
      return { ...base, type: "CAA", data: { flags: Number(flags), tag: tag as "issue", value: text } };
    }
    case "SOA":
      return toSoa(owner, value, ttl);
    default:
      throw new Error(`no DNS record is made of ${record.type}`);
  }
}

/** An SOA for the authority section lives as long as a negative answer: the least of its TTL and its minimum (RFC 2308). */
export function toSoa(owner: string, value: string, ttl: number, negative = false): SoaAnswer {
  const [mname = ".", rname = ".", ...rest] = value.split(" ");
  const [serial = 1, refresh = 0, retry = 0, expire = 0, minimum = 0] = rest.map(Number);
  const lives = negative ? Math.min(ttl, minimum) : ttl;
  return {
    name: owner,
    type: "SOA",
    class: "IN",
    ttl: lives,
    data: { mname, rname, serial, refresh, retry, expire, minimum },
  };
}
