import { gzipSync } from "node:zlib";
import { LIMITS } from "../../shared/archive/read.ts";

type Head = { name: string; type?: string; size?: number; sizeField?: string; link?: string };

/** A header as `tar` writes it, byte by byte, so that a test can write what no `tar` would. */
export function header({ name, type = "0", size = 0, sizeField, link = "" }: Head): Buffer {
  const block = Buffer.alloc(512);
  block.write(name, 0, 100, "latin1");
  block.write("0000644\0", 100, "latin1");
  block.write(sizeField ?? `${size.toString(8).padStart(11, "0")}\0`, 124, 12, "latin1");
  block.write("13007600200\0", 136, "latin1");
  block.write(type, 156, "latin1");
  block.write(link, 157, 100, "latin1");
  block.write("ustar\x0000", 257, "latin1");
  block.fill(0x20, 148, 156);
  const sum = block.reduce((all, byte) => all + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}

/** A member with its content, padded. */
export function entry(name: string, content: string | Buffer, type = "0"): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([
    header({ name, type, size: bytes.length }),
    bytes,
    Buffer.alloc((512 - (bytes.length % 512)) % 512),
  ]);
}

/** An extended header for the member behind it. */
export function pax(records: Record<string, string>): Buffer[] {
  const text = Object.entries(records)
    .map(([key, value]) => {
      const rest = Buffer.byteLength(` ${key}=${value}\n`);
      const length = rest + String(rest + String(rest).length).length;
      return `${length} ${key}=${value}\n`;
    })
    .join("");
  return [entry("PaxHeader", text, "x")];
}

export const END = Buffer.alloc(1024);

export const archiveOf = (...parts: Buffer[]): Uint8Array => gzipSync(Buffer.concat(parts), { level: 1 });

const CONF = "usr/local/zenloadbalancer/config/global.conf";
const good = entry(CONF, '$version="3.10.1";\n');
const many = (count: number): Buffer =>
  Buffer.concat(Array.from({ length: count }, (_, at) => header({ name: `f${at}` })));

const linksTo = (link: string, count: number): Buffer =>
  Buffer.concat(Array.from({ length: count }, (_, at) => header({ name: `f${at}`, type: "1", link })));

