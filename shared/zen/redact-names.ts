// Secrets that stand behind a name: `password=…`, `Authorization: …`, `"api_key": "…"`, `--token …`. A name is found
// by a word in it and looked at with bounded steps to both sides, so a line costs its length. Pure; no other room.
import { continuation, type Span } from "./redact-words.ts";

/** Replaces a secret; leaves a blank one and one that is replaced already as it is. */
export type Mask = (secret: string) => string;

/** Words that make a name worth looking at. */
const ANCHOR = /pass|pw|secret|token|psk|credential|communit|key|authorization|cookie/gi;

const SECRET_WORDS = new Set(
  "password passwd passphrase passwort pass pwd pw secret secrets token tokens psk credential credentials community communities cookie authorization apikey zapikey authkey privkey passin passout".split(
    " ",
  ),
);

const SECRET_PARTS =
  /password|passwd|passphrase|passwort|secret|apikey|privatekey|privkey|accesskey|authkey|sharedkey|licen[cs]ekey|activationkey|authtoken|credential|community|authorization/;

/** Words that end in one of those without a break, as in `SSHPASS` and `apitoken`, but for English and a shell's own. */
const GLUED = /(?:pass|pwd?|passcode|psk|token)\d*$/;
const NOT_GLUED = /^(?:(?:by|com|encom|over|sur|tres|under|no|multi|first)pass|oldpwd)$/;

/** Names of places and sizes, not of secrets, as long as the value looks like one of those. */
const PLACE_WORDS = new Set(
  "file path dir directory bin cmd id name tpl template len length ttl timeout type size policy".split(" "),
);

const NAME_CHARACTER = /[\w.!$-]/;
const LONGEST_NAME = 64;

/** `true`, a number of one digit, the guardian's own words, what begins a block in YAML: what no secret is. */
const PLAIN = /^(?:true|false|yes|no|on|off|none|null|undef|enabled|disabled|HOST|PORT|\d|[|>][+-]?\d?)$/i;

/** A path on the box, perhaps behind one of the vendor's own variables. */
const PATH = /^(?:\/(?:usr|etc|root|home|var|opt|tmp|srv|mnt|run|dev|proc|lib|bin|sbin)\/|\$\{?\w+\}?\/)[\w./${}-]*$/;

/** Words of a name: `remoteApi_key` is remote, api, key. */
function wordsOf(name: string): string[] {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");
}

/** What a name says of its value. `place`: it may be a path, which is no secret. */
type Naming = "secret" | "secret or place" | "none";

function naming(name: string): Naming {
  const words = wordsOf(name);
  const last = words.at(-1) ?? "";
  if (words.some((word) => SECRET_WORDS.has(word)) || SECRET_PARTS.test(words.join(""))) {
    return PLACE_WORDS.has(last) || /(?:file|path|dir)$/.test(last) ? "secret or place" : "secret";
  }
  if (words.some((word) => GLUED.test(word) && !NOT_GLUED.test(word))) return "secret or place";
  return /keys?$/.test(last) && !words.some((word) => word.startsWith("pub")) ? "secret or place" : "none";
}

/** The same few names stand in all files: what they say is worked out once. */
const namings = new Map<string, Naming>();
const MOST_NAMINGS = 2000;

function namingOf(name: string): Naming {
  const known = namings.get(name);
  if (known !== undefined) return known;
  if (namings.size >= MOST_NAMINGS) namings.clear();
  const found = naming(name);
  namings.set(name, found);
  return found;
}

/**
 * Whether what stands behind a name is a secret.
 *
 * | name                                     | secret                                   |
 * | has a word as `password`, `token`        | yes, unless it names a place and is one  |
 * | has a part as `apikey`, `sharedsecret`   | the same                                 |
 * | a word ends in `pass`, `pw`, `token`     | the same; `bypass` and its like are none |
 * | ends in `key`, but no `public key`       | yes, unless the value is a path          |
 * | any other                                | no                                       |
 */
export function isSecret(name: string, value: string): boolean {
  if (PLAIN.test(value) || name.endsWith("server_tokens")) return false;
  const what = namingOf(name);
  return what === "secret" || (what !== "none" && !PATH.test(value));
}

