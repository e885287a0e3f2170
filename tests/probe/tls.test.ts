import { once } from "node:events";
import type { TLSSocket } from "node:tls";
import { describe, expect, test } from "vitest";
import type { CheckInput } from "../../shared/model/check.ts";
import { createProber } from "../../shared/probe/probes.ts";
import { answering, ask, check, deafPort, freePort, listen, LOOPBACK } from "./servers.ts";
import { CA, fixture, type Kind, listenTls } from "./tls-servers.ts";

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
const rule = { host: "lb.example.test", ca: CA };
const tls = (port: number, options: object = {}): CheckInput => ({ protocol: "tls", port, ...rule, ...options });
const https = (port: number, options: object = {}): CheckInput => ({ protocol: "https", port, ...rule, ...options });

/** A prober whose calendar says this day. */
function onDay(day: string) {
  const prober = createProber({ wallMs: () => Date.parse(day) });
  return (input: CheckInput) => prober.probe(check(input), LOOPBACK, new AbortController().signal);
}

describe.each([
  ["tls", tls],
  ["https", https],
])("%s judges the certificate", (_name, ask_) => {
  const cases: [string, Kind, object, object][] = [
    ["right name, own CA", "good", {}, { kind: "up" }],
    ["no host: the address is the name", "good", { host: undefined }, { kind: "up" }],
    ["an address as host", "good", { host: "127.0.0.1:443" }, { kind: "up" }],
    ["a host with a port", "good", { host: "lb.example.test:8443" }, { kind: "up" }],
    [
      "wrong name",
      "other",
      {},
      { reason: "tls", detail: 'the certificate is not for lb.example.test but for "DNS:other.example.test"' },
    ],
    ["expired", "expired", {}, { reason: "tls", detail: expect.stringMatching(/expired .*2020-02-01/) }],
    ["self-signed", "self", {}, { reason: "tls", detail: "the certificate is self-signed" }],
    [
      "unknown CA",
      "good",
      { ca: undefined },
      { reason: "tls", detail: expect.stringContaining("not complete, or its CA") },
    ],
    ["self-signed, but that does not matter", "self", { certificate: "ignore" }, { kind: "up" }],
    ["self-signed, and given as own CA", "self", { ca: fixture("self.pem") }, { kind: "up" }],
    ["self-signed, and not given as own CA", "self", { ca: undefined }, { kind: "down", reason: "tls" }],
    ["given itself instead of its CA", "good", { ca: fixture("good.pem") }, { kind: "up" }],
    ["given itself beside others", "good", { ca: fixture("self.pem") + fixture("good.pem") }, { kind: "up" }],
    ["another one is given", "good", { ca: fixture("other.pem") }, { reason: "tls" }],
    ["another CA is given", "good", { ca: fixture("self.pem") }, { reason: "tls" }],
    ["expired, and given itself", "expired", { ca: fixture("expired.pem") }, { reason: "tls" }],
    ["given itself, wrong name", "other", { ca: fixture("other.pem") }, { reason: "tls" }],
    [
      "only a common name, and another",
      "bare",
      { ca: fixture("bare.pem"), host: "x.example.test" },
      { reason: "tls", detail: 'the certificate is not for x.example.test but for "lb.example.test"' },
    ],
  ];

  test.each(cases)("%s", async (_case, kind, options, expected) => {
    await using server = await listenTls(kind, (socket) => socket.on("data", () => socket.write(OK)));
    const finding = await ask(ask_(server.port, options));
    expect(finding).toMatchObject("kind" in expected ? expected : { kind: "down", phase: "tls", ...expected });
    expect(finding).not.toHaveProperty("warning");
  });

  test.each([
    ["2049-12-01", {}, { kind: "up" }],
    ["2049-12-20", {}, { kind: "up", warning: "the certificate ends on 2049-12-31, in 11 days" }],
    ["2049-12-20", { warnDays: 11 }, { kind: "up" }],
    ["2049-12-20", { minDays: 11, warnDays: 0 }, { kind: "up" }],
    ["2049-12-20", { minDays: 12 }, { kind: "down", reason: "tls", phase: "tls" }],
  ])("days left on %s with %j", async (day, options, expected) => {
    await using server = await listenTls("good", (socket) => socket.on("data", () => socket.write(OK)));
    const finding = await onDay(day)(ask_(server.port, options));
    expect(finding).toMatchObject(expected);
    expect("warning" in finding).toBe("warning" in expected);
  });

  test("a name that stands only in the common name is a warning", async () => {
    await using server = await listenTls("bare", (socket) => socket.on("data", () => socket.write(OK)));
    const finding = await ask(ask_(server.port, { ca: fixture("bare.pem") }));
    const warning = "the certificate names lb.example.test only as its common name; browsers refuse it";
    expect(finding).toMatchObject({ kind: "up", warning });
  });

  test("so it is where the alternative names are addresses alone", async () => {
    await using server = await listenTls("six", (socket) => socket.on("data", () => socket.write(OK)));
    const finding = await ask(ask_(server.port, { ca: fixture("six.pem"), host: "six" }));
    expect(finding).toMatchObject({ kind: "up", warning: expect.stringContaining("only as its common name") });
  });

  test("a host's final dot is no part of the server name", async () => {
    const asked = Promise.withResolvers<unknown>();
    const answer = (socket: TLSSocket) => socket.on("data", () => socket.write(OK));
    await using server = await listenTls("good", answer, {
      // Hears of the name within the handshake: the probe of tls is gone when that is done.
      SNICallback: (name, goOn) => {
        asked.resolve(name);
        goOn(null);
      },
    });
    expect((await ask(ask_(server.port, { host: "lb.example.test." }))).kind).toBe("up");
    expect(await asked.promise).toBe("lb.example.test");
  });

  test("refused, and no SYN-ACK: phase connect", async () => {
    await using deaf = await deafPort();
    expect(await ask(ask_(await freePort()))).toMatchObject({ kind: "down", reason: "refused", phase: "connect" });
    expect(await ask(ask_(deaf.port, { timeoutMs: 150 }))).toMatchObject({ reason: "timeout", phase: "connect" });
  });

  test("a server that says nothing in the handshake", async () => {
    await using server = await listen(() => {});
    expect(await ask(ask_(server.port, { timeoutMs: 150 }))).toMatchObject({
      kind: "down",
      reason: "timeout",
      phase: "tls",
    });
  });

  test("a server that stalls in the middle of the handshake", async () => {
    // The first half of a record header and of a ServerHello.
    await using server = await answering(Buffer.from("160303007a0200007603", "hex"));
    const finding = await ask(ask_(server.port, { timeoutMs: 150 }));
    expect(finding).toMatchObject({ reason: "timeout", phase: "tls" });
  });

  test("a server that does not speak TLS", async () => {
    await using server = await listen((socket) => socket.write("220 mail.example.com ESMTP\r\n"));
    expect(await ask(ask_(server.port))).toMatchObject({
      kind: "down",
      reason: "tls",
      phase: "tls",
      detail: "what answers there does not speak TLS",
    });
  });

  test("an alert", async () => {
    await using server = await answering(Buffer.from("15030300020228", "hex"));
    const finding = await ask(ask_(server.port));
    expect(finding).toMatchObject({
      kind: "down",
      reason: "tls",
      detail: expect.stringContaining("handshake failure"),
    });
  });

  test("a protocol too old", async () => {
    await using server = await listenTls("good", undefined, { minVersion: "TLSv1", maxVersion: "TLSv1.1" });
    expect(await ask(ask_(server.port))).toMatchObject({ kind: "down", reason: "tls", phase: "tls" });
  });

  test("a reset right after accept, and one in the handshake", async () => {
    await using early = await listen((socket) => socket.once("data", () => socket.resetAndDestroy()));
    expect(await ask(ask_(early.port))).toMatchObject({ kind: "down", reason: "blocked", phase: "tls" });
    await using late = await listen((socket) =>
      socket.once("data", () =>
        socket.write(Buffer.from("160303007a02", "hex"), () => setTimeout(() => socket.resetAndDestroy(), 50)),
      ),
    );
    expect(await ask(ask_(late.port))).toMatchObject({ kind: "down", reason: "reset", phase: "tls" });
  });

  test("a close in the handshake", async () => {
    await using server = await listen((socket) => socket.once("data", () => socket.end()));
    expect(await ask(ask_(server.port))).toMatchObject({ kind: "down", reason: "reset", phase: "tls" });
  });

  test("the connection is ended as soon as the verdict is known, though the server goes on", async () => {
    await using server = await listenTls("good", (socket) => {
      socket.on("data", () => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nand so on"));
    });
    expect((await ask(ask_(server.port))).kind).toBe("up");
    const [socket] = server.sockets;
    if (socket && !socket.closed) await once(socket, "close");
    expect(socket?.destroyed).toBe(true);
  });
});

describe("https", () => {
  test("SNI is the host, the request is as for http", async () => {
    const asked = Promise.withResolvers<string>();
    await using server = await listenTls(
      "good",
      (socket) =>
        socket.on("data", (text: Buffer) => {
          asked.resolve(`${String(socket.servername)} ${String(socket.alpnProtocol)} ${text.toString()}`);
          socket.write(OK);
        }),
      { ALPNProtocols: ["http/1.1"] },
    );
    expect((await ask(https(server.port, { path: "/x", contains: "ell" }))).kind).toBe("up");
    expect(await asked.promise).toMatch(
      /^lb\.example\.test http\/1\.1 GET \/x HTTP\/1\.1\r\nhost: lb\.example\.test\r\n/,
    );
  });

  test("a server with a wrong certificate is not sent the request, nor its secret header", async () => {
    const sent: string[] = [];
    await using server = await listenTls("self", (socket) =>
      socket.on("data", (text: Buffer) => sent.push(text.toString())),
    );
    const prober = createProber({ header: { name: "X-Secret", value: "s3cret" } });
    await prober.probe(check(https(server.port)), LOOPBACK, new AbortController().signal);
    expect(sent).toEqual([]);
  });

  test.each([
    ["HTTP/1.1 500 Oh\r\n\r\n", {}, { reason: "status", phase: "response" }],
    ["HTTP/1.1 403 No\r\n\r\n", {}, { reason: "blocked", phase: "response" }],
    [OK, { contains: "bye" }, { reason: "body", phase: "response" }],
    ["HTTP/1.1 200 OK\r\n", { timeoutMs: 200 }, { reason: "timeout", phase: "response" }],
    ["220 mail\r\n", {}, { reason: "answer", phase: "response" }],
  ])("%j with %j", async (answer, options, expected) => {
    await using server = await listenTls("good", (socket) => socket.on("data", () => socket.write(answer)));
    expect(await ask(https(server.port, options))).toMatchObject({ kind: "down", ...expected });
  });

  test.each([
    ["", "the connection was closed without an answer"],
    ["HTTP/1.1 2", "the connection was closed in the middle of the answer"],
  ])("closed after the handshake and %j", async (said, detail) => {
    await using server = await listenTls("good", (socket) => socket.on("data", () => socket.end(said)));
    expect(await ask(https(server.port))).toMatchObject({ kind: "down", reason: "reset", phase: "response", detail });
  });

  test("an endless body over TLS", async () => {
    await using server = await listenTls("good", (socket) =>
      socket.once("data", () => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        const more = (): void => {
          if (!socket.destroyed) socket.write("x".repeat(1000), () => setImmediate(more));
        };
        more();
      }),
    );
    expect(await ask(https(server.port, { contains: "y" }))).toMatchObject({ reason: "body" });
  });
});
