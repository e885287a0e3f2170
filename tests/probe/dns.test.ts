import { createSocket } from "node:dgram";
import { once } from "node:events";
import { type Answer, decode, type DecodedPacket, TRUNCATED_RESPONSE } from "dns-packet";
import { describe, expect, test } from "vitest";
import { isAnswer } from "../../shared/decide/doubt.ts";
import { a, answers, answerTo, dns, overTcp, type Reply, udp } from "./dns-servers.ts";
import { ask, freePort, listen, LOOPBACK } from "./servers.ts";

const SERVFAIL = 2;
const NXDOMAIN = 3;
/** The opcode, where it stands among the flags. */
const NOTIFY = 4 << 11;

const records: Record<string, Answer[]> = {
  one: [a("192.0.2.1")],
  two: [a("192.0.2.1"), a("192.0.2.2")],
  chain: [
    { type: "CNAME", name: "lb.example.test", data: "x.example.test" },
    { ...a("192.0.2.1"), name: "x.example.test" },
  ],
  v6: [{ type: "AAAA", name: "lb.example.test", data: "2001:db8::1" }],
  mx: [{ type: "MX", name: "lb.example.test", data: { preference: 10, exchange: "Mail.example.test" } }],
  txt: [{ type: "TXT", name: "lb.example.test", data: ["v=spf1 ", "-all"] }],
  srv: [
    { type: "SRV", name: "lb.example.test", data: { priority: 1, weight: 2, port: 443, target: "x.example.test" } },
  ],
  soa: [
    { type: "SOA", name: "lb.example.test", data: { mname: "ns.example.test", rname: "root.example.test", serial: 7 } },
  ],
  ns: [{ type: "NS", name: "lb.example.test", data: "ns1.example.test" }],
  foreign: [{ ...a("192.0.2.1"), name: "x.example.test" }],
  chaos: [{ ...a("192.0.2.1"), class: "CH" }],
  mixed: [{ ...a("192.0.2.9"), name: "x.example.test" }, a("192.0.2.1")],
  backwards: [
    { ...a("192.0.2.1"), name: "Z.example.test" },
    { type: "CNAME", name: "Y.example.test", data: "z.example.test" },
    { type: "CNAME", name: "LB.example.test", data: "y.example.test" },
  ],
  circle: [
    { type: "CNAME", name: "lb.example.test", data: "x.example.test" },
    { type: "CNAME", name: "x.example.test", data: "lb.example.test" },
    { ...a("192.0.2.1"), name: "y.example.test" },
  ],
  dname: [
    { type: "DNAME", name: "example.test", data: "example.org" },
    { type: "CNAME", name: "lb.example.test", data: "lb.example.org" },
    { ...a("192.0.2.1"), name: "lb.example.org" },
  ],
  gap: [
    { type: "CNAME", name: "x.example.test", data: "y.example.test" },
    { ...a("192.0.2.1"), name: "y.example.test" },
  ],
  alias: [{ type: "CNAME", name: "lb.example.test", data: "x.example.org" }],
  none: [],
};

const noRecord = { reason: "answer", detail: "no A record for lb.example.test in the answer" };

