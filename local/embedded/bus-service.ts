// What the services on the bus have in common: how one takes a request, and AWS's JSON protocol.
import type { IncomingMessage } from "node:http";
import * as z from "zod";
import { AwsError, parseObject } from "./loopback.ts";

/** One request as a fault hook sees it. `target`: the queue, topic, bus or function, if it names one. */
export type Call = { service: ServiceName; operation: string; region: string; target: string | undefined };

export type ServiceName = "sqs" | "sns" | "events" | "lambda";

export type Reply = { status: number; headers: Record<string, string>; body: string };

/** A request that was understood but not carried out. */
export type Read = { operation: string; target: string | undefined; run: () => Reply | Promise<Reply> };

export type Service = {
  name: ServiceName;
  takes(request: IncomingMessage): boolean;
  /** Throws an AwsError for what cannot be understood. */
  read(region: string, request: IncomingMessage, body: Buffer): Read;
  /** An error in the service's own format. */
  refuse(error: AwsError): Reply;
};

/** The operation in X-Amz-Target, when it is this service's. */
export function jsonOperation(request: IncomingMessage, prefix: string): string | undefined {
  const target = request.headers["x-amz-target"];
  return typeof target === "string" && target.startsWith(`${prefix}.`) ? target.slice(prefix.length + 1) : undefined;
}

/** Reads a body by its schema. Throws `code` with every fault, as sentences. */
export function readJson<T>(schema: z.ZodType<T>, body: Buffer, code: string): T {
  const parsed = schema.safeParse(parseObject(body));
  if (parsed.success) return parsed.data;
  throw new AwsError(code, z.prettifyError(parsed.error));
}

export function jsonReply(version: "1.0" | "1.1", output: object, status = 200): Reply {
  return { status, headers: { "content-type": `application/x-amz-json-${version}` }, body: JSON.stringify(output) };
}

/** Keeps the newest 1,000: a demo that runs for a week must not fill the memory. */
export function keepNewest<T>(list: T[], item: T): void {
  list.push(item);
  if (list.length > 1000) list.shift();
}
