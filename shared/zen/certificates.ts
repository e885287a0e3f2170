// Certificates out of .pem files: subject, names, expiry and fingerprint; never the key. Pure; no other room.
import { X509Certificate } from "node:crypto";
import type { Certificate } from "../model/snapshot.ts";
import type { Notes } from "./text.ts";

const BEGIN = "-----BEGIN CERTIFICATE-----";
const END = "-----END CERTIFICATE-----";

/** Real chains hold three or four; more than this in one file is no chain. */
const MOST = 20;

/** Certificate blocks as they stand, the first MOST of them. */
function blocks(text: string): string[] {
  const found: string[] = [];
  let at = text.indexOf(BEGIN);
  while (at >= 0 && found.length < MOST) {
    const end = text.indexOf(END, at);
    if (end < 0) break;
    found.push(text.slice(at, end + END.length));
    at = text.indexOf(BEGIN, end);
  }
  return found;
}

/** `DNS:a.example, IP Address:192.0.2.1` to the names themselves. A name with odd characters comes quoted, as JSON. */
function namesOf(certificate: X509Certificate): string[] {
  const entries = (certificate.subjectAltName ?? "").match(/(?:DNS|IP Address):(?:"(?:[^"\\]|\\.)*"|[^,]*)/g) ?? [];
  const names = entries.map((entry) => entry.slice(entry.indexOf(":") + 1).trim());
  const common = /^CN=(.*)$/m.exec(certificate.subject ?? "")?.[1];
  return names.length > 0 || common === undefined ? names : [common];
}

/**
 * Reads the first certificate of a file: the server's own, the rest of a chain follow it. Null, with a problem noted,
 * when the file has a certificate that cannot be read; null alone when it has none.
 */
export function parseCertificate(file: string, text: string, notes: Notes): Certificate | null {
  const [first] = blocks(text);
  if (first === undefined) return null;
  try {
    const certificate = new X509Certificate(first);
    const [notBeforeMs, expiresMs] = [certificate.validFromDate.getTime(), certificate.validToDate.getTime()];
    if (!Number.isFinite(notBeforeMs) || !Number.isFinite(expiresMs)) {
      notes.problem(file, "its certificate has no valid dates.");
      return null;
    }
    return {
      file,
      subject: certificate.subject.replaceAll("\n", ", "),
      names: namesOf(certificate),
      selfSigned: certificate.subject === certificate.issuer,
      notBeforeMs,
      expiresMs,
      fingerprint: certificate.fingerprint256,
    };
  } catch {
    notes.problem(file, "its certificate cannot be read.");
    return null;
  }
}
