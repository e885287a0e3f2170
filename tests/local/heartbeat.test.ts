// The outgoing heartbeat and a name elsewhere in the whole service, by the deployed functions.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test, vi } from "vitest";
import { startWorld } from "./world.ts";

test("each region beats for itself after its first good slot, and no line holds the URL", async () => {
  const seen = new Set<string>();
  const { promise, resolve } = Promise.withResolvers<void>();
  const server = createServer((request, response) => {
    seen.add(request.url ?? "");
    response.end();
    if (seen.size === 3) resolve();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  // It listens on a port, not on a pipe.
  const { port } = server.address() as AddressInfo;
  vi.stubEnv("LIFEBOAT_HEARTBEAT_URL", `http://127.0.0.1:${port}/secret-path/{region}`);
  onTestFinished(() => void vi.unstubAllEnvs());
  const world = await startWorld({ change: (config) => ({ ...config, heartbeat: true }) });
  onTestFinished(() => world.close());
  await promise;
  expect([...seen].toSorted()).toEqual(
    world.service.config.regions.map((region) => `/secret-path/${region}`).toSorted(),
  );
  expect(JSON.stringify(world.events)).not.toContain("secret-path");
}, 60_000);
