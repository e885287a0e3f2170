// Several messages as one, as people read it. Pure; needs model.
import type { Gathered, Message } from "../model/event.ts";
import { clean, SUBJECT_MAX, subjectOf } from "./text.ts";

/** SNS takes 262,144 bytes, attributes included (API reference, Publish); we stay well below. */
const MAX_BYTES = 240 * 1024;

/** Of one attribute's values, as JSON: the ids of a thousand pools. SNS counts the bytes of an array, not its values. */
const VALUES_MAX_BYTES = 16 * 1024;

/** So many subjects are listed, each on a line of at most 100 characters. */
const LISTED = 200;

const PREFIX = "lifeboat: ";
const RULE = "-".repeat(72);

/**
 * Messages that go out together as one: a list of their subjects, and then each body under its subject, as many whole
 * ones as SNS takes, and how many are left out. A single message stays as it is. Attributes to filter by:
 *
 * | in the messages                        | in the gathered one                                  |
 * | -------------------------------------- | ---------------------------------------------------- |
 * | the same value in all                  | that value                                           |
 * | different values, or missing in some   | the distinct values, as many as {@link VALUES_MAX_BYTES} hold |
 */
export function gatherMessages(first: Message, others: readonly Message[]): Gathered {
  if (others.length === 0) return first;
  const messages = [first, ...others];
  const subject = gatheredSubject(first, messages.length);
  const attributes = gatheredAttributes(messages);
  const taken = bytesOf(subject) + bytesOf(Object.entries(attributes).map(attributeText).join(""));
  return { subject, body: gatheredBody(messages, MAX_BYTES - taken), attributes };
}

/** `37 changes: north/lb1 is out of lb1.example.com, and 36 more`: of a subject too long the first one's end is cut. */
function gatheredSubject(first: Message, count: number): string {
  const [head, tail] = [`${count} changes: `, `, and ${count - 1} more`];
  // Its cause is not that of the others.
  const what = aboutOf(first).replace(/ \([^()]*\)$/, "");
  return subjectOf(`${head}${clean(what, SUBJECT_MAX - PREFIX.length - head.length - tail.length)}${tail}`);
}

function gatheredBody(messages: readonly Message[], room: number): string {
  const listed = messages.slice(0, LISTED).map((message) => `  ${aboutOf(message)}`);
  const unlisted = messages.length - listed.length;
  const list = [
    `${messages.length} changes came together:`,
    "",
    ...listed,
    ...(unlisted > 0 ? [`  … and ${unlisted} more.`] : []),
  ].join("\n");
  // The longest that the last line can be.
  let left = room - bytesOf(`${list}\n${leftOut(messages.length, messages.length)}`);
  const shown = messages.map(sectionOf).filter((section) => {
    const bytes = bytesOf(section);
    const fits = bytes <= left;
    if (fits) left -= bytes;
    return fits;
  });
  const rest = messages.length - shown.length;
  return `${list}\n${shown.join("")}${rest > 0 ? leftOut(rest, messages.length) : ""}`;
}

function sectionOf(message: Message): string {
  return `\n${RULE}\n${aboutOf(message)}\n\n${message.body.trimEnd()}\n`;
}

function leftOut(count: number, of: number): string {
  return `\n${RULE}\n${count} of these ${of} are left out here, as SNS takes no more; \`npx lifeboat explain\` says it all.\n`;
}

/** A subject without what all of them begin with. */
function aboutOf({ subject }: Message): string {
  return clean(subject.startsWith(PREFIX) ? subject.slice(PREFIX.length) : subject, SUBJECT_MAX);
}

function gatheredAttributes(messages: readonly Message[]): Gathered["attributes"] {
  const names = [...new Set(messages.flatMap(({ attributes }) => Object.keys(attributes)))];
  return Object.fromEntries(
    names.map((name) => {
      const values = messages.map(({ attributes }) => attributes[name] ?? "");
      const [value = "", ...different] = new Set(values);
      return [name, different.length === 0 ? value : within(new Set(values.filter((one) => one !== "")))];
    }),
  );
}

function within(values: Iterable<string>): string[] {
  let left = VALUES_MAX_BYTES - "[]".length;
  return [...values].filter((value) => {
    left -= bytesOf(`${JSON.stringify(value)},`);
    return left >= 0;
  });
}

/** All of an attribute that SNS counts: its name, the longer of the two types, and its value. */
function attributeText([name, value]: [string, string | readonly string[]]): string {
  return `${name}String.Array${JSON.stringify(value)}`;
}

function bytesOf(text: string): number {
  return Buffer.byteLength(text);
}
