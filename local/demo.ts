import { createServer } from "node:net";
import { once } from "node:events";
import type { ConfigInput } from "../shared/model/config.ts";
import { UserError } from "../shared/model/errors.ts";
import { type DemoServer, startDemoServer } from "./demo-servers.ts";

/** Two islands of two load balancers each, one of them with twice the weight. */
const BOXES = [
  { id: "lb1", setIdentifier: "Primary Load Balancer", island: "north", address: "127.1.0.1", weight: 1 },
  { id: "lb2", setIdentifier: "Secondary Load Balancer", island: "north", address: "127.1.0.2", weight: 1 },
  { id: "lb3", setIdentifier: "South 1", island: "south", address: "127.1.0.3", weight: 2 },
  { id: "lb4", setIdentifier: "South 2", island: "south", address: "127.1.0.4", weight: 1 },
] as const;

/** Shorter than the 30 s of a deployment, because somebody watches. */
const INTERVAL_S = 10;

/** A check must end before the interval does. */
const timeoutOf = (intervalS: number): number => Math.min(2500, intervalS * 800);

export const demoRegions = ["eu-west-1", "us-east-1", "ap-southeast-1"];

export type Demo = { config: ConfigInput; servers: Map<string, DemoServer>; close(): Promise<void> };

/** Starts the demo's load balancers as real servers on loopback addresses, and the configuration that probes them. */
export async function startDemo(intervalS: number | undefined): Promise<Demo> {
  const ports = { http: await freePort(), tcp: await freePort() };
  const servers = new Map<string, DemoServer>();
  const canaries = [await startCanary(), await startCanary()];
  const close = async (): Promise<void> => {
    await Promise.all([...servers.values(), ...canaries].map((server) => server.close()));
  };
  try {
    for (const { id, address } of BOXES) servers.set(id, await startDemoServer(address, ports));
  } catch (error) {
    await close();
    throw asUserError(error);
  }
  const timeoutMs = timeoutOf(intervalS ?? INTERVAL_S);
  const config: ConfigInput = {
    owner: "demo",
    home: "eu-west-1",
    regions: demoRegions,
    // The schema refuses every other number, and says which there are.
    intervalS: (intervalS ?? INTERVAL_S) as NonNullable<ConfigInput["intervalS"]>,
    allowLocal: true,
    canaries: canaries.map(({ port }) => ({ address: "127.0.0.1", port })),
    checks: {
      web: {
        protocol: "http",
        port: ports.http,
        host: "lb.example.test",
        path: "/test.txt",
        contains: "ok",
        timeoutMs,
      },
      smtp: { protocol: "tcp", port: ports.tcp, timeoutMs },
    },
    islands: {
      north: { note: "Rack 4 in the north hall; the out-of-band console is on 10.0.0.1." },
      south: { note: "Hands and eyes in the south: ext. 204, day and night." },
    },
    pools: [{ id: "lb", names: ["lb.example.test"], checks: ["web", "smtp"], loadBalancers: [...BOXES] }],
  };
  return { config, servers, close };
}

async function startCanary(): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer((socket) => socket.on("error", () => socket.destroy()).end());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { port: portOf(server.address()), close: async () => void server.close() };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.1.0.1");
  try {
    await once(server, "listening");
  } catch (error) {
    throw asUserError(error);
  }
  const port = portOf(server.address());
  server.close();
  await once(server, "close");
  return port;
}

function portOf(address: ReturnType<ReturnType<typeof createServer>["address"]>): number {
  return typeof address === "object" && address ? address.port : 0;
}

function asUserError(error: unknown): Error {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code !== "EADDRNOTAVAIL") return error instanceof Error ? error : new Error(String(error));
  const addresses = BOXES.map(({ address }) => address).join(", ");
  return new UserError(
    `the demo wants the loopback addresses ${addresses}, and this machine has only 127.0.0.1. ` +
      "On macOS: for i in 1 2 3 4; do sudo ifconfig lo0 alias 127.1.0.$i; done",
    { cause: error },
  );
}
