import { createHmac } from "node:crypto";
import * as z from "zod/mini";

/** `read`: everything but uploads. `admin`: everything. `snapshot:<box>`: uploads for that box and nothing else. */
export const scopeSchema = z
  .string()
  .check(z.regex(/^(?:read|admin|snapshot:[A-Za-z0-9._-]{1,64})$/, "must be read, admin or snapshot:<box>"));

/** A fact: a token as it is kept. The secret itself is shown once, to whoever makes it, and stored nowhere. */
export const tokenSchema = z.object({
  id: z.string(),
  /** Whose it is, as the history names it. */
  name: z.string().check(z.minLength(1), z.maxLength(100)),
  scope: scopeSchema,
  /** HMAC-SHA-256 of the secret, hex. */
  hash: z.string(),
  createdMs: z.int(),
});

/** A fact: the token is good for nothing from then on. */
export const revocationSchema = z.object({ id: z.string(), atMs: z.int(), who: z.string() });

/** When a region last let the token in, to within some minutes. */
export const tokenUseSchema = z.object({ id: z.string(), region: z.string(), atMs: z.int() });

export type Token = z.output<typeof tokenSchema>;
export type Revocation = z.output<typeof revocationSchema>;
export type TokenUse = z.output<typeof tokenUseSchema>;

const FORM = /^lifeboat_([a-z0-9]{5,32})_([A-Za-z0-9_-]{43})$/;

/** `lifeboat_<id>_<43 characters>`: a word that secret scanners can find. */
export function formatToken(id: string, secret: Uint8Array): string {
  return `lifeboat_${id}_${Buffer.from(secret).toString("base64url")}`;
}

/** The id and the secret part of a token; undefined for what is none. */
export function readToken(text: string): { id: string; secret: string } | undefined {
  const [, id, secret] = FORM.exec(text) ?? [];
  return id === undefined || secret === undefined ? undefined : { id, secret };
}

/**
 * What is stored of a token. `key`: `deriveKey(…, "tokens")`. Hashes may be compared as text: whoever guesses cannot
 * choose what the hash of a guess is, so how long a comparison takes tells nothing.
 */
export function hashToken(key: Uint8Array, secret: string): string {
  return createHmac("sha256", key).update(secret).digest("hex");
}

/** What a request wants to do. */
export type Need = { kind: "upload"; box: string } | { kind: "read" };

/**
 * | scope           | upload for lb1 | upload for lb2 | read |
 * | --------------- | -------------- | -------------- | ---- |
 * | admin           | yes            | yes            | yes  |
 * | read            | no             | no             | yes  |
 * | snapshot:lb1    | yes            | no             | no   |
 */
export function allows(scope: string, need: Need): boolean {
  if (scope === "admin") return true;
  return need.kind === "read" ? scope === "read" : scope === `snapshot:${need.box}`;
}
