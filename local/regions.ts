import { Worker } from "node:worker_threads";
import type { Command, LocalFunction, Reply } from "./region.ts";

export type RegionState = "up" | "cut" | "dropped";

export type LocalRegion = {
  region: string;
  state: RegionState;
  /** Calls a function as Lambda would; rejects with what the handler threw. */
  call(name: LocalFunction, payload: unknown): Promise<unknown>;
  /** `cut` loses the load balancers but not AWS; `dropped` ends the region's worker; `up` brings it back. */
  set(state: RegionState): Promise<void>;
  close(): Promise<void>;
};

/** Lambda's own limit for the functions, as deployed. */
const TIMEOUT_MS = 30_000;

/**
 * Starts one region: a worker thread with an environment of its own. `onLine` gets each line that the functions log,
 * `onDeath` a worker that ended without being told to.
 */
export async function startRegion(options: {
  region: string;
  env: Record<string, string>;
  endpointPorts: number[];
  onLine(region: string, line: string): void;
  onDeath(region: string, error: Error): void;
}): Promise<LocalRegion> {
  const { region, env, endpointPorts } = options;
  let state: RegionState = "up";
  let worker: Worker | undefined;
  let next = 0;
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  const abandon = (error: Error): void => {
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  const start = async (): Promise<void> => {
    const started = new Worker(new URL("region.ts", import.meta.url), {
      env: { ...env, AWS_REGION: region },
      workerData: { endpointPorts },
      stdout: true,
      stderr: true,
      execArgv: ["--disable-warning=ExperimentalWarning"],
    });
    worker = started;
    lines(started.stdout, (line) => options.onLine(region, line));
    lines(started.stderr, (line) => options.onLine(region, line));
    const ready = Promise.withResolvers<void>();
    started.on("message", (message: Reply | { ready: true }) => {
      if ("ready" in message) return ready.resolve();
      const waiter = waiting.get(message.id);
      waiting.delete(message.id);
      if (message.error) waiter?.reject(Object.assign(new Error(message.error.message), message.error));
      else waiter?.resolve(message.result);
    });
    const died = (error: Error): void => {
      if (worker !== started) return;
      worker = undefined;
      abandon(error);
      ready.reject(error);
      if (state !== "dropped") options.onDeath(region, error);
      state = "dropped";
    };
    started.on("error", died);
    started.on("exit", (code) => died(new Error(`the worker of ${region} ended with code ${code}`)));
    await ready.promise;
  };
  const stop = async (): Promise<void> => {
    const ending = worker;
    worker = undefined;
    abandon(new Error(`${region} is dropped`));
    await ending?.terminate();
  };
  const post = (command: Command): void => worker?.postMessage(command);
  await start();
  return {
    region,
    get state() {
      return state;
    },
    call(name, payload) {
      if (!worker) return Promise.reject(new Error(`${region} is dropped`));
      const { promise, resolve, reject } = Promise.withResolvers<unknown>();
      const id = next++;
      waiting.set(id, { resolve, reject });
      post({ id, function: name, payload, timeoutMs: TIMEOUT_MS });
      return promise;
    },
    async set(wanted) {
      const before = state;
      state = wanted;
      if (wanted === "dropped") return stop();
      if (before === "dropped") await start();
      post({ cut: wanted === "cut" });
    },
    close: stop,
  };
}

/** Hands over a stream line by line; what has no end of line yet waits. */
function lines(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => {
    const parts = (rest + chunk).split("\n");
    rest = parts.pop() ?? "";
    for (const part of parts) if (part.trim()) onLine(part);
  });
}
