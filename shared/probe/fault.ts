import type { Phase } from "../model/finding.ts";
import type { Fault, Trouble } from "./findings.ts";
import { quote } from "./quote.ts";

/** An error's code, where it has one, without trusting its shape. */
export function codeOf(error: unknown): string {
  return field(error, "code") ?? "";
}

/** A text field of an error, without trusting its shape. */
export function field(error: unknown, name: string): string | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const value: unknown = Reflect.get(error, name);
  return typeof value === "string" ? value : undefined;
}

/**
 * What an error of a socket says of the target, or that it says nothing of it, because the fault is ours (no
 * descriptor, no buffer, no port, forbidden) or nobody knows.
 *
 * | code                            | while connecting  | later                                |
 * | ------------------------------- | ----------------- | ------------------------------------ |
 * | ECONNREFUSED                    | refused           | refused (UDP)                        |
 * | ECONNRESET by RST               | blocked           | before any byte: blocked; else reset |
 * | ECONNRESET by FIN, EPIPE        | reset             | reset                                |
 * | ETIMEDOUT, EHOSTUNREACH, -DOWN, ENETUNREACH | timeout | timeout: nobody has this address   |
 * | EPROTO, ERR_SSL_*, ERR_OSSL_*   | tls               | tls                                  |
 * | all else                        | ours              | ours                                 |
 *
 * A SYN that is answered with RST is ECONNREFUSED, so a reset while connecting came right after the accept too.
 * EHOSTUNREACH comes from the last router when the target is gone, ENETUNREACH from one that has no route to its network
 * (ICMP net unreachable), as when a site's prefix is withdrawn. Our own host says the same without any route: then nothing
 * at all answers, and the region takes itself for blind. EACCES by IPv6 may be a router that forbids, or our own host.
 * Meanings: man 2 connect, man 7 ip; node:http and node:tls say ECONNRESET without a syscall where a FIN came early.
 */
export function troubleOf(error: unknown, phase: Phase, answered: boolean): Trouble {
  const code = codeOf(error);
  const at: Phase = field(error, "syscall") === "connect" ? "connect" : phase;
  switch (code) {
    case "ECONNREFUSED":
      return { reason: "refused", phase: at, detail: "connection refused" };
    case "ECONNRESET":
      return field(error, "syscall") === undefined ? closed(at, answered) : reset(at, answered);
    case "EPIPE":
      return { reason: "reset", phase: at, detail: "the connection was closed while we were sending" };
    case "ETIMEDOUT":
    case "EHOSTUNREACH":
    case "EHOSTDOWN":
    case "ENETUNREACH":
      return { reason: "timeout", phase: at, detail: `nothing answers for this address (${code})` };
    default:
      return /^(EPROTO$|ERR_O?SSL_)/.test(code)
        ? notTls(error, code)
        : { ours: `the probe could not be made (${code || "no code"})` };
  }
}

function reset(phase: Phase, answered: boolean): Fault {
  if (answered) return { reason: "reset", phase, detail: "the connection was reset before the answer was complete" };
  const detail = "accepted, then reset before a single byte: a firewall may have met the probe";
  return { reason: "blocked", phase, detail };
}

function notTls(error: unknown, code: string): Fault {
  if (code === "ERR_SSL_WRONG_VERSION_NUMBER" || code === "ERR_SSL_PACKET_LENGTH_TOO_LONG")
    return { reason: "tls", phase: "tls", detail: "what answers there does not speak TLS" };
  return { reason: "tls", phase: "tls", detail: `the TLS handshake failed: ${quote(field(error, "reason") ?? code)}` };
}

/** The other side ended the connection in good order, but too early. `said`: what of the answer had come, as text. */
export function closed(phase: Phase, answered: boolean, said?: Buffer): Fault {
  const detail = answered
    ? `the connection was closed in the middle of the answer${quoted(said)}`
    : "the connection was closed without an answer";
  return { reason: "reset", phase, detail };
}

/** Out of time in this phase. `answered`: something had come, but not all; `said`: that, where it is text. */
export function timeout(phase: Phase, answered: boolean, said?: Buffer): Fault {
  const waited: Record<Phase, string> = {
    connect: "no connection within the timeout",
    tls: "connected, but the TLS handshake did not finish within the timeout",
    banner: `connected, but ${answered ? "the greeting did not end" : "no greeting came"} within the timeout`,
    response: `connected, but ${answered ? "the answer did not end" : "no answer came"} within the timeout`,
  };
  return { reason: "timeout", phase, detail: `${waited[phase]}${answered ? quoted(said) : ""}` };
}

/** What came instead is most of what a person needs to know: another server's greeting, a first line without a second. */
function quoted(said: Buffer | undefined): string {
  return said === undefined || said.length === 0 ? "" : `: ${quote(said)}`;
}
