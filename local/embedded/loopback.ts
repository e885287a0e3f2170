// What every embedded AWS endpoint shares: a listener on loopback, a bounded body, the caller's region, AWS's errors as
// one class, and faults that a test or the demo asks for.
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { createServer } from "node:http";
import { UserError } from "../../shared/model/errors.ts";

/** The account number of everything embedded. */
export const localAccount = "000000000000";

/** `what` and `flag` are for the sentence that says that the port is taken. Port 0: any free one. */
export type Where = { host?: string | undefined; port?: number | undefined; what: string; flag?: string | undefined };

export type Loopback = { url: string; port: number; close(): Promise<void> };

/** An error as AWS would answer it. `fields` are further members of the body (CancellationReasons, Item, Reason). */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;
  readonly fields: Record<string, unknown>;

  constructor(code: string, message: string, status = 400, fields: Record<string, unknown> = {}) {
    super(message);
    this.name = code;
    this.code = code;
    this.status = status;
    this.fields = fields;
  }
}

/** Ends the connection without an answer, as a broken network does. */
export class Dropped extends Error {
  override readonly name = "Dropped";
}

/**
 * What an `onRequest` hook may order. `after`: the request is carried out first and its answer lost, which is what a
 * caller cannot tell from a request that never arrived. For latency a hook simply waits before it returns.
 */
export type Fault =
  | { kind: "error"; code: string; message: string; status?: number; after?: boolean }
  | { kind: "drop"; after?: boolean };

/** The result of a hook: a fault or nothing, now or later. */
export type Hooked = Fault | undefined | Promise<Fault | undefined>;

/** Runs a request under a fault. Throws an AwsError or Dropped as the fault says. */
export async function underFault<T>(fault: Fault | undefined, run: () => T | Promise<T>): Promise<T> {
  if (fault === undefined) return run();
  if (fault.after === true) await run();
  if (fault.kind === "drop") throw new Dropped();
  throw new AwsError(fault.code, fault.message, fault.status ?? 400);
}

/**
 * Whether a Host header names a listener on loopback by what only this machine is called. A page elsewhere may have its
 * own name lead to 127.0.0.1 once it is loaded (DNS rebinding), and a browser then takes us for the page's own server. The
 * port may be another one: that of a tunnel.
 *
 * | Host                                      | ours |
 * | ----------------------------------------- | ---- |
 * | what we listen on, 127.0.0.1, [::1]       | yes  |
 * | localhost, any name under it (RFC 6761)   | yes  |
 * | any other, or none                        | no   |
 */
export function isOurs(header: string | undefined, host: string): boolean {
  const name = (header ?? "").toLowerCase().replace(/:\d+$/, "");
  return ["127.0.0.1", "[::1]", "localhost", inUrl(host)].includes(name) || /^[\w.-]+\.localhost$/.test(name);
}

/** An IPv6 address stands in brackets in a URL. */
function inUrl(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

/** 421: whoever asks meant another server (RFC 9110, 15.5.20). */
function misdirect(response: ServerResponse): void {
  const message = "the Host header names another server than this one; ask for 127.0.0.1 or localhost";
  response.writeHead(421, { "content-type": "application/json", connection: "close" });
  response.end(JSON.stringify({ message }));
}

/**
 * Listens on loopback, for who asks for us by name: nobody else gets to the handler. Throws a UserError when the port is
 * taken or not ours to take.
 */
export async function listen(where: Where, handler: RequestListener): Promise<Loopback> {
  const host = where.host ?? "127.0.0.1";
  const server = createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
    return isOurs(request.headers.host, host) ? handler(request, response) : misdirect(response);
  });
  // A client's garbage or abort is its own affair; without a listener Node ends the socket just the same.
  server.on("clientError", (_error, socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(portError(where, error)));
    server.listen(where.port ?? 0, host, resolve);
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://${inUrl(host)}:${port}`, port, close };
}

/** A UserError when the port is taken or not ours to take; any other error as it is. */
export function portError(where: Where, cause: NodeJS.ErrnoException): Error {
  const remedy = where.flag === undefined ? "" : `; choose another with ${where.flag}`;
  const place = `port ${where.port ?? 0} of ${where.host ?? "127.0.0.1"}`;
  if (cause.code === "EADDRINUSE") return new UserError(`${where.what}: ${place} is taken${remedy}`, { cause });
  if (cause.code === "EACCES") return new UserError(`${where.what}: ${place} needs more rights${remedy}`, { cause });
  return cause;
}

/** The whole body. Throws an AwsError (413) above the limit, and Dropped when the client aborts. */
export async function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    // Without destroyOnReturn the socket would be gone before the 413 is sent.
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      // An HTTP request yields buffers: no encoding was set on it.
      const part = chunk as Buffer;
      bytes += part.byteLength;
      if (bytes > limitBytes) break;
      chunks.push(part);
    }
  } catch (cause) {
    throw new Dropped("the client went away", { cause });
  }
  if (bytes <= limitBytes) return Buffer.concat(chunks);
  request.resume();
  throw new AwsError("RequestEntityTooLarge", "Request Entity Too Large", 413);
}

/** A JSON object, as AWS's JSON protocols send it. Throws a SerializationException for anything else. */
export function parseObject(body: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body.length === 0 ? "{}" : body.toString("utf8"));
    // Any object that JSON.parse makes is a record of unknown values.
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Said below, as AWS says it.
  }
  throw new AwsError("SerializationException", "The request body is not a JSON object");
}

/** The region that the caller signed for: the third part of Signature Version 4's credential scope. */
export function signedRegion(request: IncomingMessage): string {
  const scope = /Credential=[^/,\s]+\/\d{8}\/([a-z0-9-]+)\/[a-z0-9-]+\/aws4_request/.exec(
    request.headers.authorization ?? "",
  );
  if (scope?.[1] !== undefined) return scope[1];
  throw new AwsError("MissingAuthenticationTokenException", "Request is missing Authentication Token", 403);
}
