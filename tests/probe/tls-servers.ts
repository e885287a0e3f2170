import { readFileSync } from "node:fs";
import type { Socket } from "node:net";
import { createServer, type TlsOptions, TLSSocket } from "node:tls";
import { close, listen, type Listening, LOOPBACK, portOf } from "./servers.ts";

/** Text of a file of fixtures/tls; `make.sh` there says how each was made. */
export function fixture(name: string): string {
  return readFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url), "utf8");
}

/** The CA that signed good, other and expired. */
export const CA = fixture("ca.pem");

export type Kind = "good" | "other" | "expired" | "self" | "six" | "bare";

export function keyPair(kind: Kind): { key: string; cert: string } {
  return { key: fixture(`${kind}.key`), cert: fixture(`${kind}.pem`) };
}

/** A real TLS server that hands every finished handshake to the test. */
export async function listenTls(
  kind: Kind,
  onSocket: (socket: TLSSocket) => void = () => {},
  options: TlsOptions = {},
  host: string = LOOPBACK,
): Promise<Listening> {
  const sockets: Socket[] = [];
  const server = createServer({ ...keyPair(kind), ...options }, (socket) => {
    socket.on("error", () => {});
    onSocket(socket);
  });
  server.on("connection", (socket: Socket) => sockets.push(socket.on("error", () => {})));
  server.on("tlsClientError", () => {});
  return { port: await portOf(server, host), sockets, [Symbol.asyncDispose]: () => close(server, sockets) };
}

/** The server's side of STARTTLS on a plain connection. */
export function upgrade(socket: Socket, kind: Kind): TLSSocket {
  return new TLSSocket(socket, { isServer: true, ...keyPair(kind) }).on("error", () => {});
}

/** A server of a dialogue: greets, then answers each line (CR LF) by what `answers` says; "TLS" after it upgrades. */
export function dialogue(
  greeting: string,
  answer: (line: string, isSecure: boolean) => string | { thenTls: string } | undefined,
  kind: Kind = "good",
  host: string = LOOPBACK,
): Promise<Listening> {
  const speak = (socket: Socket, isSecure: boolean): void => {
    let pending = "";
    const onData = (chunk: Buffer): void => {
      pending += chunk.toString("latin1");
      const lines = pending.split("\r\n");
      pending = lines.pop() ?? "";
      for (const line of lines) {
        const said = answer(line, isSecure);
        if (typeof said === "string") socket.write(said);
        if (typeof said !== "object") continue;
        socket.off("data", onData);
        socket.write(said.thenTls, () => speak(upgrade(socket, kind), true));
      }
    };
    socket.on("data", onData);
  };
  return listen((socket) => {
    socket.write(greeting);
    speak(socket, false);
  }, host);
}
