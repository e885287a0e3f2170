import { isIP, type Socket } from "node:net";
import {
  checkServerIdentity,
  connect,
  createSecureContext,
  type PeerCertificate,
  type SecureContext,
  type TLSSocket,
} from "node:tls";
import { askedName, type CertificateRule, judgeCertificate } from "./certificate.ts";
import type { Fault } from "./findings.ts";

/** Contexts by CA text: to read a CA anew for every probe costs more than the probe. There are as many as checks. */
const contexts = new Map<string, SecureContext>();

/** Whoever gives certificates trusts each of them: a CA that rests on another, or the server's own, ends the chain. */
function contextFor(ca: string | undefined): SecureContext {
  const key = ca ?? "";
  const known = contexts.get(key);
  if (known) return known;
  const made = createSecureContext(ca === undefined ? {} : { ca, allowPartialTrustChain: true });
  contexts.set(key, made);
  return made;
}

/**
 * Speaks TLS over a connection that stands. The handshake always goes through (`rejectUnauthorized` is off), so that
 * `judgePeer` can say what is wrong with the certificate; nothing may be sent before it has.
 */
export function secure(raw: Socket, rule: CertificateRule, address: string, alpn: string[] = []): TLSSocket {
  const name = askedName(rule.host, address);
  const socket = connect({
    socket: raw,
    host: name,
    ...(isIP(name) ? {} : { servername: name }),
    ALPNProtocols: alpn,
    secureContext: contextFor(rule.ca),
    rejectUnauthorized: false,
    checkServerIdentity: (_host, certificate) => checkServerIdentity(name, certificate),
  });
  return socket.on("error", ignore);
}

/** Errors are for whoever listens; after the verdict nobody does. */
function ignore(): void {}

/** Judges the certificate of a handshake that is done. `wallMs`: epoch ms. */
export function judgePeer(
  socket: TLSSocket,
  rule: CertificateRule,
  address: string,
  wallMs: number,
): Fault | { warning?: string } {
  // Empty, whatever its type says, where no certificate was presented.
  const { subject, subjectaltname, valid_from, valid_to }: Partial<PeerCertificate> = socket.getPeerCertificate();
  const presented = {
    // Typed as an Error, but node:tls puts its code there (and null when all is well).
    problem: socket.authorized ? undefined : String(socket.authorizationError),
    names: subjectaltname ?? "",
    commonName: [subject?.CN ?? ""].flat().join(", "),
    fromMs: Date.parse(valid_from ?? ""),
    untilMs: Date.parse(valid_to ?? ""),
  };
  return judgeCertificate(presented, rule, askedName(rule.host, address), wallMs);
}