const table: [string, number, object, object][] = [
  ["one", 0, {}, { kind: "up" }],
  ["none", 0, {}, { reason: "answer", detail: "no A record for lb.example.test in the answer" }],
  ["none", 0, { equals: [] }, { kind: "up" }],
  ["one", 0, { equals: [] }, { reason: "answer", detail: 'expected "nothing", got "192.0.2.1"' }],
  ["two", 0, { contains: ["192.0.2.2"] }, { kind: "up" }],
  [
    "one",
    0,
    { contains: ["192.0.2.2"] },
    { reason: "answer", detail: '"192.0.2.2" is not in the answer, but "192.0.2.1"' },
  ],
  ["two", 0, { equals: ["192.0.2.2", "192.0.2.1"] }, { kind: "up" }],
  ["two", 0, { equals: ["192.0.2.1"] }, { reason: "answer" }],
  ["one", 0, { equals: ["192.0.2.1", "192.0.2.2"] }, { reason: "answer" }],
  ["chain", 0, { equals: ["192.0.2.1"] }, { kind: "up" }],
  ["v6", 0, { type: "AAAA", equals: ["2001:0DB8:0::1"] }, { kind: "up" }],
  ["mx", 0, { type: "MX", equals: ["10 mail.example.test."] }, { kind: "up" }],
  ["txt", 0, { type: "TXT", equals: ["v=spf1 -all"] }, { kind: "up" }],
  ["txt", 0, { type: "TXT", equals: ["V=SPF1 -all"] }, { reason: "answer" }],
  ["srv", 0, { type: "SRV", equals: ["1 2 443 x.example.test"] }, { kind: "up" }],
  ["soa", 0, { type: "SOA", contains: ["ns.example.test root.example.test 7"] }, { kind: "up" }],
  ["ns", 0, { type: "NS", contains: ["NS1.example.test"] }, { kind: "up" }],
  ["none", SERVFAIL, {}, { reason: "answer", detail: "expected NOERROR, got SERVFAIL for lb.example.test A" }],
  ["none", NXDOMAIN, { rcode: "NXDOMAIN" }, { kind: "up" }],
  ["one", 0, { rcode: "NXDOMAIN" }, { reason: "answer" }],
  ["one", 0, { name: "LB.Example.Test." }, { kind: "up" }],
  ["foreign", 0, {}, noRecord],
  ["chaos", 0, {}, noRecord],
  ["mixed", 0, { equals: ["192.0.2.1"] }, { kind: "up" }],
  ["backwards", 0, { equals: ["192.0.2.1"] }, { kind: "up" }],
  ["backwards", 0, { type: "CNAME", equals: ["y.example.test", "z.example.test"] }, { kind: "up" }],
  ["circle", 0, {}, { reason: "answer", detail: `${noRecord.detail}, only a CNAME to "x.example.test"` }],
  ["alias", 0, {}, { reason: "answer", detail: `${noRecord.detail}, only a CNAME to "x.example.org"` }],
  [
    "alias",
    0,
    { equals: ["192.0.2.1"] },
    { reason: "answer", detail: 'expected "192.0.2.1", got only a CNAME to "x.example.org"' },
  ],
  [
    "alias",
    0,
    { contains: ["192.0.2.1"] },
    { reason: "answer", detail: '"192.0.2.1" is not in the answer, but only a CNAME to "x.example.org"' },
  ],
  ["alias", 0, { equals: [] }, { kind: "up" }],
  ["dname", 0, { equals: ["192.0.2.1"] }, { kind: "up" }],
  ["gap", 0, {}, noRecord],
  ["none", 9, {}, { reason: "answer", detail: expect.stringContaining("an rcode without a name") }],
];

