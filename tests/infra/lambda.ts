// A deployed function in a process of its own, with the environment that the stack gives it and nothing else.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { redirect, redirected } from "./evaluate.ts";
import type { Front } from "./front.ts";

export type Lambda = {
  call(event: unknown): Promise<unknown>;
  /** What it has logged. */
  lines(): string;
  close(): Promise<void>;
};

type Reply = { id: number; result?: unknown; error?: string };

/** `folder` holds `bundle.mjs` and what the stack copies beside it. */
export async function startLambda(options: {
  caller: string;
  region: string;
  folder: string;
  env: Record<string, string>;
  timeoutS: number;
  front: Front;
}): Promise<Lambda> {
  const { caller, region, folder, env, timeoutS, front } = options;
  const child = fork(join(import.meta.dirname, "runtime.mjs"), [], {
    cwd: folder,
    env: { ...env, AWS_REGION: region, ...redirected(front, caller) },
    execArgv: [redirect],
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  const said: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => said.push(chunk));
  const lines = (): string => Buffer.concat(said).toString();
  await ready(child, lines);
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  child.on("message", ({ id, result, error }: Reply) => {
    if (error === undefined) waiting.get(id)?.resolve(result);
    else waiting.get(id)?.reject(new Error(`${caller}: ${error}`));
    waiting.delete(id);
  });
  let next = 0;
  return {
    call(event) {
      const { promise, resolve, reject } = Promise.withResolvers<unknown>();
      next += 1;
      waiting.set(next, { resolve, reject });
      child.send({ id: next, event, timeoutMs: timeoutS * 1000 });
      return promise;
    },
    lines,
    async close() {
      if (child.exitCode !== null) return;
      child.kill();
      await once(child, "exit");
    },
  };
}

/** Rejects with what it printed when the bundle cannot be loaded. */
async function ready(child: ChildProcess, lines: () => string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  child.once("message", () => resolve());
  child.once("exit", (code) => reject(new Error(`the function ended with ${code}:\n${lines()}`)));
  await promise;
  child.removeAllListeners("exit");
}
