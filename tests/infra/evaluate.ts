// One evaluation of the stack, in a process that believes it talks to AWS.
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Resource } from "./engine.ts";
import type { Front } from "./front.ts";
import type { EvaluateOptions, Evaluation } from "./program.ts";

const here = import.meta.dirname;
/** Two or three seconds on a quiet machine. */
const PATIENCE_MS = 180_000;

/** What a process gets that talks to the front instead of AWS, and to nothing else. */
export function redirected(front: Front, caller: string): Record<string, string> {
  return {
    LIFEBOAT_TEST_FRONT: front.url,
    LIFEBOAT_TEST_CALLER: caller,
    AWS_ACCESS_KEY_ID: "AKIAEXAMPLE",
    AWS_SECRET_ACCESS_KEY: "example",
    AWS_EC2_METADATA_DISABLED: "true",
  };
}

export const redirect = `--import=${join(here, "redirect.mjs")}`;

/** Runs a bundled program to its end. Rejects with what it printed when it failed. */
export async function evaluate(bundle: string, front: Front, options: EvaluateOptions): Promise<Evaluation> {
  const folder = await mkdtemp(join(tmpdir(), "lifeboat-evaluation-"));
  const file = join(folder, "evaluation.json");
  try {
    const args = ["--disable-warning=ExperimentalWarning", redirect, join(here, "collect.ts")];
    await runNode([...args, bundle, JSON.stringify(options), file], redirected(front, "deploy"));
    return JSON.parse(await readFile(file, "utf8"));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function runNode(args: readonly string[], env: Record<string, string>): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env["PATH"], ...env },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: PATIENCE_MS,
  });
  const said: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => said.push(chunk));
  child.on("error", reject);
  child.on("close", (code) => {
    if (code === 0) resolve();
    else reject(new Error(Buffer.concat(said).toString() || `ended with ${code}`));
  });
  return promise;
}

/** The resources of a type, perhaps of one region. */
export function of({ resources }: Evaluation, type: string, region?: string): Resource[] {
  return resources.filter((one) => one.type === type && (region === undefined || one.region === region));
}

/** Anything in one order, as text. */
export function sorted(list: readonly unknown[]): string[] {
  return list.map((one) => (typeof one === "string" ? one : JSON.stringify(one))).sort();
}

/** Exactly one resource of a name. */
export function named({ resources }: Evaluation, name: string): Resource {
  const found = resources.filter((one) => one.name === name);
  if (found.length !== 1 || !found[0]) throw new Error(`${found.length} resources are called ${name}`);
  return found[0];
}
