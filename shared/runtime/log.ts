import { AsyncLocalStorage } from "node:async_hooks";
import type { Log } from "../ports.ts";

/** Values that never reach a line, whatever field or sentence they stand in. */
const SECRETS = [
  "LIFEBOAT_KEY",
  "LIFEBOAT_PROBE_SECRET",
  "LIFEBOAT_HEARTBEAT_URL",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
];

/** A shorter value is a word that a line may well hold for another reason. */
const SECRET_MIN = 16;

/** Causes within causes that are still told. */
const DEPTH = 5;

/** A stack begins with the message, which may be as long as it likes. */
const STACK_MAX = 3000;

const requests = new AsyncLocalStorage<string>();

/** Every line that `work` logs carries the request's id, also while others are at work in the same process. */
export function inRequest<T>(requestId: string, work: () => T): T {
  return requests.run(requestId, work);
}

/**
 * One JSON object a line, with these fields in each: what Lambda's JSON log format takes as it is, by `level` and
 * `timestamp` (https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html). Errors are told
 * with their causes, and without what was sent.
 */
export function createLog(
  fields: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Log {
  const secrets = SECRETS.map((name) => environment[name] ?? "").filter((value) => value.length >= SECRET_MIN);
  const hide = (_key: string, value: unknown): unknown => {
    if (typeof value === "string") return secrets.reduce((line, secret) => line.replaceAll(secret, "[secret]"), value);
    return value;
  };
  const write = (level: "INFO" | "WARN" | "ERROR", message: string, more: Record<string, unknown> = {}): void => {
    const requestId = requests.getStore();
    const told = Object.entries(more).map(([key, value]) => [
      key,
      value instanceof Error ? describeError(value) : value,
    ]);
    const line = { level, message, timestamp: new Date().toISOString(), service: "lifeboat", ...fields };
    const whole = { ...line, ...(requestId && { requestId }), ...Object.fromEntries(told) };
    // Past console, which Lambda patches: it would put the line as a text into an object of its own.
    process.stdout.write(`${JSON.stringify(whole, hide)}\n`);
  };
  return {
    info: (message, more) => write("INFO", message, more),
    warn: (message, more) => write("WARN", message, more),
    error: (message, more) => write("ERROR", message, more),
  };
}

/**
 * An error as data. Only these fields: the SDK's errors also hold the whole answer, whose headers and body are nobody's
 * to read in a log.
 */
export function describeError(thrown: unknown, depth = DEPTH): unknown {
  if (!(thrown instanceof Error)) return String(thrown);
  const { name, message, stack, cause } = thrown;
  const code = "code" in thrown && typeof thrown.code === "string" ? { code: thrown.code } : {};
  const deeper = depth > 0;
  return {
    name,
    message,
    ...code,
    stack: stack?.slice(0, STACK_MAX),
    ...(deeper && cause !== undefined ? { cause: describeError(cause, depth - 1) } : {}),
    ...(deeper && thrown instanceof AggregateError
      ? { errors: thrown.errors.slice(0, 10).map((one: unknown) => describeError(one, depth - 1)) }
      : {}),
  };
}
