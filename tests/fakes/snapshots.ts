// Snapshots and tokens in memory, with the semantics of the real ones: chunks that expire until their manifest is there,
// facts that stay as they are. The contract suites run over both.
import { createHash } from "node:crypto";
import { SoftError } from "../../shared/model/errors.ts";
import type { Manifest, Sighting } from "../../shared/model/manifest.ts";
import type { Revocation, Token, TokenUse } from "../../shared/model/token.ts";
import type { Snapshots, Tokens } from "../../shared/ports.ts";

const DAY_MS = 86_400_000;

export type FakeSnapshots = Snapshots & {
  /** While true the next upload is lost after its chunks. */
  dieBeforeManifest: boolean;
  /** How many contents are held. */
  contents(): number;
};

export function createFakeSnapshots(nowMs: () => number = Date.now): FakeSnapshots {
  const manifests = new Map<string, Manifest>();
  const sightings = new Map<string, Sighting>();
  const contents = new Map<string, { bytes: Uint8Array; expiresMs: number }>();
  const held = (key: string) => {
    const found = contents.get(key);
    return found && found.expiresMs > nowMs() ? found : undefined;
  };
  const fake: FakeSnapshots = {
    dieBeforeManifest: false,
    contents: () => [...contents.keys()].filter(held).length,
    manifests: async (box, { before, limit }) =>
      [...manifests.values()]
        .filter((one) => one.box === box && (before === undefined || one.id < before))
        .sort((a, b) => (a.id < b.id ? 1 : -1))
        .slice(0, limit)
        .map((one) => structuredClone(one)),
    manifest: async (box, id) => structuredClone(manifests.get(`${box} ${id}`)),
    async content({ box, id, packed }) {
      const found = held(`${box} ${packed.digest}`);
      if (!found) throw new SoftError(`the content of ${box} ${id} is not whole`);
      return found.bytes.slice();
    },
    async putSnapshot(draft, bytes) {
      const digest = createHash("sha256").update(bytes).digest("hex");
      const packed = { digest, bytes: bytes.length, chunks: Math.max(1, Math.ceil(bytes.length / (350 * 1024))) };
      const key = `${draft.box} ${digest}`;
      const before = held(key);
      const expiresMs = before?.expiresMs === Number.POSITIVE_INFINITY ? before.expiresMs : nowMs() + DAY_MS;
      contents.set(key, { bytes: bytes.slice(), expiresMs });
      if (fake.dieBeforeManifest) throw new SoftError("told to die");
      contents.set(key, { bytes: bytes.slice(), expiresMs: Number.POSITIVE_INFINITY });
      const manifest = { ...draft, packed };
      const name = `${draft.box} ${draft.id}`;
      if (!manifests.has(name)) manifests.set(name, structuredClone(manifest));
      return manifest;
    },
    sightings: async (box, fromId, toId) =>
      [...sightings.values()].filter((one) => one.box === box && one.id >= fromId && one.id <= toId),
    async putSighting(sighting) {
      const key = `${sighting.box} ${sighting.id} ${sighting.region}`;
      if ((sightings.get(key)?.atMs ?? 0) < sighting.atMs) sightings.set(key, structuredClone(sighting));
    },
    async deleteSnapshot({ box, id, packed }, keepContent) {
      if (!keepContent) contents.delete(`${box} ${packed.digest}`);
      for (const [key, one] of sightings) if (one.box === box && one.id === id) sightings.delete(key);
      manifests.delete(`${box} ${id}`);
    },
  };
  return fake;
}

export function createFakeTokens(region: string): Tokens {
  const tokens = new Map<string, Token>();
  const revocations = new Map<string, Revocation>();
  const uses = new Map<string, TokenUse>();
  return {
    async token(id) {
      const token = tokens.get(id);
      return token && { token: structuredClone(token), revoked: revocations.has(id) };
    },
    tokens: async () =>
      structuredClone({
        tokens: [...tokens.values()],
        revocations: [...revocations.values()],
        uses: [...uses.values()],
      }),
    async putToken(token) {
      if (!tokens.has(token.id)) tokens.set(token.id, structuredClone(token));
    },
    async putRevocation(revocation) {
      if (!revocations.has(revocation.id)) revocations.set(revocation.id, structuredClone(revocation));
    },
    async putUse(id, atMs) {
      const before = uses.get(id);
      if (!before || atMs - before.atMs >= 600_000) uses.set(id, { id, region, atMs });
    },
  };
}
