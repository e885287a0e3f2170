import { createServer, type IncomingHttpHeaders } from "node:http";
import { once } from "node:events";
import type { Socket } from "node:net";
import { describe, expect, test } from "vitest";
import type { CheckInput } from "../../shared/model/check.ts";
import { createProber, runProbe } from "../../shared/probe/probes.ts";
import { answering, ask, check, deafPort, dripping, ending, freePort, listen, LOOPBACK } from "./servers.ts";

type Http = Omit<Extract<CheckInput, { protocol: "http" }>, "protocol" | "port">;

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
const http = (port: number, options: Http = {}): CheckInput => ({ protocol: "http", port, ...options });

/** A reply with this many bytes of filling before the text. */
const padded = (bytes: number, text: string): string =>
  `HTTP/1.1 200 OK\r\nContent-Length: ${bytes + text.length}\r\n\r\n${"x".repeat(bytes)}${text}`;

describe("what is asked", () => {
  test("GET of the path with Host, User-Agent, identity and close", async () => {
    const asked = Promise.withResolvers<{ line: string; headers: IncomingHttpHeaders }>();
    const server = createServer((request, response) => {
      asked.resolve({ line: `${request.method} ${request.url}`, headers: request.headers });
      response.end("OK");
    }).listen(0, LOOPBACK);
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" && address ? address.port : 0;
    const prober = createProber({ contact: "ops@example.com", header: { name: "X-Let-Me", value: "in" } });
    const options = { host: "lb.example.com", path: "/test.txt?a=1" };
    const finding = await prober.probe(check(http(port, options)), LOOPBACK, new AbortController().signal);
    server.close();
    expect(finding.kind).toBe("up");
    const { line, headers } = await asked.promise;
    expect(line).toBe("GET /test.txt?a=1");
    expect(headers).toMatchObject({
      host: "lb.example.com",
      "accept-encoding": "identity",
      connection: "close",
      "x-let-me": "in",
    });
    expect(headers["user-agent"]).toMatch(/^lifeboat\/\d+\.\d+\.\d+ \(\+ops@example\.com\)$/);
  });

  test("the connection ends with RST once the verdict is known, though the body goes on", async () => {
    const ended = Promise.withResolvers<string>();
    await using server = await listen((socket) => {
      void ending(socket).then(ended.resolve);
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nand so on");
    });
    expect((await ask(http(server.port))).kind).toBe("up");
    expect(await ended.promise).toBe("ECONNRESET");
  });
});

