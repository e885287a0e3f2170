// Lambda's Invoke (REST JSON). Source: AWS Lambda API reference, Invoke, and its quotas; asynchronous invocations are
// never retried and wait at most 60 s for a free place, as the deployed functions are configured.
import type { Reply, Service } from "./bus-service.ts";
import { AwsError, localAccount } from "./loopback.ts";

const syncLimitBytes = 6 * 1024 * 1024;
const asyncLimitBytes = 1024 * 1024;
const maximumAgeMs = 60_000;

export type InvocationType = "RequestResponse" | "Event" | "DryRun";

export type LambdaOptions = {
  regions: readonly string[];
  functions?: readonly string[];
  concurrency?: number;
  onInvoke?: (region: string, functionName: string, payload: unknown, type: InvocationType) => Promise<unknown>;
};

type Invocation = { region: string; name: string; payload: unknown; type: InvocationType };

export function createLambda(options: LambdaOptions): Service {
  const invoke = createInvoker(options);
  return {
    name: "lambda",
    takes: (request) => request.url?.startsWith("/2015-03-31/functions/") === true,
    read: (region, request, body) => {
      const name = functionOf(options, region, request.url ?? "");
      const type = readType(request.headers["x-amz-invocation-type"]);
      return {
        operation: "Invoke",
        target: name,
        run: () => invoke({ region, name, payload: readPayload(body, type), type }),
      };
    },
    refuse: (error) => ({
      status: error.status,
      headers: { "content-type": "application/json", "x-amzn-errortype": error.code },
      body: JSON.stringify({ Type: error.status < 500 ? "User" : "Service", message: error.message, ...error.fields }),
    }),
  };
}

function createInvoker({ concurrency = Number.POSITIVE_INFINITY, onInvoke }: LambdaOptions) {
  const running = new Map<string, number>();
  const waiting = new Map<string, { start: () => void; untilMs: number }[]>();

  const call = async ({ region, name, payload, type }: Invocation): Promise<unknown> => {
    const key = `${region} ${name}`;
    running.set(key, (running.get(key) ?? 0) + 1);
    try {
      return await onInvoke?.(region, name, payload, type);
    } finally {
      running.set(key, (running.get(key) ?? 1) - 1);
      startNext(key);
    }
  };

  const startNext = (key: string): void => {
    const queue = waiting.get(key) ?? [];
    let next = queue.shift();
    while (next !== undefined && next.untilMs < Date.now()) next = queue.shift();
    next?.start();
  };

  return async (invocation: Invocation): Promise<Reply> => {
    if (invocation.type === "DryRun") return reply(204, "");
    const key = `${invocation.region} ${invocation.name}`;
    const full = (running.get(key) ?? 0) >= concurrency;
    if (invocation.type === "RequestResponse") {
      if (full) throw tooMany();
      return answerOf(call(invocation));
    }
    // What an asynchronous invocation comes to is nobody's to see: its handler logs.
    const start = (): void => void call(invocation).catch(() => undefined);
    if (full) waiting.set(key, [...(waiting.get(key) ?? []), { start, untilMs: Date.now() + maximumAgeMs }]);
    else setImmediate(start);
    return reply(202, "");
  };
}

async function answerOf(result: Promise<unknown>): Promise<Reply> {
  try {
    const body = JSON.stringify((await result) ?? null);
    if (Buffer.byteLength(body) <= syncLimitBytes) return reply(200, body);
    const text = `Response payload size exceeded maximum allowed payload size (${syncLimitBytes} bytes).`;
    return functionError({ errorMessage: text, errorType: "Function.ResponseSizeTooLarge" });
  } catch (error) {
    if (error instanceof AwsError) throw error;
    if (!(error instanceof Error))
      return functionError({ errorType: typeof error, errorMessage: String(error), trace: [] });
    const trace = error.stack?.split("\n") ?? [];
    return functionError({ errorType: error.name, errorMessage: error.message, trace });
  }
}

function functionError(error: object): Reply {
  return reply(200, JSON.stringify(error), { "x-amz-function-error": "Unhandled" });
}

function reply(status: number, body: string, more: Record<string, string> = {}): Reply {
  return {
    status,
    headers: { "content-type": "application/json", "x-amz-executed-version": "$LATEST", ...more },
    body,
  };
}

function tooMany(): AwsError {
  const fields = { Reason: "ReservedFunctionConcurrentInvocationLimitExceeded" };
  return new AwsError("TooManyRequestsException", "Rate Exceeded.", 429, fields);
}

/** The function's name, given by name, partial ARN or ARN. Throws when it does not exist in the signed region. */
function functionOf({ regions, functions = [] }: LambdaOptions, region: string, url: string): string {
  const given = decodeURIComponent(/^\/2015-03-31\/functions\/([^/]+)\/invocations/.exec(url)?.[1] ?? "");
  const pattern =
    /^(?:(?:arn:aws:lambda:(?<region>[a-z0-9-]+):)?(?<account>\d{12}):function:)?(?<name>[\w-]{1,64})(?::[\w$-]+)?$/;
  const groups = pattern.exec(given)?.groups;
  if (groups === undefined) {
    throw new AwsError("InvalidParameterValueException", `${given} is not a function's name or ARN`);
  }
  const { region: arnRegion = region, account = localAccount, name = "" } = groups;
  if (arnRegion !== region) {
    const text = `Functions from '${arnRegion}' are not reachable in this region ('${region}')`;
    throw new AwsError("ResourceNotFoundException", text, 404);
  }
  if (account === localAccount && regions.includes(region) && functions.includes(name)) return name;
  const arn = `arn:aws:lambda:${region}:${account}:function:${name}`;
  throw new AwsError("ResourceNotFoundException", `Function not found: ${arn}`, 404);
}

function readType(header: string | string[] | undefined): InvocationType {
  if (header === undefined || header === "RequestResponse") return "RequestResponse";
  if (header === "Event" || header === "DryRun") return header;
  throw new AwsError("InvalidParameterValueException", `${String(header)} is not an invocation type`);
}

function readPayload(body: Buffer, type: InvocationType): unknown {
  const limitBytes = type === "Event" ? asyncLimitBytes : syncLimitBytes;
  if (body.length > limitBytes) {
    const text = `${body.length} byte payload is too large for the ${type} invocation type (limit ${limitBytes} bytes)`;
    throw new AwsError("RequestTooLargeException", text, 413);
  }
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString("utf8"));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AwsError("InvalidRequestContentException", `Could not parse request body into json: ${reason}`);
  }
}
