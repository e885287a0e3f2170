// The embedded DNS server's packets, over UDP and TCP, from clients good and bad, and its port.
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { decode } from "dns-packet";
import { describe, expect, it, onTestFinished } from "vitest";
import { respond, serveDns } from "../../local/embedded/route53/dns.ts";
import { seededRandom } from "../../local/random.ts";
import { UserError } from "../../shared/model/errors.ts";
import { framed, gist, overTcp, query, simple, startDns } from "./dns-fixture.ts";

const opt = (change: object = {}) => ({
  additionals: [
    {
      type: "OPT" as const,
      name: ".",
      udpPayloadSize: 4096,
      extendedRcode: 0,
      ednsVersion: 0,
      flags: 0,
      flag_do: false,
      options: [],
      ...change,
    },
  ],
});

describe("the packets", () => {
  it("keep the question's case, and the answer's id", async () => {
    const { udp, put } = await startDns();
    await put(simple("lb.example.com", "A", "192.0.2.1"));
    const asked = query("lB.ExAmPlE.cOm");
    const response = await udp(asked);
    expect(response.subarray(12, asked.length)).toEqual(asked.subarray(12));
    expect(decode(response)).toMatchObject({ id: 0x1234, answers: [{ data: "192.0.2.1" }] });
  });

  it("have an OPT record where the question has one, with 1,232 bytes", async () => {
    const { ask } = await startDns();
    expect((await ask("example.com")).additionals).toEqual([]);
    const { additionals } = await ask("example.com", "SOA", opt());
    expect(additionals).toMatchObject([{ type: "OPT", udpPayloadSize: 1232, ednsVersion: 0 }]);
  });

  it.each([
    ["without EDNS", {}, 16, true],
    ["without EDNS, and just room", {}, 15, false],
    ["with 4,096 bytes offered", opt(), 39, true],
    ["with 4,096 bytes offered, and just room", opt(), 38, false],
    ["with 100 bytes offered, which are 512", opt({ udpPayloadSize: 100 }), 15, false],
  ])("are cut off over the limit (%s), and whole over TCP", async (_, packet, count, truncated) => {
    const { ask, put, port } = await startDns();
    await put(simple("big.example.com", "A", ...Array.from({ length: count }, (_, at) => `192.0.2.${at}`)));
    const small = await ask("big.example.com", "A", packet);
    expect([small.flag_tc, small.answers?.length]).toEqual([truncated, truncated ? 0 : count]);
    const [whole = Buffer.alloc(0)] = await overTcp(port, [framed(query("big.example.com"))], 1);
    expect([decode(whole).flag_tc, decode(whole).answers?.length]).toEqual([false, count]);
  });

  it("come in pieces and several at once over TCP, and are answered in turn", async () => {
    const { port, put } = await startDns();
    await put(simple("a.example.com", "A", "192.0.2.1"), simple("b.example.com", "A", "192.0.2.2"));
    const stream = Buffer.concat(["a", "b", "a", "b"].map((label) => framed(query(`${label}.example.com`))));
    for (const size of [1, 7, stream.length]) {
      const pieces = Array.from({ length: Math.ceil(stream.length / size) }, (_, at) =>
        stream.subarray(at * size, (at + 1) * size),
      );
      const responses = await overTcp(port, pieces, 4);
      expect(responses.map((response) => gist(decode(response)).split(" ").at(-1))).toEqual([
        "192.0.2.1",
        "192.0.2.2",
        "192.0.2.1",
        "192.0.2.2",
      ]);
    }
  });

  it.each<[string, (packet: Buffer) => Buffer, number]>([
    ["an update", (packet) => flip(packet, 2, 0x28), 4],
    ["a notification", (packet) => flip(packet, 2, 0x20), 4],
    ["two questions", (packet) => flip(packet, 5, 0x03), 1],
    ["no question", (packet) => flip(packet, 5, 0x01), 1],
    ["a question that is cut off", (packet) => packet.subarray(0, packet.length - 3), 1],
    ["a name that points at itself", () => Buffer.from("123401000001000000000000c00c00010001", "hex"), 1],
    ["another class", (packet) => flip(packet, packet.length - 1, 0x02), 5],
    [
      "two OPT records",
      () => query("example.com", "A", { additionals: [...opt().additionals, ...opt().additionals] }),
      1,
    ],
  ])("that are %s are answered with their rcode", async (_, spoil, code) => {
    const { udp } = await startDns();
    const response = await udp(spoil(query("example.com")));
    expect([response.readUInt16BE(0), response.readUInt8(2) & 0x80, response.readUInt8(3) & 15]).toEqual([
      0x1234,
      0x80,
      code,
    ]);
  });

  it("of a later EDNS version are told BADVERS", async () => {
    const { ask } = await startDns();
    const { flags = 0, additionals, answers } = await ask("example.com", "A", opt({ ednsVersion: 1 }));
    expect([flags & 15, answers]).toEqual([0, []]);
    expect(additionals).toMatchObject([{ extendedRcode: 1, ednsVersion: 0 }]);
  });

  it("that are hostile are survived: 20,000, 2,000 of them on UDP, and what TCP may send", async () => {
    const { zones, port, ask, put } = await startDns();
    await put(simple("lb.example.com", "A", "192.0.2.1"));
    const random = seededRandom(7);
    const socket = createSocket("udp4");
    onTestFinished(() => void socket.close());
    const seeds = [query("lb.example.com"), query("lb.example.com", "A", opt()), query("*.example.com", "ANY")];
    for (let at = 0; at < 20_000; at += 1) {
      const packet = hostile(seeds[at % 3] ?? Buffer.alloc(0), random);
      const response = respond(zones, random, packet);
      expect(response?.subarray(0, 2) ?? packet.subarray(0, 2)).toEqual(packet.subarray(0, 2));
      if (at % 10 === 0) await new Promise((sent) => socket.send(packet, port, "127.0.0.1", sent));
    }
    for (const bytes of ["0000", "0001ff", "ffff", "000c000000000000000000000000", "48545450"].map((hex) =>
      Buffer.from(hex, "hex"),
    )) {
      const connection = connect(port, "127.0.0.1").on("error", () => undefined);
      connection.end(bytes);
      await once(connection.resume(), "close");
    }
    expect(gist(await ask("lb.example.com"))).toContain("192.0.2.1");
  });
});

