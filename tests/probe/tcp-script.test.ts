import { describe, expect, test } from "vitest";
import { checkSchema } from "../../shared/model/check.ts";
import { wordsOf } from "../../shared/probe/hide.ts";
import { ask, deafPort, freePort, listen } from "./servers.ts";
import { CA, dialogue } from "./tls-servers.ts";

const starttls = { host: "lb.example.test", ca: CA };

describe("expect: closed", () => {
  const closed = (port: number, options: object = {}) =>
    ask({ protocol: "tcp", port, votes: false, expect: "closed", ...options });

  test("a port that accepts is down, open", async () => {
    await using server = await listen(() => {});
    expect(await closed(server.port)).toMatchObject({ kind: "down", reason: "open", phase: "connect" });
  });

  test("a port that refuses, or does not answer, is up", async () => {
    expect(await closed(await freePort())).toEqual({ kind: "up", ms: expect.any(Number) });
    await using deaf = await deafPort();
    expect(await closed(deaf.port, { timeoutMs: 100 })).toMatchObject({ kind: "up", silent: true });
  });

  test("it can never vote, and plays no script", () => {
    const input = { protocol: "tcp", port: 22, expect: "closed" };
    const pathsOf = (value: object) => checkSchema.safeParse(value).error?.issues.map(({ path }) => path.join("."));
    expect(pathsOf(input)).toEqual(["votes"]);
    expect(pathsOf({ ...input, votes: false, script: [{ send: "x" }] })).toEqual(["script"]);
    expect(pathsOf({ ...input, votes: false })).toBeUndefined();
  });
});

