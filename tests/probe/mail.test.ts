import { describe, expect, test } from "vitest";
import type { CheckInput } from "../../shared/model/check.ts";
import { ask, freePort, listen } from "./servers.ts";
import { CA, dialogue, type Kind, listenTls } from "./tls-servers.ts";

const rule = { host: "lb.example.test", ca: CA };

/** What a server says to each command, before and after TLS. */
type Answers = Record<string, string | { thenTls: string } | undefined>;

const scripts = {
  smtp: {
    greeting: "220 lb.example.test ESMTP\r\n",
    plain: {
      "EHLO lifeboat.invalid": "250-lb.example.test\r\n250-SIZE 1000\r\n250-STARTTLS\r\n250 HELP\r\n",
      STARTTLS: { thenTls: "220 go on\r\n" },
      QUIT: "221 bye\r\n",
    },
    upgradeCommand: "STARTTLS",
  },
  imap: {
    greeting: "* OK IMAP4rev1 ready\r\n",
    plain: {
      "a1 CAPABILITY": "* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\na1 OK done\r\n",
      "a2 STARTTLS": { thenTls: "a2 OK go on\r\n" },
      "a3 CAPABILITY": "* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\na3 OK done\r\n",
      "a4 LOGOUT": "* BYE\r\na4 OK done\r\n",
    },
    upgradeCommand: "a2 STARTTLS",
  },
  pop3: {
    greeting: "+OK ready\r\n",
    plain: { CAPA: "+OK\r\nTOP\r\nSTLS\r\n.\r\n", STLS: { thenTls: "+OK go on\r\n" }, QUIT: "+OK bye\r\n" },
    upgradeCommand: "STLS",
  },
} satisfies Record<string, { greeting: string; plain: Answers; upgradeCommand: string }>;

type Mail = keyof typeof scripts;
const mails: Mail[] = ["smtp", "imap", "pop3"];

const mail = (protocol: Mail, port: number, options: object = {}): CheckInput => ({
  protocol,
  port,
  ...rule,
  ...options,
});

/** The answer to a command, TLS or not. */
function wordsOf(answers: Answers, command: Buffer): string {
  const answer = answers[command.toString().trimEnd()];
  return typeof answer === "object" ? answer.thenTls : (answer ?? "what?\r\n");
}

/** The well-behaved server, but for these answers. */
function server(protocol: Mail, changed: Answers & { greeting?: string } = {}, kind: Kind = "good") {
  const { greeting, plain } = scripts[protocol];
  const answers: Answers = { ...plain, ...changed };
  return dialogue(changed.greeting ?? greeting, (line) => answers[line], kind);
}

