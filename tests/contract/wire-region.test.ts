// The calls between regions as the functions are wired for them, over the real SDK, and through Lambda's freezing.
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { expect, onTestFinished, test, vi } from "vitest";
import type { Settings } from "../../shared/runtime/settings.ts";
import { wireRegion } from "../../shared/runtime/wire-region.ts";
import { config } from "../unit/decide/base.ts";
import { region, startBus } from "./bus-fixture.ts";

const THERE = "us-east-1";
const settings: Settings = {
  region,
  config: config(),
  table: "table",
  queueUrl: "http://127.0.0.1:1",
  probeFunction: "probe",
  failoverFunction: "probe",
  topics: [],
  textTopics: [],
  bus: "default",
};

/**
 * A way to a port on whose connections everything is well until `freeze`. Those that were there then are dead, as for a
 * function that Lambda froze: it has not seen them end, and the first byte that it sends on one is answered by a reset.
 */
async function freezingWayTo(port: number): Promise<{ url: string; freeze(): void; connections(): number }> {
  const sockets: { socket: Socket; dead: boolean }[] = [];
  const server = createServer((socket) => {
    const known = { socket, dead: false };
    sockets.push(known);
    const onward = connect(port, "127.0.0.1");
    socket.on("data", (bytes) => (known.dead ? socket.resetAndDestroy() : onward.write(bytes)));
    onward.on("data", (bytes) => socket.write(bytes));
    socket.on("close", () => onward.destroy());
    for (const one of [socket, onward]) one.on("error", () => undefined);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    for (const { socket } of sockets) socket.destroy();
  });
  const address = server.address();
  const here = typeof address === "object" && address ? address.port : 0;
  const freeze = (): void => {
    for (const one of sockets) one.dead = true;
  };
  return { url: `http://127.0.0.1:${here}`, freeze, connections: () => sockets.length };
}

test("a region is asked, and woken, although its connections died while the function was frozen", async () => {
  const bus = await startBus({ onInvoke: async (to) => ({ region: to }) });
  const way = await freezingWayTo(bus.port);
  vi.stubEnv("AWS_ENDPOINT_URL", way.url);
  vi.stubEnv("AWS_ACCESS_KEY_ID", "local");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "local");
  onTestFinished(() => void vi.unstubAllEnvs());
  const { voters, wake } = wireRegion(settings, "probe");
  const ping = (): Promise<void> => voters.ping(THERE, AbortSignal.timeout(3000));
  // As a slot does in which something refuses and something else hangs.
  await Promise.all([ping(), ping()]);
  await wake.wake(["lb1"], THERE);
  await ping();
  expect(way.connections()).toBe(3);

  way.freeze();
  await expect(ping()).resolves.toBeUndefined();
  await expect(wake.wake(["lb1"], THERE)).resolves.toBeUndefined();
  expect(way.connections()).toBe(5);
});
