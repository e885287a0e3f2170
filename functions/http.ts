// The HTTP stack of the API: event (payload format 2.0) → operation, token, parameters → handler → answer or problem.
import { createHash } from "node:crypto";
import { STATUS_CODES } from "node:http";
import httpRouterHandler from "@middy/http-router";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from "aws-lambda";
import * as z from "zod/mini";
import { type AuthorizePorts, authorize } from "../shared/flow/authorize.ts";
import { type Operation, type OperationName, operations, UPLOAD_BYTES } from "../shared/model/api.ts";
import { Problem, SoftError, UserError } from "../shared/model/errors.ts";
import { handle } from "./middleware.ts";

type Table = typeof operations;
/** What a handler gets: all of it parsed, and the name of the token that was let in. */
export type ApiRequest<N extends OperationName> = {
  params: z.output<Table[N]["params"]>;
  query: z.output<Table[N]["query"]>;
  body: Uint8Array;
  who: string;
};
export type ApiAnswer =
  | { status: number; json: unknown; headers?: Record<string, string> }
  | { status: number; bytes: Uint8Array; type: string; headers?: Record<string, string> };
export type Handlers = { [N in OperationName]: (request: ApiRequest<N>) => Promise<ApiAnswer> };

type Result = APIGatewayProxyStructuredResultV2;

/**
 * A function's answer has 6,291,456 bytes at most (developer guide, "Lambda quotas"), and the body stands in it as a text of
 * JSON, in which each quote and backslash is two. The rest is for the headers.
 */
const ANSWER_BYTES = 5_500_000;

/** As much of the event as is read. */
const eventSchema = z.looseObject({
  version: z.literal("2.0"),
  headers: z._default(z.record(z.string(), z.optional(z.string())), {}),
  queryStringParameters: z._default(z.record(z.string(), z.optional(z.string())), {}),
  requestContext: z.looseObject({ http: z.looseObject({ method: z.string(), path: z.string() }) }),
  body: z._default(z.string(), ""),
  isBase64Encoded: z._default(z.boolean(), false),
});
type HttpEvent = z.output<typeof eventSchema>;

/** The handler of a function that serves these operations. Whatever happens, it answers. */
export function serve(name: string, handlers: Handlers, ports: AuthorizePorts) {
  const { log, clock } = ports;
  const routes = Object.entries(operations).map(([operation, { method, path }]) => ({
    method,
    path,
    handler: async (event: APIGatewayProxyEventV2): Promise<Result> =>
      // The keys of the table are its names, and the router hands over what `handle` has parsed, with the path's parts.
      answer(operation as OperationName, event as HttpEvent & APIGatewayProxyEventV2, handlers, ports),
  }));
  const router = httpRouterHandler<APIGatewayProxyEventV2, Result>({ routes, notFoundResponse: notFound });
  return handle(name, eventSchema, async (event, signal): Promise<Result> => {
    const { http } = event.requestContext;
    const [method, startMs] = [http.method, clock.nowMs()];
    if (method === "HEAD") http.method = "GET";
    // Of the context and the event the router reads what is there: the version, the method and the path.
    const route = async (): Promise<Result> =>
      (await router(event as HttpEvent & APIGatewayProxyEventV2, {} as Context, { signal })) as Result;
    const result = await route().catch((error: unknown) => problem(error, ports));
    log.info("a request was answered", {
      method,
      path: http.path,
      status: result.statusCode,
      ms: clock.nowMs() - startMs,
    });
    return method === "HEAD" ? { ...result, body: "" } : result;
  });
}

async function answer(
  name: OperationName,
  event: HttpEvent & APIGatewayProxyEventV2,
  handlers: Handlers,
  ports: AuthorizePorts,
): Promise<Result> {
  const operation: Operation = operations[name];
  const params = parse(operation.params, event.pathParameters ?? {});
  const who = await letIn(operation, params, event, ports);
  const query = parse(operation.query, event.queryStringParameters ?? {});
  const body = operation.takes ? bodyOf(event, operation.takes) : new Uint8Array();
  // The schemas of this very operation made the parameters, so they are what its handler takes.
  const run = handlers[name] as (request: unknown) => Promise<ApiAnswer>;
  return render(await run({ params, query, body, who }), event);
}

async function letIn(
  { needs }: Operation,
  params: Record<string, unknown>,
  { headers }: HttpEvent,
  ports: AuthorizePorts,
): Promise<string> {
  if (needs === "nothing") return "";
  const need = needs === "read" ? { kind: needs } : { kind: needs, box: String(params["id"]) };
  return (await authorize(headers["authorization"], need, ports)).name;
}

