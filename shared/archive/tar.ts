// Reads tar over bytes in memory. A reader of our own because a hostile archive is its input: every length is
// checked before it is used, an extended header is read once and its unknown keys are dropped, nothing waits or streams.
import { UserError } from "../model/errors.ts";

export type Limits = {
  /** Of the archive as it came. */
  packedBytes: number;
  /** Of everything in it, unpacked. */
  unpackedBytes: number;
  /** Of one file. */
  memberBytes: number;
  members: number;
};

/** A member as it stood in the archive: its time is when the box last changed that file. */
export type Member = { path: string; bytes: number; mtimeMs: number; mode: number };

export type Archive = {
  files: Map<string, Uint8Array>;
  members: Member[];
  /** Links and pipes that were left out: of an archive those that a real box has. */
  skipped: string[];
};

export const BLOCK = 512;
/** The longest name that Linux takes is 4096 bytes; extended headers of real backups hold one and a few times. */
const EXTENDED_BYTES = 64 * 1024;
const NAME_BYTES = 4096;

const UTF8 = new TextDecoder("utf-8", { fatal: true });

export const mebibytes = (bytes: number): string => `${Math.round(bytes / 1024 / 1024)} MiB`;

/** A name in a message: no control characters, no line of endless length. */
export const shown = (name: string): string => `'${name.slice(0, 120).replaceAll(/[^\x20-\x7e]/g, "?")}'`;

/** UTF-8, or Latin-1 where it is none, as old GUIs named files. */
function textOf(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    return Buffer.from(bytes).toString("latin1");
  }
}

/** A field of a header up to its first zero byte. */
function field(header: Uint8Array, at: number, length: number): string {
  const bytes = header.subarray(at, at + length);
  const end = bytes.indexOf(0);
  return textOf(end < 0 ? bytes : bytes.subarray(0, end));
}

/** Octal text, or GNU's binary for what is too large for it. NaN for neither. */
function numberIn(header: Uint8Array, at: number, length: number): number {
  const first = header[at] ?? 0;
  if (first === 0x80) return header.subarray(at + 1, at + length).reduce((sum, byte) => sum * 256 + byte, 0);
  const text = field(header, at, length).trim();
  if (text === "") return 0;
  return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number.NaN;
}

/** The sum of all bytes, its own field counted as blanks. */
export function sumOf(header: Uint8Array): number {
  let sum = 8 * 0x20;
  for (let at = 0; at < BLOCK; at += 1) if (at < 148 || at >= 156) sum += header[at] ?? 0;
  return sum;
}

const isEnd = (header: Uint8Array): boolean => header.every((byte) => byte === 0);

/** What an extended header says that we heed. */
type Extended = { path?: string; link?: string; size?: number; mtimeMs?: number; sparse?: boolean };

/** `LENGTH KEY=VALUE\n` records (POSIX pax). Stops at the first that is none. */
function extended(bytes: Uint8Array): Extended {
  const found: Extended = {};
  let at = 0;
  while (at < bytes.length) {
    const blank = bytes.indexOf(0x20, at);
    if (blank < 0 || blank - at > 6) break;
    const length = Number(textOf(bytes.subarray(at, blank)));
    if (!Number.isInteger(length) || length < blank - at + 3 || at + length > bytes.length) break;
    const record = textOf(bytes.subarray(blank + 1, at + length - 1));
    const equals = record.indexOf("=");
    const [key, value] = [record.slice(0, equals), record.slice(equals + 1)];
    if (key === "path") found.path = value;
    else if (key === "linkpath") found.link = value;
    else if (key === "size") found.size = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
    else if (key === "mtime") found.mtimeMs = Math.round(Number(value) * 1000);
    else if (key.startsWith("GNU.sparse")) found.sparse = true;
    at += length;
  }
  return found;
}

/** Real backups hold such links: let's encrypt's newest certificate, and plugins under a second name. */
const TOLERATED_LINK = /^(?:usr\/local\/\w+\/config\/letsencrypt\/|usr\/lib\/nagios\/plugins\/)/;

const TYPES: ReadonlyMap<string, string> = new Map([
  ["1", "a link"],
  ["2", "a link"],
  ["3", "a device or pipe"],
  ["4", "a device or pipe"],
  ["6", "a device or pipe"],
  ["S", "a sparse file"],
]);

const plainPath = (name: string): string => name.replace(/^(?:\.\/)+/, "").replace(/^\.$/, "");

/** A name as `tar` wrote it, without `./`; refuses those that would leave the place of extraction. */
function safeName(name: string): string {
  const path = plainPath(name);
  if (path.length > NAME_BYTES) throw new UserError(`member ${shown(name)}: its name is longer than any file's.`);
  // Those that turn the direction of writing around too: they make one name look like another.
  if (/[\p{Cc}\p{Bidi_Control}]/u.test(path))
    throw new UserError(`member ${shown(name)}: its name has control characters.`);
  if (path.startsWith("/"))
    throw new UserError(`member ${shown(name)}: its name is absolute; the GUI's backups have none such.`);
  if (path.split("/").includes(".."))
    throw new UserError(`member ${shown(name)}: its name has '..' in it; the GUI's backups have none such.`);
  return path;
}

type Header = { name: string; link: string; type: string; size: number; mtimeMs: number; mode: number };

