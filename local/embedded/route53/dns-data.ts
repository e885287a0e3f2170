// Record values as Route 53 writes them → what the DNS codec encodes.
import type { Answer, SoaAnswer } from "dns-packet";
import type { DnsRecord } from "../../../shared/model/record.ts";
import { textStrings } from "./values.ts";

/** One value of a record set as a record of the answer. `owner` is the name that was asked for. */
export function toAnswer(owner: string, record: DnsRecord, value: string, ttl = record.ttlS ?? 0): Answer {
  const base = { name: wireName(owner), ttl, class: "IN" } as const;
  switch (record.type) {
    case "A":
    case "AAAA":
      return { ...base, type: record.type, data: value };
    case "CNAME":
    case "NS":
    case "PTR":
      return { ...base, type: record.type, data: wireName(value) };
    case "TXT":
      return { ...base, type: "TXT", data: textStrings(value) ?? [] };
    case "SPF": {
      // RFC 7208, 3.1: in the form of a TXT. The codec knows the type by its number only, and its types not at all.
      const strings = (textStrings(value) ?? []).flatMap((string) => [Buffer.of(string.length), string]);
      return { ...base, type: "SPF" as "NULL", data: Buffer.concat(strings) };
    }
    case "MX": {
      const [preference = "0", exchange = "."] = value.split(" ");
      return { ...base, type: "MX", data: { preference: Number(preference), exchange: wireName(exchange) } };
    }
    case "SRV": {
      const [priority = "0", weight = "0", port = "0", target = "."] = value.split(" ");
      return {
        ...base,
        type: "SRV",
        data: { priority: Number(priority), weight: Number(weight), port: Number(port), target: wireName(target) },
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
    name: wireName(owner),
    type: "SOA",
    class: "IN",
    ttl: lives,
    data: { mname, rname, serial, refresh, retry, expire, minimum },
  };
}

/**
 * A name with `\ooo` in it as the codec takes it, which writes labels as UTF-8 and knows no escapes. Throws for what it
 * cannot write so: a dot within a label, and bytes that are no UTF-8.
 */
export function wireName(name: string): string {
  return name.replaceAll(/(?:\\[0-3][0-7]{2})+/g, (escapes) => {
    const octals = escapes.slice(1).split("\\");
    const bytes = Buffer.from(octals.map((octal) => Number.parseInt(octal, 8)));
    const text = bytes.toString("utf8");
    if (text.includes(".") || !Buffer.from(text).equals(bytes)) throw new Error(`the codec cannot write ${name}`);
    return text;
  });
}