describe.each(mails)("%s", (protocol) => {
  test("a well-behaved server is up, plain and with STARTTLS", async () => {
    await using it = await server(protocol);
    expect(await ask(mail(protocol, it.port))).toMatchObject({ kind: "up" });
    expect(await ask(mail(protocol, it.port, { tls: "starttls" }))).toMatchObject({ kind: "up" });
  });

  test("TLS from the first byte", async () => {
    const { greeting, plain } = scripts[protocol];
    const answers: Answers = plain;
    await using it = await listenTls("good", (socket) => {
      socket.write(greeting);
      socket.on("data", (line: Buffer) => socket.write(wordsOf(answers, line)));
    });
    expect(await ask(mail(protocol, it.port, { tls: "implicit" }))).toMatchObject({ kind: "up" });
    await using wrong = await listenTls("other", (socket) => socket.write(greeting));
    expect(await ask(mail(protocol, wrong.port, { tls: "implicit" }))).toMatchObject({ reason: "tls", phase: "tls" });
  });

  test.each<Kind>(["other", "expired", "self"])("the certificate after STARTTLS is judged: %s", async (kind) => {
    await using it = await server(protocol, {}, kind);
    expect(await ask(mail(protocol, it.port, { tls: "starttls" }))).toMatchObject({
      kind: "down",
      reason: "tls",
      phase: "tls",
    });
    expect(await ask(mail(protocol, it.port, { tls: "starttls", certificate: "ignore" }))).toMatchObject({
      kind: "up",
    });
  });

  test("a wrong greeting is quoted", async () => {
    await using it = await server(protocol, { greeting: "554 no\u001b[31m service\r\n" });
    expect(await ask(mail(protocol, it.port))).toMatchObject({
      kind: "down",
      reason: "banner",
      phase: "banner",
      detail: expect.stringContaining('"554 no\\x1b[31m service"'),
    });
  });

  test.each([
    [
      "says nothing",
      (): undefined => undefined,
      { reason: "timeout", phase: "banner", detail: expect.stringContaining("no greeting") },
    ],
  ])("%s", async (_name, onSocket, expected) => {
    await using it = await listen(onSocket);
    expect(await ask(mail(protocol, it.port, { timeoutMs: 100 }))).toMatchObject({ kind: "down", ...expected });
  });

  test("half a greeting, then nothing", async () => {
    await using it = await server(protocol, { greeting: scripts[protocol].greeting.slice(0, 3) });
    const finding = await ask(mail(protocol, it.port, { timeoutMs: 100 }));
    expect(finding).toMatchObject({
      reason: "timeout",
      phase: "banner",
      detail: expect.stringContaining("did not end"),
    });
  });

  test("closes or resets at once, or in the middle of the greeting", async () => {
    await using closing = await listen((socket) => socket.end());
    expect(await ask(mail(protocol, closing.port))).toMatchObject({ reason: "reset", phase: "banner" });
    await using resetting = await listen((socket) => socket.resetAndDestroy());
    expect(await ask(mail(protocol, resetting.port))).toMatchObject({ reason: "blocked" });
    await using half = await listen((socket) => socket.end("2"));
    expect(await ask(mail(protocol, half.port))).toMatchObject({ reason: "reset", phase: "banner" });
  });

  test("refused", async () => {
    expect(await ask(mail(protocol, await freePort()))).toMatchObject({ reason: "refused", phase: "connect" });
  });

  test("hangs after the greeting", async () => {
    await using it = await dialogue(scripts[protocol].greeting, () => undefined);
    expect(await ask(mail(protocol, it.port, { timeoutMs: 100 }))).toMatchObject({
      reason: "timeout",
      phase: "response",
    });
  });

  test("closes after the greeting", async () => {
    await using it = await listen((socket) => socket.end(scripts[protocol].greeting));
    expect(await ask(mail(protocol, it.port))).toMatchObject({ kind: "down", reason: "reset", phase: "response" });
  });

  test("hangs up instead of saying good-bye: up all the same", async () => {
    const answers: Answers = scripts[protocol].plain;
    await using it = await listen((socket) => {
      socket.write(scripts[protocol].greeting);
      socket.on("data", (line: Buffer) => {
        if (/QUIT|LOGOUT/.test(line.toString())) socket.end();
        else socket.write(wordsOf(answers, line));
      });
    });
    expect(await ask(mail(protocol, it.port))).toMatchObject({ kind: "up" });
  });

  test("what somebody slipped in before the handshake is not taken for the server's", async () => {
    await using it = await server(protocol, {
      [scripts[protocol].upgradeCommand]: "220 ok\r\na2 OK\r\n+OK\r\n220 slipped in\r\n",
    });
    const finding = await ask(mail(protocol, it.port, { tls: "starttls", timeoutMs: 500 }));
    expect(finding).toMatchObject({ kind: "down" });
  });

  test("TLS is promised, but plain text follows", async () => {
    const { plain, upgradeCommand, greeting } = scripts[protocol];
    const answers: Answers = plain;
    await using it = await dialogue(greeting, (line) => {
      return line === upgradeCommand ? wordsOf(answers, Buffer.from(line)) : (answers[line] ?? "500 what?\r\n");
    });
    const finding = await ask(mail(protocol, it.port, { tls: "starttls", timeoutMs: 500 }));
    expect(finding).toMatchObject({ kind: "down", phase: "tls" });
  });

  const endless: [string, string][] = [
    ["a banner of 10 MB", "x"],
    ["lines without end", "220-a\r\n"],
    ["line feeds", "\n"],
    ["null bytes", "\0"],
  ];
  test.each(endless)("%s", async (_name, unit) => {
    await using it = await listen((socket) => {
      let left = 10_000_000 / unit.length;
      const more = (): void => {
        const count = Math.min(left, 50_000 / unit.length);
        left -= count;
        if (count > 0 && !socket.destroyed) socket.write(unit.repeat(count), () => setImmediate(more));
      };
      more();
    });
    const finding = await ask(mail(protocol, it.port, { timeoutMs: 5000 }));
    expect(finding).toMatchObject({ kind: "down", reason: "banner", phase: "banner" });
    expect(finding.kind === "down" && finding.ms).toBeLessThan(5000);
  });
});

