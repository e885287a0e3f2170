// A file of one JSON a line, each on the disk before it counts. A process that is killed, or a machine that loses its
// power, leaves at most a torn last line, which never counted.
import type { FileHandle } from "node:fs/promises";
import { open, readFile, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { UserError } from "../../../shared/model/errors.ts";
import { takeLock } from "./lock.ts";

export type Journal = {
  /** What was in the file when it was opened, oldest first. */
  entries: readonly unknown[];
  /** Entries in the file now. */
  length(): number;
  /** Resolves once the entry is on the disk; if it cannot get there, the file is as it was. */
  append(entry: object): Promise<void>;
  /** Replaces the whole file at once by what `entries` says when its turn comes. */
  rewrite(entries: () => readonly object[]): Promise<void>;
  close(): Promise<void>;
};

/** Throws a UserError when another process has the file open, or when it is no journal. */
export async function openJournal(file: string): Promise<Journal> {
  const unlock = await takeLock(file);
  try {
    const read = await readEntries(file);
    let handle = await open(file, "a");
    await handle.truncate(read.bytes);
    await syncDirectory(file);
    let { bytes } = read;
    let count = read.entries.length;
    let tail: Promise<unknown> = Promise.resolve();
    const inTurn = <T>(run: () => Promise<T>): Promise<T> => {
      const result = tail.then(run);
      tail = result.catch(() => undefined);
      return result;
    };
    const append = async (entry: object): Promise<void> => {
      const line = lineOf(entry);
      try {
        await handle.appendFile(line);
        await handle.datasync();
      } catch (error) {
        await handle.truncate(bytes);
        throw error;
      }
      bytes += line.length;
      count += 1;
    };
    const rewrite = async (entries: readonly object[]): Promise<void> => {
      const lines = Buffer.concat(entries.map(lineOf));
      const replaced = await replaceFile(file, lines);
      await handle.close();
      handle = replaced;
      bytes = lines.length;
      count = entries.length;
    };
    return {
      entries: read.entries,
      length: () => count,
      append: (entry) => inTurn(() => append(entry)),
      rewrite: (entries) => inTurn(() => rewrite(entries())),
      close: () =>
        inTurn(async () => {
          await handle.close();
          await unlock();
        }),
    };
  } catch (error) {
    await unlock();
    throw error;
  }
}

function lineOf(entry: object): Buffer {
  return Buffer.from(`${JSON.stringify(entry)}\n`);
}

/** The entries and where the last whole one ends. A last line that is torn is left out; any other is a fault. */
async function readEntries(file: string): Promise<{ entries: unknown[]; bytes: number }> {
  const text = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return Buffer.alloc(0);
    throw new UserError(`${file} cannot be read: ${error.message}`, { cause: error });
  });
  const entries: unknown[] = [];
  let bytes = 0;
  for (let end = text.indexOf(10); end !== -1; end = text.indexOf(10, bytes)) {
    const entry = parse(text.subarray(bytes, end));
    if (entry === undefined && text.indexOf(10, end + 1) === -1) break;
    if (entry === undefined)
      throw new UserError(`${file} is damaged in line ${entries.length + 1}; restore it from a backup or remove it`);
    entries.push(entry);
    bytes = end + 1;
  }
  return { entries, bytes };
}

function parse(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString("utf8")) as unknown;
  } catch {
    return undefined;
  }
}

async function replaceFile(file: string, content: Buffer): Promise<FileHandle> {
  const handle = await open(`${file}.new`, "w");
  try {
    await handle.writeFile(content);
    await handle.datasync();
    await rename(`${file}.new`, file);
    await syncDirectory(file);
    await handle.close();
    return await open(file, "a");
  } catch (error) {
    await handle.close().catch(() => undefined);
    throw error;
  }
}

/** A new name in a directory is on the disk only once the directory is. */
async function syncDirectory(file: string): Promise<void> {
  const directory = await open(dirname(file), "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
