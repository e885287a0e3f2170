// Servers that mean no good, each against every protocol: a probe ends in time, reads within its budget, keeps the
// process's memory, and says that the check is down.
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { Finding } from "../../shared/model/finding.ts";
import { ways } from "./good-servers.ts";
import { answering, ask, listen, type Listening, LOOPBACK } from "./servers.ts";
import { dialogue, listenTls } from "./tls-servers.ts";

/** What the kernel may hold on its way on the loopback interface, beside the few KB that a probe reads. */
const KERNEL_BYTES = 12e6;

/** Says this again and again, as fast as it is taken. */
function flood(socket: Socket, unit: string | Buffer): void {
  const block = Buffer.concat(Array.from({ length: Math.ceil(16_384 / unit.length) }, () => Buffer.from(unit)));
  const more = (): void => {
    if (!socket.destroyed) socket.write(block, () => setImmediate(more));
  };
  more();
}

const flooding =
  (unit: string | Buffer, head: string | Buffer = "") =>
  (socket: Socket) => {
    if (head.length > 0) socket.write(head);
    flood(socket, unit);
  };

/** One byte a second, the first at once, the second too: then the first second is over. */
function dripping(socket: Socket): void {
  socket.write("2");
  const timer = setInterval(() => socket.write("2"), 1000);
  socket.on("close", () => clearInterval(timer));
}

/** All ways at once against one server. */
async function askAll(server: Listening, timeoutMs: number): Promise<[string, Finding][]> {
  return Promise.all(
    Object.entries(ways).map(async ([name, way]): Promise<[string, Finding]> => {
      return [name, await ask(way.ask(server.port, { timeoutMs }))];
    }),
  );
}

function expectDown(found: [string, Finding][], timeoutMs: number): void {
  for (const [name, finding] of found) {
    expect(finding, name).toMatchObject({ kind: "down", detail: expect.stringMatching(/^[\x20-\x7e…]{1,200}$/) });
    expect("ms" in finding && finding.ms, name).toBeLessThan(timeoutMs + 250);
  }
}

describe("every protocol", () => {
  const alert = Buffer.from("15030300020150", "hex");
  test.each<[string, (socket: Socket) => void, number]>([
    ["accepts and says nothing", () => {}, 300],
    ["says one byte a second", dripping, 1500],
    ["says x for ever", flooding("x"), 5000],
    ["says null bytes for ever", flooding("\0"), 5000],
    ["says line feeds for ever", flooding("\n"), 5000],
    ["begins SMTP lines for ever", flooding("220-a\r\n"), 5000],
    ["says +OK for ever", flooding("+OK x\r\n"), 5000],
    ["says * OK for ever", flooding("* OK x\r\n"), 5000],
    ["says 100 Continue for ever", flooding("HTTP/1.1 100 Continue\r\n\r\n"), 5000],
    ["says headers for ever", flooding("X-A: b\r\n", "HTTP/1.1 200 OK\r\n"), 5000],
    ["says a header line for ever", flooding("x", "HTTP/1.1 200 OK\r\nX-A: "), 5000],
    ["warns by TLS alerts for ever", flooding(alert), 5000],
    ["says TLS records of nothing for ever", flooding(Buffer.from("1603030000", "hex")), 5000],
    [
      "says TLS records of noise for ever",
      flooding(Buffer.concat([Buffer.from("1603034000", "hex"), Buffer.alloc(0x4000, 7)])),
      5000,
    ],
    ["refuses by a TLS alert", (socket) => socket.write(Buffer.from("15030300020228", "hex")), 300],
    ["resets at once", (socket) => socket.resetAndDestroy(), 5000],
    ["closes at once", (socket) => socket.end(), 5000],
    ["resets at the first byte", (socket) => socket.once("data", () => socket.resetAndDestroy()), 1000],
    ["shuts its sending side and reads on", (socket) => socket.end("2"), 1000],
  ])("%s", async (_name, onSocket, timeoutMs) => {
    await using server = await listen(onSocket);
    expectDown(await askAll(server, timeoutMs), timeoutMs);
    for (const socket of server.sockets) expect(socket.bytesWritten).toBeLessThan(KERNEL_BYTES);
  });
});

describe("behind a TLS handshake that is as it should be", () => {
  const secured = Object.entries(ways).filter(([name]) => /^https$|over TLS/.test(name));
  test.each<[string, (socket: Socket) => void, number]>([
    ["says nothing", () => {}, 400],
    ["says x for ever", flooding("x"), 5000],
    ["begins SMTP lines for ever", flooding("220-a\r\n"), 5000],
    ["closes", (socket) => socket.end(), 5000],
  ])("%s", async (_name, onSocket, timeoutMs) => {
    await using server = await listenTls("good", onSocket);
    const asked = secured.map(async ([name, way]): Promise<[string, Finding]> => {
      return [name, await ask(way.ask(server.port, { timeoutMs }))];
    });
    const found = await Promise.all(asked);
    expect(found).toHaveLength(4);
    expectDown(found, timeoutMs);
  });
});

