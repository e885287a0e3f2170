// What a batch left behind, record by record, in the fence's `sum`. Pure; needs model.
import { createHash } from "node:crypto";
import { type DnsRecord, families, type Family } from "../model/record.ts";

/**
 * One record of ours as a batch left it: which (digest of its SetIdentifier), its weight, and a digest of what else is
 * ours to set (address, TTL). A health check that somebody hangs on it is not.
 */
export type Mark = { id: string; weight: number; rest: string };

/** By the mark's id. */
export type Marks = ReadonlyMap<string, Mark>;

/** Base64url characters of sha-256: 30 bits tell 100 siblings apart, 18 bits tell whether one was edited. */
const ID_LENGTH = 5;
const REST_LENGTH = 3;
/** Two hex digits of weight between them. */
const WEIGHT_LENGTH = 2;
const MARKS = /^(?:[\w-]{5}[0-9a-f]{2}[\w-]{3})*$/;

/** By the text of all that is digested. The same records are read over and over: 10,000 boxes in both families fit. */
const digests = new Map<string, Omit<Mark, "weight">>();
const DIGESTS_MAX = 25_000;

export function markId(setIdentifier: string): string {
  return digest(setIdentifier, ID_LENGTH);
}

/** The mark of a weighted record. */
export function markOf(record: DnsRecord): Mark {
  const { type, setIdentifier = "", weight = 0, values, ttlS = 0 } = record;
  // No address has a line's end or a blank in it.
  const key = `${type} ${ttlS} ${values.join(" ")}\n${setIdentifier}`;
  const known = digests.get(key);
  if (known) return { id: known.id, weight, rest: known.rest };
  const rest = JSON.stringify([values.map((value) => canonicalValue(type, value)).sort(), ttlS]);
  const made = { id: markId(setIdentifier), rest: digest(rest, REST_LENGTH) };
  if (digests.size >= DIGESTS_MAX) digests.clear();
  digests.set(key, made);
  return { id: made.id, weight, rest: made.rest };
}

/** Marks by family as the `sum` of a fence: ten characters a record, a dot between the families. */
export function writeSum(marks: Readonly<Record<Family, readonly Mark[]>>): string {
  const parts = families.map((family) => marks[family].map(markText).sort().join(""));
  return parts.join(".").replace(/\.+$/, "");
}

/** The marks of a `sum` by family, or undefined where it is spelt in another way: then nothing is known of edits. */
export function readSum(sum: string): Record<Family, Marks> | undefined {
  const [A = "", AAAA = "", ...more] = sum.split(".");
  const marks = { A: readMarks(A), AAAA: readMarks(AAAA) };
  return more.length === 0 && marks.A && marks.AAAA ? { A: marks.A, AAAA: marks.AAAA } : undefined;
}

/** One spelling an address: Route 53 may list an IPv6 address in another one than it was given. */
export function canonicalValue(type: string, value: string): string {
  const url = `http://[${value}]/`;
  return type === "AAAA" && URL.canParse(url) ? new URL(url).hostname.slice(1, -1) : value;
}

function markText({ id, weight, rest }: Mark): string {
  return `${id}${weight.toString(16).padStart(WEIGHT_LENGTH, "0")}${rest}`;
}

function readMarks(text: string): Marks | undefined {
  if (!MARKS.test(text)) return undefined;
  const marks = new Map<string, Mark>();
  for (let at = 0; at < text.length; at += ID_LENGTH + WEIGHT_LENGTH + REST_LENGTH) {
    const weightAt = at + ID_LENGTH;
    const restAt = weightAt + WEIGHT_LENGTH;
    const id = text.slice(at, weightAt);
    const weight = Number.parseInt(text.slice(weightAt, restAt), 16);
    marks.set(id, { id, weight, rest: text.slice(restAt, restAt + REST_LENGTH) });
  }
  return marks;
}

function digest(text: string, length: number): string {
  return createHash("sha256").update(text).digest("base64url").slice(0, length);
}
