// DNS servers of the tests, by UDP and by TCP, and the messages that they answer with.
import type { RemoteInfo } from "node:dgram";
import { type Answer, AUTHORITATIVE_ANSWER, decode, type DecodedPacket, encode, type StringAnswer } from "dns-packet";
import type { CheckInput } from "../../shared/model/check.ts";
import { listen, type Listening, listenUdp, LOOPBACK } from "./servers.ts";

export const dns = (port: number, options: object = {}): CheckInput => ({
  protocol: "dns",
  port,
  name: "lb.example.test",
  ...options,
});

export type Reply = (query: DecodedPacket, send: (bytes: Buffer) => void, from: RemoteInfo) => void;

/** A real DNS server by UDP, on port 0 where none is named. */
export function udp(reply: Reply, address: string = LOOPBACK, port: number = 0) {
  return listenUdp((bytes, from, send) => reply(decode(bytes), send, from), address, port);
}

/** The same by TCP, every message after its length. */
export function overTcp(reply: Reply): Promise<Listening> {
  return listen((socket) =>
    socket.on("data", (bytes: Buffer) =>
      reply(
        decode(bytes.subarray(2)),
        (answer) => {
          const length = Buffer.alloc(2);
          length.writeUInt16BE(answer.length);
          socket.write(Buffer.concat([length, answer]));
        },
        { address: LOOPBACK, port: 0, family: "IPv4", size: bytes.length },
      ),
    ),
  );
}

export const a = (data: string): StringAnswer => ({ type: "A", name: "lb.example.test", ttl: 60, data });

export function answerTo(query: DecodedPacket, answers: Answer[], flags = 0, change: object = {}): Buffer {
  return encode({
    type: "response",
    id: query.id,
    flags: AUTHORITATIVE_ANSWER | flags,
    questions: query.questions,
    answers,
    ...change,
  });
}

export const answers =
  (records: Answer[], flags = 0): Reply =>
  (query, send) =>
    send(answerTo(query, records, flags));