describe("in the middle of a dialogue", () => {
  const cases: [string, string, string, string][] = [
    ["smtp", "220 lb\r\n", "EHLO lifeboat.invalid", "250-a\r\n"],
    ["imap", "* OK\r\n", "a3 CAPABILITY", "* X\r\n"],
    ["imap", "* OK\r\n", "a3 CAPABILITY", "* X {5}\r\nhello\r\n"],
    ["imap", "* OK\r\n", "a3 CAPABILITY", "* X {8000}\r\n"],
    ["pop3", "+OK\r\n", "CAPA", "X\r\n"],
  ];
  test.each(cases)("%s: a reply that never ends", async (name, greeting, command, unit) => {
    await using server = await listen((socket) => {
      socket.write(greeting);
      socket.on("data", (bytes: Buffer) => {
        if (bytes.toString().trimEnd() !== command) return;
        flooding(unit, name === "pop3" ? "+OK\r\n" : "")(socket);
      });
    });
    const finding = await ask(ways[name]?.ask(server.port, { timeoutMs: 5000 }) ?? { protocol: "tcp", port: 1 });
    expect(finding).toMatchObject({ kind: "down", reason: "answer", phase: "response" });
    expect(finding.kind === "down" && finding.ms).toBeLessThan(5000);
  });

  test.each([
    [
      "smtp with STARTTLS",
      "220 lb\r\n",
      { "EHLO lifeboat.invalid": "250-a\r\n250 STARTTLS\r\n", STARTTLS: "220 go\r\n" },
    ],
    [
      "imap with STARTTLS",
      "* OK\r\n",
      { "a1 CAPABILITY": "* CAPABILITY STARTTLS\r\na1 OK\r\n", "a2 STARTTLS": "a2 OK\r\n" },
    ],
    ["pop3 with STLS", "+OK\r\n", { CAPA: "+OK\r\nSTLS\r\n.\r\n", STLS: "+OK\r\n" }],
  ])("%s: TLS is promised, and nothing follows", async (name, greeting, answers: Record<string, string>) => {
    await using server = await dialogue(greeting, (line) => answers[line]);
    const finding = await ask(ways[name]?.ask(server.port, { timeoutMs: 300 }) ?? { protocol: "tcp", port: 1 });
    expect(finding).toMatchObject({ kind: "down", reason: "timeout", phase: "tls" });
  });
});

describe("http", () => {
  test("a gzip bomb is not unpacked: what is searched is what came", async () => {
    const bomb = gzipSync(Buffer.alloc(60_000_000), { level: 1 });
    const head = `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n\r\n`;
    await using server = await answering(Buffer.concat([Buffer.from(head), bomb]));
    const before = process.memoryUsage().rss;
    const finding = await ask({ protocol: "http", port: server.port, contains: "hello", timeoutMs: 5000 });
    expect(finding).toMatchObject({
      kind: "down",
      reason: "body",
      detail: expect.stringContaining('encoded as "gzip"'),
    });
    expect(process.memoryUsage().rss - before).toBeLessThan(50e6);
  });

  test("a redirect is not followed, neither to itself nor elsewhere", async () => {
    await using elsewhere = await listen(() => {});
    for (const status of [301, 302, 303, 307, 308]) {
      const to = `http://${LOOPBACK}:${elsewhere.port}/`;
      await using server = await answering(`HTTP/1.1 ${status} Go\r\nLocation: ${to}\r\nContent-Length: 0\r\n\r\n`);
      expect(await ask({ protocol: "http", port: server.port })).toMatchObject({ kind: "down", reason: "status" });
      expect(server.sockets).toHaveLength(1);
    }
    expect(elsewhere.sockets).toHaveLength(0);
  });
});

test("200 probes of floods at once: the process keeps its memory", async () => {
  await using plain = await listen((socket) =>
    socket.once("data", () => flooding("x", "HTTP/1.1 200 OK\r\n\r\n")(socket)),
  );
  await using mail = await listen(flooding("220-aaaaaaaaaaaaaaaa\r\n"));
  await using noise = await listen(flooding(Buffer.alloc(1000, 0x16)));
  const script = `
    import { createProber } from "${new URL("../../shared/probe/probes.ts", import.meta.url).href}";
    import { checkSchema } from "${new URL("../../shared/model/check.ts", import.meta.url).href}";
    const signal = new AbortController().signal;
    const { probe } = createProber();
    const inputs = [
      { protocol: "http", port: ${plain.port}, contains: "y" },
      { protocol: "http", port: ${plain.port}, matches: "^y" },
      { protocol: "smtp", port: ${mail.port} },
      { protocol: "imap", port: ${mail.port} },
      { protocol: "pop3", port: ${mail.port} },
      { protocol: "tcp", port: ${mail.port}, script: [{ expect: "z" }] },
      { protocol: "tls", port: ${noise.port} },
      { protocol: "https", port: ${noise.port} },
    ].map((input) => checkSchema.parse({ timeoutMs: 10000, ...input }));
    const round = (count) =>
      Promise.all(Array.from({ length: count }, (_, index) => probe(inputs[index % inputs.length], "${LOOPBACK}", signal)));
    await round(16);
    const before = process.resourceUsage().maxRSS;
    const findings = await round(200);
    const kinds = [...new Set(findings.map(({ kind }) => kind))];
    console.log(JSON.stringify({ kinds, grownKb: process.resourceUsage().maxRSS - before }));`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script]);
  let out = "";
  child.stdout.on("data", (text) => (out += String(text)));
  child.stderr.on("data", (text) => (out += String(text)));
  await once(child, "close");
  // 200 × (8 KB + a chunk of 64 KB) would be 14 MB; Node keeps a little more.
  const { kinds, grownKb } = JSON.parse(out) as { kinds: string[]; grownKb: number };
  expect(kinds).toEqual(["down"]);
  expect(grownKb).toBeLessThan(80_000);
});
