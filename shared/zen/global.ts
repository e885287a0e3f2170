// global.conf: Perl assignments, read and never run. cluster.conf beside it. Pure; no other room.
import { parseIni } from "./ini.ts";
import { linesOf, type Notes } from "./text.ts";

/** `$name = "value";` with the vendor's trailing `#update`; the value's quotes are single or double. */
const ASSIGNMENT = /^\$(\w{1,80})\s*=\s*(?:"([^"]*)"|'([^']*)')\s*;\s*(?:#.*)?$/;

/** Reads the assignments, in the order of the file; the last of two equal names holds, as in Perl. Never throws. */
export function parseGlobal(file: string, text: string, notes: Notes): Map<string, string> {
  const values = new Map<string, string>();
  for (const [at, raw] of linesOf(text).entries()) {
    const line = raw.trim();
    // A file that Perl requires ends in a true value.
    if (line === "" || line.startsWith("#") || /^1;?$/.test(line)) continue;
    const match = ASSIGNMENT.exec(line);
    if (match?.[1] === undefined) notes.line(file, at + 1, raw);
    else values.set(match[1], match[2] ?? match[3] ?? "");
  }
  return values;
}

const DEEPEST = 8;
const LONGEST = 1000;

/** Fills `$name` in from the other assignments, a bounded number of times: they may name each other in a ring. */
export function expand(values: ReadonlyMap<string, string>, text: string): string {
  let result = text;
  for (let depth = 0; depth < DEEPEST && result.includes("$") && result.length < LONGEST; depth += 1) {
    result = result.replaceAll(
      /\$(?:\{(\w{1,80})\}|(\w{1,80}))/g,
      (_whole, braced: string | undefined, bare: string | undefined) =>
        (values.get(braced ?? bare ?? "") ?? "").slice(0, LONGEST),
    );
  }
  return result.slice(0, LONGEST);
}

/** Reads cluster.conf: Zen's `KEY:value:value` lines, or the ini of later editions as `section.key`. Never throws. */
export function parseCluster(file: string, text: string, notes: Notes): Record<string, string> {
  const found = new Map<string, string>();
  if (text.trimStart().startsWith("[") || /^\w+\s*=/.test(text.trimStart())) {
    for (const { name, values } of parseIni(file, text, notes))
      for (const [key, value] of values) found.set(name === "" ? key : `${name}.${key}`, value);
    return Object.fromEntries(found);
  }
  for (const [at, raw] of linesOf(text).entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    const colon = line.indexOf(":");
    if (colon > 0) found.set(line.slice(0, colon), line.slice(colon + 1));
    else notes.line(file, at + 1, raw);
  }
  return Object.fromEntries(found);
}
