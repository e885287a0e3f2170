// Words that others wrote, made fit to be sent. Pure; names no other room.

/** SNS takes a subject of at most 100 ASCII characters without line breaks (API reference, Publish). */
export const SUBJECT_MAX = 100;

/** Control characters, and what turns, hides or breaks text: bidirectional marks, zero-width and line separators. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]+/gu;

/** Hostile text on one line: nothing unseen, no run of blanks, at most `max` characters. */
export function clean(text: string, max = 300): string {
  const line = text.replace(UNSEEN, " ").replace(/\s+/g, " ").trim();
  return line.length <= max
    ? line
    : `${line
        .slice(0, max - 3)
        .replace(/[\uD800-\uDBFF]$/, "")
        .trimEnd()}...`;
}

/** The last line of a message: what shows how it is now, of one load balancer or of all. */
export function lookAgain(box: string | undefined): string {
  return `\`npx lifeboat explain${box === undefined ? "" : ` ${clean(box)}`}\` shows what every region sees now, and why DNS serves what it serves.`;
}

/** The same for a text of several lines, each kept. */
export function cleanLines(text: string): string[] {
  return text
    .split(/\r\n|\r|\n/)
    .map((line) => clean(line))
    .filter((line) => line !== "");
}

/**
 * A subject: printable ASCII, at most 100 characters. What is not ASCII becomes '?'; if the whole is too long, the
 * cause in brackets is shortened and then left out before the rest is cut.
 */
export function subjectOf(what: string, cause = ""): string {
  const head = ascii(`lifeboat: ${what}`);
  const room = SUBJECT_MAX - head.length - " ()".length;
  const inner = ascii(cause);
  if (inner === "" || room < Math.min(inner.length, 12)) return cut(head, SUBJECT_MAX);
  return `${head} (${cut(inner, room)})`;
}

function ascii(text: string): string {
  return clean(text, 1000).replace(/[^\x20-\x7e]/gu, "?");
}

function cut(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max - 3).trimEnd()}...`;
}
