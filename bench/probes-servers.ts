// What the probes' bench asks, in a process of its own so that its CPU is not counted: loopback only, ends with its parent.
import { readFileSync } from "node:fs";
import { createSocket } from "node:dgram";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { decode, encode } from "dns-packet";

/** Ports by what listens there. `refused` is one that nobody has. */
export type Ports = Record<
  "web" | "secure" | "smtp" | "imap" | "pop3" | "dns" | "silent" | "resetting" | "half" | "refused",
  number
>;

const HOST = "127.0.0.1";
const BACKLOG = 4096;
const OK = Buffer.from(
  "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\nConnection: close\r\n\r\nOK\n",
);

const smtp = new Map([
  ["EHLO lifeboat.invalid", "250-bench\r\n250 SIZE 1000\r\n"],
  ["QUIT", "221 bye\r\n"],
]);
const imap = new Map([
  ["a3 CAPABILITY", "* CAPABILITY IMAP4rev1\r\na3 OK\r\n"],
  ["a4 LOGOUT", "* BYE\r\na4 OK\r\n"],
]);
const pop3 = new Map([
  ["CAPA", "+OK\r\nTOP\r\n.\r\n"],
  ["QUIT", "+OK\r\n"],
]);

async function listen(server: Server): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen({ port: 0, host: HOST, backlog: BACKLOG }, resolve);
  await promise;
  // A server that listens on a port has an address of this kind.
  return (server.address() as AddressInfo).port;
}

function plain(onSocket: (socket: Socket) => void): Promise<number> {
  return listen(createServer((socket) => onSocket(socket.on("error", () => {}))));
}

function talk(greeting: string, answers: ReadonlyMap<string, string>): Promise<number> {
  return plain((socket) => {
    socket.write(greeting);
    socket.on("data", (line) => socket.write(answers.get(line.toString().trimEnd()) ?? "what?\r\n"));
  });
}

function secure(): Promise<number> {
  const file = (name: string): string =>
    readFileSync(new URL(`../tests/fixtures/tls/${name}`, import.meta.url), "utf8");
  const server = createTlsServer({ key: file("good.key"), cert: file("good.pem") }, (socket) => {
    socket.on("error", () => {}).on("data", () => socket.end(OK));
  });
  return listen(server.on("tlsClientError", () => {}));
}

async function dns(): Promise<number> {
  const socket = createSocket("udp4");
  socket.on("message", (bytes, from) => {
    const { id, questions } = decode(bytes);
    const answers = [{ type: "A" as const, name: "lb.example.test", ttl: 60, data: "192.0.2.1" }];
    socket.send(encode({ type: "response", id, questions, answers }), from.port, from.address);
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.bind(0, HOST, resolve);
  await promise;
  return socket.address().port;
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  server.close();
  return port;
}

if (process.send) {
  process.on("disconnect", () => process.exit());
  const ports: Ports = {
    web: await plain((socket) => socket.on("data", () => socket.end(OK))),
    secure: await secure(),
    smtp: await talk("220 bench ESMTP\r\n", smtp),
    imap: await talk("* OK ready\r\n", imap),
    pop3: await talk("+OK ready\r\n", pop3),
    dns: await dns(),
    silent: await plain(() => {}),
    resetting: await plain((socket) => socket.resetAndDestroy()),
    half: await plain((socket) => socket.on("data", () => socket.write(OK.subarray(0, 30)))),
    refused: await freePort(),
  };
  process.send(ports);
}
