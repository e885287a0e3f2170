import { createSocket, type RemoteInfo } from "node:dgram";
import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { Worker } from "node:worker_threads";
import { type Check, type CheckInput, checkSchema } from "../../shared/model/check.ts";
import type { Finding } from "../../shared/model/finding.ts";
import { runProbe } from "../../shared/probe/probes.ts";

export const LOOPBACK = "127.0.0.1";

/** A real server on port 0 whose every connection is handed to the test; disposing ends it and what it accepted. */
export type Listening = { port: number; sockets: Socket[]; [Symbol.asyncDispose](): Promise<void> };

export async function listen(onSocket: (socket: Socket) => void, host: string = LOOPBACK): Promise<Listening> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    // Probes end with RST; a test that wants to see it listens for itself.
    socket.on("error", () => {});
    onSocket(socket);
  });
  return { port: await portOf(server, host), sockets, [Symbol.asyncDispose]: () => close(server, sockets) };
}

/** A UDP socket, on port 0 where none is named, whose every datagram is handed to the test with a way to answer it. */
export async function listenUdp(
  onMessage: (bytes: Buffer, from: RemoteInfo, send: (answer: Buffer) => void) => void,
  host: string = LOOPBACK,
  port: number = 0,
) {
  const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
  socket.on("message", (bytes, from) =>
    onMessage(bytes, from, (answer) => socket.send(answer, from.port, from.address)),
  );
  socket.bind(port, host);
  await once(socket, "listening");
  const dispose = async (): Promise<void> => {
    const closed = once(socket, "close");
    socket.close();
    await closed;
  };
  return { port: socket.address().port, [Symbol.asyncDispose]: dispose };
}

/** A server that answers the first bytes of every connection with this, and leaves the connection open. */
export function answering(answer: string | Buffer, host: string = LOOPBACK): Promise<Listening> {
  return listen((socket) => socket.once("data", () => socket.write(answer)), host);
}

/** Answers the first bytes in as many writes as there are parts, each after the loop has turned. */
export function dripping(parts: readonly (string | Buffer)[]): (socket: Socket) => void {
  return (socket) => {
    socket.setNoDelay(true);
    const next = (index: number): void => {
      const part = parts[index];
      if (part === undefined || socket.destroyed) return;
      socket.write(part, () => setImmediate(next, index + 1));
    };
    socket.once("data", () => next(0));
  };
}

/** A port that nobody listens on: it was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  const port = await portOf(server, LOOPBACK);
  await close(server, []);
  return port;
}

/** A port whose SYNs go unanswered: its accept queue is full, and its process never accepts. */
export async function deafPort(): Promise<Listening> {
  const worker = new Worker(
    `const { createServer } = require("node:net");
     const { parentPort } = require("node:worker_threads");
     const server = createServer();
     server.listen({ port: 0, host: "${LOOPBACK}", backlog: 1 }, () => {
       parentPort.postMessage(server.address().port);
       Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
     });`,
    { eval: true },
  );
  const [port]: unknown[] = await once(worker, "message");
  if (typeof port !== "number") throw new Error("the deaf server said no port");
  const sockets = await fillQueue(port);
  const dispose = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await worker.terminate();
  };
  return { port, sockets, [Symbol.asyncDispose]: dispose };
}

/** A backlog of 1 takes two connections on Linux; the others keep it full. */
async function fillQueue(port: number): Promise<Socket[]> {
  const { connect } = await import("node:net");
  const sockets = Array.from({ length: 4 }, () => connect({ port, host: LOOPBACK }).on("error", () => {}));
  await Promise.all(sockets.slice(0, 2).map((socket) => once(socket, "connect")));
  return sockets;
}

/** Has a server listen on a free port of this machine. */
export async function portOf(server: Server, host: string): Promise<number> {
  server.listen(0, host);
  await once(server, "listening");
  return addressOf(server).port;
}

function addressOf(server: Server): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("not listening on a port");
  return address;
}

/** Ends a server and the connections that it accepted. */
export async function close(server: Server, sockets: readonly Socket[]): Promise<void> {
  const closed = once(server, "close");
  server.close();
  for (const socket of sockets) socket.destroy();
  await closed;
}

/** Defaults filled in, as the configuration would. */
export function check(input: CheckInput): Check {
  return checkSchema.parse(input);
}

/** Asks with a caller's signal that never aborts. */
export function askOnce(input: CheckInput, address: string = LOOPBACK): Promise<Finding> {
  return runProbe(check(input), address, new AbortController().signal);
}

/** Asks again when this process was too busy to look: the machine's fault, which says nothing of the probe. */
export async function ask(input: CheckInput, address: string = LOOPBACK): Promise<Finding> {
  for (let again = 0; again < 3; again++) {
    const finding = await askOnce(input, address);
    if (finding.kind !== "unknown" || !finding.late) return finding;
  }
  return askOnce(input, address);
}

/** How the connection ended for the server: the error's code, or "end" for a FIN. */
export function ending(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    socket.on("error", (error) => resolve("code" in error ? String(error.code) : error.message));
    socket.on("end", () => resolve("end"));
    socket.resume();
  });
}
