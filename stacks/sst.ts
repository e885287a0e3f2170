// SST's own command line (`npm run sst -- …`), with one guard: what still owns names is not removed.
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { join } from "node:path";
import { UserError } from "../shared/model/errors.ts";
import { loadConfig } from "../shared/runtime/load-config.ts";
import { wireDeploy } from "../shared/runtime/wire-deploy.ts";
import { refuseWhileItOwnsNames } from "./removal.ts";

const KEEP = "--keep-fences";

/**
 * What SST is to be called with; of a removal only once it is allowed.
 * @throws UserError for a removal without a stage, or of a stage that owns names.
 */
export async function guarded(words: readonly string[], file: string): Promise<string[]> {
  const rest = words.filter((word) => word !== KEEP);
  if (words[0] !== "remove" || words.includes(KEEP)) return rest;
  const stage = stageOf(words);
  if (stage === undefined) throw new UserError("remove: say which stage, as in --stage production.");
  const input = await loadConfig(file, undefined);
  const home = typeof input === "object" && input !== null && "home" in input ? input.home : undefined;
  await refuseWhileItOwnsNames(input, stage, wireDeploy(typeof home === "string" ? home : "us-east-1"));
  return rest;
}

function stageOf(words: readonly string[]): string | undefined {
  const at = words.indexOf("--stage");
  return at >= 0 ? words[at + 1] : words.find((word) => word.startsWith("--stage="))?.slice("--stage=".length);
}

if (import.meta.main) {
  const root = join(import.meta.dirname, "..");
  try {
    const words = await guarded(process.argv.slice(2), join(root, "lifeboat.config.ts"));
    const child = spawn(join(root, "node_modules/.bin/sst"), words, { stdio: "inherit", cwd: root });
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => child.kill(signal));
    child.on("exit", (code, signal) => process.exit(code ?? 128 + (signal ? constants.signals[signal] : 1)));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    console.error(`lifeboat: ${error.message}`);
    process.exitCode = 1;
  }
}
