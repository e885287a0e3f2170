// The one secret of the service on one machine, and a token that is made of it.
import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../shared/model/errors.ts";
import { deriveKey, KEY_MIN } from "../shared/model/secret.ts";
import { formatToken, hashToken, readToken, type Token } from "../shared/model/token.ts";

/** LIFEBOAT_KEY if it is set; else the key in the data directory, made when it is not there; else one for this run. */
export async function readSecret(
  data: string | undefined,
  given: string | undefined = process.env["LIFEBOAT_KEY"],
): Promise<string> {
  if (given !== undefined) {
    if (given.length < KEY_MIN) throw new UserError(`LIFEBOAT_KEY is shorter than ${KEY_MIN} characters.`);
    return given;
  }
  const made = randomBytes(32).toString("base64url");
  if (data === undefined) return made;
  const file = join(data, "key");
  const kept = await readFile(file, "utf8").catch(() => undefined);
  if (kept !== undefined) return kept.trim();
  await writeFile(file, `${made}\n`, { mode: 0o600, flag: "wx" });
  return made;
}

/** The token that is printed at start: the same for the same secret, so that it outlives a restart. */
export function localToken(secret: string, nowMs: number): { text: string; token: Token } {
  const bytes = deriveKey(secret, "local");
  const id = `local${Buffer.from(bytes.subarray(0, 4)).toString("hex")}`;
  const text = formatToken(id, deriveKey(bytes, "local"));
  const hash = hashToken(deriveKey(secret, "tokens"), readToken(text)?.secret ?? "");
  return { text, token: { id, name: "npm start", scope: "admin", hash, createdMs: nowMs } };
}
