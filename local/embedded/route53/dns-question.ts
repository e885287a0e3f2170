// What a DNS server must know of a packet before it can answer: read by hand, as anything may come in. RFC 1035, RFC 6891.
import type { OptAnswer } from "dns-packet";
import { decode } from "dns-packet";

export const HEADER_BYTES = 12;
const NAME_MAX = 255;

export const rcode = { noError: 0, formErr: 1, servFail: 2, nxDomain: 3, notImp: 4, refused: 5 } as const;

export type Edns = { version: number; payloadBytes: number; dnssec: boolean };

export type Query = {
  id: number;
  recursionDesired: boolean;
  /** The question's own bytes: they are sent back as they came, in upper and lower case. */
  question: Buffer;
  /** In canonical form; labels that no record can have only fail to match. */
  name: string;
  type: string;
  internet: boolean;
  edns?: Edns;
};

/** What a packet is: a query, a fault to be told with this rcode, or (a response, a fragment) nothing to answer. */
export type Read = { kind: "query"; query: Query } | { kind: "fault"; rcode: number } | { kind: "ignore" };

/**
 * | packet                                            | read as         |
 * | ------------------------------------------------- | --------------- |
 * | under 12 bytes, or a response                     | ignore          |
 * | an opcode other than QUERY                        | fault: NOTIMP   |
 * | not exactly one question, or one that is cut off  | fault: FORMERR  |
 * | further sections that cannot be read              | fault: FORMERR  |
 * | more than one OPT record                          | fault: FORMERR  |
 * | anything else                                     | query           |
 */
export function readQuery(packet: Buffer): Read {
  if (packet.length < HEADER_BYTES || (packet.readUInt8(2) & 0x80) !== 0) return { kind: "ignore" };
  if ((packet.readUInt8(2) & 0x78) !== 0) return { kind: "fault", rcode: rcode.notImp };
  const malformed: Read = { kind: "fault", rcode: rcode.formErr };
  if (packet.readUInt16BE(4) !== 1) return malformed;
  const name = readName(packet);
  if (name === undefined || packet.length < name.end + 4) return malformed;
  try {
    const { questions = [], additionals = [] } = decode(packet);
    const options = additionals.filter((record): record is OptAnswer => record.type === "OPT");
    const [question] = questions;
    const [option] = options;
    if (question === undefined || options.length > 1) return malformed;
    const query: Query = {
      id: packet.readUInt16BE(0),
      recursionDesired: (packet.readUInt8(2) & 1) !== 0,
      question: packet.subarray(HEADER_BYTES, name.end + 4),
      name: name.text,
      type: question.type,
      internet: packet.readUInt16BE(name.end + 2) === 1,
      ...(option ? { edns: ednsOf(option) } : {}),
    };
    return { kind: "query", query };
  } catch {
    return malformed;
  }
}

function ednsOf({ ednsVersion, udpPayloadSize, flag_do: dnssec }: OptAnswer): Edns {
  return { version: ednsVersion, payloadBytes: udpPayloadSize, dnssec };
}

/** The question's name and where it ends. Nothing comes before it, so it cannot be compressed. */
function readName(packet: Buffer): { text: string; end: number } | undefined {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (;;) {
    const length = packet[at];
    if (length === undefined || length > 63 || at + 1 + length > packet.length) return undefined;
    at += 1 + length;
    if (at - HEADER_BYTES > NAME_MAX) return undefined;
    if (length === 0) return { text: labels.join("."), end: at };
    labels.push(labelText(packet.subarray(at - length, at)));
  }
}

/** As names are kept: A to Z in lower case (RFC 4343), unusual characters as `\ooo`. */
function labelText(label: Buffer): string {
  return label
    .toString("latin1")
    .replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())
    .replaceAll(/[^a-z0-9_*-]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, "0")}`);
}
