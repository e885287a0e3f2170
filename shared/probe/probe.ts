import type { Check } from "../model/check.ts";
import type { Finding } from "../model/finding.ts";
import { VERSION } from "../runtime/version.ts";

/** What a probe needs beside its question. `nowMs` is monotonic (its zero means nothing); tests may pass their own. */
export type ProbeContext = {
  userAgent: string;
  /** Sent with http and https requests: what lets our probes through a firewall. Its value is a secret, never quoted. */
  header?: { name: string; value: string } | undefined;
  nowMs: () => number;
  /** Epoch ms, to count a certificate's days. */
  wallMs: () => number;
};

/** When a probe must end. An AbortSignal would do, and costs more than all else that is around a connection attempt. */
export type Stop = {
  /** Calls back once, at the end of the time; at once if that is past. */
  onStop(listener: () => void): void;
};

/**
 * One protocol's probe: asks `check` of `address` (an IP literal, never resolved) and says what came.
 * It settles soon after `stop` calls, with what it had reached (down, `timeout`), and leaves no socket behind.
 * `runProbe` decides whose fault that was, and catches what a probe throws.
 */
export type Probe<C extends Check> = (check: C, address: string, stop: Stop, context: ProbeContext) => Promise<Finding>;

export const defaultContext: ProbeContext = {
  userAgent: userAgent(),
  nowMs: () => performance.now(),
  wallMs: () => Date.now(),
};

/** `lifeboat/0.1.0 (+ops@example.com)`: whom to ask about the requests in a server's log. */
export function userAgent(contact?: string): string {
  return contact === undefined ? `lifeboat/${VERSION}` : `lifeboat/${VERSION} (+${contact})`;
}
