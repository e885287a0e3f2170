import type { Check, CheckOf, Protocol } from "../model/check.ts";
import type { Finding } from "../model/finding.ts";
import { isIP } from "node:net";
import { Deadline } from "./deadline.ts";
import { codeOf, field } from "./fault.ts";
import { unknown } from "./findings.ts";
import { dns } from "./dns.ts";
import { http } from "./http.ts";
import { https } from "./https.ts";
import { imap } from "./imap.ts";
import { pop3 } from "./pop3.ts";
import { defaultContext, type Probe, type ProbeContext, type Stop, userAgent } from "./probe.ts";
import { smtp } from "./smtp.ts";
import { tcp } from "./tcp.ts";
import { tls } from "./tls.ts";

type Checks = { [P in Protocol]: CheckOf<P> };
type Table = { [P in Protocol]: Probe<Checks[P]> };
type Rest = [address: string, stop: Stop, context: ProbeContext];

/** Every protocol's probe. The compiler finds the missing one. */
export const probes = { http, https, tcp, tls, smtp, imap, pop3, dns } satisfies Table;

/**
 * Asks one check of an address (an IPv4 or IPv6 literal) within `check.timeoutMs` and the caller's signal. Never
 * rejects, and ends within a turn of the event loop after the deadline:
 *
 * | what happened                                          | finding                          |
 * | ------------------------------------------------------ | -------------------------------- |
 * | the probe's own verdict                                | that                             |
 * | the check's timeout passed                             | down, timeout, the phase reached |
 * | the caller's signal aborted                            | unknown: out of our time         |
 * | the timeout passed, the event loop over 250 ms late    | unknown: we were not looking     |
 * | a fault of ours (descriptors, route, a bug, no address) | unknown                         |
 */
export async function runProbe(
  check: Check,
  address: string,
  signal: AbortSignal,
  context: ProbeContext = defaultContext,
): Promise<Finding> {
  if (isIP(address) === 0) return unknown("the address is not an IP address");
  if (signal.aborted) return unknown("out of time before the probe could start");
  const deadline = new Deadline(check.timeoutMs, signal, context.nowMs);
  try {
    const finding = await deadline.hold(ask(check.protocol, check, address, deadline, context));
    return deadline.excuse() ?? finding;
  } catch (error) {
    return unknown(`the probe itself failed: ${codeOf(error) || (field(error, "message") ?? "no reason given")}`);
  } finally {
    deadline.clear();
  }
}

/** Called with a check's own protocol, the map's line for it takes that check. */
function ask<P extends Protocol>(protocol: P, check: Checks[P], ...rest: Rest): Promise<Finding> {
  const table: Table = probes;
  return table[protocol](check, ...rest);
}

/** Whom to reach about the probes, and what they show to firewalls. The clocks are for tests. */
export type ProberOptions = { contact?: string | undefined } & Partial<Omit<ProbeContext, "userAgent">>;

/** The port that flows take: every probe in one context. */
export function createProber({ contact, ...context }: ProberOptions = {}): {
  probe(check: Check, address: string, signal: AbortSignal): Promise<Finding>;
} {
  const full: ProbeContext = { ...defaultContext, userAgent: userAgent(contact), ...context };
  return { probe: (check, address, signal) => runProbe(check, address, signal, full) };
}
