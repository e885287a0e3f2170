import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { readable, readDirectory } from "../shared/archive/directory.ts";
import { isGzip, LIMITS, readArchive } from "../shared/archive/read.ts";
import { UserError } from "../shared/model/errors.ts";
import type { BoxConfig } from "../shared/model/snapshot.ts";
import { readBox } from "../shared/zen/box.ts";
import { kindOf } from "../shared/zen/place.ts";
import { redactionKey } from "../shared/zen/redact.ts";

/** A box as an argument names it: `FILE`, `DIR`, or `NAME=FILE`. */
export type Named = { name: string; config: BoxConfig };

/** Directories that are called the same on every box. */
const PLACES = new Set([
  "config",
  "zenloadbalancer",
  "zevenet",
  "skudonet",
  "relianoid",
  "local",
  "usr",
  "backup",
  "files",
]);

/** `backup-lb1-20161103.tar.gz` is lb1; of a directory its own name, or that of the one around it. */
export function boxNameOf(path: string): string {
  let place = resolve(path);
  while (PLACES.has(basename(place)) && dirname(place) !== place) place = dirname(place);
  const name = basename(place)
    .replace(/\.(?:tar\.gz|tgz)$/, "")
    .replace(/^backup[-_]/, "")
    .replace(/[-_]\d{6,14}$/, "");
  return name === "" ? "box" : name;
}

/** What an argument names: its files, and what of a directory was left out. */
type Read = { files: ReadonlyMap<string, Uint8Array>; skipped: readonly string[] };

async function filesOf(path: string): Promise<Read> {
  const about = await readable("", stat(path));
  if (about.isDirectory()) return readDirectory(path);
  if (!about.isFile()) throw new UserError("neither a file nor a directory.");
  if (about.size > LIMITS.packedBytes)
    throw new UserError(`it has ${about.size} bytes; at most ${LIMITS.packedBytes} are taken.`);
  const bytes = await readable("", readFile(path));
  const name = basename(path);
  // One file of a configuration, as somebody sends it along with a question.
  if (!isGzip(bytes) && kindOf(name, "").kind !== "unknown") return { files: new Map([[name, bytes]]), skipped: [] };
  // The links that an archive may have are real boxes' own: nothing is missing without them.
  return { files: (await readArchive(bytes)).files, skipped: [] };
}

/** The key of the redaction: the deployment's, so that hashes can be compared with stored ones, or one of this run. */
function keyOf(environment: NodeJS.ProcessEnv): Uint8Array {
  const secret = environment["LIFEBOAT_KEY"] ?? "";
  return redactionKey(secret === "" ? randomBytes(32) : secret);
}

/** At most so many are named: a directory full of links is said to be one by the first of them. */
const LISTED_SKIPPED = 20;

/** What of a directory was left out, as problems of its files. */
export function leftOut(skipped: readonly string[]): { file: string; says: string }[] {
  const more = skipped.length - LISTED_SKIPPED;
  return skipped.slice(0, LISTED_SKIPPED).map((file, at) => ({
    file,
    says: `a link, a pipe or the like was left out${at === LISTED_SKIPPED - 1 && more > 0 ? `, and ${more} more` : ""}.`,
  }));
}

async function readOne(path: string, key: Uint8Array): Promise<BoxConfig> {
  const { files, skipped } = await filesOf(path);
  const { config } = readBox(files, { key });
  return { ...config, problems: config.problems.concat(leftOut(skipped)) };
}

/** Reads and redacts all arguments. Throws one UserError that names each one that cannot be read, and why. */
export async function readBoxes(
  args: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Named[]> {
  const key = keyOf(environment);
  const boxes: Named[] = [];
  const faults: string[] = [];
  for (const argument of args) {
    const named = existsSync(argument) ? null : /^([A-Za-z0-9._-]{1,64})=(.+)$/s.exec(argument);
    const path = named?.[2] ?? argument;
    try {
      if (boxes.some(({ name }) => name === named?.[1]))
        throw new UserError(`a box before it is called ${named?.[1]} too: give each a name of its own.`);
      const config = await readOne(path, key);
      boxes.push({ name: named?.[1] ?? unused(boxNameOf(path), boxes), config });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      faults.push(`${path}: ${error.message}`);
    }
  }
  if (faults.length > 0) throw new UserError(faults);
  return boxes;
}

function unused(name: string, boxes: readonly Named[]): string {
  const taken = new Set(boxes.map((box) => box.name));
  let [candidate, count] = [name, 1];
  while (taken.has(candidate)) {
    count += 1;
    candidate = `${name}-${count}`;
  }
  return candidate;
}