describe("scripts", () => {
  test("what is expected comes, in pieces and between other text", async () => {
    await using server = await listen((socket) => {
      socket.write("SSH-2.");
      setImmediate(() => socket.write("0-OpenSSH_9.2\r\n"));
      socket.once("data", () => socket.write("so: PONG, and more"));
    });
    const script = [{ expect: "SSH-2.0-" }, { send: "PING\r\n" }, { expect: "PONG" }, { expect: "more" }];
    expect(await ask({ protocol: "tcp", port: server.port, script })).toMatchObject({ kind: "up" });
  });

  test("text is used up: what came before is not found again", async () => {
    await using server = await listen((socket) => socket.write("one two"));
    const script = [{ expect: "two" }, { expect: "one" }];
    const finding = await ask({ protocol: "tcp", port: server.port, script, timeoutMs: 100 });
    expect(finding).toMatchObject({ kind: "down", reason: "timeout", phase: "banner" });
  });

  test("other text: down with the connection's end", async () => {
    await using server = await listen((socket) => socket.end("go away\r\n"));
    const finding = await ask({ protocol: "tcp", port: server.port, script: [{ expect: "SSH-" }] });
    expect(finding).toMatchObject({ kind: "down", reason: "reset", phase: "banner" });
    expect(finding).toHaveProperty("detail", 'the connection was closed in the middle of the answer: "go away\\r\\n"');
  });

  test("other text and then silence: what came is told", async () => {
    await using server = await listen((socket) => socket.write("SSH-2.0-OpenSSH_9.2p1\r\n"));
    const script = [{ expect: "SSH-1.5" }];
    expect(await ask({ protocol: "tcp", port: server.port, script, timeoutMs: 100 })).toMatchObject({
      reason: "timeout",
      phase: "banner",
      detail: 'connected, but the greeting did not end within the timeout: "SSH-2.0-OpenSSH_9.2p1\\r\\n"',
    });
  });

  test.each<[string, string | undefined, object]>([
    ["silence", undefined, { reason: "timeout", detail: "connected, but no answer came within the timeout" }],
    [
      "an answer",
      "550 5.7.1 go away\r\n",
      {
        reason: "timeout",
        detail: 'connected, but the answer did not end within the timeout: "550 5.7.1 go away\\r\\n"',
      },
    ],
  ])("what is left of the greeting is no answer to what was sent then: %s", async (_name, said, expected) => {
    await using server = await listen((socket) => {
      socket.write("220 lb.example.test ESMTP\r\n");
      if (said !== undefined) socket.once("data", () => socket.write(said));
    });
    const script = [{ expect: "220" }, { send: "NOOP\r\n" }, { expect: "250 " }];
    const finding = await ask({ protocol: "tcp", port: server.port, script, timeoutMs: 100 });
    expect(finding).toMatchObject({ kind: "down", phase: "response", ...expected });
  });

  test("a server that hangs up after a command gave no answer, whatever is left of its greeting", async () => {
    await using server = await listen((socket) => {
      socket.write("220 lb.example.test ESMTP\r\n");
      socket.once("data", () => socket.end());
    });
    const script = [{ expect: "220" }, { send: "NOOP\r\n" }, { expect: "250 " }];
    const detail = "the connection was closed without an answer";
    expect(await ask({ protocol: "tcp", port: server.port, script })).toMatchObject({ reason: "reset", detail });
  });

  test("other text without an end", async () => {
    await using server = await listen((socket) => {
      const more = (): void => {
        if (!socket.destroyed) socket.write("x".repeat(4000), () => setImmediate(more));
      };
      more();
    });
    const finding = await ask({ protocol: "tcp", port: server.port, script: [{ expect: "SSH-" }] });
    expect(finding).toMatchObject({
      reason: "banner",
      phase: "banner",
      detail: 'no "SSH-" in the first 8192 bytes: "xxx' + "x".repeat(57) + '…"',
    });
  });

  test("TLS in the middle", async () => {
    const script = [
      { expect: "ready" },
      { send: "STARTTLS\r\n" },
      { expect: "220" },
      { starttls },
      { send: "SECRET\r\n" },
      { expect: "heard" },
    ];
    const answer = (line: string, isSecure: boolean) =>
      isSecure ? "heard\r\n" : line === "STARTTLS" ? { thenTls: "220 go ahead\r\n" } : undefined;
    await using good = await dialogue("ready\r\n", answer);
    expect(await ask({ protocol: "tcp", port: good.port, script })).toMatchObject({ kind: "up" });
    await using expired = await dialogue("ready\r\n", answer, "expired");
    expect(await ask({ protocol: "tcp", port: expired.port, script })).toMatchObject({ reason: "tls", phase: "tls" });
  });

  // As Exim and Prosody answer.
  test.each([
    ["a line, with its end", "220 TLS go ahead\r\n", "220 TLS go ahead\r\n"],
    ["the beginning of a tag, which has no line", "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", "<proceed"],
    ["a whole tag", "<proceed xmlns='x'/>", "<proceed xmlns='x'/>"],
  ])("TLS follows upon %s", async (_name, thenTls, expected) => {
    const answer = (_line: string, isSecure: boolean) => (isSecure ? "heard\r\n" : { thenTls });
    await using server = await dialogue("ready\r\n", answer);
    const script = [
      { send: "STARTTLS\r\n" },
      { expect: expected },
      { starttls },
      { send: "x\r\n" },
      { expect: "heard" },
    ];
    expect(await ask({ protocol: "tcp", port: server.port, script, timeoutMs: 1000 })).toMatchObject({ kind: "up" });
  });

  test("a script without words is a connection", async () => {
    await using server = await listen(() => {});
    expect(await ask({ protocol: "tcp", port: server.port, script: [{ send: "QUIT\r\n" }] })).toMatchObject({
      kind: "up",
    });
    expect(await ask({ protocol: "tcp", port: await freePort(), script: [{ send: "x" }] })).toMatchObject({
      reason: "refused",
    });
  });

  test.each([
    ["AUTH hunter2hunter2", "unknown command 'AUTH [secret]'"],
    ["auth Hunter2&x", "unknown command 'auth [secret]'"],
    ['SET token="hunter2"', "unknown command 'SET [secret]'"],
    // It may answer a prompt.
    ["hunter2hunter2", "unknown command '[secret]'"],
    ["a1 LOGIN ann pw123", "unknown command 'a1 LOGIN ann pw123'"],
  ])("%s is not quoted where the server says it back", async (send, said) => {
    await using server = await listen((socket) => {
      socket.on("data", (line) => socket.write(`-ERR unknown command '${line.toString()}'\r\n`));
    });
    const script = [{ send }, { expect: "+OK" }];
    expect(await ask({ protocol: "tcp", port: server.port, script, timeoutMs: 200 })).toMatchObject({
      reason: "timeout",
      detail: `connected, but the answer did not end within the timeout: "-ERR ${said}\\r\\n"`,
    });
  });

  test.each([
    ["EHLO me\r\n", []],
    ["USER monitor\r\nPASS secret1\r\n", ["monitor", "secret1"]],
    ["QUIT\r\n", []],
    ["aHVudGVyMg==\r\n", ["aHVudGVyMg==", "aHVudGVyMg"]],
    ['{"user":"probe1","pass":"hunter2"}', ['{"user":"probe1","pass":"hunter2"}', "probe1", "hunter2"]],
    ["GET /health?key=hunter2 HTTP/1.1\r\n", ["/health?key=hunter2", "/health?key", "hunter2"]],
  ])("of %j, these words are hidden: %j", (send, words) => expect(wordsOf(send)).toEqual(words));
});
