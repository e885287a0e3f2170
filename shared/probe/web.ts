// What a web server's answer must be: judged here for http and https alike.
import type { IncomingHttpHeaders } from "node:http";
import type { CheckOf } from "../model/check.ts";
import { BODY_BYTES, type BodyWindow } from "./body.ts";
import type { Fault } from "./findings.ts";
import { matches } from "./pattern.ts";
import { quote } from "./quote.ts";

export type WebCheck = CheckOf<"http"> | CheckOf<"https">;
type HeaderRule = NonNullable<WebCheck["headers"]>[number];

/** Of an answer, what comes before its body. */
export type Head = {
  statusCode?: number | undefined;
  statusMessage?: string | undefined;
  headers: IncomingHttpHeaders;
};

/** Statuses with which a firewall or a rate limiter answers, not the service. */
const BLOCKED = new Set([401, 403, 407, 429, 451]);

/** Undefined when status and headers are as expected. */
export function judgeHead(head: Head, check: WebCheck): Fault | undefined {
  const wrong = judgeStatus(head, check);
  if (wrong) return wrong;
  for (const rule of check.headers ?? []) {
    const detail = headerFault(rule, valueOf(head.headers, rule.name));
    if (detail !== undefined) return { reason: "answer", phase: "response", detail };
  }
  return undefined;
}

function judgeStatus({ statusCode = 0, statusMessage = "", headers }: Head, check: WebCheck): Fault | undefined {
  if (check.statuses.includes(statusCode)) return undefined;
  const location = headers.location === undefined ? "" : `, to ${quote(headers.location)}`;
  const came = `expected ${check.statuses.join(" or ")}, got ${statusCode} ${quote(statusMessage)}${location}`;
  if (!BLOCKED.has(statusCode)) return { reason: "status", phase: "response", detail: came };
  return { reason: "blocked", phase: "response", detail: `${came}: a firewall may have met the probe` };
}

function valueOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name.toLowerCase()];
  return typeof value === "string" ? value : value?.join(", ");
}

function headerFault({ name, present, ...wanted }: HeaderRule, value: string | undefined): string | undefined {
  if (value === undefined) return present ? `the header ${name} is missing` : undefined;
  if (!present) return `the header ${name} should not be there: ${quote(value)}`;
  const lacks = lacking(wanted, Buffer.from(value));
  return lacks === undefined ? undefined : `the header ${name} ${lacks}: ${quote(value)}`;
}

/** Judges a body of which no more is to come, or no more is looked at. */
export function judgeBody(body: BodyWindow, check: WebCheck, headers: IncomingHttpHeaders): Fault | undefined {
  const lacks = lacking({ contains: body.found ? undefined : check.contains, matches: check.matches }, body.seen);
  if (lacks === undefined) return undefined;
  const encoding = headers["content-encoding"];
  const encoded = encoding === undefined || encoding === "identity" ? "" : ` (encoded as ${quote(encoding)})`;
  const where = body.full ? ` in its first ${BODY_BYTES} bytes` : "";
  return { reason: "body", phase: "response", detail: `the body${encoded} ${lacks}${where}: ${quote(body.seen)}` };
}

type Wanted = { contains?: string | undefined; matches?: string | undefined };

function lacking(wanted: Wanted, bytes: Buffer): string | undefined {
  if (wanted.contains !== undefined && !bytes.includes(wanted.contains))
    return `does not contain ${quote(wanted.contains)}`;
  if (wanted.matches === undefined || matches(wanted.matches, bytes.toString())) return undefined;
  return `does not match ${quote(wanted.matches)}`;
}