/** Whether a name is one of a secret also where less binds the two: a line's end, a comma. `keys` has a list of anything. */
export function isNaming(name: string): boolean {
  const what = namingOf(name);
  return what === "secret" || (what !== "none" && !/keys?$/i.test(name));
}

/** The whole name around a word of it. */
function nameAround(line: string, at: number, end: number): Span {
  const span = { start: at, end };
  while (span.start > 0 && at - span.start < LONGEST_NAME && NAME_CHARACTER.test(line[span.start - 1] ?? ""))
    span.start -= 1;
  while (span.end < line.length && span.end - end < LONGEST_NAME && NAME_CHARACTER.test(line[span.end] ?? ""))
    span.end += 1;
  return span;
}

/** Where the next `quote` stands that no backslash precedes; the line's end without one. */
function closing(line: string, quote: string, from: number): number {
  let at = line.indexOf(quote, from);
  while (at > 0 && line[at - 1] === "\\") at = line.indexOf(quote, at + 1);
  return at < 0 ? line.length : at;
}

const skipBlanks = (line: string, from: number): number => {
  let at = from;
  for (;;) {
    const length = line[at] === " " || line[at] === "\t" ? 1 : continuation(line, at);
    if (length === 0) return at;
    at += length;
  }
};

/** The end of text without quotes: at the pattern, or where a line or a field of an old guardian file ends. */
function until(line: string, from: number, pattern: RegExp): number {
  for (let at = from; at < line.length; at += 1) {
    if (pattern.test(line[at] ?? "") || line.startsWith(":::", at) || continuation(line, at) > 0) return at;
  }
  return line.length;
}

const trimmedEnd = (line: string, start: number, end: number): number => {
  let at = end;
  while (at > start && /[\s;,]/.test(line[at - 1] ?? "")) at -= 1;
  return at;
};

/** A quoted value; what is glued to its closing quote belongs to it. */
function quoted(line: string, at: number): Span {
  const escaped = line[at] === "\\";
  const quote = line.slice(at, at + (escaped ? 2 : 1));
  const start = at + quote.length;
  const end = escaped ? line.indexOf(quote, start) : closing(line, quote, start);
  if (end < 0 || end >= line.length) return { start, end: line.length };
  const next = line[end + quote.length] ?? " ";
  return /[\s;,)}\]#&|<>:\\'"]/.test(next) ? { start, end } : { start, end: line.length };
}

/** Before an assignment that has the line for itself. */
const LINE_START = /^[\s#;/$]*(?:(?:export|set|my|local|declare)\s+[$\s]*)?$/;

/** Names behind which a blank is enough, at the start of a line. */
const BLANK_NAMES =
  /^(?:password|passwd|passphrase|secret|bindpw|rootpw|psk|community|requirepass|masterauth|auth_pass)$/i;

/** The quote that is open at a place of the line, kept up to date as the place moves on. */
function quoteTracker(line: string): (at: number) => string {
  let [done, open] = [0, ""];
  return (at) => {
    for (; done < at; done += 1) {
      const character = line[done] ?? "";
      if (character === "\\") done += 1;
      else if (character === open) open = "";
      else if (open === "" && (character === '"' || character === "'")) open = character;
    }
    return open;
  };
}

/** Names that stand in no sentence: a blank is enough behind them, wherever they are. */
const BLANK_ANYWHERE = /^auth_pass$/i;

/** The bracket around a name: `$o{'password'}`, `$db["password"]`. */
const BRACKET = /^[ \t]{0,4}[}\]]{1,2}/;

/**
 * What stands between a name and its value.
 *
 * | the name                                   | what may stand there    |
 * | in a bracket: `$o{'password'} = …`         | `=`, `=>` before a quote, `=` before a bare word: no code |
 * | a call's first: `define('PASSWORD', '…')`  | those below, and a `,` before a quote; `key` is no such name |
 * | any other                                  | `=`, `=>`, `:`          |
 */