describe.each([
  ["udp", udp],
  ["tcp", overTcp],
] as const)("%s", (transport, serve) => {
  test.each(table)("%s with rcode %i, asked %j", async (set, rcode, options, expected) => {
    await using server = await serve(answers(records[set] ?? [], rcode));
    const finding = await ask(dns(server.port, { transport, ...options }));
    expect(finding).toMatchObject("kind" in expected ? expected : { kind: "down", phase: "response", ...expected });
  });

  test("what is asked: name, type, recursion", async () => {
    const asked: DecodedPacket[] = [];
    await using server = await serve((query, send) => {
      asked.push(query);
      send(answerTo(query, records.none ?? []));
    });
    await ask(dns(server.port, { transport, type: "MX" }));
    await ask(dns(server.port, { transport, recursion: false }));
    expect(asked.map(({ questions, flag_rd }) => [questions?.[0], flag_rd])).toEqual([
      [{ name: "lb.example.test", type: "MX", class: "IN" }, true],
      [{ name: "lb.example.test", type: "A", class: "IN" }, false],
    ]);
  });

  test("nobody answers", async () => {
    await using server = await serve(() => {});
    const finding = await ask(dns(server.port, { transport, timeoutMs: 100 }));
    // Only over TCP is it known that somebody is there; what nobody answers at all must not pass for a sign of life.
    const phase = transport === "tcp" ? "response" : "connect";
    expect(finding).toMatchObject({ kind: "down", reason: "timeout", phase });
    expect(isAnswer(finding)).toBe(transport === "tcp");
    expect(finding).toHaveProperty(
      "detail",
      expect.stringMatching(transport === "tcp" ? /^connected, but/ : /^no answer/),
    );
  });

  test("nobody listens", async () => {
    expect(await ask(dns(await freePort(), { transport, timeoutMs: 1000 }))).toMatchObject({
      kind: "down",
      reason: "refused",
      phase: "connect",
    });
  });

  const foreign: [string, (query: DecodedPacket) => Buffer][] = [
    ["another id", (query) => answerTo(query, records.one ?? [], 0, { id: (query.id ?? 0) ^ 1 })],
    ["another name", (query) => answerTo(query, [], 0, { questions: [{ type: "A", name: "x.example.test" }] })],
    ["another type", (query) => answerTo(query, [], 0, { questions: [{ type: "AAAA", name: "lb.example.test" }] })],
    ["a query", (query) => answerTo(query, [], 0, { type: "query" })],
    ["another opcode", (query) => answerTo(query, records.one ?? [], NOTIFY)],
    ["three bytes", () => Buffer.from("abc")],
  ];
  test.each(foreign)("%s is no answer", async (_name, bytes) => {
    await using server = await serve((query, send) => send(bytes(query)));
    const finding = await ask(dns(server.port, { transport, timeoutMs: 100 }));
    expect(finding).toMatchObject({ kind: "down", reason: "answer", phase: "response" });
  });

  test("compression that loops, or points ahead", async () => {
    const head = (query: DecodedPacket, rest: string) => {
      const header = Buffer.from("000080000001000100000000", "hex");
      header.writeUInt16BE(query.id ?? 0);
      return Buffer.concat([header, Buffer.from(rest, "hex")]);
    };
    for (const rest of ["c00c00010001", "c00e00010001", "026162c00c00010001", "c0ffff"]) {
      await using server = await serve((query, send) => send(head(query, rest)));
      const finding = await ask(dns(server.port, { transport }));
      expect(finding).toMatchObject({
        kind: "down",
        reason: "answer",
        detail: expect.stringContaining("not a DNS answer"),
      });
    }
  });
});

