// An embedded Route 53: its REST XML on a loopback port, as the SDK and the AWS CLI speak it.
// Source: Route 53 API reference, 2013-04-01.
import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Loopback } from "../loopback.ts";
import { AwsError, Dropped, listen, readBody, signedRegion } from "../loopback.ts";
import { type Fault, underFault } from "./faults.ts";
import { findOperation, type Reply } from "./operations.ts";
import { createThrottle, currentPace, type Pace } from "./pace.ts";
import { writeXml } from "./xml.ts";
import { busy, type Timing, type Zones } from "./zones.ts";

const bodyLimitBytes = 4 * 1024 * 1024;

/** One request, as a fault hook sees it. `name` is the operation's, such as ChangeResourceRecordSets. */
export type Operation = { name: string; zoneId: string | undefined; changeId: string | undefined };

export type Route53Options = {
  /** 0, the default: any free port. */
  port?: number;
  host?: string;
  /** The command-line flag that changes the port, for the message that says it is taken. */
  flag?: string;
  /** Requests of the whole account; 50 at once and 10 a second by default. */
  pace?: Pace;
  /** How long a change takes to be accepted: another one for the same zone is refused until then. */
  changeMs?: number;
  /** When changes are seen in DNS, and called INSYNC. */
  timing?: Partial<Timing>;
  nowMs?: () => number;
  /** Asked before each request that is not throttled. */
  fault?: (operation: Operation) => Fault | undefined | Promise<Fault | undefined>;
};

/** A change takes as long as this to be accepted; Route 53 itself takes some 100 ms. */
const defaultChangeMs = 20;

/** Listens. Throws a UserError when the port is taken. */
export async function serveRoute53(zones: Zones, options: Route53Options = {}): Promise<Loopback> {
  const { pace = currentPace, nowMs = Date.now, changeMs = defaultChangeMs } = options;
  Object.assign(zones.timing, options.timing);
  const context = {
    zones,
    throttle: createThrottle(pace, nowMs),
    fault: options.fault,
    changing: createTurnstile(changeMs),
  };
  const where = { host: options.host, port: options.port, what: "Route 53", flag: options.flag };
  return listen(where, (request, response) => void serve(context, request, response));
}

type Context = {
  zones: Zones;
  throttle: () => void;
  fault: Route53Options["fault"];
  changing: Turnstile;
};

async function serve(context: Context, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const body = await readBody(request, bodyLimitBytes);
    // Route 53 is one service for the world, but it takes no request that is not signed.
    signedRegion(request);
    context.throttle();
    const url = URL.parse(request.url ?? "/", "http://localhost") ?? new URL("http://localhost/");
    const { name, ids, run } = findOperation(request.method ?? "", url);
    const fault = await context.fault?.({ name, ...ids });
    const carryOut = (): Promise<Reply> | Reply => run({ zones: context.zones, query: url.searchParams, body });
    const paced = name === "ChangeResourceRecordSets" ? () => context.changing(ids.zoneId ?? "", carryOut) : carryOut;
    const { root, content, status = 200, location } = await underFault(fault, paced, response);
    if (location !== undefined)
      response.setHeader("location", `http://${request.headers.host ?? ""}/2013-04-01/${location}`);
    answer(response, status, writeXml(root, content));
  } catch (error) {
    if (error instanceof Dropped) return void request.socket.destroy();
    const { code, status, message } = asAwsError(error);
    const Type = status < 500 ? "Sender" : "Receiver";
    const content = { Error: { Type, Code: code, Message: message }, RequestId: randomUUID() };
    answer(response, status, writeXml("ErrorResponse", content));
  }
}

function answer(response: ServerResponse, status: number, document: string): void {
  const body = Buffer.from(document);
  response.writeHead(status, {
    "content-type": "text/xml",
    "content-length": body.length,
    "x-amzn-requestid": randomUUID(),
  });
  response.end(body);
}

function asAwsError(error: unknown): AwsError {
  if (error instanceof AwsError) return error;
  return new AwsError("InternalFailure", error instanceof Error ? error.message : String(error), 500);
}

/** Runs a zone's change; while one is not done, further ones of that zone are refused. */
type Turnstile = <T>(zoneId: string, run: () => T | Promise<T>) => Promise<T>;

function createTurnstile(changeMs: number): Turnstile {
  const under = new Set<string>();
  return async (zoneId, run) => {
    if (under.has(zoneId)) throw busy();
    under.add(zoneId);
    try {
      const result = await run();
      await new Promise((resolve) => setTimeout(resolve, changeMs));
      return result;
    } finally {
      under.delete(zoneId);
    }
  };
}
