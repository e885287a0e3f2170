import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { isIPv6 } from "node:net";
import type { CheckOf } from "../model/check.ts";
import type { Finding } from "../model/finding.ts";
import { converse, type Step } from "./converse.ts";
import { ANSWER_BYTES, encodeQuery, judgeAnswer } from "./dns-answer.ts";
import { timeout, troubleOf } from "./fault.ts";
import { type Outcome, toFinding } from "./findings.ts";
import type { Probe, ProbeContext, Stop } from "./probe.ts";
import type { Parser } from "./reply.ts";

type DnsCheck = CheckOf<"dns">;

/** Datagrams that are not for us, until we stop listening. */
const MAX_FOREIGN = 100;

/** One query by UDP or TCP; a truncated answer is asked for again by TCP, as a resolver would. */
export const dns: Probe<DnsCheck> = async (check, address, stop, context) => {
  if (check.transport === "tcp") return overTcp(check, address, stop, context);
  const startedMs = context.nowMs();
  const outcome = await overUdp(check, address, stop);
  if (outcome !== "truncated") return toFinding(outcome, context.nowMs() - startedMs);
  const finding = await overTcp(check, address, stop, context);
  return afterTruncation(finding, context.nowMs() - startedMs);
};

/** What came by TCP, after all the time it took; who reads that it failed must know that UDP did answer. */
function afterTruncation(finding: Finding, ms: number): Finding {
  if (finding.kind === "unknown") return finding;
  if (finding.kind === "up") return toFinding({}, ms);
  return toFinding({ ...finding, detail: `UDP answered, but truncated; by TCP: ${finding.detail}` }, ms);
}

/**
 * The socket is connected: the kernel passes on nothing from another address or port, and tells when the port is
 * closed. What has the wrong id or question is waited out, because anybody can send it in the server's name.
 */
function overUdp(check: DnsCheck, address: string, stop: Stop): Promise<Outcome | "truncated"> {
  const id = randomInt(0x1_0000);
  return new Promise((resolve) => {
    const socket = createSocket(isIPv6(address) ? "udp6" : "udp4");
    let foreign = 0;
    let isOpen = true;
    const end = (outcome: Outcome | "truncated"): void => {
      resolve(outcome);
      if (isOpen) socket.close();
      isOpen = false;
    };
    socket.on("error", (error) => end(troubleOf(error, "connect", foreign > 0)));
    socket.on("message", (bytes) => {
      const outcome = judgeAnswer(bytes, id, check);
      if (outcome !== "foreign") end(outcome);
      else if (++foreign >= MAX_FOREIGN) end(onlyForeign());
    });
    stop.onStop(() => end(foreign > 0 ? onlyForeign() : silence()));
    // A callback of connect's would be given its errors as well (no route), and the listener above would not.
    socket.on("connect", () => {
      if (isOpen) socket.send(encodeQuery(check, id));
    });
    socket.connect(check.port, address);
  });
}

/** As of a connection that nobody answers: nothing at all has come from there, so it is no sign of life. */
function silence(): Outcome {
  return { ...timeout("connect", false), detail: "no answer to the query within the timeout" };
}

function onlyForeign(): Outcome {
  const detail = "answers came, but none with our query's id and question";
  return { reason: "answer", phase: "response", detail };
}

function overTcp(check: DnsCheck, address: string, stop: Stop, context: ProbeContext): Promise<Finding> {
  const id = randomInt(0x1_0000);
  const query = encodeQuery(check, id);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(query.length);
  const script: Step[] = [
    { send: Buffer.concat([length, query]) },
    { read: answerOverTcp(id, check), phase: "response" },
  ];
  return converse(check.port, script, address, stop, context);
}

/** One message after its length (RFC 1035, 4.2.2). */
export function answerOverTcp(id: number, check: DnsCheck): Parser {
  return (bytes) => {
    if (bytes.length < 2) return undefined;
    const length = bytes.readUInt16BE(0);
    if (length > ANSWER_BYTES)
      return { bad: `an answer of ${length} bytes, of which at most ${ANSWER_BYTES} are read` };
    if (bytes.length < 2 + length) return undefined;
    const outcome = judgeAnswer(bytes.subarray(2, 2 + length), id, check);
    if (outcome === "foreign") return { bad: "an answer to another question" };
    if (outcome === "truncated") return { bad: "truncated, although it came by TCP" };
    return "detail" in outcome ? { bad: outcome.detail } : { used: 2 + length };
  };
}
