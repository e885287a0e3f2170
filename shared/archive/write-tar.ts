// Writes tar over bytes in memory: plain files only, as root's.
import { BLOCK, sumOf } from "./tar.ts";

function put(block: Uint8Array, at: number, text: string): void {
  block.set(Buffer.from(text, "latin1"), at);
}

function headerOf(name: Uint8Array, type: "0" | "x", size: number, mtimeS: number, mode: number): Uint8Array {
  const block = new Uint8Array(BLOCK);
  block.set(name.subarray(0, 100), 0);
  const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, "0");
  put(block, 100, octal(mode, 7));
  put(block, 108, octal(0, 7));
  put(block, 116, octal(0, 7));
  put(block, 124, octal(size, 11));
  put(block, 136, octal(mtimeS, 11));
  put(block, 156, type);
  put(block, 257, "ustar\x0000");
  put(block, 265, "root");
  put(block, 297, "root");
  put(block, 148, `${octal(sumOf(block), 6)}\0 `);
  return block;
}

const padded = (bytes: Uint8Array): Uint8Array[] => [bytes, new Uint8Array((BLOCK - (bytes.length % BLOCK)) % BLOCK)];

/** A pax record counts its own length, digits included. */
function pathRecord(path: string): Uint8Array {
  const rest = Buffer.byteLength(` path=${path}\n`);
  let length = rest + String(rest).length;
  if (rest + String(length).length > length) length += 1;
  return Buffer.from(`${length} path=${path}\n`);
}

/** Writes files as a tar, owned by root, in the order given; names of more than 100 bytes or not ASCII go by pax. */
export function writeTar(
  files: Iterable<{ path: string; bytes: Uint8Array; mtimeMs: number; mode: number }>,
): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const { path, bytes, mtimeMs, mode } of files) {
    const name = Buffer.from(path);
    const mtimeS = Math.min(Math.max(Math.floor(mtimeMs / 1000), 0), 0o77_777_777_777);
    if (name.length > 100 || name.length !== path.length) {
      const record = pathRecord(path);
      parts.push(headerOf(Buffer.from("PaxHeader"), "x", record.length, mtimeS, 0o644), ...padded(record));
    }
    parts.push(headerOf(name, "0", bytes.length, mtimeS, mode & 0o777), ...padded(bytes));
  }
  parts.push(new Uint8Array(2 * BLOCK));
  return Buffer.concat(parts);
}
