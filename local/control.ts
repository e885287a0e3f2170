import type { IncomingMessage, ServerResponse } from "node:http";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { UserError } from "../shared/model/errors.ts";
import type { Service } from "./service.ts";
import { ailments } from "./demo-servers.ts";
import type { Demo } from "./demo.ts";
import { serve } from "./embedded/http.ts";
import { AwsError, listen, type Loopback, parseObject, readBody } from "./embedded/loopback.ts";
import type { Line } from "./screen.ts";

/** What of a body fits Lambda's event of 6 MiB once it is base64, with some room for the headers. */
const API_BODY_BYTES = 4.4 * 1024 * 1024;

/** An order may list names and load balancers by the thousand. */
const ORDER_BYTES = 1024 * 1024;

type Served = Pick<Service, "status" | "workers" | "setRegion" | "operate" | "api" | "token" | "note">;

/**
 * The HTTP port of the service on one machine: the API under `/v1/`, `GET /status`, `GET /events`, `POST /operate` for the CLI, and in the demo
 * `POST /demo/<box>/<kill|hang|500|mend>` and `POST /demo/regions/<region>/<drop|cut|restore>`.
 */
export async function serveControl(options: {
  port: number;
  service: Served;
  demo: Demo | undefined;
  lines: readonly Line[];
}): Promise<Loopback> {
  const { service } = options;
  const api = {
    bodyLimitBytes: API_BODY_BYTES,
    handler: (event: APIGatewayProxyEventV2) => service.api(event),
    onError: (error: unknown) => service.note(`the API failed: ${messageOf(error)}`),
  };
  return listen({ port: options.port, what: "the status page", flag: "--http-port" }, (request, response) => {
    if (request.url?.startsWith("/v1/")) return void serve(api, request, response);
    void answer(request, options).then(
      ({ status, body }) => send(response, status, body),
      (error: unknown) => send(response, statusFor(error), { error: messageOf(error) }),
    );
  });
}

type Options = Parameters<typeof serveControl>[0];

async function answer(
  request: IncomingMessage,
  { service, demo, lines }: Options,
): Promise<{ status: number; body: unknown }> {
  const path = new URL(request.url ?? "/", "http://localhost").pathname;
  const parts = path.split("/").filter(Boolean).map(decodeURIComponent);
  // A page in a browser may send here what it likes; only a same-origin or non-browser client may change anything. Host is
  // one of our own names here.
  if (
    request.method === "POST" &&
    request.headers.origin !== undefined &&
    request.headers.origin !== `http://${request.headers.host}`
  ) {
    return { status: 403, body: { error: "requests from other pages are not taken" } };
  }
  if (request.method === "GET" && path === "/status") {
    return { status: 200, body: { ...(await service.status()), workers: service.workers() } };
  }
  if (request.method === "GET" && path === "/events") {
    // The token stands in one of the first lines, for whoever started this and nobody else.
    return { status: 200, body: lines.map((line) => ({ ...line, text: line.text.replaceAll(service.token, "…") })) };
  }
  if (request.method === "POST" && path === "/operate") {
    return { status: 200, body: await service.operate(parseObject(await readBody(request, ORDER_BYTES))) };
  }
  if (request.method === "POST" && parts[0] === "demo") {
    await command(parts.slice(1), service, demo);
    return { status: 200, body: { done: parts.slice(1).join(" ") } };
  }
  throw new UserError(
    `${request.method} ${path}: there are GET /status, GET /events, POST /operate, POST /demo/… and the API under /v1/`,
  );
}

/** Does what a key or a POST asked for: breaks or mends a load balancer, drops, cuts off or restores a region. */
export async function command(words: readonly string[], service: Served, demo: Demo | undefined): Promise<void> {
  const [target = "", action = "", verb = ""] = words;
  if (target === "regions") {
    const states = { drop: "dropped", cut: "cut", restore: "up" } as const;
    const state = Object.entries(states).find(([name]) => name === verb)?.[1];
    if (!state) throw new UserError(`'${verb}' is nothing a region can do: drop, cut or restore`);
    return service.setRegion(action, state);
  }
  const server = demo?.servers.get(target);
  if (!server)
    throw new UserError(
      `no load balancer '${target}' in the demo: ${[...(demo?.servers.keys() ?? [])].join(", ") || "it is off"}`,
    );
  const ailment = ailments.find((one) => one === action);
  if (!ailment) throw new UserError(`'${action}' is nothing a load balancer can suffer: ${ailments.join(", ")}`);
  await server.set(ailment);
  service.note(`demo: ${target} ${ailment}`);
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json; charset=utf-8", "cache-control": "no-store" });
  response.end(`${JSON.stringify(body)}\n`);
}

/** A body that is too long or no object is the caller's fault, and the embedded endpoints' word for it serves here too. */
function statusFor(error: unknown): number {
  if (error instanceof AwsError) return error.status;
  return error instanceof UserError ? 404 : 500;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