describe("smtp", () => {
  test.each<[string, Answers, object, object]>([
    [
      "another code to EHLO",
      { "EHLO lifeboat.invalid": "502 no\r\n" },
      {},
      { reason: "answer", detail: 'expected 250, got "502 no"' },
    ],
    [
      "a multi-line reply that changes its mind",
      { "EHLO lifeboat.invalid": "250-a\r\n550 b\r\n" },
      {},
      { reason: "answer" },
    ],
    ["another code to QUIT", { QUIT: "500 stay\r\n" }, {}, { reason: "answer" }],
    [
      "no STARTTLS where wanted",
      { "EHLO lifeboat.invalid": "250-lb\r\n250 HELP\r\n" },
      { tls: "starttls" },
      { reason: "tls" },
    ],
    [
      "STARTTLS in the greeting line is no offer",
      { "EHLO lifeboat.invalid": "250 STARTTLS\r\n" },
      { tls: "starttls" },
      { reason: "tls" },
    ],
    ["STARTTLS refused", { STARTTLS: "454 later\r\n" }, { tls: "starttls" }, { reason: "answer" }],
    ["a reply that never ends", { "EHLO lifeboat.invalid": "250-a\r\n".repeat(200) }, {}, { reason: "answer" }],
    ["a greeting in several lines", { greeting: "220-a\r\n220 b\r\n" }, {}, { kind: "up" }],
    ["bare line feeds", { greeting: "220 a\n" }, {}, { kind: "up" }],
    ["a code of four digits", { greeting: "2200 a\r\n" }, {}, { reason: "banner", phase: "banner" }],
    ["421", { greeting: "421 too many connections\r\n" }, {}, { reason: "banner", phase: "banner" }],
  ])("%s", async (_name, changed, options, expected) => {
    await using it = await server("smtp", changed);
    expect(await ask(mail("smtp", it.port, options))).toMatchObject(
      "kind" in expected ? expected : { kind: "down", phase: "response", ...expected },
    );
  });

  test("EHLO says what is configured", async () => {
    await using it = await server("smtp", { "EHLO probe.example.com": "250 hello\r\n" });
    expect(await ask(mail("smtp", it.port, { ehlo: "probe.example.com" }))).toMatchObject({ kind: "up" });
  });
});

describe("imap", () => {
  test.each<[string, Answers, object, object]>([
    ["BYE", { greeting: "* BYE overloaded\r\n" }, {}, { reason: "banner", phase: "banner" }],
    ["PREAUTH", { greeting: "* PREAUTH hello\r\n" }, {}, { kind: "up" }],
    ["NO to CAPABILITY", { "a3 CAPABILITY": "a3 NO\r\n" }, {}, { reason: "answer" }],
    ["another tag", { "a3 CAPABILITY": "a9 OK\r\n" }, {}, { reason: "answer" }],
    ["no IMAP4rev1", { "a3 CAPABILITY": "* CAPABILITY IMAP3\r\na3 OK\r\n" }, {}, { reason: "answer" }],
    [
      "no STARTTLS where wanted",
      { "a1 CAPABILITY": "* CAPABILITY IMAP4rev1\r\na1 OK\r\n" },
      { tls: "starttls" },
      { reason: "tls" },
    ],
    [
      "a literal",
      { "a3 CAPABILITY": "* X {5}\r\na\r\nb\n rest\r\n* CAPABILITY IMAP4rev2\r\na3 OK\r\n" },
      {},
      { kind: "up" },
    ],
    [
      "a literal that hides the tagged line",
      { "a3 CAPABILITY": "* X {11}\r\na3 OK done\r\n" },
      { timeoutMs: 100 },
      { reason: "timeout" },
    ],
    ["a literal of 4 GB", { "a3 CAPABILITY": "* X {4294967295}\r\n" }, {}, { reason: "answer" }],
    ["literal upon literal", { "a3 CAPABILITY": `* X${" {0}\r\n".repeat(200)}` }, {}, { reason: "answer" }],
    ["an endless answer", { "a3 CAPABILITY": "* X\r\n".repeat(200) }, {}, { reason: "answer" }],
  ])("%s", async (_name, changed, options, expected) => {
    await using it = await server("imap", changed);
    expect(await ask(mail("imap", it.port, options))).toMatchObject(
      "kind" in expected ? expected : { kind: "down", phase: "response", ...expected },
    );
  });
});

describe("pop3", () => {
  test.each<[string, Answers, object, object]>([
    ["-ERR", { greeting: "-ERR overloaded\r\n" }, {}, { reason: "banner", phase: "banner" }],
    ["a server that does not know CAPA", { CAPA: "-ERR what?\r\n" }, {}, { kind: "up" }],
    [
      "a server that does not know CAPA where STLS is wanted",
      { CAPA: "-ERR what?\r\n" },
      { tls: "starttls" },
      { reason: "answer" },
    ],
    ["no STLS where wanted", { CAPA: "+OK\r\nTOP\r\n.\r\n" }, { tls: "starttls" }, { reason: "tls" }],
    ["STLS refused", { STLS: "-ERR later\r\n" }, { tls: "starttls" }, { reason: "answer" }],
    ["a list that never ends", { CAPA: `+OK\r\n${"X\r\n".repeat(200)}` }, {}, { reason: "answer" }],
    ["another answer to QUIT", { QUIT: "-ERR stay\r\n" }, {}, { reason: "answer" }],
    ["+OKAY is not +OK", { greeting: "+OKAY\r\n" }, {}, { reason: "banner", phase: "banner" }],
  ])("%s", async (_name, changed, options, expected) => {
    await using it = await server("pop3", changed);
    expect(await ask(mail("pop3", it.port, options))).toMatchObject(
      "kind" in expected ? expected : { kind: "down", phase: "response", ...expected },
    );
  });
});