describe("udp", () => {
  test("IPv6", async () => {
    await using server = await udp(answers(records.one ?? []), "::1");
    expect(await ask(dns(server.port), "::1")).toMatchObject({ kind: "up" });
  });

  test.each([
    ["255.255.255.255", "EACCES"],
    ["ff02::1", "EINVAL"],
  ])(
    "a socket that cannot be connected (%s) is our own fault, and without any route no sign of life",
    async (address, code) => {
      const finding = await ask(dns(53, { timeoutMs: 500 }), address);
      // A host without a network says that first.
      const detail = `^the probe could not be made \\(${code}\\)$|^nothing answers for this address \\(ENETUNREACH\\)$`;
      expect(finding).toMatchObject({ detail: expect.stringMatching(detail) });
      expect(isAnswer(finding)).toBe(false);
    },
  );

  test("an answer from another address or port is not heard", async () => {
    const other = createSocket("udp4");
    other.bind(0, "127.0.0.2");
    await once(other, "listening");
    const sent = Promise.withResolvers<void>();
    await using server = await udp((query, _send, from) => {
      other.send(answerTo(query, records.one ?? []), from.port, from.address, () => sent.resolve());
    });
    const finding = await ask(dns(server.port, { timeoutMs: 200 }));
    await sent.promise;
    other.close();
    expect(finding).toMatchObject({ kind: "down", reason: "timeout" });
  });

  test("a forged answer does not hide the true one", async () => {
    await using server = await udp((query, send) => {
      send(answerTo(query, [], SERVFAIL, { id: (query.id ?? 0) ^ 1 }));
      send(answerTo(query, records.one ?? []));
    });
    expect(await ask(dns(server.port))).toMatchObject({ kind: "up" });
  });

  test("a flood of foreign answers ends before the deadline", async () => {
    await using server = await udp((query, send) => {
      for (let i = 0; i < 300; i++) send(answerTo(query, [], 0, { id: (query.id ?? 0) ^ 1 }));
    });
    const finding = await ask(dns(server.port, { timeoutMs: 5000 }));
    expect(finding).toMatchObject({ kind: "down", reason: "answer" });
    expect(finding.kind === "down" && finding.ms).toBeLessThan(5000);
  });

  test("a truncated answer is asked for again by TCP", async () => {
    await using tcp = await overTcp(answers(records.two ?? []));
    await using _ = await udp(answers([], TRUNCATED_RESPONSE), LOOPBACK, tcp.port);
    expect(await ask(dns(tcp.port, { contains: ["192.0.2.2"] }))).toMatchObject({ kind: "up" });
  });

  test.each<[string, Reply | undefined, object]>([
    ["refused", undefined, { reason: "refused", phase: "connect", detail: /by TCP: connection refused$/ }],
    ["silent", () => {}, { reason: "timeout", phase: "response", detail: /by TCP: connected, but no answer came/ }],
    ["another rcode", answers([], SERVFAIL), { reason: "answer", phase: "response", detail: /got SERVFAIL/ }],
  ])("a truncated answer, and TCP fails: %s", async (_name, reply, expected) => {
    await using tcp = reply && (await overTcp(reply));
    await using server = await udp(answers([], TRUNCATED_RESPONSE), LOOPBACK, tcp?.port);
    const finding = await ask(dns(server.port, { timeoutMs: 200 }));
    const { detail, ...rest } = { detail: /./, ...expected };
    expect(finding).toMatchObject({ kind: "down", ...rest, detail: expect.stringMatching(detail) });
    expect(finding).toHaveProperty("detail", expect.stringMatching(/^UDP answered, but truncated; by TCP: /));
  });

  test("the time that a truncated answer took counts", async () => {
    await using tcp = await overTcp(answers(records.one ?? []));
    const late: Reply = (query, send) => setTimeout(() => send(answerTo(query, [], TRUNCATED_RESPONSE)), 100);
    await using _ = await udp(late, LOOPBACK, tcp.port);
    const finding = await ask(dns(tcp.port));
    expect(finding.kind).toBe("up");
    // A timer may be a millisecond early by another clock.
    expect(finding.kind === "up" && finding.ms).toBeGreaterThan(98);
  });
});

describe("tcp", () => {
  test("an answer in pieces", async () => {
    await using server = await listen((socket) =>
      socket.once("data", (bytes: Buffer) => {
        const answer = answerTo(decode(bytes.subarray(2)), records.one ?? []);
        const framed = Buffer.concat([Buffer.from([0, answer.length]), answer]);
        const next = (at: number): void => {
          if (at < framed.length) socket.write(framed.subarray(at, at + 1), () => setImmediate(next, at + 1));
        };
        next(0);
      }),
    );
    expect(await ask(dns(server.port, { transport: "tcp" }))).toMatchObject({ kind: "up" });
  });

  test("an answer that claims 64 KB is not waited for", async () => {
    await using server = await listen((socket) => socket.once("data", () => socket.write(Buffer.from("ffff", "hex"))));
    const finding = await ask(dns(server.port, { transport: "tcp", timeoutMs: 5000 }));
    expect(finding).toMatchObject({
      kind: "down",
      reason: "answer",
      detail: "an answer of 65535 bytes, of which at most 8190 are read",
    });
  });

  test("truncated although it came by TCP", async () => {
    await using server = await overTcp(answers([], TRUNCATED_RESPONSE));
    expect(await ask(dns(server.port, { transport: "tcp" }))).toMatchObject({ kind: "down", reason: "answer" });
  });
});
