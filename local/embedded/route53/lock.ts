// Only one process may write a journal. A socket is the lock: the operating system lets go of it when its holder dies,
// however it dies, which a file with a process id in it does not.
import { createHash } from "node:crypto";
import { unlink } from "node:fs/promises";
import type { Server } from "node:net";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { UserError } from "../../../shared/model/errors.ts";

/** A socket's path has room for 104 bytes on macOS, 108 on Linux. */
const PATH_MAX = 100;

/** Returns what gives the lock back. Throws a UserError when another process holds it. */
export async function takeLock(file: string): Promise<() => Promise<void>> {
  const path = lockPath(file);
  let server = await listen(path);
  if (!server && !(await isHeld(path))) {
    // Left behind by a process that was killed.
    await unlink(path).catch(() => undefined);
    server = await listen(path);
  }
  if (!server) throw new UserError(`${file} is in use by another copy; stop that one or choose another directory`);
  const held = server;
  return () => new Promise((done) => void held.close(() => done()));
}

function lockPath(file: string): string {
  const beside = `${resolve(file)}.lock`;
  if (Buffer.byteLength(beside) <= PATH_MAX) return beside;
  return join(tmpdir(), `lifeboat-${createHash("sha256").update(beside).digest("hex").slice(0, 16)}.lock`);
}

/** Undefined when there is a socket at the path already. */
function listen(path: string): Promise<Server | undefined> {
  const server = createServer((socket) => socket.on("error", () => undefined).end()).unref();
  return new Promise((done, fail) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      error.code === "EADDRINUSE" ? done(undefined) : fail(error),
    );
    server.listen(path, () => done(server));
  });
}

function isHeld(path: string): Promise<boolean> {
  const socket = connect(path);
  return new Promise((done) => {
    socket.once("connect", () => {
      socket.destroy();
      done(true);
    });
    socket.once("error", (error: NodeJS.ErrnoException) =>
      done(error.code !== "ECONNREFUSED" && error.code !== "ENOENT"),
    );
  });
}
