// What a server says in a dialogue, judged as it comes. Pure: a parser is given all bytes that have not been used yet,
// again and again as they grow, and keeps how far it has read; it serves one reply.
import type { Reason } from "../model/finding.ts";
import { quote } from "./quote.ts";

/** Undefined: more must come. `used`: the reply is as wanted and this long. `bad`: it is not, and why. */
export type Taken = undefined | { used: number } | Bad;
export type Bad = { bad: string; reason?: Reason };
export type Parser = (bytes: Buffer) => Taken;

/** Longest reply, in bytes; a mail server's own are a few hundred. */
export const REPLY_BYTES = 8192;

const MAX_LINES = 100;

/**
 * Text that must come, whatever comes before it. `whole`: what follows on its line belongs to it, or up to its tag's end
 * where it begins with `<`: XMPP has no lines, and nothing may stand behind `<proceed/>` (RFC 6120, section 5).
 * The text may hold that end itself.
 */
export function text(wanted: string, whole: boolean = false): Parser {
  const needle = Buffer.from(wanted);
  const mark = wanted.startsWith("<") ? ">" : "\n";
  let from = 0;
  return (bytes) => {
    const at = bytes.indexOf(needle, from);
    const end = at !== -1 && whole ? bytes.indexOf(mark, at + needle.length - 1) + 1 : at + needle.length;
    if (at !== -1 && end > 0) return { used: end };
    from = at === -1 ? Math.max(0, bytes.length - needle.length + 1) : at;
    return tooLong(bytes, `no ${quote(wanted)} in the first ${REPLY_BYTES} bytes: ${quote(bytes)}`);
  };
}

/** One of these keywords must be offered. Without it the check is down for this reason. */
export type Offer = { anyOf: readonly string[]; reason: Reason };

/** What a line means for its reply: the next one decides, it is complete, it is wrong; `skip` bytes follow that are no line. */
type Said = "more" | "done" | Bad | { skip: number };

/** Reads line by line (LF, perhaps after CR) until `judge` has decided. */
function byLine(judge: (line: string) => Said): Parser {
  let at = 0;
  let lines = 0;
  return (bytes) => {
    for (;;) {
      const end = bytes.indexOf(0x0a, at);
      if (end === -1) return tooLong(bytes, `a reply without an end: ${quote(bytes)}`);
      if (++lines > MAX_LINES) return { bad: `a reply of more than ${MAX_LINES} lines: ${quote(bytes)}` };
      const said = judge(bytes.toString("latin1", at, end).replace(/\r$/, ""));
      at = end + 1;
      if (said === "done") return { used: at };
      if (said === "more") continue;
      if ("bad" in said) return said;
      at += said.skip;
    }
  };
}

function tooLong(bytes: Buffer, detail: string): Taken {
  return bytes.length > REPLY_BYTES ? { bad: detail } : undefined;
}

/**
 * An SMTP reply (RFC 5321, 4.2): lines `250-text`, the last one `250 text`, all with the wanted code. `offers`: a
 * keyword that one of the lines after the first must begin with.
 */
export function smtpReply(code: number, offers?: Offer): Parser {
  const keywords: string[] = [];
  return byLine((line) => {
    const [, came, mark, rest = ""] = /^(\d{3})(?:([ -])(.*))?$/.exec(line) ?? [];
    if (came !== String(code)) return { bad: `expected ${code}, got ${quote(line)}` };
    keywords.push(keyword(rest));
    if (mark === "-") return "more";
    return lacks(offers, keywords.slice(1));
  });
}

/**
 * A POP3 reply (RFC 1939, 3): `+OK text`, and if `multiline` further lines up to a single dot. `optional`: `-ERR` will
 * do too, for a command that old servers do not know.
 */
export function pop3Reply(
  options: { multiline?: boolean; optional?: boolean; offers?: Offer | undefined } = {},
): Parser {
  const keywords: string[] = [];
  let first = true;
  return byLine((line) => {
    if (first) {
      first = false;
      if (options.optional && /^-ERR\b/.test(line)) return "done";
      if (!/^\+OK\b/.test(line)) return { bad: `expected +OK, got ${quote(line)}` };
      return options.multiline ? "more" : "done";
    }
    if (line === ".") return lacks(options.offers, keywords);
    keywords.push(keyword(line));
    return "more";
  });
}

/** An IMAP greeting (RFC 9051, 7.1): ready, or logged in already. */
export function imapGreeting(): Parser {
  return byLine((line) => (/^\* (OK|PREAUTH)\b/i.test(line) ? "done" : { bad: `expected * OK, got ${quote(line)}` }));
}

/**
 * An IMAP reply (RFC 9051, 2.2.2): untagged lines, then the tagged one, which must be OK. `offers`: a capability that
 * an untagged CAPABILITY line must name. Literals (`{12}` at a line's end, and as many bytes) are passed over.
 */
export function imapReply(tag: string, offers?: Offer): Parser {
  const capabilities: string[] = [];
  let inLiteral = false;
  return byLine((line) => {
    const follows = inLiteral;
    const size = /\{(\d{1,10})\+?\}$/.exec(line)?.[1];
    inLiteral = size !== undefined;
    if (size !== undefined) return literal(Number(size), line);
    if (follows) return "more";
    const named = /^\* CAPABILITY (.*)$/i.exec(line)?.[1];
    if (named !== undefined) capabilities.push(...named.toUpperCase().split(" "));
    if (line.startsWith("* ") || line.startsWith("+")) return "more";
    const isOk = line.startsWith(`${tag} `) && /^\S+ OK\b/i.test(line);
    return isOk ? lacks(offers, capabilities) : { bad: `expected ${tag} OK, got ${quote(line)}` };
  });
}

function literal(skip: number, line: string): Said {
  return skip > REPLY_BYTES ? { bad: `an answer of ${skip} bytes: ${quote(line)}` } : { skip };
}

function keyword(line: string): string {
  return (line.split(" ", 1)[0] ?? "").toUpperCase();
}

/** Without the offer the conversation cannot go on as configured. */
function lacks(wanted: Offer | undefined, offered: readonly string[]): "done" | Bad {
  if (wanted === undefined || wanted.anyOf.some((one) => offered.includes(one))) return "done";
  return {
    bad: `${wanted.anyOf.join(" or ")} is not offered, only ${quote(offered.join(" "))}`,
    reason: wanted.reason,
  };
}
