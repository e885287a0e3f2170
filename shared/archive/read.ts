// A backup tarball to its files, in memory and within bounds, and back. Nothing is ever written to disk, so what a
// hostile archive may try (absolute names, `..`, links, devices, bombs) has no target; it is refused all the same.
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { UserError } from "../model/errors.ts";
import { type Archive, type Limits, type Member, mebibytes, readTar } from "./tar.ts";
import { writeTar } from "./write-tar.ts";

export type { Archive, Limits, Member };

/** 4 MiB is what Lambda takes in base64; a real backup unpacks to under 1 MB in under 500 members. */
export const LIMITS: Limits = {
  packedBytes: 4 * 1024 * 1024,
  unpackedBytes: 24 * 1024 * 1024,
  memberBytes: 8 * 1024 * 1024,
  members: 5000,
};

const unzip = promisify(gunzip);
const zip = promisify(gzip);

/** Whether the bytes begin as gzip does. */
export const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

async function inflate(bytes: Uint8Array, limits: Limits): Promise<Uint8Array> {
  if (bytes.length > limits.packedBytes) {
    throw new UserError(`the archive has ${bytes.length} bytes; at most ${mebibytes(limits.packedBytes)} are taken.`);
  }
  if (!isGzip(bytes)) throw new UserError("not a gzip file: send the backup-….tar.gz as the GUI made it.");
  try {
    return await unzip(bytes, { maxOutputLength: limits.unpackedBytes });
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : "";
    if (code === "ERR_BUFFER_TOO_LARGE") {
      throw new UserError(`it unpacks to more than ${mebibytes(limits.unpackedBytes)}: no backup does.`, { cause });
    }
    if (code === "Z_BUF_ERROR") throw new UserError("the gzip ends too early: the upload was cut off.", { cause });
    throw new UserError("the gzip is damaged: make the backup again.", { cause });
  }
}

/**
 * Reads a backup as the GUI makes it: a gzip of a tar. Resolves to its files by path, without a leading slash, and its
 * members with their times. Rejects with a UserError, one sentence, for anything else.
 */
export async function readArchive(bytes: Uint8Array, limits: Limits = LIMITS): Promise<Archive> {
  const archive = readTar(await inflate(bytes, limits), limits);
  if (archive.files.size === 0) throw new UserError("the archive is empty.");
  return archive;
}

/** Scripts that the box runs; everything else of a configuration is read only. */
const RUN = /(?:^|\/)(?:(?:zlb|noid)-(?:start|stop)|(?:plugins|libexec)\/[^/]+)$/;

/**
 * Writes files (redacted ones, for a restore by hand) as a tar.gz with the names they came with. Times and modes are
 * those of `members` where it knows the path. The same files give the same bytes.
 */
export async function writeArchive(
  files: ReadonlyMap<string, Uint8Array>,
  members: readonly Member[] = [],
): Promise<Uint8Array> {
  const known = new Map(members.map((member) => [member.path, member]));
  const tar = writeTar(
    [...files].map(([path, bytes]) => {
      const member = known.get(path);
      return { path, bytes, mtimeMs: member?.mtimeMs ?? 0, mode: member?.mode ?? (RUN.test(path) ? 0o755 : 0o644) };
    }),
  );
  return zip(tar);
}
