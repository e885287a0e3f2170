// What we sent and nobody else should read, taken out of what servers are quoted with.
import { isTrouble, type Outcome } from "./findings.ts";
import { escaped } from "./quote.ts";

/** So many characters in a row of a secret are hidden wherever they stand. */
const WINDOW_CHARS = 8;

/** A shorter beginning of a secret gives nothing away, and may be an everyday word. */
const SHOWN_CHARS = 4;

/** Shorter words of a script are commands and names (QUIT, a1, user) more often than passwords. */
const WORD_CHARS = 6;

/** Longest first: how many characters may be part of a secret. */
const LENGTHS = Array.from({ length: WINDOW_CHARS - SHOWN_CHARS }, (_, less) => WINDOW_CHARS - less);

/** What `quote` made of a server's words: whatever else stands in a detail is our own. */
const QUOTED = /"((?:[^"\\]|\\.)*)"/g;

/** One character of a quote, as `quote` wrote it: \xc3, \n, \", a. */
const PLAIN = /\\x(?<hex>[\da-f]{2})|\\(?<gap>[nrt])|\\?(?<char>.)/gis;

/** The same, and as servers encode it: for JSON (\u0026, \x26, \"), for a URL (%26) or for HTML (&amp;, &#x26;, &#38;). */
const ENCODED =
  /(?:\\{1,2}x|\\{2}u00|%)(?<hex>[\da-f]{2})|&#x0*(?<html>[\da-f]{2});|&#0*(?<decimal>\d\d|1\d\d);|&(?<name>amp|lt|gt|quot|apos);|\\(?<gap>[nrt])|\\{3}(?<json>["\\])|\\?(?<char>.)/gis;

const NAMED = new Map([
  ["amp", "&"],
  ["lt", "<"],
  ["gt", ">"],
  ["quot", '"'],
  ["apos", "'"],
]);

/** From `start` up to `end` in a text. */
type Place = { start: number; end: number };

/** A byte as one character, in lower case. */
type Unit = Place & { char: string };

/** The outcome without our secret, which a server that echoes requests would otherwise have us quote. */
export function hideSecret(outcome: Outcome, secret: string | undefined): Outcome {
  return hide(outcome, secret === undefined ? [] : [secret]);
}

/** The outcome without the words of what a script sent, which may be passwords. */
export function hideSent(outcome: Outcome, sent: readonly string[]): Outcome {
  return hide(outcome, sent.flatMap(wordsOf));
}

function hide(outcome: Outcome, secrets: readonly string[]): Outcome {
  if (secrets.length === 0 || !isTrouble(outcome) || "ours" in outcome) return outcome;
  const parts = new Set(secrets.flatMap(formsOf).flatMap(partsOf));
  const detail = outcome.detail.replaceAll(QUOTED, (_quote, said: string) => `"${without(said, parts)}"`);
  return { ...outcome, detail };
}

/**
 * What is hidden of a line that a script sends, each word as it stands and the longer pieces of it (`user="hunter2"`).
 *
 * | word                                              | hidden |
 * | ------------------------------------------------- | ------ |
 * | of less than six characters                       | no     |
 * | the first, and more follows it: a command         | no     |
 * | HTTP/1.1 and its like, which servers answer with  | no     |
 * | any other, also one alone: it may answer a prompt | yes    |
 */
export function wordsOf(sent: string): string[] {
  return sent.split(/[\r\n]+/).flatMap((line) => {
    const words = line.split(/[\s\p{Cc}]+/u).filter(Boolean);
    const secrets = words.length > 1 ? words.slice(1) : words;
    return [...new Set(secrets.flatMap((word) => [word, ...word.split(/["'<>=:,;]+/)]))].filter(
      (secret) => secret.length >= WORD_CHARS && !/^https?\/\d\.\d$/i.test(secret),
    );
  });
}

/** A secret as it is, and as it is read where a server decodes it, or encodes only some of it: it may look encoded. */
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [bytes.toString("latin1").toLowerCase(), charsOf(unitsOf(escaped(bytes), ENCODED))].filter(
    (form) => form.length > SHOWN_CHARS,
  );
}

/** Each eight characters in a row, and the beginnings: a quote may end in the middle. */
function partsOf(form: string): string[] {
  const windows = Array.from({ length: Math.max(1, form.length - WINDOW_CHARS + 1) }, (_, at) =>
    form.slice(at, at + WINDOW_CHARS),
  );
  return [...windows, ...LENGTHS.map((length) => form.slice(0, length))];
}

/** Takes time linear in the text's length, but for the sorting: at each character four pieces of it are looked up. */
function without(said: string, parts: ReadonlySet<string>): string {
  const found = [PLAIN, ENCODED].flatMap((unit) => placesOf(unitsOf(said, unit), parts));
  let [clean, upTo] = ["", 0];
  for (const { start, end } of found.toSorted((a, b) => a.start - b.start)) {
    if (start >= upTo) clean += `${said.slice(upTo, start)}[secret]`;
    upTo = Math.max(upTo, end);
  }
  return clean + said.slice(upTo);
}

/** Where parts of secrets stand. */
function placesOf(units: readonly Unit[], parts: ReadonlySet<string>): Place[] {
  const chars = charsOf(units);
  return units.flatMap(({ start }, at) => {
    const part = LENGTHS.map((length) => chars.slice(at, at + length)).find((piece) => parts.has(piece));
    const last = part && units[at + part.length - 1];
    return last ? [{ start, end: last.end }] : [];
  });
}

function unitsOf(text: string, unit: RegExp): Unit[] {
  return [...text.matchAll(unit)].map((match) => ({
    char: charOf(match),
    start: match.index,
    end: match.index + match[0].length,
  }));
}

function charOf({ groups = {} }: RegExpExecArray): string {
  const { hex, html, decimal, name, gap, json, char } = groups;
  const code = hex ?? html;
  if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16)).toLowerCase();
  if (decimal !== undefined) return String.fromCharCode(Number(decimal)).toLowerCase();
  if (name !== undefined) return NAMED.get(name.toLowerCase()) ?? "";
  return gap === undefined ? (json ?? char ?? "").toLowerCase() : "\n";
}

function charsOf(units: readonly Unit[]): string {
  return units.map(({ char }) => char).join("");
}
