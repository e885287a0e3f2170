// What Route 53 accepts as a value of each record type. Source: Route 53 developer guide, "Supported DNS record types".
import { isIPv4, isIPv6 } from "node:net";

/** A TXT value is one or more strings in quotes, each at most 255 characters, 4,000 together. */
const STRING_MAX = 255;
const TXT_MAX = 4000;

const name = String.raw`[^\s"]+`;

const patterns: Record<string, RegExp> = {
  CNAME: new RegExp(`^${name}$`),
  PTR: new RegExp(`^${name}$`),
  NS: new RegExp(`^${name}$`),
  MX: new RegExp(String.raw`^\d{1,5} ${name}$`),
  SRV: new RegExp(String.raw`^\d{1,5} \d{1,5} \d{1,5} ${name}$`),
  CAA: /^\d{1,3} [a-z0-9]+ ".*"$/,
  SOA: new RegExp(String.raw`^${name} ${name}( \d{1,10}){5}$`),
};

/** The types that the embedded Route 53 keeps. */
export const recordTypes: ReadonlySet<string> = new Set(["A", "AAAA", "TXT", "SPF", ...Object.keys(patterns)]);

/** Why Route 53 refuses a value, as a part of its own sentence ("FATAL problem: …"), or undefined. */
export function judgeValue(type: string, value: string): string | undefined {
  if (type === "A") return isIPv4(value) ? undefined : "ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address)";
  if (type === "AAAA")
    return isIPv6(value) && !value.includes("%")
      ? undefined
      : "AAAARRDATAIllegalIPv6Address (Value is not a valid IPv6 address)";
  if (type === "TXT" || type === "SPF") return judgeText(value);
  return patterns[type]?.test(value) === false ? "RRDATANotParsable (Value could not be parsed)" : undefined;
}

function judgeText(value: string): string | undefined {
  if (value.length > TXT_MAX) return "CharacterStringTooLong (Value is too long)";
  const strings = textStrings(value);
  if (strings === undefined) return "InvalidCharacterString (Value should be enclosed in quotation marks)";
  return strings.some((string) => string.length > STRING_MAX)
    ? "CharacterStringTooLong (Value is too long)"
    : undefined;
}

/** `"a" "b\"c"` → its strings as bytes, or undefined when it is not so written. */
export function textStrings(value: string): Buffer[] | undefined {
  if (!/^"(?:[^"\\]|\\.)*"(?:\s+"(?:[^"\\]|\\.)*")*$/.test(value) || /[^\x20-\x7e]/.test(value)) return undefined;
  return [...value.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, inner = ""]) => {
    const plain = inner.replaceAll(/\\([0-3][0-7]{2}|.)/g, (_, escaped: string) =>
      escaped.length === 3 ? String.fromCharCode(Number.parseInt(escaped, 8)) : escaped,
    );
    return Buffer.from(plain, "latin1");
  });
}
