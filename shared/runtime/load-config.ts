import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { messageOf, UserError } from "../model/errors.ts";

/** Evaluates a `lifeboat.config.ts` and returns what it exports, with another interval if one is asked for. */
export async function loadConfig(file: string, intervalS: number | undefined): Promise<unknown> {
  const path = resolve(file);
  if (!existsSync(path)) throw new UserError(`--config: there is no file ${path}.`);
  const config = await evaluate(path);
  if (typeof config !== "object" || config === null) {
    throw new UserError(`--config: ${path} ${whatIs(config)}; it should say: export default defineConfig({ … })`);
  }
  return intervalS === undefined ? config : { ...config, intervalS };
}

/** What it exports, a promise waited for. Whatever the file throws is told as its fault, and where. */
async function evaluate(path: string): Promise<unknown> {
  try {
    const loaded: { default?: unknown } = await import(pathToFileURL(path).href);
    const config: unknown = await loaded.default;
    readAll(config, new Set());
    return config;
  } catch (error) {
    const why = messageOf(error);
    throw new UserError(`--config: ${path} could not be evaluated${placeOf(error, path)}: ${why}`, { cause: error });
  }
}

/** Looks at every part once, so that a getter that throws does so where its file is named. */
function readAll(value: unknown, seen: Set<unknown>): void {
  if (typeof value !== "object" || value === null || seen.has(value)) return;
  seen.add(value);
  for (const part of Object.values(value)) readAll(part, seen);
}

function whatIs(config: unknown): string {
  if (config === undefined) return "has no default export";
  if (typeof config === "function") return "exports a function and not what it returns";
  return `exports ${config === null ? "null" : typeof config === "string" ? "a text" : `a ${typeof config}`} and no configuration`;
}

/** Where in the file, if the error's stack names it: Node puts it there for what it cannot parse, V8 for what throws. */
function placeOf(error: unknown, path: string): string {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  const line = stack
    .split("\n")
    .map((frame) => /^:(\d+)/.exec(frame.split(path)[1] ?? "")?.[1])
    .find((found) => found !== undefined);
  return line === undefined ? "" : ` (line ${line})`;
}
