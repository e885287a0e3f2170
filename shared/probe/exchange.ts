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

/** Headers and trailers of one reply: Node's own limit. A long Content-Security-Policy may well need half of it. */
const HEADER_BYTES = 16_384;

/**
 * All bytes of one exchange: enough for interim replies, the headers, and the body's window in chunks of one byte. The
 * parser's own limits do not count everything (line feeds before the status line).
 */
const EXCHANGE_BYTES = 131_072;

/** Interim replies (1xx) before the real one. */
const MAX_INTERIM = 10;

/** Ends the exchange with the outcome of the judging, if there is one yet; whether it has come to its end. */
type Conclude = (judging: () => Outcome | undefined) => boolean;

/** Where to speak HTTP: `raw` is the TCP connection under `socket`, or the same, and may still be connecting. */
export type Connection = { raw: Socket; socket: Socket };

/**
 * One GET over a connection of its own, which is ended with the verdict. Rejects when no request can be made of what was
 * configured, and the connection is the caller's to end then; also when a bug of ours throws in the judging.
 */
export function exchange(
  check: WebCheck,
  address: string,
  { raw, socket }: Connection,
  stop: Stop,
  context: ProbeContext,
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const conclude: Conclude = (judging) => {
      try {
        const outcome = judging();
        if (!outcome) return false;
        resolve(hideSecret(outcome, context.header?.value));
      } catch (error) {
        // From the callback of an event it would be an uncaught exception.
        reject(error);
      }
      hangUp(socket);
      return true;
    };
    const request = httpRequest({
      createConnection: () => socket,
      path: check.path,
      headers: headersFor(check, address, context),
      maxHeaderSize: HEADER_BYTES,
    });
    // Not before: a listener makes the socket flow, and node:http must be there for the first bytes.
    request.on("socket", () =>
      socket.on("data", () => conclude(() => (raw.bytesRead > EXCHANGE_BYTES ? endless() : undefined))),
    );
    let interim = 0;
    request.on("information", () => conclude(() => (++interim > MAX_INTERIM ? endlessInterim() : undefined)));
    request.on("upgrade", (response) => conclude(() => judgeHead(response, check) ?? {}));
    let answer: IncomingMessage | undefined;
    request.on("response", (response) => {
      answer = response;
      judge(response, check, { raw, socket }, conclude);
    });
    // Stays for good: an error after the verdict must not become an exception. Bytes after a complete answer are an
    // error to the parser, and no part of the answer, whose end is told next.
    request.on("error", (error) => conclude(() => (answer?.complete ? undefined : judgeError(error, { raw, socket }))));
    stop.onStop(() => conclude(() => timeout(raw.connecting ? "connect" : "response", socket.bytesRead > 0)));
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
function judge(response: IncomingMessage, check: WebCheck, connection: Connection, conclude: Conclude): void {
  // Stays for good, as the request's own.
  response.on("error", (error) => conclude(() => judgeError(error, connection)));
  const headAlone = (): Outcome | undefined => {
    const wantsBody = check.contains !== undefined || check.matches !== undefined;
    return judgeHead(response, check) ?? (wantsBody ? undefined : {});
  };
  if (conclude(headAlone)) return;
  const body = new BodyWindow(BODY_BYTES, check.contains);
  const withBody = (): Outcome => judgeBody(body, check, response) ?? {};
  const soFar = (chunk: Buffer): Outcome | undefined => {
    body.take(chunk);
    return body.full || (body.found && check.matches === undefined) ? withBody() : undefined;
  };
  response.on("data", (chunk: Buffer) => conclude(() => soFar(chunk)));
  // First, because node:http's own listener would end the connection with FIN.
  response.prependListener("end", () => conclude(withBody));
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

/** A reset is judged by whether any byte came at all, a close by whether one of the answer did: after a handshake too. */
function judgeError(error: Error, { raw, socket }: Connection): Trouble {
  const code = codeOf(error);
  const isReset = field(error, "syscall") !== undefined;
  if (!code.startsWith("HPE_")) return troubleOf(error, "response", (isReset ? raw : socket).bytesRead > 0);
  return { reason: "answer", phase: "response", detail: notHttp(error, code) };
}

/** The parser's own errors: what came is not HTTP, or too long for an answer to a probe. */
function notHttp(error: Error, code: string): string {
  if (code === "HPE_HEADER_OVERFLOW") return `the headers are longer than ${HEADER_BYTES} bytes`;
  const packet: unknown = Reflect.get(error, "rawPacket");
  const said = Buffer.isBuffer(packet) ? `: ${quote(packet)}` : "";
  return `not an HTTP answer (${field(error, "reason") ?? code})${said}`;
}
