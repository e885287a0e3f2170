// Takes the secrets out of a box's files before anything is stored or printed. A secret becomes `REDACTED(…)` of a keyed
// hash: a change of it still shows, and a guess cannot be checked without the key. Pure; no other room.
import { createHmac } from "node:crypto";
import { UserError } from "../model/errors.ts";
import { deriveKey } from "../model/secret.ts";
import { type Kind, kindOf } from "./place.ts";
import { maskBelow } from "./redact-below.ts";
import { maskCommand } from "./redact-command.ts";
import { type Mask, maskFields, maskNamed } from "./redact-names.ts";
import { maskSnmp, maskTokens } from "./redact-tokens.ts";
import type { Span } from "./redact-words.ts";
import { isBinary, latin1, latin1Bytes } from "./text.ts";

/** Hex digits that stay of a hash: two different secrets look alike once in 2^64. */
const DIGITS = 16;

const REDACTED = /^REDACTED\([0-9a-f]{16}\)$/;

/** The key of redaction, derived from the deployment's one secret. */
export function redactionKey(secret: string | Uint8Array): Uint8Array {
  return deriveKey(secret, "redaction");
}

/** In the place of a carriage return that alone ends a line, with a line feed behind it: text of one byte a character has none. */
const LONE = "\u2028";
const LINE_END = /[\r\u2028]/g;

/** A box with more secrets than this is no box; each of them costs a hash. */
const MOST_SECRETS = 20_000;

/**
 * Hashes secrets with a key. Line ends are no part of one: a file that went through Windows has the same key in it.
 * Throws a UserError after {@link MOST_SECRETS} different ones.
 */
export function maskOf(key: Uint8Array): Mask {
  const known = new Map<string, string>();
  return (secret) => {
    const text = secret.trim();
    if (text === "" || REDACTED.test(text)) return secret;
    const before = known.get(text);
    if (before !== undefined) return before;
    if (known.size >= MOST_SECRETS)
      throw new UserError(`more than ${MOST_SECRETS} secrets: no load balancer has so many.`);
    const bytes = latin1Bytes(text.replaceAll(LINE_END, ""));
    const masked = `REDACTED(${createHmac("sha256", key).update(bytes).digest("hex").slice(0, DIGITS)})`;
    known.set(text, masked);
    return masked;
  };
}

const KEY_BEGIN = /-{2,}\s?BEGIN [^\n-]{0,60}(?:PRIVATE KEY|ENCRYPTED KEY|STATIC KEY)[^\n-]{0,20}-{2,}/gi;
const KEY_END = /-{2,}\s?END [^\n-]{0,80}-{2,}/gi;

/** Private keys and OpenVPN's static ones in any text, also within JSON or a shell's here-document; one without an end goes to the end. */
function maskKeys(text: string, mask: Mask): string {
  const parts: string[] = [];
  let done = 0;
  KEY_BEGIN.lastIndex = 0;
  for (let begin = KEY_BEGIN.exec(text); begin; begin = KEY_BEGIN.exec(text)) {
    KEY_END.lastIndex = begin.index + begin[0].length;
    const end = KEY_END.exec(text);
    const until = end ? end.index + end[0].length : text.length;
    parts.push(text.slice(done, begin.index), mask(text.slice(begin.index, until)));
    done = until;
    KEY_BEGIN.lastIndex = done;
  }
  return done === 0 ? text : parts.join("") + text.slice(done);
}

const OPEN_BLOCK = /-----BEGIN (CERTIFICATE|TRUSTED CERTIFICATE|X509 CRL|DH PARAMETERS|EC PARAMETERS|PUBLIC KEY)-----/g;

/** Of a certificate's file only the blocks that are public stay: keys come in more dresses than any list knows. */
function maskAround(text: string, mask: Mask): string {
  const parts: string[] = [];
  const rest = (from: number, to: number): void => {
    const between = text.slice(from, to);
    parts.push(between.trim() === "" ? between : `${mask(between.trim())}\n`);
  };
  let done = 0;
  OPEN_BLOCK.lastIndex = 0;
  for (let begin = OPEN_BLOCK.exec(text); begin; begin = OPEN_BLOCK.exec(text)) {
    const mark = `-----END ${begin[1] ?? ""}-----`;
    const end = text.indexOf(mark, begin.index);
    if (end < 0) break;
    const block = text.slice(begin.index, end + mark.length);
    // A block that has another inside is none.
    if (block.indexOf("-----BEGIN", 5) >= 0) {
      OPEN_BLOCK.lastIndex = begin.index + 10;
      continue;
    }
    rest(done, begin.index);
    parts.push(block);
    done = end + mark.length;
    OPEN_BLOCK.lastIndex = done;
  }
  rest(done, text.length);
  return parts.join("");
}

