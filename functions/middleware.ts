import middy from "@middy/core";
import type { Context } from "aws-lambda";
import type * as z from "zod/mini";
import { createLog, inRequest } from "../shared/runtime/log.ts";

/** The signal aborts this long before Lambda ends the function: time to write down what is known by then. */
const WIND_UP_MS = 2000;

/** What has not ended by itself is ended this long before, so that it is logged as what it is. */
const LAST_MS = 250;

/** So much of an event that cannot be parsed is logged. */
const SHOWN = 500;

/** All that is read of Lambda's context. */
export type Invocation = Pick<Context, "awsRequestId" | "getRemainingTimeInMillis">;

/**
 * The one stack of every function: parses the event, runs `run` with a signal that aborts before Lambda's own timeout,
 * logs what is thrown under the request's id, and throws it again, because Lambda and its callers must know.
 */
export function handle<Event, Result>(
  name: string,
  schema: z.ZodMiniType<Event>,
  run: (event: Event, signal: AbortSignal) => Promise<Result>,
): (event: unknown, context: Invocation) => Promise<Result> {
  const log = createLog({ region: process.env["AWS_REGION"] ?? "", function: name });
  const stack = middy<unknown, Result>(
    async (event: unknown, _context: Context, { signal }: { signal: AbortSignal }) =>
      run(parse(name, schema, event), signal),
    { timeoutEarlyInMillis: WIND_UP_MS, timeoutEarlyResponse: () => outOfTime(name) },
  ).onError(({ error }) => log.error(`${name} failed`, { error }));
  // The stack reads nothing of the context but what Invocation has.
  return (event, context) => inRequest(context.awsRequestId, () => stack(event, context as Context));
}

function parse<Event>(name: string, schema: z.ZodMiniType<Event>, event: unknown): Event {
  const parsed = schema.safeParse(event);
  if (parsed.success) return parsed.data;
  // Of a union zod can only say that nothing fits: the event itself tells more.
  throw new Error(`${name} was called with what is no event of its: ${JSON.stringify(event)?.slice(0, SHOWN)}`);
}

/** The handler goes on after its signal has aborted; only if it does not end, this does. */
function outOfTime(name: string): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  setTimeout(() => reject(new Error(`${name} did not end in time`)), WIND_UP_MS - LAST_MS).unref();
  return promise;
}
