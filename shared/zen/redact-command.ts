// Secrets among the arguments of a command, also of one within another's quotes. Pure; no other room.
import type { Mask } from "./redact-names.ts";
import {
  GUESS,
  HINT,
  hidesGlued,
  isBare,
  maskLogin,
  type Rule,
  ruleOf,
  secretFrom,
  wordsAhead,
} from "./redact-tools.ts";
import { type Span, wordsOf } from "./redact-words.ts";

/** Quotes within quotes within `$(…)`: nobody writes more. Each level costs the line's length. */
const DEEPEST = 5;

const toolOf = (word: string): string => /[\w.-]+$/.exec(word.slice(-64).replaceAll(/["'`)]+$/g, ""))?.[0] ?? "";

/** Masks a word from a place on, and leaves the quotes around it. */
function maskWord(word: string, from: number, mask: Mask): string {
  const [lead, secret] = [word.slice(0, from), word.slice(from)];
  const quote = /^["']/.exec(secret)?.[0] ?? "";
  if (quote !== "" && secret.length >= 2 && secret.endsWith(quote)) {
    return lead + quote + mask(secret.slice(1, -1)) + quote;
  }
  // Of quotes that are opened before the secret, or within others (`\"`), the closing one is no part of it.
  const opened = /["']/.exec(lead)?.[0] ?? "";
  const tail = /\\["']$/.exec(secret)?.[0] ?? (secret.endsWith(opened) ? opened : "");
  return lead + mask(secret.slice(0, secret.length - tail.length)) + tail;
}

/** What is known before a word: the tool's rule, the option that waits for its argument, the words to a password. */
type Reading = { rule: Rule | null; pending: string; ahead: number };

/** Reads a word. `from`: where in it a secret begins, -1 without one. */
function readWord({ rule, pending, ahead }: Reading, text: string): { from: number; next: Reading } {
  if (!rule) return { from: -1, next: { rule: ruleOf(toolOf(text)), pending: "", ahead: 0 } };
  const next = { rule, pending: "", ahead: 0 };
  const from = pending === "" ? -1 : secretFrom(rule, pending, text);
  if (from >= 0) return { from, next };
  const long = /^(--[a-z][a-z0-9-]*)(=?)/.exec(text);
  if (long) {
    const [whole, name = "", equals] = long;
    if (equals === "") return { from: -1, next: { ...next, pending: name, ahead: wordsAhead(name) } };
    const inside = secretFrom(rule, name, text.slice(whole.length));
    return { from: inside < 0 ? -1 : whole.length + inside, next };
  }
  const [, letters, rest] = /^-([A-Za-z]+)(.*)$/s.exec(text) ?? [];
  if (letters !== undefined && rest !== undefined) {
    // Letters may be put together, the last of them with an argument: `curl -su user:password`.
    const waits = rest === "" ? (letters.at(-1) ?? "") : "";
    return {
      from: hidesGlued(rule, letters[0] ?? "", letters.slice(1) + rest) ? 2 : -1,
      next: { ...next, pending: waits },
    };
  }
  if (text.startsWith("-")) return { from: -1, next };
  if (ahead === 1) return { from: 0, next };
  return { from: -1, next: { rule: ruleOf(toolOf(text)) ?? rule, pending: "", ahead: Math.max(ahead - 1, 0) } };
}

function maskWords(line: string, first: Rule | null, mask: Mask, depth: number): string {
  const parts: string[] = [];
  let reading: Reading = { rule: first, pending: "", ahead: 0 };
  let done = 0;
  const put = ({ start, end }: Span, text: string): void => {
    parts.push(line.slice(done, start), text);
    done = end;
  };
  const within = (text: string): string => {
    const plain = reading.rule ? maskLogin(text, mask) : text;
    return depth < DEEPEST ? maskWords(plain, reading.rule, mask, depth + 1) : plain;
  };
  for (const word of wordsOf(line)) {
    const { from, next } = readWord(reading, line.slice(word.start, word.end));
    if (from >= 0) put(word, maskWord(line.slice(word.start, word.end), from, mask));
    else for (const inner of word.inner) put(inner, within(line.slice(inner.start, inner.end)));
    reading = next;
  }
  return done === 0 ? line : parts.join("") + line.slice(done);
}

/** Masks secret arguments. `guess`: the line is a health check, whatever its tool is called. */
export function maskCommand(line: string, guess: boolean, mask: Mask): string {
  if (isBare(line)) {
    const lead = /^[\s#]*/.exec(line)?.[0] ?? "";
    return lead + mask(line.slice(lead.length));
  }
  return guess || HINT.test(line) ? maskWords(line, guess ? GUESS : null, mask, 0) : line;
}
