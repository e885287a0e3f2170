import { describe, expect, test } from "vitest";
import { deriveKey } from "../../../shared/model/secret.ts";
import { allows, formatToken, hashToken, type Need, readToken } from "../../../shared/model/token.ts";

const secret = new Uint8Array(32).fill(251);
const text = formatToken("0123456789ab", secret);

test("a token is read as it was written", () => {
  expect(text).toMatch(/^lifeboat_0123456789ab_[\w-]{43}$/);
  expect(readToken(text)).toEqual({ id: "0123456789ab", secret: Buffer.from(secret).toString("base64url") });
});

test.each(["", "lifeboat", text.slice(0, -1), `${text}A`, ` ${text}`, text.replace("lifeboat", "other"), `${text}\n`])(
  "%j is no token",
  (given) => {
    expect(readToken(given)).toBeUndefined();
  },
);

test("its hash is another under another key, and for another secret", () => {
  const [one, two] = ["key one", "key two"].map((key) => deriveKey(key, "tokens"));
  const hashes = [one, two].flatMap((key) => (key ? [hashToken(key, "a"), hashToken(key, "b")] : []));
  expect(new Set(hashes).size).toBe(4);
  expect(hashes.every((hash) => /^[0-9a-f]{64}$/.test(hash))).toBe(true);
});

test("no two keys of one secret are alike", () => {
  const keys = (["redaction", "tokens", "local"] as const).map((purpose) => deriveKey("secret", purpose));
  expect(new Set(keys.map((key) => Buffer.from(key).toString("hex"))).size).toBe(3);
});

const [one, other, read]: Need[] = [{ kind: "upload", box: "lb1" }, { kind: "upload", box: "lb2" }, { kind: "read" }];

describe("what a scope allows", () => {
  test.each([
    ["admin", true, true, true],
    ["read", false, false, true],
    ["snapshot:lb1", true, false, false],
    ["snapshot:lb", false, false, false],
    ["", false, false, false],
  ])("%s: upload for lb1 %s, for lb2 %s, read %s", (scope, ...expected) => {
    expect([one, other, read].map((need) => need && allows(scope, need))).toEqual(expected);
  });
});
