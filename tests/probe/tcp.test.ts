import { expect, test } from "vitest";
import { isAnswer } from "../../shared/decide/doubt.ts";
import { ask, deafPort, ending, freePort, listen } from "./servers.ts";

test("a port that accepts is up", async () => {
  await using server = await listen(() => {});
  const finding = await ask({ protocol: "tcp", port: server.port });
  expect(finding).toEqual({ kind: "up", ms: expect.any(Number) });
});

test("the connection ends with RST", async () => {
  const ended = Promise.withResolvers<string>();
  await using server = await listen((socket) => void ending(socket).then(ended.resolve));
  await ask({ protocol: "tcp", port: server.port });
  expect(await ended.promise).toBe("ECONNRESET");
});

test("IPv6 is asked as IPv6", async () => {
  await using server = await listen(() => {}, "::1");
  expect((await ask({ protocol: "tcp", port: server.port }, "::1")).kind).toBe("up");
});

test("a closed port is refused", async () => {
  const finding = await ask({ protocol: "tcp", port: await freePort() });
  expect(finding).toMatchObject({ kind: "down", reason: "refused", phase: "connect" });
});

test("a SYN that nobody answers is a timeout while connecting", async () => {
  await using deaf = await deafPort();
  const finding = await ask({ protocol: "tcp", port: deaf.port, timeoutMs: 150 });
  expect(finding).toMatchObject({ kind: "down", reason: "timeout", phase: "connect" });
});

test("an address to which no network leads is one that does not connect, and no sign of life", async () => {
  // TCP to a multicast address fails in our own kernel (ENETUNREACH), as behind a router without a route; no packet leaves.
  const finding = await ask({ protocol: "tcp", port: 80 }, "224.0.0.1");
  expect(finding).toMatchObject({ kind: "down", reason: "timeout", phase: "connect" });
  expect(finding).toHaveProperty("detail", "nothing answers for this address (ENETUNREACH)");
  expect(isAnswer(finding)).toBe(false);
});

test("a name is not an address, and is never resolved", async () => {
  expect(await ask({ protocol: "tcp", port: 80 }, "localhost")).toEqual({
    kind: "unknown",
    detail: "the address is not an IP address",
  });
});
