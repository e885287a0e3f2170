// A directory of configuration files, in memory and within the bounds of an archive. Links are not followed: what they
// point at is no part of the directory.
import { lstat, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, UserError } from "../model/errors.ts";
import { LIMITS } from "./read.ts";
import { type Archive, type Limits, mebibytes, shown } from "./tar.ts";

/** Directories nest this deep in no backup. */
const DEEPEST = 32;

/** What the system says of a file or directory that it refuses to read, as one sentence. "" is the one asked for. */
function refusal(path: string, cause: unknown): string {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : messageOf(cause);
  const lead = path === "" ? "" : `${shown(path)}: `;
  if (code === "ENOENT" || code === "ENOTDIR") return `${lead}there is no such file or directory.`;
  return `${lead}it cannot be read: ${code === "EACCES" || code === "EPERM" ? "this user may not" : `the system says ${code}`}.`;
}

/** Waits for what the system reads; rejects with a UserError where it refuses to. */
export function readable<T>(path: string, work: Promise<T>): Promise<T> {
  return work.catch((cause: unknown) => {
    throw new UserError(refusal(path, cause), { cause });
  });
}

/**
 * Reads all plain files below a directory, by path with slashes. Rejects with a UserError beyond a limit, and for what
 * the system refuses to read.
 */
export async function readDirectory(root: string, limits: Limits = LIMITS): Promise<Archive> {
  const archive: Archive = { files: new Map(), members: [], skipped: [] };
  let total = 0;
  const walk = async (path: string, depth: number): Promise<void> => {
    if (depth > DEEPEST) throw new UserError(`${shown(path)}: directories nest deeper than in any backup.`);
    const entries = await readable(path, readdir(join(root, path), { withFileTypes: true }));
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const inner = path === "" ? entry.name : `${path}/${entry.name}`;
      if (entry.isDirectory()) await walk(inner, depth + 1);
      else if (entry.isFile()) {
        const { size, mtimeMs, mode } = await readable(inner, lstat(join(root, inner)));
        total += size;
        if (archive.members.length >= limits.members)
          throw new UserError(`more than ${limits.members} files: no configuration has so many.`);
        if (size > limits.memberBytes)
          throw new UserError(`${shown(inner)} has ${size} bytes; at most ${mebibytes(limits.memberBytes)} are taken.`);
        if (total > limits.unpackedBytes)
          throw new UserError(`its files have more than ${mebibytes(limits.unpackedBytes)}: no configuration has.`);
        archive.files.set(inner, await readable(inner, readFile(join(root, inner))));
        archive.members.push({ path: inner, bytes: size, mtimeMs: Math.round(mtimeMs), mode: mode & 0o777 });
      } else archive.skipped.push(inner);
    }
  };
  await walk("", 0);
  return archive;
}
