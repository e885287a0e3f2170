// Secrets in the lines below the one that tells of them: a here-document that a command reads its password from, and the
// value of a name that ends its line. Pure; no other room.
import { isNaming, isSecret, type Mask } from "./redact-names.ts";

/** What stands below a line, masked; `end` is that of its last line in the text. */
export type Below = { text: string; end: number };

/** Commands that read a password from their input. `/etc/passwd` is none. */
const READS =
  /(?<!\/etc\/)passwd\b|\b(?:kinit|cryptsetup|wpa_passphrase)\b|\bsudo\s[^|;<]{0,80}-\w{0,8}S\b|-stdin\b|-pass(?:in|out)?\s{1,8}stdin\b/;

const HERE_DOCUMENT = /(?<!<)<<-?[ \t]{0,8}\\?["']?([A-Za-z_][\w.-]{0,63})/g;

/** A line without its end, and where the next one begins. */
function lineAt(text: string, at: number): { line: string; end: number; next: number } {
  const feed = text.indexOf("\n", at);
  const end = feed < 0 ? text.length : feed;
  return { line: text.slice(at, end), end, next: end + 1 };
}

/** A line's secret masked: all of it but the blanks and the signs of a comment or list before it, and what ends it. */
function maskWhole(line: string, mask: Mask): string {
  const lead = /^[\s#]*(?:-\s+)?/.exec(line)?.[0] ?? "";
  const secret = line.slice(lead.length).trimEnd();
  return lead + mask(secret) + line.slice(lead.length + secret.length);
}

/** The lines up to the last of the words that end the here-documents; all that follow where one is missing. */
function maskDocuments(text: string, from: number, words: string[], mask: Mask): Below {
  const parts: string[] = [];
  const open = [...words];
  let [at, end] = [from, from - 1];
  while (at < text.length && open.length > 0) {
    const { line, end: lineEnd, next } = lineAt(text, at);
    if (line.replace(/^[\s#]+/, "").trimEnd() === open[0]) {
      open.shift();
      parts.push(line);
    } else parts.push(maskWhole(line, mask));
    [at, end] = [next, lineEnd];
  }
  return { text: parts.join("\n"), end };
}

/** A name at a line's end, with nothing behind its sign or what begins a block in YAML. */
const OPEN_NAME = /([\w.!$-]{1,64})(?:\\?["'])?[}\])]{0,2}[ \t]{0,8}(=>?|:)[ \t]{0,8}([|>][+-]?\d?)?$/;

const indentOf = (line: string): number => /^(?:\s|- )*/.exec(line)?.[0].length ?? 0;

/** A block in YAML: blank lines, and those that are indented more than its name. */
function maskBlock(text: string, from: number, indent: number, mask: Mask): Below | null {
  const parts: string[] = [];
  let [at, end] = [from, from - 1];
  while (at < text.length) {
    const { line, end: lineEnd, next } = lineAt(text, at);
    if (line.trim() !== "" && indentOf(line) <= indent) break;
    parts.push(maskWhole(line, mask));
    [at, end] = [next, lineEnd];
  }
  return parts.length > 0 ? { text: parts.join("\n"), end } : null;
}

/** One word on a line, or what is quoted, perhaps of a list. */
const ONE_WORD = /^[\s#]*(-\s+)?(?:(["'])([^"']+)\2|([^\s"'[\]{}()<>]*\w[^\s"'[\]{}()<>]*?))[\s;,]*$/;

/** `user=`, `user=a`, `user:`; but no word in base64, which ends with `=` too. */
const ASSIGNMENT = /^[$A-Za-z_][\w.-]*(?:=(?!=+$)|:)/;
const PADDED = /^[A-Za-z0-9+/]{15,}=$/;

/** What stands alone on a line of a script or of a farm, also below `if password:`. */
const KEYWORD =
  /^(?:fi|done|esac|else|then|do|end|exit|return|break|continue|shift|pass|raise|next|last|EO[A-Z]{1,2})$/i;

/**
 * The value on the line below its name.
 *
 * | below                              | secret                 |
 * | one word, or all of it quoted      | yes                    |
 * | one word after a dash, as in YAML  | yes, and all such below |
 * | `name=…`, `name:`, a keyword       | no                     |
 * | anything else                      | no                     |
 */
function maskNext(text: string, from: number, name: string, mask: Mask): Below | null {
  const parts: string[] = [];
  let [at, end] = [from, from - 1];
  while (at < text.length) {
    const { line, end: lineEnd, next } = lineAt(text, at);
    const [, dash, , quoted, bare = ""] = ONE_WORD.exec(line) ?? [];
    if (parts.length > 0 && dash === undefined) break;
    const word = quoted ?? bare;
    const other = (ASSIGNMENT.test(bare) && !PADDED.test(bare)) || KEYWORD.test(bare);
    if (word === "" || other || !isSecret(name, word)) break;
    parts.push(line.replace(word, () => mask(word)));
    [at, end] = [next, lineEnd];
    if (dash === undefined) break;
  }
  return parts.length > 0 ? { text: parts.join("\n"), end } : null;
}

/** Masks the secrets below a line, whose next one begins at `from`; null where there are none. */
export function maskBelow(text: string, from: number, line: string, mask: Mask): Below | null {
  if (from >= text.length) return null;
  if (line.includes("<<") && READS.test(line)) {
    const words = [...line.matchAll(HERE_DOCUMENT)].map(([, word = ""]) => word);
    return words.length > 0 ? maskDocuments(text, from, words, mask) : null;
  }
  const [, name = "", sign, block] = OPEN_NAME.exec(line.trimEnd().slice(-200)) ?? [];
  if (name.startsWith("-") || !isNaming(name)) return null;
  if (block !== undefined) return sign === ":" ? maskBlock(text, from, indentOf(line), mask) : null;
  return maskNext(text, from, name, mask);
}
