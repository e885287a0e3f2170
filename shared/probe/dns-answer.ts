// What a DNS server answered, judged. Pure; the wire format is dns-packet's.
import { SocketAddress } from "node:net";
import { type Answer, decode, encode, RECURSION_DESIRED } from "dns-packet";
import type { CheckOf } from "../model/check.ts";
import { rcodes } from "../model/rcode.ts";
import type { Outcome } from "./findings.ts";
import { quote } from "./quote.ts";
import { REPLY_BYTES } from "./reply.ts";

type DnsCheck = CheckOf<"dns">;

/** Longest answer that is read, in bytes: to decode more costs a hostile server nothing and us a lot. */
export const ANSWER_BYTES = REPLY_BYTES - 2;

/** RFC 1035, 4.1.1: the header, and bits of its third byte. An opcode of 0 is a query. */
const HEADER_BYTES = 12;
const RESPONSE = 0x80;
const OPCODE = 0x78;
const TRUNCATED = 0x02;

export function encodeQuery(check: DnsCheck, id: number): Buffer {
  return encode({
    type: "query",
    id,
    flags: check.recursion ? RECURSION_DESIRED : 0,
    questions: [{ type: check.type, name: check.name, class: "IN" }],
  });
}

/**
 * First match counts:
 *
 * | message                                              | outcome                                |
 * | ---------------------------------------------------- | -------------------------------------- |
 * | another id, no response to a query, another question | `foreign`: not for us, wait for ours   |
 * | cannot be decoded                                    | down                                   |
 * | truncated                                            | `truncated`: ask again by TCP          |
 * | another rcode                                        | down                                   |
 * | answers of the type other than `equals`              | down                                   |
 * | one of `contains` missing                            | down                                   |
 * | NOERROR wanted, neither given, no answer of the type | down                                   |
 * | else                                                 | up                                     |
 *
 * Answers are the records of class IN for the name asked, or for one that CNAMEs of the same message lead to.
 */
export function judgeAnswer(bytes: Buffer, id: number, check: DnsCheck): Outcome | "foreign" | "truncated" {
  if (bytes.length < HEADER_BYTES || bytes.readUInt16BE(0) !== id) return "foreign";
  if ((bytes.readUInt8(2) & (RESPONSE | OPCODE)) !== RESPONSE) return "foreign";
  const truncated = (bytes.readUInt8(2) & TRUNCATED) !== 0;
  const rcode = rcodes[bytes.readUInt8(3) & 0x0f] ?? "an rcode without a name";
  const message = read(bytes, check);
  if (!message) return truncated ? "truncated" : wrong(`not a DNS answer: ${quote(bytes.subarray(2))}`);
  if (!isOurs(message.questions, rcode, check)) return "foreign";
  if (truncated) return "truncated";
  if (rcode !== check.rcode) return wrong(`expected ${check.rcode}, got ${rcode} for ${check.name} ${check.type}`);
  return judgeRecords(message, check);
}

function judgeRecords({ answers: came, alias }: Message, check: DnsCheck): Outcome {
  const onlyAlias = alias === undefined ? undefined : `only a CNAME to ${quote(alias)}`;
  const said = came.length === 0 ? (onlyAlias ?? "nothing") : quote(came.join(", "));
  const wanted = (list: readonly string[]): string[] => list.map((entry) => canonical(entry, check.type));
  if (check.equals) {
    const both = [wanted(check.equals), came].map((list) => [...new Set(list)].toSorted().join("\n"));
    if (both[0] !== both[1]) return wrong(`expected ${quote(check.equals.join(", ") || "nothing")}, got ${said}`);
  }
  const missing = wanted(check.contains ?? []).find((entry) => !came.includes(entry));
  if (missing !== undefined) return wrong(`${quote(missing)} is not in the answer, but ${said}`);
  const needsSome = check.rcode === "NOERROR" && !check.equals && !check.contains;
  if (!needsSome || came.length > 0) return {};
  return wrong(`no ${check.type} record for ${check.name} in the answer${onlyAlias ? `, ${onlyAlias}` : ""}`);
}

/** `alias`: the last name that CNAMEs lead to; some servers leave the records there to the resolver, as gdnsd does. */
type Message = { questions: readonly { name: string; type: string }[]; answers: string[]; alias: string | undefined };

/** Undefined when dns-packet, or the form of what it read, says that this is no message. */
function read(bytes: Buffer, { name, type }: DnsCheck): Message | undefined {
  try {
    const { questions = [], answers = [] } = decode(bytes);
    const records = answers.filter((record) => record.type !== "OPT" && record.class === "IN");
    const names = reachedFrom(name, records);
    const ours = records.filter((record) => record.type === type && names.has(bare(record.name)));
    return { questions, answers: ours.map(textOf), alias: names.size > 1 ? [...names].at(-1) : undefined };
  } catch {
    return undefined;
  }
}

/** The name, and all that CNAMEs lead to from it, in whatever order they stand. Each name is gone through once. */
function reachedFrom(name: string, records: readonly Answer[]): Set<string> {
  const aliases = records.flatMap((record) =>
    record.type === "CNAME" ? [{ from: bare(record.name), to: bare(record.data) }] : [],
  );
  const byOwner = Map.groupBy(aliases, ({ from }) => from);
  const reached = new Set([bare(name)]);
  // A set also hands out what is added to it on the way.
  for (const owner of reached) for (const { to } of byOwner.get(owner) ?? []) reached.add(to);
  return reached;
}

/** A server that could not read the query may answer without repeating it (RFC 1035, 4.1.1, FORMERR). */
function isOurs(questions: readonly { name: string; type: string }[], rcode: string, check: DnsCheck): boolean {
  const [question] = questions;
  if (!question) return rcode !== "NOERROR";
  return questions.length === 1 && question.type === check.type && bare(question.name) === bare(check.name);
}

function wrong(detail: string): Outcome {
  return { reason: "answer", phase: "response", detail };
}

/** A record's data as a person would write it in the configuration. */
function textOf(record: Answer): string {
  switch (record.type) {
    case "A":
    case "AAAA":
    case "CNAME":
    case "NS":
    case "PTR":
      return canonical(record.data, record.type);
    case "MX":
      return canonical(`${record.data.preference ?? 0} ${record.data.exchange}`, "MX");
    case "SRV": {
      const { priority = 0, weight = 0, port, target } = record.data;
      return canonical(`${priority} ${weight} ${port} ${target}`, "SRV");
    }
    case "SOA":
      return canonical(`${record.data.mname} ${record.data.rname} ${record.data.serial ?? 0}`, "SOA");
    case "TXT":
      return [record.data].flat().map(String).join("");
    default:
      return record.type;
  }
}

/** Names without case and final dot, IPv6 in its one short form; a TXT's text as it is. */
function canonical(text: string, type: DnsCheck["type"]): string {
  if (type === "TXT") return text;
  if (type === "AAAA") return shortAddress(text);
  return text.split(" ").map(bare).join(" ");
}

function shortAddress(text: string): string {
  try {
    return new SocketAddress({ address: text, family: "ipv6" }).address;
  } catch {
    return text;
  }
}

function bare(name: string): string {
  return name.toLowerCase().replace(/\.$/, "");
}
