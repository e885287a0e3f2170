// DNS names as the embedded Route 53 keeps them, and Route 53's order. Source: Route 53 developer guide, "DNS domain name
// format"; API reference, ListResourceRecordSets ("Sort order").
import { canonicalName } from "../../../shared/model/record.ts";
import { AwsError } from "../loopback.ts";

/** RFC 1035, 2.3.4: 255 bytes on the wire are 253 characters, a label is 63. */
const NAME_MAX = 253;
const LABEL_MAX = 63;

/**
 * A name as a caller writes it in canonical form: A to Z in lower case (RFC 4343), no final dot, `*` as itself, every other
 * unusual character as `\ooo`. Throws InvalidDomainName for what no name can be.
 */
export function readName(text: string): string {
  const escaped = text
    .replaceAll(/\\([0-3][0-7]{2})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
    .replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())
    .replaceAll(/[^a-z0-9._*-]/g, escapeCharacter);
  const name = canonicalName(escaped);
  const labels = name.split(".");
  const long = labels.some((label) => plainLength(label) > LABEL_MAX) || plainLength(name) > NAME_MAX;
  if (long) throw invalidName(text, "is too long");
  if (labels.includes("")) throw invalidName(text, "has an empty label");
  return name;
}

/** As Route 53 shows it: a final dot, and `*` as `\052`. */
export function showName(name: string): string {
  return `${name.replaceAll("*", "\\052")}.`;
}

function escapeCharacter(character: string): string {
  return `\\${character.charCodeAt(0).toString(8).padStart(3, "0")}`;
}

function plainLength(name: string): number {
  return name.replaceAll(/\\[0-7]{3}/g, "?").length;
}

function invalidName(text: string, fault: string): AwsError {
  return new AwsError("InvalidDomainName", `The domain name '${text.slice(0, 300)}' ${fault}`);
}

/** `lb.example.com` → `com.example.lb.`: names sort by this, as ASCII. */
export function sortKey(name: string): string {
  return `${name.split(".").toReversed().join(".")}.`;
}

export function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Whether `name` is `zone` or below it. */
export function isWithin(name: string, zone: string): boolean {
  return name === zone || name.endsWith(`.${zone}`);
}

/** `a.b.c` → `b.c`; the last label has none. */
export function parentOf(name: string): string | undefined {
  const dot = name.indexOf(".");
  return dot === -1 ? undefined : name.slice(dot + 1);
}
