import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { messageOf, UserError } from "../model/errors.ts";

/** Evaluates a `lifeboat.config.ts` and returns what it exports, with another interval if one is asked for. */
export async function loadConfig(file: string, intervalS: number | undefined): Promise<unknown> {
  const path = resolve(file);
  if (!existsSync(path)) throw new UserError(`--config: there is no file ${path}.`);
  const loaded = await import(pathToFileURL(path).href).catch((error: unknown) => {
    const why = messageOf(error);
    throw new UserError(`--config: ${path} could not be evaluated${placeOf(error, path)}: ${why}`, { cause: error });
  });
  const config: unknown = loaded.default;
  if (typeof config !== "object" || config === null) {
    throw new UserError(`--config: ${path} has no default export; it should say: export default defineConfig({ … })`);
  }
  return intervalS === undefined ? config : { ...config, intervalS };
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
