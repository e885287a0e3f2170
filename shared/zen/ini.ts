// The ini dialect of the vendor's Config::Tiny: `[section]`, `key=value`, `;` and `#` comments. Pure; no other room.
import { linesOf, type Notes } from "./text.ts";

/** Sections in the order of the file; keys before any section belong to the section without a name. */
export type Ini = { name: string; values: Map<string, string> }[];

/** Never throws: a line that is none of these is noted. The last of two equal keys holds, as in Config::Tiny. */
export function parseIni(file: string, text: string, notes: Notes): Ini {
  const sections: Ini = [];
  let values: Map<string, string> | undefined;
  for (const [at, raw] of linesOf(text).entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#") || line.startsWith(";")) continue;
    const equals = line.indexOf("=");
    if (line.startsWith("[") && line.endsWith("]")) {
      values = new Map();
      sections.push({ name: line.slice(1, -1).trim(), values });
    } else if (equals > 0) {
      if (!values) {
        values = new Map();
        sections.push({ name: "", values });
      }
      values.set(line.slice(0, equals).trim(), line.slice(equals + 1).trim());
    } else notes.line(file, at + 1, raw);
  }
  return sections;
}