function separatorAt(line: string, at: number, name: Span, closed: string, bracket: string): string | undefined {
  const text = line.slice(at, at + 12);
  if (bracket !== "") return /^(?:=>?(?=[ \t]{0,8}\\?["'])|=(?=[^\s=~>{$]))/.exec(text)?.[0];
  const isFirst =
    closed !== "" &&
    isNaming(line.slice(name.start, name.end)) &&
    /\([ \t]{0,4}\\?["']$/.test(line.slice(Math.max(0, name.start - 8), name.start));
  return /^(?:=>|=|:(?!:|\/\/))/.exec(text)?.[0] ?? (isFirst ? /^,(?=[ \t]{0,8}\\?["'])/.exec(text)?.[0] : undefined);
}

/** Whether a blank is enough between a name and its value. */
function isBlankEnough(text: string, option: boolean, leads: boolean): boolean {
  return option || BLANK_ANYWHERE.test(text) || (leads && BLANK_NAMES.test(text));
}

/** Where the value of a name stands, or null where the name has none. */
function valueOf(line: string, name: Span, open: string): Span | null {
  const option = line[name.start] === "-";
  const before = line.slice(Math.max(0, name.start - 40), name.start);
  const lineFeed = before.lastIndexOf("\n");
  const leads = (name.start < 40 || lineFeed >= 0) && LINE_START.test(before.slice(lineFeed + 1));
  let at = name.end;
  const closed = /^\\?["']/.exec(line.slice(at, at + 2))?.[0] ?? "";
  at += closed.length;
  const bracket = BRACKET.exec(line.slice(at, at + 6))?.[0] ?? "";
  at = skipBlanks(line, at + bracket.length);
  const separator = separatorAt(line, at, name, closed, bracket);
  const blank = separator === undefined && at > name.end && closed === "" && bracket === "";
  const text = line.slice(name.start, name.end);
  if (separator === undefined && !(blank && isBlankEnough(text, option, leads))) return null;
  at = skipBlanks(line, at + (separator?.length ?? 0));
  if (at >= line.length) return null;
  const json = closed !== "" && !closed.startsWith("\\");
  if (open !== "" && !json && !(blank && option)) return { start: at, end: closing(line, open, at) };
  if (/^\\?["']/.test(line.slice(at, at + 2))) return quoted(line, at);
  if (json) return { start: at, end: until(line, at, /[\s,}\]]/) };
  if (option || (separator === "=" && !leads) || (blank && BLANK_ANYWHERE.test(text)))
    return { start: at, end: until(line, at, /\s/) };
  const end = until(line, at, /[\n]/);
  return { start: at, end: trimmedEnd(line, at, end) };
}

/** Masks the values of a line's secret names; the line may go on behind a backslash. */
export function maskNamed(line: string, mask: Mask): string {
  const openAt = quoteTracker(line);
  const parts: string[] = [];
  let done = 0;
  ANCHOR.lastIndex = 0;
  for (let match = ANCHOR.exec(line); match; match = ANCHOR.exec(line)) {
    const name = nameAround(line, match.index, match.index + match[0].length);
    const value = valueOf(line, name, openAt(name.start));
    ANCHOR.lastIndex = name.end;
    if (!value || !isSecret(line.slice(name.start, name.end), line.slice(value.start, value.end))) continue;
    parts.push(line.slice(done, value.start), mask(line.slice(value.start, value.end)));
    done = value.end;
    ANCHOR.lastIndex = Math.max(name.end, value.end);
  }
  return done === 0 ? line : parts.join("") + line.slice(done);
}

/** A form's hidden fields: the name and the value are attributes of their own. */
const FIELD =
  /\bname\s{0,4}=\s{0,4}["']([\w.-]{1,64})["']([^<>]{0,200}?)\bvalue\s{0,4}=\s{0,4}(["'])([^"']{1,4096})\3/gi;

export function maskFields(line: string, mask: Mask): string {
  return line.replaceAll(FIELD, (whole: string, name: string, between: string, quote: string, value: string) => {
    if (!isSecret(name, value)) return whole;
    return `name="${name}"${between}value=${quote}${mask(value)}${quote}`;
  });
}
