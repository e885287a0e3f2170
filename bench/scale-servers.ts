// 500 load balancers with four services each on loopback addresses of their own: healthy, silent, or dead (a full accept
// queue, so that SYNs go unanswered). In a process of its own, which ends with its parent.
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { Worker } from "node:worker_threads";
import { addressesOf, type Mode, type Ready, type Service, services } from "./scale-boxes.ts";

/** A backlog of 1 takes two connections on Linux. */
const DEAF_BACKLOG = 1;

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nOK\n";
const talk: Record<Service, { greeting: string; answers: Record<string, string> }> = {
  http: { greeting: "", answers: {} },
  tcp: { greeting: "SSH-2.0-bench\r\n", answers: {} },
  smtp: {
    greeting: "220 bench\r\n",
    answers: { "EHLO lifeboat.invalid": "250-bench\r\n250 SIZE\r\n", QUIT: "221 bye\r\n" },
  },
  imap: {
    greeting: "* OK ready\r\n",
    answers: { "a3 CAPABILITY": "* CAPABILITY IMAP4rev1\r\na3 OK\r\n", "a4 LOGOUT": "* BYE\r\na4 OK\r\n" },
  },
};

function serve(service: Service): (socket: Socket) => void {
  const { greeting, answers } = talk[service];
  return (socket) => {
    socket.on("error", () => {});
    if (greeting) socket.write(greeting);
    socket.on("data", (line) => {
      if (service === "http") socket.end(OK);
      else socket.write(answers[line.toString().trimEnd()] ?? "what?\r\n");
    });
  };
}

async function listen(host: string, port: number, onSocket: (socket: Socket) => void): Promise<number> {
  const server = createServer(onSocket);
  server.listen({ host, port, backlog: 128 });
  await once(server, "listening");
  // A server that listens on a port has an address of this kind.
  return (server.address() as AddressInfo).port;
}

/** The services in this thread; the first address finds each a port. */
async function listenAll(addresses: readonly string[], mode: Mode): Promise<Record<Service, number>> {
  const ports: Record<Service, number> = { http: 0, tcp: 0, smtp: 0, imap: 0 };
  for (const service of services) {
    const onSocket = mode === "healthy" ? serve(service) : (socket: Socket) => void socket.on("error", () => {});
    for (const host of addresses) ports[service] = await listen(host, ports[service], onSocket);
  }
  return ports;
}

/** Listeners in a thread that stands still once they listen, and connections that fill their queues. */
async function deafen(addresses: readonly string[]): Promise<Record<Service, number>> {
  const worker = new Worker(
    `const { createServer } = require("node:net");
     const { parentPort, workerData: { addresses, services, backlog } } = require("node:worker_threads");
     const listen = (host, port) => new Promise((resolve, reject) => {
       const server = createServer().on("error", reject);
       server.listen({ host, port, backlog }, () => resolve(server.address().port));
     });
     (async () => {
       const ports = {};
       for (const service of services) for (const host of addresses) ports[service] = await listen(host, ports[service] ?? 0);
       parentPort.postMessage(ports);
       Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
     })();`,
    { eval: true, workerData: { addresses, services, backlog: DEAF_BACKLOG } },
  );
  // What the thread posts once everything listens.
  const [ports] = (await once(worker, "message")) as [Record<Service, number>];
  for (const service of services) {
    const fill = addresses.flatMap((host) => {
      return Array.from({ length: DEAF_BACKLOG + 1 }, () => connect({ host, port: ports[service] }));
    });
    await Promise.all(fill.map((socket) => once(socket, "connect")));
  }
  return ports;
}

if (process.send) {
  process.on("disconnect", () => process.exit());
  const addresses = addressesOf(Number(process.argv[2]));
  // The parent passes one of the three.
  const mode = process.argv[3] as Mode;
  const ports = mode === "dead" ? await deafen(addresses) : await listenAll(addresses, mode);
  const ready: Ready = { ports, canary: await listen("127.0.0.1", 0, serve("tcp")) };
  process.send(ready);
}
