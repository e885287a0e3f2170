// API Gateway's HTTP API in front of one Lambda handler: node:http request → event (payload format 2.0) → handler →
// response. Source: API Gateway developer guide, "Create AWS Lambda proxy integrations for HTTP APIs".
import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { APIGatewayProxyEventV2, APIGatewayProxyResultV2 } from "aws-lambda";
import type { Loopback } from "./loopback.ts";
import { AwsError, Dropped, listen, localAccount, readBody } from "./loopback.ts";

/** API Gateway's own limit. */
const defaultBodyLimitBytes = 10 * 1024 * 1024;

export type HttpOptions = {
  /** 0, the default: any free port. */
  port?: number;
  host?: string;
  /** The command-line flag that changes the port, for the message that says it is taken. */
  flag?: string;
  handler: (event: APIGatewayProxyEventV2) => Promise<APIGatewayProxyResultV2>;
  bodyLimitBytes?: number;
  /** What the handler threw, or why its answer could not be used; the client learns only that it failed. */
  onError?: (error: unknown) => void;
};

/** Listens. Throws a UserError when the port is taken. */
export function serveHttp(options: HttpOptions): Promise<Loopback> {
  const where = { host: options.host, port: options.port, what: "HTTP", flag: options.flag };
  return listen(where, (request, response) => void serve(options, request, response));
}

/** Answers one request of a listener that others have a part of. */
export async function serve(
  options: Omit<HttpOptions, "port" | "host" | "flag">,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const body = await readBody(request, options.bodyLimitBytes ?? defaultBodyLimitBytes);
    const result = await options.handler(eventOf(request, body, new Date()));
    answer(request, response, result);
  } catch (error) {
    if (error instanceof Dropped) return void request.socket.destroy();
    if (error instanceof AwsError && error.status === 413) return refuse(response, 413, "Request Entity Too Large");
    options.onError?.(error);
    if (response.headersSent) return void request.socket.destroy();
    refuse(response, 500, "Internal Server Error");
  }
}

/** The event that API Gateway would make of the request. A body that is not text comes in base64. */
export function eventOf(request: IncomingMessage, body: Buffer, now: Date): APIGatewayProxyEventV2 {
  const url = URL.parse(request.url ?? "/", "http://localhost") ?? new URL("http://localhost/");
  const { cookie, ...headers } = request.headers;
  const path = decodePath(url.pathname);
  const query = queryOf(url.searchParams);
  const text = isText(headers["content-type"]);
  const host = headers.host ?? "localhost";
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath: path,
    rawQueryString: url.search.slice(1),
    ...(cookie === undefined ? {} : { cookies: cookie.split(/; */) }),
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, joined(value)])),
    ...(query === undefined ? {} : { queryStringParameters: query }),
    requestContext: {
      accountId: localAccount,
      apiId: "local",
      domainName: host,
      domainPrefix: host.split(/[.:]/)[0] ?? host,
      http: {
        method: request.method ?? "GET",
        path,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? "127.0.0.1",
        userAgent: headers["user-agent"] ?? "",
      },
      requestId: randomUUID(),
      routeKey: "$default",
      stage: "$default",
      time: logTime(now),
      timeEpoch: now.getTime(),
    },
    ...(body.length === 0 ? {} : { body: body.toString(text ? "utf8" : "base64") }),
    isBase64Encoded: body.length > 0 && !text,
  };
}

/** Several values of one name are joined with commas, as payload format 2.0 does. */
function queryOf(parameters: URLSearchParams): Record<string, string> | undefined {
  const query = new Map<string, string>();
  for (const [name, value] of parameters) {
    const before = query.get(name);
    query.set(name, before === undefined ? value : `${before},${value}`);
  }
  return query.size === 0 ? undefined : Object.fromEntries(query);
}

function joined(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(",") : value;
}

/** API Gateway hands over the decoded path; one that cannot be decoded stays as it came. */
function decodePath(path: string): string {
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}

function isText(contentType = "text/plain"): boolean {
  const type = contentType.split(";")[0]?.trim().toLowerCase() ?? "";
  return /^(text\/.+|application\/((.+\+)?(json|xml)|javascript|x-www-form-urlencoded))$/.test(type);
}

/** Common Log Format's time: 12/Mar/2026:19:03:58 +0000. */
function logTime(now: Date): string {
  const [, day = "", month = "", year = "", time = ""] = now.toUTCString().split(" ");
  return `${day}/${month}/${year}:${time} +0000`;
}

/** Format 2.0 infers a 200 with JSON from a result without a statusCode. */
function answer(request: IncomingMessage, response: ServerResponse, result: APIGatewayProxyResultV2): void {
  const structured =
    typeof result === "object" && result !== null && "statusCode" in result
      ? result
      : { statusCode: 200, body: typeof result === "string" ? result : JSON.stringify(result ?? null) };
  const { statusCode = 200, headers = {}, cookies = [], body = "", isBase64Encoded = false } = structured;
  const bytes = Buffer.from(body, isBase64Encoded ? "base64" : "utf8");
  const lower = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]);
  response.writeHead(statusCode, {
    "content-type": "application/json",
    ...Object.fromEntries(lower),
    ...(cookies.length === 0 ? {} : { "set-cookie": cookies }),
    "content-length": bytes.length,
  });
  response.end(request.method === "HEAD" ? undefined : bytes);
}

function refuse(response: ServerResponse, status: number, message: string): void {
  const body = JSON.stringify({ message });
  const close = status === 413 ? { connection: "close" } : {};
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    ...close,
  });
  response.end(body);
}
