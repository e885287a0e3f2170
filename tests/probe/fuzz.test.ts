// Whatever a server says, a probe comes to a finding: no exception leaves it. The seed is printed by the test's name,
// and fails the same way again with LIFEBOAT_SEED set to it.
import type { Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { type Check, type CheckInput, checkSchema, type Protocol } from "../../shared/model/check.ts";
import { type Finding, findingSchema } from "../../shared/model/finding.ts";
import { encodeQuery, judgeAnswer } from "../../shared/probe/dns-answer.ts";
import {
  imapGreeting,
  imapReply,
  type Parser,
  pop3Reply,
  REPLY_BYTES,
  smtpReply,
  text,
} from "../../shared/probe/reply.ts";
import { dnsOverUdp } from "./good-servers.ts";
import { ask, listen } from "./servers.ts";
import { listenTls } from "./tls-servers.ts";

// Thousands of replies are refused by an error, and the runner has each keep a hundred frames.
Error.stackTraceLimit = 0;

const SEED = Number(process.env.LIFEBOAT_SEED ?? 20_260_101);

/** mulberry32: small, seeded, good enough to fill replies. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Pieces of which replies are made, so that the noise gets past the first line. */
const WORDS = [
  "220 lb\r\n",
  "220-",
  "250-a\r\n",
  "250 STARTTLS\r\n",
  "250\r\n",
  "221 bye\r\n",
  "554 ",
  "+OK\r\n",
  "+OK ",
  "-ERR x\r\n",
  ".\r\n",
  "CAPA\r\n",
  "STLS\r\n",
  "* OK hi\r\n",
  "* CAPABILITY IMAP4rev1 STARTTLS\r\n",
  "* BYE\r\n",
  "a1 OK\r\n",
  "a3 OK x\r\n",
  "a4 OK\r\n",
  "a3 NO\r\n",
  "{3}\r\n",
  "{0}\r\n",
  "{99999}\r\n",
  "+ \r\n",
  "HTTP/1.1 200 OK\r\n",
  "HTTP/1.1 100 Continue\r\n\r\n",
  "HTTP/1.0 302 X\r\n",
  "HTTP/1.1 ",
  "Content-Length: 5\r\n",
  "Content-Length: 99999999999999999999\r\n",
  "Transfer-Encoding: chunked\r\n",
  "Connection: upgrade\r\nUpgrade: x\r\n",
  "Location: \u0000\r\n",
  "\r\n\r\n",
  "\r\n",
  "5\r\nhello\r\n",
  "0\r\n\r\n",
  "ffffffff\r\n",
  "hello",
  "\n",
  "\0",
  " ",
  ":",
].map((word) => Buffer.from(word));

function reply(random: () => number): Buffer {
  const parts = Array.from({ length: Math.floor(random() * 8) }, () => {
    const word = WORDS[Math.floor(random() * WORDS.length)] ?? Buffer.alloc(0);
    return random() < 0.7 ? word : noise(random, Math.floor(random() * 24));
  });
  return Buffer.concat(parts);
}

function noise(random: () => number, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)));
}

const parsers: Record<string, () => Parser> = {
  text: () => text("hello", true),
  smtp: () => smtpReply(250, { anyOf: ["STARTTLS"], reason: "tls" }),
  imapGreeting: () => imapGreeting(),
  imap: () => imapReply("a3", { anyOf: ["IMAP4REV1"], reason: "answer" }),
  pop3: () => pop3Reply({ multiline: true, optional: true, offers: { anyOf: ["STLS"], reason: "tls" } }),
};

function verdictOf(taken: ReturnType<Parser>): number | "more" | "bad" {
  if (taken === undefined) return "more";
  return "used" in taken ? taken.used : "bad";
}

function byteByByte(parser: Parser, bytes: Buffer): ReturnType<typeof verdictOf> {
  for (let length = 1; length <= bytes.length; length++) {
    const taken = parser(bytes.subarray(0, length));
    if (taken) return verdictOf(taken);
  }
  return "more";
}