/** What may be sent, and what the refusal says. */
export const hostile: [string, () => Uint8Array, RegExp][] = [
  ["an absolute name", () => archiveOf(entry("/etc/passwd", "x"), END), /absolute/],
  ["an absolute name by pax", () => archiveOf(...pax({ path: "/etc/passwd" }), entry("a", "x"), END), /absolute/],
  ["a name with ..", () => archiveOf(entry("usr/../../etc/passwd", "x"), END), /'\.\.'/],
  ["a name with .. after ./", () => archiveOf(entry("./../x", "x"), END), /'\.\.'/],
  [
    "a long GNU name with ..",
    () => archiveOf(entry("././@LongLink", `${"a/".repeat(80)}../x\0`, "L"), entry("a", "x"), END),
    /'\.\.'/,
  ],
  ["a symbolic link", () => archiveOf(header({ name: "a", type: "2", link: "/etc/passwd" }), END), /a link/],
  ["a hard link", () => archiveOf(header({ name: "a", type: "1", link: "/etc/passwd" }), END), /a link/],
  ["a hard link to itself", () => archiveOf(header({ name: "a", type: "1", link: "a" }), END), /a link/],
  [
    "a hard link to what comes later",
    () => archiveOf(header({ name: "a", type: "1", link: CONF }), good, END),
    /a link/,
  ],
  [
    "a hard link by pax to what is not there",
    () => archiveOf(good, ...pax({ linkpath: "/etc/passwd" }), header({ name: "a", type: "1", link: CONF }), END),
    /a link/,
  ],
  ["a hard link with content", () => archiveOf(good, entry("a", "x", "1"), END), /a link/],
  [
    "4,000 hard links to one large file",
    () => archiveOf(entry("f", Buffer.alloc(1024 * 1024)), linksTo("f", 4000), END),
    /files have more than 24 MiB/,
  ],
  ["a character device", () => archiveOf(header({ name: "null", type: "3" }), END), /device/],
  ["a block device", () => archiveOf(header({ name: "sda", type: "4" }), END), /device/],
  ["a pipe", () => archiveOf(header({ name: "pipe", type: "6" }), END), /pipe/],
  ["an old sparse file", () => archiveOf(header({ name: "a", type: "S", size: 0 }), END), /sparse/],
  [
    "a sparse file by pax",
    () => archiveOf(...pax({ "GNU.sparse.major": "1", "GNU.sparse.realsize": "99999999999" }), entry("a", "x"), END),
    /sparse/,
  ],
  ["a second volume", () => archiveOf(header({ name: "a", type: "M" }), END), /unknown type/],
  ["a huge member", () => archiveOf(header({ name: "a", size: 0o77777777777 }), END), /bytes; at most/],
  [
    "a member of 2^60 bytes",
    () => archiveOf(header({ name: "a", sizeField: "\x80\0\0\0\x10\0\0\0\0\0\0\0" }), END),
    /size|bytes/,
  ],
  [
    "a size that is no number",
    () => archiveOf(header({ name: "a", sizeField: "zzzzzzzzzzz\0" }), END),
    /no valid size/,
  ],
  [
    "a negative size",
    () => archiveOf(header({ name: "a", sizeField: "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff" }), END),
    /no valid size/,
  ],
  ["a size by pax that is no number", () => archiveOf(...pax({ size: "1e9" }), entry("a", "x"), END), /no valid size/],
  ["a member longer than the archive", () => archiveOf(header({ name: "a", size: 5000 }), END), /too early/],
  [
    "an extended header of 1 MiB",
    () => archiveOf(entry("PaxHeader", Buffer.alloc(1024 * 1024), "x"), END),
    /extended header/,
  ],
  ["100,000 members", () => archiveOf(many(100_000), END), /unpacks to more|more than \d+ members/],
  ["6,000 members", () => archiveOf(many(6000), END), /more than 5000 members/],
  ["a bomb", () => gzipSync(Buffer.alloc(48 * 1024 * 1024), { level: 1 }), /unpacks to more than 24 MiB/],
  ["more than is taken", () => new Uint8Array(LIMITS.packedBytes + 1).fill(0x1f), /at most 4 MiB/],
  ["a cut off gzip", () => archiveOf(good, END).subarray(0, 60), /too early/],
  ["a cut off tar", () => archiveOf(good), /too early/],
  ["a tar cut within a member", () => gzipSync(good.subarray(0, 520)), /too early/],
  ["a damaged gzip", () => Buffer.from(archiveOf(good, END)).fill(0x55, 20, 40), /damaged|too early/],
  ["something else that was zipped", () => gzipSync(Buffer.from("hello ".repeat(1000))), /not a tar/],
  ["a text that was zipped", () => gzipSync("hello"), /not a tar/],
  ["no gzip", () => Buffer.from("PK\x03\x04 not this"), /not a gzip/],
  ["a plain tar", () => Buffer.concat([good, END]), /not a gzip/],
  ["nothing", () => new Uint8Array(0), /not a gzip/],
  ["an empty archive", () => archiveOf(END), /empty/],
  ["only directories", () => archiveOf(header({ name: "usr/", type: "5" }), END), /empty/],
  ["a name with a line feed", () => archiveOf(entry("a\nb", "x"), END), /control characters/],
  ["a name that steers a terminal", () => archiveOf(entry("\x1b[2J\x1b]0;x\x07", "x"), END), /control characters/],
  [
    "a name that steers a terminal by one character",
    () => archiveOf(entry("a\u009b31mb", "x"), END),
    /control characters/,
  ],
  [
    "a name that runs backwards",
    () => archiveOf(...pax({ path: "if_\u202efnoc" }), entry("a", "x"), END),
    /control characters/,
  ],
  [
    "a name with a zero byte by pax",
    () => archiveOf(...pax({ path: "a\0b" }), entry("a", "x"), END),
    /control characters/,
  ],
  ["a member without a name", () => archiveOf(entry("", "x"), END), /without a name/],
  ["a damaged header", () => archiveOf(good, Buffer.alloc(512, 0x41), END), /damaged/],
];
