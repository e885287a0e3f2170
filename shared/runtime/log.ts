import { AsyncLocalStorage } from "node:async_hooks";
import { Logger } from "@aws-lambda-powertools/logger";
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

/** One JSON object a line, with these fields in each. Errors are told with their causes, and without what was sent. */
export function createLog(
  fields: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Log {
  const secrets = SECRETS.map((name) => environment[name] ?? "").filter((value) => value.length >= SECRET_MIN);
  const hide = (_key: string, value: unknown): unknown => {
    if (typeof value === "string") return secrets.reduce((line, secret) => line.replaceAll(secret, "[secret]"), value);
    return value;
  };
  const logger = new Logger({ serviceName: "lifeboat", persistentKeys: { ...fields }, jsonReplacerFn: hide });
  const plain = (more: Record<string, unknown> = {}): Record<string, unknown> => {
    const requestId = requests.getStore();
    const told = Object.entries(more).map(([key, value]) => [
      key,
      value instanceof Error ? describeError(value) : value,
    ]);
    return { ...(requestId && { requestId }), ...Object.fromEntries(told) };
  };
  return {
    info: (message, more) => logger.info(message, plain(more)),
    warn: (message, more) => logger.warn(message, plain(more)),
    error: (message, more) => logger.error(message, plain(more)),
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