function flip(packet: Buffer, at: number, bits: number): Buffer {
  const changed = Buffer.from(packet);
  changed.writeUInt8(changed.readUInt8(at) ^ bits, at);
  return changed;
}

/** A real packet with some bytes changed, cut off or lengthened; or nothing but noise. */
function hostile(seed: Buffer, random: () => number): Buffer {
  const upTo = (max: number): number => Math.floor(random() * max);
  if (random() < 0.2) return Buffer.from(Array.from({ length: upTo(80) }, () => upTo(256)));
  const bytes = Buffer.concat([
    seed.subarray(0, random() < 0.3 ? upTo(seed.length) : seed.length),
    Buffer.alloc(random() < 0.2 ? upTo(500) : 0, upTo(256)),
  ]);
  for (let left = upTo(6); left > 0 && bytes.length > 0; left -= 1) bytes[upTo(bytes.length)] = upTo(256);
  return bytes;
}

describe("the port", () => {
  it("is one for UDP and TCP, and a second copy is told so", async () => {
    const { zones, port } = await startDns();
    const second = serveDns(zones, { port, flag: "--dns-port" });
    await expect(second).rejects.toBeInstanceOf(UserError);
    await expect(second).rejects.toThrow(`DNS: port ${port} of 127.0.0.1 is taken; choose another with --dns-port`);
  });

  it("may be held on UDP by multicast DNS on all addresses", async () => {
    const multicast = createSocket({ type: "udp4", reuseAddr: true });
    multicast.bind(0, "0.0.0.0");
    await once(multicast, "listening");
    onTestFinished(() => void multicast.close());
    const { zones } = await startDns();
    const { port } = multicast.address();
    const free = createServer().listen(port, "127.0.0.1");
    await once(free, "listening");
    free.close();
    await once(free, "close");
    const server = await serveDns(zones, { port });
    onTestFinished(() => server.close());
    expect(server.port).toBe(port);
  });

  it("is free again after close, which waits for nobody", async () => {
    const { zones } = await startDns();
    const server = await serveDns(zones, {});
    const idle = connect(server.port, "127.0.0.1").on("error", () => undefined);
    await once(idle, "connect");
    await server.close();
    await once(idle, "close");
    const again = await serveDns(zones, { port: server.port });
    expect(again.port).toBe(server.port);
    await again.close();
  });
});