function headerAt(tar: Uint8Array, at: number): Header {
  const header = tar.subarray(at, at + BLOCK);
  if (sumOf(header) !== numberIn(header, 148, 8)) {
    throw new UserError(
      at === 0
        ? "not a tar: send the backup-….tar.gz as the GUI made it."
        : "the tar is damaged: make the backup again.",
    );
  }
  // GNU's own format has other things where POSIX has the prefix of a long name.
  const prefix = field(header, 257, 6) === "ustar" && header[263] === 0x30 ? field(header, 345, 155) : "";
  const own = field(header, 0, 100);
  const type = String.fromCharCode(header[156] ?? 0);
  return {
    name: prefix === "" ? own : `${prefix}/${own}`,
    link: field(header, 157, 100),
    type: type === "\0" ? "0" : type,
    size: numberIn(header, 124, 12),
    mtimeMs: numberIn(header, 136, 12) * 1000 || 0,
    mode: numberIn(header, 100, 8) & 0o777,
  };
}

type Reading = {
  tar: Uint8Array;
  limits: Limits;
  archive: Archive;
  at: number;
  count: number;
  /** Of all files so far, those that share their bytes counted each. */
  bytes: number;
  next: Extended;
};

/** The bytes of a member, and the place set behind them. */
function take(reading: Reading, name: string, size: number, most: number): Uint8Array {
  if (!Number.isSafeInteger(size) || size < 0)
    throw new UserError(`member ${shown(name)} has no valid size: the tar is damaged.`);
  if (size > most)
    throw new UserError(`member ${shown(name)} has ${size} bytes; at most ${mebibytes(most)} are taken.`);
  const { tar, at } = reading;
  if (at + size > tar.length) throw new UserError("the tar ends too early: the backup was cut off.");
  reading.at = at + Math.ceil(size / BLOCK) * BLOCK;
  return tar.subarray(at, at + size);
}

/** Headers that say something of the next member only. */
function isExtended(reading: Reading, { type, size, name }: Header): boolean {
  if (!["x", "g", "L", "K"].includes(type)) return false;
  if (size > EXTENDED_BYTES) throw new UserError(`member ${shown(name)}: its extended header is too long.`);
  const bytes = take(reading, name, size, EXTENDED_BYTES);
  if (type === "L" || type === "K") reading.next[type === "L" ? "path" : "link"] = field(bytes, 0, bytes.length);
  if (type === "x") reading.next = { ...reading.next, ...extended(bytes) };
  return true;
}

/**
 * The bytes of the file that a hard link names again: `tar -h` writes one for the second path to the same file. Null
 * for what is no such link, or names nothing that came before it.
 */
function linked({ archive, next }: Reading, header: Header): Uint8Array | null {
  if (header.type !== "1" || (next.size ?? header.size) !== 0) return null;
  return archive.files.get(plainPath(next.link ?? header.link)) ?? null;
}

/** What a member holds. Throws a UserError for what holds nothing that we read. */
function bytesOf(reading: Reading, header: Header, name: string): Uint8Array {
  const again = linked(reading, header);
  if (again) return again;
  if (header.type !== "0" && header.type !== "7") {
    const what = TYPES.get(header.type) ?? "of an unknown type";
    throw new UserError(`member ${shown(name)} is ${what}; the GUI's backups have none such.`);
  }
  return take(reading, name, reading.next.size ?? header.size, reading.limits.memberBytes);
}

function member(reading: Reading, header: Header): void {
  hold(reading, header);
  reading.next = {};
}

function hold(reading: Reading, header: Header): void {
  const { archive, limits, next } = reading;
  reading.count += 1;
  if (reading.count > limits.members)
    throw new UserError(`more than ${limits.members} members: no backup has so many.`);
  const name = next.path ?? header.name;
  const path = safeName(name);
  if (next.sparse || header.type === "S")
    throw new UserError(`member ${shown(name)} is a sparse file; the GUI's backups have none such.`);
  if (header.type === "5" || (header.type === "0" && name.endsWith("/"))) return;
  if (header.type === "2" && TOLERATED_LINK.test(path)) {
    archive.skipped.push(path);
    return;
  }
  const bytes = bytesOf(reading, header, name);
  reading.bytes += bytes.length;
  if (reading.bytes > limits.unpackedBytes)
    throw new UserError(`its files have more than ${mebibytes(limits.unpackedBytes)}: no backup has.`);
  if (path === "") throw new UserError("a member without a name: the tar is damaged.");
  // As tar does when it extracts: of two members of one name the later holds.
  archive.files.set(path, bytes);
  archive.members.push({
    path,
    bytes: bytes.length,
    mtimeMs: Number.isFinite(next.mtimeMs) ? (next.mtimeMs ?? 0) : header.mtimeMs,
    mode: header.mode,
  });
}

/** Reads a whole tar. Throws a UserError, one sentence, for what no GUI writes. The files are views of `tar`. */
export function readTar(tar: Uint8Array, limits: Limits): Archive {
  const archive: Archive = { files: new Map(), members: [], skipped: [] };
  const reading: Reading = { tar, limits, archive, at: 0, count: 0, bytes: 0, next: {} };
  for (;;) {
    const { at } = reading;
    if (at + BLOCK > tar.length) {
      throw new UserError(
        at === 0 ? "not a tar: the gzip holds less than one block." : "the tar ends too early: the backup was cut off.",
      );
    }
    if (isEnd(tar.subarray(at, at + BLOCK))) return archive;
    const header = headerAt(tar, at);
    reading.at = at + BLOCK;
    if (!isExtended(reading, header)) member(reading, header);
  }
}