/** The parameters as the schema reads them. Throws a Problem (400) that names each one that it does not take. */
export function parse(schema: z.ZodMiniObject, given: object): Record<string, unknown> {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.flatMap((issue) => faultsOf(issue, Object.keys(schema.shape)));
  // A text that is no number is no whole one either: once is enough.
  throw new Problem(400, `${[...new Set(faults)].join("; ")}.`);
}

/**
 * What is wrong with one parameter, which is named. zod's own words are not relied on: they may not be loaded.
 *
 * | issue                 | says                                       |
 * | --------------------- | ------------------------------------------ |
 * | unknown parameters    | each of them, and which ones there are     |
 * | any other             | the parameter, and what its schema says    |
 */
function faultsOf(issue: z.core.$ZodIssue, known: readonly string[]): string[] {
  if (issue.code !== "unrecognized_keys") return [[...issue.path.map(String), issue.message].join(": ")];
  const there = known.length === 0 ? "this path takes none" : `this path takes ${known.join(" and ")}`;
  return issue.keys.map((key) => `${key}: there is no such parameter; ${there}`);
}

function bodyOf({ headers, body, isBase64Encoded }: HttpEvent, types: readonly string[]): Uint8Array {
  const type = headers["content-type"]?.split(";")[0]?.trim().toLowerCase() ?? "";
  if (!types.includes(type))
    throw new Problem(415, `Send the file as it is, with the header \`Content-Type: ${types[0] ?? ""}\`.`);
  const bytes = Buffer.from(body, isBase64Encoded ? "base64" : "utf8");
  if (bytes.length === 0) throw new Problem(400, "The body is empty; send the backup as the GUI made it.");
  if (bytes.length > UPLOAD_BYTES)
    throw new Problem(413, `The body has ${bytes.length} bytes; at most ${UPLOAD_BYTES} are taken.`);
  return bytes;
}

/** With an ETag of what it says; 304 where the caller has the same already (RFC 9110, 13.1.2). */
function render(given: ApiAnswer, { headers }: HttpEvent): Result {
  const binary = "bytes" in given;
  const body = binary ? Buffer.from(given.bytes).toString("base64") : JSON.stringify(given.json);
  if (Buffer.byteLength(JSON.stringify(body)) > ANSWER_BYTES)
    throw new Problem(422, "The answer is larger than an answer may be; ask for the files of the snapshot instead.");
  const etag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 27)}"`;
  const common = { etag, "cache-control": "private, no-cache", ...given.headers };
  const tags = (headers["if-none-match"] ?? "").split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  const known = new Set(tags);
  if (given.status === 200 && (known.has(etag) || known.has("*"))) return { statusCode: 304, headers: common };
  const type = binary ? given.type : "application/json";
  return { statusCode: given.status, headers: { ...common, "content-type": type }, body, isBase64Encoded: binary };
}

function notFound({ method, path }: { method: string; path: string }): Result {
  const fits = (template: string): boolean => new RegExp(`^${template.replace(/\{\w+\}/g, "[^/]+")}/?$`).test(path);
  const allow = Object.values(operations).flatMap((operation) => (fits(operation.path) ? [operation.method] : []));
  if (allow.length === 0)
    throw new Problem(404, `There is nothing at this path; GET /v1/openapi.json lists what there is.`);
  const detail = `${method} is not for this path; it takes ${[...new Set(allow)].join(", ")}.`;
  return problemResult(405, detail, { allow: [...new Set(allow)].join(", ") });
}

/**
 * | thrown            | status | detail                      |
 * | ----------------- | ------ | --------------------------- |
 * | Problem           | its own | its sentence               |
 * | another UserError | 422    | its sentences               |
 * | SoftError         | 503    | that it may work in a while |
 * | anything else     | 500    | nothing of it               |
 */
function problem(error: unknown, { log }: AuthorizePorts): Result {
  if (error instanceof Problem) {
    const challenge = error.status === 401 ? { "www-authenticate": "Bearer" } : undefined;
    return problemResult(error.status, error.message, challenge);
  }
  if (error instanceof UserError) return problemResult(422, error.message);
  log.error("a request failed", { error });
  if (error instanceof SoftError)
    return problemResult(503, "Something that this rests on does not answer; try again in a while.", {
      "retry-after": "5",
    });
  return problemResult(500, "This is a fault of Lifeboat's own; its log says more.");
}

/** RFC 9457. What was thrown may quote what was sent, so it is cut. */
function problemResult(status: number, detail: string, headers: Record<string, string> = {}): Result {
  const body = { type: "about:blank", title: STATUS_CODES[status] ?? "Error", status, detail: detail.slice(0, 1000) };
  return {
    statusCode: status,
    headers: { "content-type": "application/problem+json", "cache-control": "no-store", ...headers },
    body: JSON.stringify(body),
  };
}
