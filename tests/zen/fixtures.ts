import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readBox } from "../../shared/zen/box.ts";
import { redactionKey } from "../../shared/zen/redact.ts";

const root = join(import.meta.dirname, "../fixtures/zen");

/** The boxes there are: one bundle a box, `=== PATH` before each file, `@@ FILE` for one that stands beside it. */
export const bundles = readdirSync(root)
  .filter((name) => name.endsWith(".txt"))
  .map((name) => name.slice(0, -".txt".length));

export const key = redactionKey("a test's key");

/** A box's files as its backup has them. A bundle keeps names with colons out of the working tree. */
export function filesOf(bundle: string): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  const text = readFileSync(join(root, `${bundle}.txt`), "utf8");
  for (const part of text.split(/^=== /m).slice(1)) {
    const end = part.indexOf("\n");
    const body = part
      .slice(end + 1)
      .replaceAll(/^@@ (.+)\n/gm, (_whole, file: string) => readFileSync(join(root, file), "utf8"));
    files.set(part.slice(0, end), Buffer.from(body));
  }
  return files;
}

export const boxOf = (bundle: string) => readBox(filesOf(bundle), { key });

/** Every secret of the fixtures: words that begin with s3cr3t, and the bodies of the keys. */
export function secrets(): string[] {
  const words = bundles.flatMap(
    (bundle) => readFileSync(join(root, `${bundle}.txt`), "utf8").match(/s3cr3t\w*/g) ?? [],
  );
  const keys = readdirSync(join(root, "certs"))
    .filter((name) => name.endsWith(".key"))
    .flatMap((name) => readFileSync(join(root, "certs", name), "utf8").split("\n"))
    .filter((line) => line.length > 20 && !line.startsWith("-----"));
  return [...new Set([...words, ...keys])];
}

/** One small file under the configuration's directory. */
export function single(name: string, text: string | Uint8Array): Map<string, Uint8Array> {
  return new Map([
    ["usr/local/zenloadbalancer/config/global.conf", Buffer.from('$version="3.10.1";\n')],
    [`usr/local/zenloadbalancer/config/${name}`, typeof text === "string" ? Buffer.from(text) : text],
  ]);
}
