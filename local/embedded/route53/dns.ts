// The DNS server in front of the hosted zones: UDP and TCP on one port. RFC 1035, RFC 6891 (EDNS), RFC 7766 (TCP).
import type { Socket as DatagramSocket } from "node:dgram";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import type { Server, Socket } from "node:net";
import { createServer } from "node:net";
import { encode, type OptAnswer, type Packet } from "dns-packet";
import { portError } from "../loopback.ts";
import { findAnswer, type Found } from "./dns-answer.ts";
import { HEADER_BYTES, type Query, rcode, readQuery } from "./dns-question.ts";
import type { Zones } from "./zones.ts";

/** What passes every network unfragmented (DNS Flag Day 2020), and what a client without EDNS takes. */
const EDNS_PAYLOAD_BYTES = 1232;
const PLAIN_PAYLOAD_BYTES = 512;
const TCP_MAX_BYTES = 65_535;
const TCP_IDLE_MS = 10_000;
const TCP_CONNECTIONS_MAX = 500;
const AUTHORITATIVE = 0x0400;
const TRUNCATED = 0x0200;
const RECURSION_DESIRED = 0x0100;

export type DnsOptions = {
  /** 0, the default: any free port. */
  port?: number;
  host?: string;
  /** The command-line flag that changes the port, for the message that says it is taken. */
  flag?: string;
  /** In [0, 1): chooses among weighted records. */
  random?: () => number;
};

export type Dns = { port: number; close(): Promise<void> };

/** Listens on UDP and TCP. Throws a UserError when the port is taken. */
export async function serveDns(zones: Zones, options: DnsOptions = {}): Promise<Dns> {
  const { host = "127.0.0.1", port = 0, random = Math.random } = options;
  const answer = (packet: Buffer, maxBytes?: number): Buffer | undefined => respond(zones, random, packet, maxBytes);
  const { udp, tcp } = await bind({ host, port, what: "DNS", flag: options.flag });
  const sockets = new Set<Socket>();
  udp.on("error", () => undefined);
  udp.on("message", (packet, peer) => {
    const response = answer(packet);
    // A peer that is gone by now is no fault.
    if (response) udp.send(response, peer.port, peer.address, () => undefined);
  });
  tcp.maxConnections = TCP_CONNECTIONS_MAX;
  tcp.on("connection", (socket) => {
    sockets.add(socket.on("close", () => sockets.delete(socket)));
    converse(socket, (packet) => answer(packet, TCP_MAX_BYTES));
  });
  return {
    port: udp.address().port,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      const closed = [once(udp, "close"), once(tcp, "close")];
      udp.close();
      tcp.close();
      await Promise.all(closed);
    },
  };
}

type Place = { host: string; port: number; what: string; flag: string | undefined };

/**
 * TCP first: it finds a second copy. UDP may then share a fixed port with whoever holds it on all addresses, as multicast
 * DNS does with 5353; a free port must be free of everybody.
 */
async function bind(place: Place): Promise<{ udp: DatagramSocket; tcp: Server }> {
  for (let tries = 0; ; tries += 1) {
    const tcp = createServer();
    const udp = createSocket({ type: "udp4", reuseAddr: place.port !== 0, recvBufferSize: 1 << 20 });
    try {
      tcp.listen(place.port, place.host);
      await once(tcp, "listening");
      const address = tcp.address();
      udp.bind(typeof address === "object" && address ? address.port : place.port, place.host);
      await once(udp, "listening");
      return { udp, tcp };
    } catch (error) {
      tcp.close();
      udp.close();
      // Somebody may have on UDP the port that was free on TCP.
      if (place.port !== 0 || tries === 10) throw error instanceof Error ? portError(place, error) : error;
    }
  }
}

/** Several questions may come on one connection, in pieces; each is answered in its turn. */
function converse(socket: Socket, answer: (packet: Buffer) => Buffer | undefined): void {
  let pending = Buffer.alloc(0);
  socket.setTimeout(TCP_IDLE_MS, () => socket.destroy());
  socket.on("error", () => socket.destroy());
  socket.on("drain", () => socket.resume());
  socket.on("data", (chunk) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
      const end = 2 + pending.readUInt16BE(0);
      const response = answer(pending.subarray(2, end));
      pending = pending.subarray(end);
      if (!response) return void socket.destroy();
      const length = Buffer.alloc(2);
      length.writeUInt16BE(response.length);
      // A client that asks and does not read waits for its own answers.
      if (!socket.write(Buffer.concat([length, response]))) socket.pause();
    }
  });
}

/** The response to a packet, or nothing for what is to be ignored. Never throws. */
export function respond(zones: Zones, random: () => number, packet: Buffer, maxBytes?: number): Buffer | undefined {
  const read = readQuery(packet);
  if (read.kind === "ignore") return undefined;
  if (read.kind === "fault") return faultResponse(packet, read.rcode);
  const { query } = read;
  try {
    return write(query, judge(zones, random, query), maxBytes);
  } catch {
    return write(query, { ...empty, rcode: rcode.servFail }, maxBytes);
  }
}

const empty: Found = { rcode: rcode.noError, authoritative: false, answers: [], authorities: [], glue: [] };

function judge(zones: Zones, random: () => number, { name, type, internet, edns }: Query): Found {
  if (edns && edns.version !== 0) return empty;
  return internet ? findAnswer(zones, name, type, random) : { ...empty, rcode: rcode.refused };
}

/** Only the header: nothing else of the packet can be trusted. */
function faultResponse(packet: Buffer, code: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  packet.copy(header, 0, 0, 2);
  // The opcode and the wish for recursion come back as they were.
  header.writeUInt8(0x80 | (packet.readUInt8(2) & 0x79), 2);
  header.writeUInt8(code, 3);
  return header;
}

function write(query: Query, found: Found, maxBytes?: number): Buffer {
  const { edns } = query;
  const limit = maxBytes ?? Math.max(PLAIN_PAYLOAD_BYTES, Math.min(edns?.payloadBytes ?? 0, EDNS_PAYLOAD_BYTES));
  const flags =
    found.rcode | (found.authoritative ? AUTHORITATIVE : 0) | (query.recursionDesired ? RECURSION_DESIRED : 0);
  const additionals = edns ? [optionOf(query)] : [];
  const { answers, authorities, glue } = found;
  const whole = withQuestion(query, { flags, answers, authorities, additionals: [...glue, ...additionals] });
  if (whole.length <= limit) return whole;
  return withQuestion(query, { flags: flags | TRUNCATED, additionals });
}

/** BADVERS (16) has its upper bits in the OPT record. */
function optionOf({ edns }: Query): OptAnswer {
  const badVersion = edns !== undefined && edns.version !== 0;
  const dnssec = edns?.dnssec ?? false;
  return {
    type: "OPT",
    name: ".",
    udpPayloadSize: EDNS_PAYLOAD_BYTES,
    extendedRcode: badVersion ? 1 : 0,
    ednsVersion: 0,
    flags: dnssec ? 0x8000 : 0,
    flag_do: dnssec,
    options: [],
  };
}

/** The codec would write the question anew; its own bytes keep its case, which clients check. */
function withQuestion(query: Query, packet: Packet): Buffer {
  const encoded = encode({ ...packet, type: "response", id: query.id, questions: [] });
  const header = encoded.subarray(0, HEADER_BYTES);
  header.writeUInt16BE(1, 4);
  // The codec compresses no names: nothing points past the question.
  return Buffer.concat([header, query.question, encoded.subarray(HEADER_BYTES)]);
}
