import { createContext, Script, type Context } from "node:vm";

/** A pattern that needs longer than this, for all its texts, matches none: hostile text can keep one busy for years. */
const PATTERN_MS = 50;

const script = new Script("texts.some((text) => new RegExp(pattern, 'u').test(text))");
let context: (Context & { pattern: string; texts: readonly string[] }) | undefined;

/**
 * Whether one of the texts matches. In a context of its own only because that is how Node ends a regular expression
 * that runs on.
 */
export function matches(pattern: string, texts: readonly string[]): boolean {
  context ??= Object.assign(createContext({}), { pattern, texts });
  Object.assign(context, { pattern, texts });
  try {
    return script.runInContext(context, { timeout: PATTERN_MS }) === true;
  } catch {
    return false;
  }
}
