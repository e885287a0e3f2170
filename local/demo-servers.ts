import { createServer as createHttpServer, type Server as HttpServer } from "node:http";
import { createServer, type Server, type Socket } from "node:net";

/** What a demo load balancer can suffer. `mend` undoes each of them. */
export const ailments = ["kill", "hang", "500", "mend"] as const;
export type Ailment = (typeof ailments)[number];

export type DemoServer = {
  address: string;
  state: Ailment;
  set(state: Ailment): Promise<void>;
  close(): Promise<void>;
};

/**
 * A load balancer as the demo and the tests need it: real HTTP and TCP listeners at one address. `kill` closes both, so
 * that connections are refused; `hang` accepts and says nothing; `500` answers HTTP with an error.
 */
export async function startDemoServer(address: string, ports: { http: number; tcp: number }): Promise<DemoServer> {
  let state: Ailment = "mend";
  const sockets = new Set<Socket>();
  const track = (socket: Socket): void => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
  };
  const http = createHttpServer({ keepAliveTimeout: 1 }, (_request, response) => {
    if (state === "hang") return;
    const status = state === "500" ? 500 : 200;
    response.writeHead(status, { "content-type": "text/plain", connection: "close" });
    response.end(status === 200 ? `ok ${address}\n` : "the farm behind this load balancer is broken\n");
  });
  const tcp = createServer((socket) => {
    if (state !== "hang") socket.end("220 ready\r\n");
  });
  const open = async (): Promise<void> => {
    await Promise.all([listen(http, address, ports.http), listen(tcp, address, ports.tcp)]);
  };
  const shut = async (): Promise<void> => {
    const closed = [http, tcp].filter((server) => server.listening).map((server) => closing(server));
    for (const socket of sockets) socket.destroy();
    await Promise.all(closed);
  };
  http.on("connection", track);
  tcp.on("connection", track);
  await open();
  return {
    address,
    get state() {
      return state;
    },
    async set(next) {
      const wasDead = state === "kill";
      state = next;
      if (next === "kill") await shut();
      else if (wasDead) await open();
      // Connections that hang would hide that the box has been mended.
      else for (const socket of sockets) socket.destroy();
    },
    close: shut,
  };
}

/** Listens, or rejects with the node error (EADDRINUSE, EADDRNOTAVAIL). */
function listen(server: HttpServer | Server, address: string, port: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(port, address, () => {
    server.off("error", reject);
    resolve();
  });
  return promise;
}

function closing(server: HttpServer | Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  return promise;
}