/** Cheap signs, in lower case, that a line may hold a secret: most lines have none. */
const SUSPECT =
  /pass|pw|secret|token|psk|credential|communit|key|auth|cookie|bearer|basic|digest|ntlm|negotiate|com2sec|sink|smuxpeer|createuser|usmuser|:\/\/|@|[\s"'`:]--?[a-z]|eyj|gh[pos]_|github_|glpat|xox|sk[_-]|akia|asia|aiza|sg\.|hook|\$[1-7a2y]|radtest|sqlplus|useradd|usermod|hc-ping|telegram|xfrm/g;

function maskLine(line: string, check: boolean, mask: Mask): string {
  const plain = maskSnmp(line, mask);
  return maskTokens(maskFields(maskCommand(maskNamed(plain, mask), check, mask), mask), mask);
}

/** What a line feed may have before it that ends the line too. */
const isLineEnd = (character: string | undefined): boolean => character === "\r" || character === LONE;

/** Whether a line feed has a backslash before it: a shell reads on in the next line. */
const goesOn = (text: string, lineFeed: number): boolean =>
  text[lineFeed - (isLineEnd(text[lineFeed - 1]) ? 2 : 1)] === "\\";

/** The line around a place, with those that it continues and that continue it. */
function lineAround(text: string, at: number): Span {
  let before = text.lastIndexOf("\n", at);
  while (before >= 0 && goesOn(text, before)) before = before === 0 ? -1 : text.lastIndexOf("\n", before - 1);
  let end = text.indexOf("\n", at);
  while (end >= 0 && goesOn(text, end)) end = text.indexOf("\n", end + 1);
  return { start: before + 1, end: end < 0 ? text.length : end };
}

/** Masks the secrets of lines that end with a line feed. */
function redactLines(text: string, check: boolean, mask: Mask): string {
  const keyless = text.includes("BEGIN") || /BEGIN/i.test(text) ? maskKeys(text, mask) : text;
  // Of text with one byte a character the lower case is as long as the text.
  const lower = keyless.toLowerCase();
  const parts: string[] = [];
  let done = 0;
  const put = (from: number, to: number, masked: string): void => {
    parts.push(keyless.slice(done, from), masked);
    done = to;
  };
  SUSPECT.lastIndex = 0;
  while (SUSPECT.test(lower)) {
    // The sign may begin with the blank that ends the line before.
    const around = lineAround(keyless, SUSPECT.lastIndex - 1);
    const start = Math.max(around.start, done);
    const end = around.end - (isLineEnd(keyless[around.end - 1]) ? 1 : 0);
    const line = keyless.slice(start, end);
    const masked = maskLine(line, check, mask);
    if (masked !== line) put(start, end, masked);
    const below = maskBelow(keyless, around.end + 1, line, mask);
    if (below) put(around.end + 1, below.end, below.text);
    SUSPECT.lastIndex = below ? below.end : around.end;
  }
  return done === 0 ? keyless : parts.join("") + keyless.slice(done);
}

/** Masks the secrets of a text. `check`: its lines are commands of health checks. A line ends as in `linesOf`. */
export function redactText(text: string, check: boolean, mask: Mask): string {
  if (!/\r(?!\n)/.test(text)) return redactLines(text, check, mask);
  const lines = text.replaceAll(/\r(?!\n)/g, `${LONE}\n`);
  return redactLines(lines, check, mask).replaceAll(`${LONE}\n`, "\r");
}

/** Files that are secret as a whole, wherever they stand. */
const SECRET_FILE =
  /(?:^|\/)(?:\.?htpasswd|g?shadow-?|\.?netrc|\.?pgpass|\.my\.cnf|(?:chap|pap)-secrets|ipsec\.secrets|id_(?:rsa|dsa|ecdsa|ed25519)|[^/]*\.(?:p12|pfx|jks|keystore|keytab|ppk|kdbx?|gpg|pgp|der|p8|wg))$|(?:^|\/)(?:\.aws|\.ssh|\.gnupg|private)\//i;

const WHOLE: ReadonlySet<Kind["kind"]> = new Set(["secret", "key"]);
const CHECKS: ReadonlySet<Kind["kind"]> = new Set(["guardian", "guardians"]);

/** Of all text together. Binary files cost nothing but their hash. */
const MOST_TEXT_BYTES = 4 * 1024 * 1024;

type Redaction = { mask: Mask; textBytes: number };

function redactFile(redaction: Redaction, path: string, bytes: Uint8Array, kind: Kind["kind"]): Uint8Array {
  const { mask } = redaction;
  const whole = WHOLE.has(kind) || SECRET_FILE.test(path) || isBinary(bytes);
  const text = latin1(bytes);
  if (whole || text.startsWith("PuTTY-User-Key-File")) {
    return latin1Bytes(text.trim() === "" ? text : `${mask(text.trim())}\n`);
  }
  redaction.textBytes += bytes.length;
  if (redaction.textBytes > MOST_TEXT_BYTES) {
    throw new UserError(`more than ${MOST_TEXT_BYTES / 1024 / 1024} MiB of text: no load balancer has so much.`);
  }
  const masked = kind === "certificate" ? maskAround(text, mask) : redactText(text, CHECKS.has(kind), mask);
  return masked === text ? bytes : latin1Bytes(masked);
}

/**
 * Redacts all files of a box. `directory` is the configuration's (`configDirectory`). Files that are secret as a whole,
 * and those that are no text, become one `REDACTED(…)`. Text of any encoding keeps all its other bytes. Doing it twice
 * changes nothing. Throws a UserError beyond what any box holds.
 */
export function redactFiles(
  files: ReadonlyMap<string, Uint8Array>,
  directory: string,
  key: Uint8Array,
): Map<string, Uint8Array> {
  const redaction: Redaction = { mask: maskOf(key), textBytes: 0 };
  return new Map(
    [...files].map(([path, bytes]) => [path, redactFile(redaction, path, bytes, kindOf(path, directory).kind)]),
  );
}
