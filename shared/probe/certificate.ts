// Whether a certificate will do. Pure: OpenSSL has verified the chain, node:tls the name; here it becomes a sentence.
import { isIP, isIPv6 } from "node:net";
import { count } from "../model/count.ts";
import type { Fault } from "./findings.ts";
import { quote } from "./quote.ts";

/** What a check asks of a certificate; see the schema. */
export type CertificateRule = {
  host?: string | undefined;
  certificate: "verify" | "ignore";
  ca?: string | undefined;
  minDays?: number | undefined;
  warnDays: number;
};

/**
 * What was presented. `problem`: node:tls's code, when it does not trust it. `names`: the alternative names, as node:tls
 * writes them; empty where there are none. Times in epoch ms, NaN if unreadable.
 */
export type Presented = {
  problem?: string | undefined;
  names: string;
  commonName: string;
  fromMs: number;
  untilMs: number;
};

const DAY_MS = 86_400_000;

/**
 * First match counts:
 *
 * | certificate                                            | `verify`          | `ignore` |
 * | ------------------------------------------------------ | ----------------- | -------- |
 * | not trusted, or for another name                       | down              | up       |
 * | fewer than `minDays` whole days left                   | down              | up       |
 * | fewer than `warnDays` whole days left                  | up with a warning | up       |
 * | a name was asked, no alternative name is a DNS name,   | up with a warning | up       |
 * | and `warnDays` is not 0                                |                   |          |
 * | else                                                   | up                | up       |
 *
 * node:tls takes the subject's common name where no alternative name is a DNS name, as many mail clients do; browsers do
 * not (RFC 9525, section 2). It never looks for an address there.
 */
export function judgeCertificate(
  presented: Presented,
  rule: CertificateRule,
  asked: string,
  nowMs: number,
): Fault | { warning?: string } {
  if (rule.certificate === "ignore") return {};
  if (presented.problem !== undefined) return fault(problemText(presented.problem, presented, asked));
  const days = Math.floor((presented.untilMs - nowMs) / DAY_MS);
  const ends = `the certificate ends on ${day(presented.untilMs)}, in ${count(days, "day")}`;
  if (rule.minDays !== undefined && days < rule.minDays) return fault(`${ends}; wanted are ${rule.minDays}`);
  if (days < rule.warnDays) return { warning: ends };
  if (hasDnsName(presented.names) || isIP(asked) !== 0 || rule.warnDays === 0) return {};
  return { warning: `the certificate names ${asked} only as its common name; browsers refuse it` };
}

/** node:tls writes `DNS:a.test, IP Address:192.0.2.1`. */
function hasDnsName(names: string): boolean {
  return names.split(", ").some((name) => name.startsWith("DNS:"));
}

function problemText(problem: string, { names, commonName, fromMs, untilMs }: Presented, asked: string): string {
  switch (problem) {
    case "CERT_HAS_EXPIRED":
      return `the certificate, or one it rests on, has expired (its own end: ${day(untilMs)})`;
    case "CERT_NOT_YET_VALID":
      return `the certificate is not valid yet (from ${day(fromMs)})`;
    case "DEPTH_ZERO_SELF_SIGNED_CERT":
      return "the certificate is self-signed";
    case "SELF_SIGNED_CERT_IN_CHAIN":
      return "the certificate rests on a CA that is not trusted";
    case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
    case "UNABLE_TO_GET_ISSUER_CERT":
    case "UNABLE_TO_GET_ISSUER_CERT_LOCALLY":
      return "the certificate's chain is not complete, or its CA is not trusted";
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return `the certificate is not for ${asked} but for ${quote(names || commonName)}`;
    case "UNSPECIFIED":
      // What node:tls has no code for; a broken name constraint comes as this too.
      return "the certificate, or one it rests on, does not meet OpenSSL's rules, most likely its security level: a key or signature that is too weak";
    default:
      return `the certificate is not valid (${problem})`;
  }
}

function fault(detail: string): Fault {
  return { reason: "tls", phase: "tls", detail };
}

function day(ms: number): string {
  if (Number.isNaN(ms)) return "an unreadable day";
  return new Date(ms).toISOString().slice(0, 10);
}

/**
 * The name to ask for: the host without its port, brackets and final dot (RFC 6066, section 3), or the address where none
 * is configured.
 */
export function askedName(host: string | undefined, address: string): string {
  if (host === undefined || isIPv6(host)) return host ?? address;
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(host)?.[1];
  return bracketed ?? host.replace(/\.?(?::\d+)?$/, "");
}