describe(`200,000 random replies, seed ${SEED}`, () => {
  test.each(Object.entries(parsers))("%s: the same verdict in one piece and byte by byte", (_name, make) => {
    const random = generator(SEED);
    const differing: string[] = [];
    for (let count = 0; count < 36_000; count++) {
      const bytes = reply(random);
      const whole = verdictOf(make()(bytes));
      if (whole !== byteByByte(make(), bytes)) differing.push(bytes.toString("latin1"));
    }
    expect(differing).toEqual([]);
    // No reply, however long, is waited for without end.
    expect(make()(Buffer.alloc(REPLY_BYTES + 1, "x"))).toHaveProperty("bad");
  });

  test("dns: answers that were bent", () => {
    const random = generator(SEED);
    const check = dnsCheck();
    const counts = new Map<string, number>();
    for (let count = 0; count < 20_000; count++) {
      const outcome = judgeAnswer(bent(encodeQuery(check, 7), random), 7, check);
      const kind = typeof outcome === "string" ? outcome : "reason" in outcome ? outcome.reason : "up";
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
    }
    // All three ways are taken, so the noise is of use.
    expect([...counts.keys()].toSorted()).toEqual(expect.arrayContaining(["answer", "foreign", "truncated"]));
    expect([...counts.values()].reduce((sum, n) => sum + n, 0)).toBe(20_000);
  });
});

function dnsCheck() {
  const check: Check = checkSchema.parse({ protocol: "dns", name: "lb.example.test", type: "A" });
  if (check.protocol !== "dns") throw new Error("not a dns check");
  return check;
}

/** The query as a response, with records of noise, and some bytes changed. */
function bent(query: Buffer, random: () => number): Buffer {
  const records = Array.from({ length: Math.floor(random() * 4) }, () => {
    const data = noise(random, Math.floor(random() * 40));
    const head = Buffer.from([
      0xc0,
      random() < 0.8 ? 12 : Math.floor(random() * 64),
      0,
      random() < 0.5 ? 1 : Math.floor(random() * 70),
      0,
      1,
      0,
      0,
      0,
      60,
      0,
      data.length,
    ]);
    return Buffer.concat([head, data]);
  });
  const bytes = Buffer.concat([query, ...records]);
  bytes.writeUInt8(random() < 0.9 ? 0x80 : Math.floor(random() * 256), 2);
  bytes.writeUInt8(records.length, 7);
  for (let changes = Math.floor(random() * 3); changes > 0; changes--) {
    bytes.writeUInt8(Math.floor(random() * 256), 2 + Math.floor(random() * (bytes.length - 2)));
  }
  return random() < 0.1 ? bytes.subarray(0, Math.floor(random() * bytes.length)) : bytes;
}

describe(`300 replies a protocol through sockets, seed ${SEED}`, () => {
  const random = generator(SEED);
  const chatter = (socket: Socket): void => {
    const say = (): void => {
      const last = random() < 0.2;
      if (socket.destroyed || !socket.writable) return;
      if (random() < 0.1) socket.destroy();
      else if (last) socket.end(reply(random));
      else socket.write(reply(random));
    };
    say();
    socket.on("data", say);
  };
  const serve = {
    plain: () => listen(chatter),
    secure: () => listenTls("good", chatter),
    udp: () => dnsOverUdp((query) => bent(query, random)),
  };
  const dns = { name: "lb.example.test" };
  const inputs: [Protocol, keyof typeof serve, object][] = [
    ["http", "plain", { contains: "hello" }],
    ["https", "plain", { certificate: "ignore" }],
    ["https", "secure", { certificate: "ignore", contains: "hello" }],
    ["tcp", "plain", { script: [{ expect: "hello" }, { send: "x" }, { expect: "hello" }] }],
    ["tls", "plain", {}],
    ["smtp", "plain", { tls: "starttls" }],
    ["imap", "plain", {}],
    ["pop3", "plain", {}],
    ["dns", "plain", { ...dns, transport: "tcp" }],
    ["dns", "udp", dns],
  ];

  test.each(inputs)("%s, %s", async (protocol, kind, options) => {
    await using server = await serve[kind]();
    const kinds = new Map<Finding["kind"], number>();
    const one = async (): Promise<void> => {
      // The options are the protocol's own, and the schema checks them.
      const input = { protocol, port: server.port, timeoutMs: 60, ...options } as CheckInput;
      const finding = await ask(input);
      findingSchema.parse(finding);
      kinds.set(finding.kind, (kinds.get(finding.kind) ?? 0) + 1);
    };
    for (let round = 0; round < 10; round++) await Promise.all(Array.from({ length: 30 }, one));
    expect(kinds.get("unknown") ?? 0, "a server's noise is never our fault").toBe(0);
    expect([...kinds.values()].reduce((sum, n) => sum + n, 0)).toBe(300);
  });
});
