// What a web server's answer must be: judged here for http and https alike.
import type { CheckOf } from "../model/check.ts";
import { BODY_BYTES, type BodyWindow } from "./body.ts";
import type { Fault } from "./findings.ts";
import { matches } from "./pattern.ts";
import { quote } from "./quote.ts";

export type WebCheck = CheckOf<"http"> | CheckOf<"https">;
type HeaderRule = NonNullable<WebCheck["headers"]>[number];

/**
 * Of an answer, what comes before its body. Texts are as node:http gives them: a character for each byte. The headers
 * are name, value, name, value: its objects of them leave out what is sent twice, or join it.
 */
export type Head = {
  statusCode?: number | undefined;
  statusMessage?: string | undefined;
  rawHeaders: readonly string[];
};

/** Statuses with which a firewall or a rate limiter answers, not the service. */
const BLOCKED = new Set([401, 403, 407, 429, 451]);

const IDENTITY = Buffer.from("identity");

/** Undefined when status and headers are as expected. */
export function judgeHead(head: Head, check: WebCheck): Fault | undefined {
  const wrong = judgeStatus(head, check);
  if (wrong) return wrong;
  for (const rule of check.headers ?? []) {
    const detail = headerFault(rule, valuesOf(head, rule.name));
    if (detail !== undefined) return { reason: "answer", phase: "response", detail };
  }
  return undefined;
}

function judgeStatus(head: Head, check: WebCheck): Fault | undefined {
  const { statusCode = 0, statusMessage = "" } = head;
  if (check.statuses.includes(statusCode)) return undefined;
  const [location] = valuesOf(head, "location");
  const to = location === undefined ? "" : `, to ${quote(location)}`;
  const came = `expected ${check.statuses.join(" or ")}, got ${statusCode} ${quote(bytesOf(statusMessage))}${to}`;
  if (!BLOCKED.has(statusCode)) return { reason: "status", phase: "response", detail: came };
  return { reason: "blocked", phase: "response", detail: `${came}: a firewall may have met the probe` };
}

/** The bytes of a text of node:http's. */
function bytesOf(text: string): Buffer {
  return Buffer.from(text, "latin1");
}

/** The values of a header, in order; more than one where it is sent more than once. */
function valuesOf({ rawHeaders }: Head, name: string): Buffer[] {
  const wanted = name.toLowerCase();
  const isIts = (_: string, index: number): boolean =>
    index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === wanted;
  return rawHeaders.filter(isIts).map(bytesOf);
}

/** One value, or all as the one list that they are by RFC 9110, 5.3. */
function headerFault({ name, present, ...wanted }: HeaderRule, values: readonly Buffer[]): string | undefined {
  if (values.length === 0) return present ? `the header ${name} is missing` : undefined;
  const all = bytesOf(values.map((value) => value.toString("latin1")).join(", "));
  if (!present) return `the header ${name} should not be there: ${quote(all)}`;
  const lacks = lacking(wanted, [...values, all]);
  return lacks === undefined ? undefined : `the header ${name} ${lacks}: ${quote(all)}`;
}

/** Judges a body of which no more is to come, or no more is looked at. */
export function judgeBody(body: BodyWindow, check: WebCheck, head: Head): Fault | undefined {
  const lacks = lacking({ contains: body.found ? undefined : check.contains, matches: check.matches }, [body.seen]);
  if (lacks === undefined) return undefined;
  const [encoding] = valuesOf(head, "content-encoding");
  const encoded = encoding === undefined || encoding.equals(IDENTITY) ? "" : ` (encoded as ${quote(encoding)})`;
  const where = body.full ? ` in its first ${BODY_BYTES} bytes` : "";
  return { reason: "body", phase: "response", detail: `the body${encoded} ${lacks}${where}: ${quote(body.seen)}` };
}

type Wanted = { contains?: string | undefined; matches?: string | undefined };

/** What none of these texts has. */
function lacking({ contains, matches: pattern }: Wanted, texts: readonly Buffer[]): string | undefined {
  if (contains !== undefined && !texts.some((text) => text.includes(contains)))
    return `does not contain ${quote(contains)}`;
  if (pattern === undefined) return undefined;
  const strings = texts.map((text) => text.toString());
  return matches(pattern, strings) ? undefined : `does not match ${quote(pattern)}`;
}
