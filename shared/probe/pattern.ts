import { createContext, Script, type Context } from "node:vm";

/** A pattern that needs longer than this for one text counts as no match: hostile text can keep a pattern busy for years. */
const PATTERN_MS = 50;

const script = new Script("new RegExp(pattern, 'u').test(text)");
let context: (Context & { pattern: string; text: string }) | undefined;

/** Whether the text matches. In a context of its own only because that is how Node ends a regular expression that runs on. */
export function matches(pattern: string, text: string): boolean {
  context ??= Object.assign(createContext({}), { pattern, text });
  Object.assign(context, { pattern, text });
  try {
    return script.runInContext(context, { timeout: PATTERN_MS }) === true;
  } catch {
    return false;
  }
}
