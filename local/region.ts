// One region on one machine: a worker thread with its own environment, in which the deployed functions run unchanged.
// The parent sends calls, this answers them. It is the network of the region too: cut off, no load balancer answers.
import { Socket } from "node:net";
import { parentPort, workerData } from "node:worker_threads";
import type { Invocation } from "../functions/middleware.ts";

/** The functions that a region has. */
export type LocalFunction = "probe" | "failover" | "api";
export type Call = { id: number; function: LocalFunction; payload: unknown; timeoutMs: number };
export type Command = Call | { cut: boolean };
export type Reply = { id: number; result?: unknown; error?: { name: string; message: string; stack: string } };

/** Ports of the embedded AWS endpoints: they stay reachable when the region is cut off from the load balancers. */
const { endpointPorts } = workerData as { endpointPorts: number[] };

let cut = false;

/** While the region is cut off, a connection to anything but an endpoint is never made and never refused. */
// oxlint-disable-next-line typescript/unbound-method -- it is applied with its socket below
const connect = Socket.prototype.connect;
function connectUnlessCut(this: Socket, ...args: unknown[]): Socket {
  const [first]: unknown[] = Array.isArray(args[0]) ? args[0] : args;
  const port = typeof first === "object" && first !== null && "port" in first ? Number(first.port) : Number(first);
  return cut && !endpointPorts.includes(port) ? this : Reflect.apply(connect, this, args);
}
Object.defineProperty(Socket.prototype, "connect", { value: connectUnlessCut, writable: true, configurable: true });

const probe = (await import("../functions/probe.ts")).handler;
const failover = (await import("../functions/failover.ts")).handler;
// The API is loaded when somebody first asks it: most regions never are.
const handlers: Record<LocalFunction, (payload: unknown, context: Invocation) => Promise<unknown>> = {
  probe,
  failover,
  api: async (payload, context) => (await import("../functions/api.ts")).handler(payload, context),
};

parentPort?.on("message", (command: Command) => {
  if ("cut" in command) cut = command.cut;
  else void answer(command);
});
parentPort?.postMessage({ ready: true });

async function answer({ id, function: name, payload, timeoutMs }: Call): Promise<void> {
  const endMs = Date.now() + timeoutMs;
  const context = {
    functionName: name,
    functionVersion: "$LATEST",
    invokedFunctionArn: `arn:aws:lambda:${process.env["AWS_REGION"]}:000000000000:function:${name}`,
    memoryLimitInMB: "128",
    awsRequestId: crypto.randomUUID(),
    logGroupName: `/aws/lambda/${name}`,
    logStreamName: "local",
    callbackWaitsForEmptyEventLoop: false,
    getRemainingTimeInMillis: () => endMs - Date.now(),
  };
  try {
    const result: unknown = await handlers[name](payload, context);
    parentPort?.postMessage({ id, result } satisfies Reply);
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    const { name: errorName, message, stack = "" } = error;
    parentPort?.postMessage({ id, error: { name: errorName, message, stack } } satisfies Reply);
  }
}
