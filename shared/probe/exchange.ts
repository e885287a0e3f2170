import { type IncomingMessage, request as httpRequest } from "node:http";
import { isIPv6, type Socket } from "node:net";
import { BODY_BYTES, BodyWindow } from "./body.ts";
import { hangUp } from "./connect.ts";
import { codeOf, field, timeout, troubleOf } from "./fault.ts";
import type { Fault, Outcome, Trouble } from "./findings.ts";
import type { ProbeContext, Stop } from "./probe.ts";
import { hideSecret } from "./hide.ts";
import { quote } from "./quote.ts";
import { judgeBody, judgeHead, type WebCheck } from "./web.ts";

/** Headers and trailers of one reply; a load balancer's own are a few hundred bytes. */
const HEADER_BYTES = 8192;

/**
 * All bytes of one exchange: enough for interim replies, the headers, and the body's window in chunks of one byte. The
 * parser's own limits do not count everything (line feeds before the status line).
 */
const EXCHANGE_BYTES = 131_072;

/** Interim replies (1xx) before the real one. */
const MAX_INTERIM = 10;

/** Where to speak HTTP: `raw` is the TCP connection under `socket`, or the same, and may still be connecting. */
export type Connection = { raw: Socket; socket: Socket };

/**
 * One GET over a connection of its own, which is ended with the verdict. Throws when no request can be made of what was
 * configured; the connection is the caller's to end then.
 */
export function exchange(
  check: WebCheck,
  address: string,
  { raw, socket }: Connection,
  stop: Stop,
  context: ProbeContext,
): Promise<Outcome> {
  return new Promise((resolve) => {
    const end = (outcome: Outcome): void => {
      resolve(hideSecret(outcome, context.header?.value));
      hangUp(socket);
    };
    const request = httpRequest({
      createConnection: () => socket,
      path: check.path,
      headers: headersFor(check, address, context),
      maxHeaderSize: HEADER_BYTES,
    });
    // Not before: a listener makes the socket flow, and node:http must be there for the first bytes.
    request.on("socket", () =>
      socket.on("data", () => {
        if (raw.bytesRead > EXCHANGE_BYTES) end(endless());
      }),
    );
    let interim = 0;
    request.on("information", () => {
      interim += 1;
      if (interim > MAX_INTERIM) end(endlessInterim());
    });
    request.on("upgrade", (response) => end(judgeHead(response, check) ?? {}));
    request.on("response", (response) => judge(response, check, raw, end));
    // Stays for good: an error after the verdict must not become an exception.
    request.on("error", (error) => end(judgeError(error, raw)));
    stop.onStop(() => end(timeout(raw.connecting ? "connect" : "response", socket.bytesRead > 0)));
    request.end();
  });
}

function headersFor(check: WebCheck, address: string, context: ProbeContext): Record<string, string> {
  const host = check.host ?? address;
  return {
    host: isIPv6(host) ? `[${host}]` : host,
    "user-agent": context.userAgent,
    accept: "*/*",
    "accept-encoding": "identity",
    connection: "close",
    ...(context.header ? { [context.header.name]: context.header.value } : {}),
  };
}

/** Judges the head at once and, if something is wanted of the body, that as it comes. */
function judge(response: IncomingMessage, check: WebCheck, raw: Socket, end: (outcome: Outcome) => void): void {
  // Stays for good, as the request's own.
  response.on("error", (error) => end(judgeError(error, raw)));
  const wrong = judgeHead(response, check);
  if (wrong || (check.contains === undefined && check.matches === undefined)) return end(wrong ?? {});
  const body = new BodyWindow(BODY_BYTES, check.contains);
  const judgeNow = (): void => end(judgeBody(body, check, response.headers) ?? {});
  response.on("data", (chunk: Buffer) => {
    body.take(chunk);
    if (body.full || (body.found && check.matches === undefined)) judgeNow();
  });
  // First, because node:http's own listener would end the connection with FIN.
  response.prependListener("end", judgeNow);
}

function endless(): Fault {
  return { reason: "answer", phase: "response", detail: `more than ${EXCHANGE_BYTES} bytes, and no end of the answer` };
}

function endlessInterim(): Fault {
  return {
    reason: "answer",
    phase: "response",
    detail: `more than ${MAX_INTERIM} interim (1xx) replies and no answer`,
  };
}

function judgeError(error: Error, raw: Socket): Trouble {
  const code = codeOf(error);
  if (!code.startsWith("HPE_")) return troubleOf(error, "response", raw.bytesRead > 0);
  return { reason: "answer", phase: "response", detail: notHttp(error, code) };
}

/** The parser's own errors: what came is not HTTP, or too long for an answer to a probe. */
function notHttp(error: Error, code: string): string {
  if (code === "HPE_HEADER_OVERFLOW") return `the headers are longer than ${HEADER_BYTES} bytes`;
  const packet: unknown = Reflect.get(error, "rawPacket");
  const said = Buffer.isBuffer(packet) ? `: ${quote(packet)}` : "";
  return `not an HTTP answer (${field(error, "reason") ?? code})${said}`;
}
