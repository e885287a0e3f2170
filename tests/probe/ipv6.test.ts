// Every protocol by IPv6: the address is a literal without brackets, and gets them where HTTP wants them.
import { createServer } from "node:http";
import { once } from "node:events";
import { decode } from "dns-packet";
import { describe, expect, test } from "vitest";
import { runProbe } from "../../shared/probe/probes.ts";
import { dnsAnswer, dnsOverUdp, ways } from "./good-servers.ts";
import { ask, check, freePort, listen } from "./servers.ts";
import { fixture, listenTls } from "./tls-servers.ts";

const SIX = "::1";

test.each(Object.entries(ways))("%s", async (_name, way) => {
  await using server = await way.serve(SIX);
  expect(await ask(way.ask(server.port), SIX)).toMatchObject({ kind: "up" });
});

test("dns over udp", async () => {
  await using server = await dnsOverUdp((query) => dnsAnswer(decode(query)), SIX);
  expect(await ask({ protocol: "dns", port: server.port, name: "lb.example.test" }, SIX)).toMatchObject({ kind: "up" });
});

test("a port that is closed for IPv6 is down there, though IPv4 answers", async () => {
  await using server = await listen(() => {});
  expect(await ask({ protocol: "tcp", port: server.port }, SIX)).toMatchObject({ reason: "refused", phase: "connect" });
  expect(await ask({ protocol: "tcp", port: server.port })).toMatchObject({ kind: "up" });
  expect(await ask({ protocol: "http", port: await freePort() }, SIX)).toMatchObject({ reason: "refused" });
});

describe("the Host header", () => {
  test.each([
    [undefined, "[::1]"],
    ["2001:db8::7", "[2001:db8::7]"],
    ["[2001:db8::7]:8080", "[2001:db8::7]:8080"],
    ["lb.example.test", "lb.example.test"],
  ])("of host %j is %s", async (host, header) => {
    const asked = Promise.withResolvers<string | undefined>();
    const server = createServer((request, response) => {
      asked.resolve(request.headers.host);
      response.end();
    }).listen(0, SIX);
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" && address ? address.port : 0;
    const finding = await runProbe(check({ protocol: "http", port, host }), SIX, new AbortController().signal);
    server.close();
    expect(finding).toMatchObject({ kind: "up" });
    expect(await asked.promise).toBe(header);
  });
});

describe("the certificate of an address", () => {
  const ca = fixture("six.pem");
  test.each([
    ["the address that is asked", { ca }, { kind: "up" }],
    ["written long", { ca, host: "0:0:0:0:0:0:0:1" }, { kind: "up" }],
    ["in brackets, with a port", { ca, host: "[::1]:443" }, { kind: "up" }],
    [
      "another one",
      { ca, host: "2001:db8::7" },
      { kind: "down", detail: expect.stringContaining("not for 2001:db8::7") },
    ],
  ])("%s", async (_name, rule, expected) => {
    await using server = await listenTls("six", () => {}, {}, SIX);
    const finding = await ask({ protocol: "tls", port: server.port, ...rule }, SIX);
    expect(finding).toMatchObject(expected);
  });
});
