import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { UserError } from "../model/errors.ts";

/** Evaluates a `lifeboat.config.ts` and returns what it exports, with another interval if one is asked for. */
export async function loadConfig(file: string, intervalS: number | undefined): Promise<unknown> {
  const path = resolve(file);
  if (!existsSync(path)) throw new UserError(`--config: there is no file ${path}.`);
  const loaded = await import(pathToFileURL(path).href).catch((error: unknown) => {
    throw new UserError(
      `--config: ${path} could not be evaluated: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  });
  const config: unknown = loaded.default;
  if (typeof config !== "object" || config === null) {
    throw new UserError(`--config: ${path} has no default export; it should say: export default defineConfig({ … })`);
  }
  return intervalS === undefined ? config : { ...config, intervalS };
}
