// Bytes to lines, and what the parsers note beside their result. Pure; no other room.

const STRICT = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });

/** Whether the bytes are no text: they hold a NUL. */
export const isBinary = (bytes: Uint8Array): boolean => bytes.includes(0);

/** One character a byte, so that text of any encoding survives a round trip unchanged. */
export const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");

/** The inverse of {@link latin1}. */
export const latin1Bytes = (text: string): Uint8Array => Buffer.from(text, "latin1");

/** A file's name in a message: nothing in it steers a terminal, ends the line or turns the direction of writing. */
export const plainName = (name: string): string => name.replaceAll(/[\p{Cc}\p{Bidi_Control}]/gu, "?");

/** UTF-8 if it is valid UTF-8, else Latin-1, in which the old GUIs wrote. Never throws. */
export function decode(bytes: Uint8Array): string {
  try {
    return STRICT.decode(bytes);
  } catch {
    return latin1(bytes);
  }
}

/** Lines without their ends; CRLF, LF and a lone CR end a line, and a last empty line is none. */
export function linesOf(text: string): string[] {
  const lines = text.includes("\r") ? text.split(/\r\n|\n|\r/) : text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

/** A whole number of at most 15 digits, or null. The files write all numbers as text. */
export function numberOf(text: string | undefined | null): number | null {
  const trimmed = text?.trim() ?? "";
  return /^-?\d{1,15}$/.test(trimmed) ? Number(trimmed) : null;
}

/** Text without blanks around it, or null when nothing is left. */
export function someText(text: string | undefined | null): string | null {
  const trimmed = text?.trim() ?? "";
  return trimmed === "" ? null : trimmed;
}

/** Takes one pair of double quotes off. */
export function unquote(text: string): string {
  const trimmed = text.trim();
  return trimmed.length >= 2 && trimmed.startsWith('"') && trimmed.endsWith('"') ? trimmed.slice(1, -1) : trimmed;
}

/** `KEYWORD rest` at its first blank. */
export function keyword(line: string): { key: string; rest: string } {
  const at = line.search(/\s/);
  return at < 0 ? { key: line, rest: "" } : { key: line.slice(0, at), rest: line.slice(at + 1).trim() };
}

/** At most this many unknown lines are listed; all are counted, and all stay in the files. */
const LISTED_LINES = 200;
const LISTED_CHARACTERS = 200;

/** What the parsers say beside their result. */
export type Notes = {
  /** A line (counted from 1) of a known file that no rule knows. */
  line(file: string, line: number, text: string): void;
  /** What is wrong with a file, in one sentence. */
  problem(file: string, says: string): void;
};

export type NoteBook = Notes & {
  readonly lineCount: () => number;
  readonly lines: { file: string; line: number; text: string }[];
  readonly problems: { file: string; says: string }[];
};

/** Notes that remember; the lists are capped, the count is not. */
export function noteBook(): NoteBook {
  let count = 0;
  const lines: { file: string; line: number; text: string }[] = [];
  const problems: { file: string; says: string }[] = [];
  return {
    lines,
    problems,
    lineCount: () => count,
    line(file, line, text) {
      count += 1;
      if (lines.length < LISTED_LINES) lines.push({ file, line, text: text.trim().slice(0, LISTED_CHARACTERS) });
    },
    problem(file, says) {
      if (problems.length < LISTED_LINES) problems.push({ file, says });
    },
  };
}