describe("verdicts", () => {
  const cases: [string, string | Buffer, Http, object][] = [
    ["200", OK, {}, { kind: "up" }],
    ["204 where 204 is expected", "HTTP/1.1 204 No Content\r\n\r\n", { statuses: [200, 204] }, { kind: "up" }],
    ["500", "HTTP/1.1 500 Oh\r\n\r\n", {}, { reason: "status", detail: 'expected 200, got 500 "Oh"' }],
    ["200 where 204 is expected", OK, { statuses: [204] }, { reason: "status" }],
    [
      "a redirect is not followed",
      "HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:1/\r\n\r\n",
      {},
      { reason: "status", detail: 'expected 200, got 301 "Moved", to "http://127.0.0.1:1/"' },
    ],
    ["a redirect that is expected", "HTTP/1.1 301 Moved\r\nLocation: /x\r\n\r\n", { statuses: [301] }, { kind: "up" }],
    ...[401, 403, 407, 429, 451].map((status): [string, string, Http, object] => [
      `${status} is a firewall's answer`,
      `HTTP/1.1 ${status} No\r\n\r\n`,
      {},
      { reason: "blocked", detail: `expected 200, got ${status} "No": a firewall may have met the probe` },
    ]),
    ["401 that is expected", "HTTP/1.1 401 No\r\n\r\n", { statuses: [401] }, { kind: "up" }],
    ["text found", OK, { contains: "ell" }, { kind: "up" }],
    ["text lacking", OK, { contains: "bye" }, { reason: "body", detail: 'the body does not contain "bye": "hello"' }],
    ["no body", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", { contains: "a" }, { reason: "body" }],
    ["text that ends at byte 5,120", padded(5117, "end"), { contains: "end" }, { kind: "up" }],
    [
      "text that ends at byte 5,121",
      padded(5118, "end"),
      { contains: "end" },
      { reason: "body", detail: expect.stringContaining('does not contain "end" in its first 5120 bytes: "') },
    ],
    [
      "text in chunks",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
      { contains: "hello" },
      { kind: "up" },
    ],
    ["text beyond ASCII", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\ngrün", { contains: "ün" }, { kind: "up" }],
    ["a reply after 100 Continue", `HTTP/1.1 100 Continue\r\n\r\n${OK}`, {}, { kind: "up" }],
    ["101", "HTTP/1.1 101 Up\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n", {}, { reason: "status" }],
    [
      "not HTTP",
      "220 mail.example.com ESMTP\r\n",
      {},
      { reason: "answer", detail: expect.stringContaining('"220 mail') },
    ],
    [
      "bytes that are no text",
      Buffer.from([0, 27, 91, 255]),
      {},
      { reason: "answer", detail: expect.stringContaining('"\\x00\\x1b[\\xff"') },
    ],
  ];

  test.each(cases)("%s", async (_name, answer, options, expected) => {
    await using server = await answering(answer);
    const finding = await ask(http(server.port, options));
    const kind = "kind" in expected ? expected : { kind: "down", phase: "response", ...expected };
    expect(finding).toMatchObject(kind);
  });

  test("text across packets", async () => {
    await using server = await listen(dripping(["HTTP/1.1 200 OK\r\n\r\nhe", "l", "lo"]));
    expect(await ask(http(server.port, { contains: "hello" }))).toMatchObject({ kind: "up" });
  });

  test("a body that is encoded all the same is not unpacked, and it is said", async () => {
    await using server = await answering("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\ngzip");
    const finding = await ask(http(server.port, { contains: "OK" }));
    expect(finding).toMatchObject({ reason: "body", detail: expect.stringContaining('encoded as "gzip"') });
  });
});

describe("ways to die", () => {
  test("refused", async () => {
    expect(await ask(http(await freePort()))).toMatchObject({ kind: "down", reason: "refused", phase: "connect" });
  });

  test("no SYN-ACK", async () => {
    await using deaf = await deafPort();
    const finding = await ask(http(deaf.port, { timeoutMs: 150 }));
    expect(finding).toMatchObject({ kind: "down", reason: "timeout", phase: "connect" });
  });

  test("accepts and says nothing", async () => {
    await using server = await listen(() => {});
    const finding = await ask(http(server.port, { timeoutMs: 100 }));
    expect(finding).toMatchObject({ kind: "down", reason: "timeout", phase: "response" });
  });

  test("stops in the middle of the body that is looked through", async () => {
    await using server = await answering("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhel");
    const finding = await ask(http(server.port, { contains: "hello", timeoutMs: 100 }));
    expect(finding).toMatchObject({ kind: "down", reason: "timeout", phase: "response" });
  });

  test("resets right after accept: a firewall's way", async () => {
    await using server = await listen((socket) => socket.resetAndDestroy());
    expect(await ask(http(server.port))).toMatchObject({ kind: "down", reason: "blocked" });
  });

  test("closes without an answer", async () => {
    await using server = await listen((socket) => socket.end());
    expect(await ask(http(server.port))).toMatchObject({ kind: "down", reason: "reset", phase: "response" });
  });

  test.each(["HTTP/1.1 200 OK\r\nContent-", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhel"])(
    "resets in the middle: %j",
    async (part) => {
      await using server = await listen((socket) =>
        // A FIN cannot overtake what was written, an RST can: it goes once the probe has shown that it read on.
        socket.once("data", () => socket.write(part, () => setTimeout(() => socket.resetAndDestroy(), 50))),
      );
      const finding = await ask(http(server.port, { contains: "hello" }));
      expect(finding).toMatchObject({ kind: "down", reason: "reset", phase: "response" });
    },
  );

  test("closes in the middle of the body", async () => {
    await using server = await listen((socket) =>
      socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhel")),
    );
    const finding = await ask(http(server.port, { contains: "hello" }));
    expect(finding).toMatchObject({ kind: "down", reason: "reset", phase: "response" });
  });
});

describe("hostile", () => {
  /** Sends this again and again, as fast as it is taken, and counts what the kernel took. */
  const flood = (head: string, unit: string): ((socket: Socket) => void) => {
    return (socket) => {
      socket.write(head);
      const more = (): void => {
        if (!socket.destroyed) socket.write(unit, () => setImmediate(more));
      };
      more();
    };
  };

  const floods: [string, string, string, Http, object][] = [
    [
      "endless headers",
      "HTTP/1.1 200 OK\r\n",
      "X-A: bcdefgh\r\n".repeat(50),
      {},
      { detail: "the headers are longer than 16384 bytes" },
    ],
    ["an endless header line", "HTTP/1.1 200 OK\r\nX-A: ", "b".repeat(1000), {}, { reason: "answer" }],
    ["an endless status line", "HTTP/1.1 200 ", "O".repeat(1000), {}, { reason: "answer" }],
    [
      "100 Continue for ever",
      "",
      "HTTP/1.1 100 Continue\r\n\r\n",
      {},
      { reason: "answer", detail: expect.stringContaining("1xx") },
    ],
    ["103 for ever", "", "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", {}, { reason: "answer" }],
    ["an endless body", "HTTP/1.1 200 OK\r\n\r\n", "x".repeat(1000), { contains: "y" }, { reason: "body" }],
    [
      "endless chunks of one byte",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
      "1\r\nx\r\n".repeat(50),
      { contains: "y" },
      { reason: "body" },
    ],
    [
      "an endless chunk extension",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;",
      "e".repeat(1000),
      { contains: "y" },
      { reason: "answer" },
    ],
  ];

  test.each(floods)("%s", async (_name, head, unit, options, expected) => {
    await using server = await listen(flood(head, unit));
    const finding = await ask(http(server.port, { timeoutMs: 5000, ...options }));
    expect(finding).toMatchObject({ kind: "down", phase: "response", ...expected });
    expect(server.sockets[0]?.bytesWritten).toBeLessThan(20e6);
  });

  test("one byte at a time ends with the deadline", async () => {
    await using server = await listen((socket) => {
      const timer = setInterval(() => socket.write("x"), 20);
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n");
      socket.on("close", () => clearInterval(timer));
    });
    const finding = await ask(http(server.port, { contains: "y", timeoutMs: 200 }));
    expect(finding).toMatchObject({ kind: "down", reason: "timeout", phase: "response" });
  });

  test("an answer that nobody asked for yet is judged as any", async () => {
    await using server = await listen((socket) => socket.end(OK));
    const finding = await runProbe(check(http(server.port)), LOOPBACK, new AbortController().signal);
    expect(finding.kind).toBe("up");
  });
});
