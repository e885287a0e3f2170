import { createHmac } from "node:crypto";

/** What the one secret of a deployment is used for: a label each, so that no key tells anything of another. */
const labels = {
  /** Hides secrets in stored configurations, see `shared/zen/redact.ts`. */
  redaction: "lifeboat zen redaction 1",
  /** Hashes the tokens of the API. */
  tokens: "lifeboat api tokens 1",
  /** The token that `npm start` prints. */
  local: "lifeboat local token 1",
} as const;

/** A shorter one could be guessed offline by whoever has read the table. */
export const KEY_MIN = 32;

/** LIFEBOAT_KEY is the only secret there is; every other key is made of it here and nowhere else (HMAC-SHA-256). */
export function deriveKey(secret: string | Uint8Array, purpose: keyof typeof labels): Uint8Array {
  return createHmac("sha256", secret).update(labels[purpose]).digest();
}
