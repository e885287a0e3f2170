// A DNS server over hosted zones on a free port, and a real client for UDP and TCP. All end with the test.
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import { type DecodedPacket, decode, encode, type Packet } from "dns-packet";
import { onTestFinished } from "vitest";
import { seededRandom } from "../../local/random.ts";
import { serveDns } from "../../local/embedded/route53/dns.ts";
import { createZones, type Zones, type ZonesOptions } from "../../local/embedded/route53/zones.ts";
import type { DnsRecord } from "../../shared/model/record.ts";

export type World = {
  zones: Zones;
  port: number;
  put: (...records: DnsRecord[]) => Promise<void>;
  /** Sends bytes on UDP; the response's bytes. Rejects after 2 s of silence. */
  udp: (bytes: Buffer) => Promise<Buffer>;
  ask: (name: string, type?: string, packet?: Packet) => Promise<DecodedPacket>;
};

/** A zone example.com, and what `put` adds to it or to another zone that is there. */
export async function startDns(open: ZonesOptions = {}, seed = 1): Promise<World> {
  const zones = await createZones(open);
  onTestFinished(() => zones.close());
  await zones.create({ name: "example.com", id: "Z1" });
  const server = await serveDns(zones, { random: seededRandom(seed) });
  onTestFinished(() => server.close());
  const { port } = server;
  const udp = (bytes: Buffer): Promise<Buffer> => exchange(port, bytes);
  return {
    zones,
    port,
    put: async (...records) => {
      for (const record of records)
        await zones.change(zones.find(record.name)?.id ?? "Z1", [{ action: "CREATE", record }]);
    },
    udp,
    ask: async (name, type = "A", packet = {}) => decode(await udp(query(name, type, packet))),
  };
}

export function query(name: string, type = "A", packet: Packet = {}): Buffer {
  // The codec takes any type's name, which its types do not say.
  const questions = [{ name, type: type as "A" }];
  return encode({ type: "query", id: 0x1234, flags: 0x0100, questions, ...packet });
}

async function exchange(port: number, bytes: Buffer): Promise<Buffer> {
  const socket = createSocket("udp4");
  try {
    socket.send(bytes, port, "127.0.0.1");
    const [response] = await once(socket, "message", { signal: AbortSignal.timeout(2000) });
    return response as Buffer;
  } finally {
    socket.close();
  }
}

/** Sends each piece by itself on one TCP connection; the first `count` responses in the order they came. */
export async function overTcp(port: number, pieces: readonly Buffer[], count: number): Promise<Buffer[]> {
  const socket = connect(port, "127.0.0.1").setNoDelay(true);
  try {
    await once(socket, "connect");
    const responses: Buffer[] = [];
    const enough = Promise.withResolvers<void>();
    let pending = Buffer.alloc(0);
    socket.on("error", enough.reject);
    socket.on("close", () => enough.reject(new Error(`closed after ${responses.length} responses`)));
    socket.on("data", (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk]);
      while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
        const end = 2 + pending.readUInt16BE(0);
        responses.push(pending.subarray(2, end));
        pending = pending.subarray(end);
      }
      if (responses.length >= count) enough.resolve();
    });
    for (const piece of pieces) {
      await new Promise((sent) => socket.write(piece, sent));
      await new Promise(setImmediate);
    }
    await enough.promise;
    return responses;
  } finally {
    socket.destroy();
  }
}

/** A message as it goes over TCP: its length before it. */
export function framed(message: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}

export function simple(name: string, type: string, ...values: string[]): DnsRecord {
  return { name, type, ttlS: 60, values };
}

/** `rcode, then what was answered, then the zone whose SOA says that there is nothing`. */
export function gist({ flags = 0, answers = [], authorities = [] }: DecodedPacket): string {
  const code = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"][flags & 15];
  const texts = answers.map((answer) => ("data" in answer ? `${answer.name} ${answer.type} ${show(answer.data)}` : ""));
  const soa = authorities.flatMap(({ type, name }) => (type === "SOA" ? [`SOA ${name}`] : [type]));
  return [code, ...texts, ...soa].join("; ");
}

function show(data: unknown): string {
  return typeof data === "string" ? data : JSON.stringify(data);
}
