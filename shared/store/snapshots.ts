import { createHash } from "node:crypto";
import { SoftError } from "../model/errors.ts";
import { manifestSchema, sightingSchema } from "../model/manifest.ts";
import type { Snapshots } from "../ports.ts";
import { type Key, keys, partitions, sightingsBetween } from "./keys.ts";
import { openTable, type StoreOptions } from "./table.ts";

/** DynamoDB takes 400 KB an item, keys and names included. */
const CHUNK_BYTES = 350 * 1024;

/**
 * So many chunks are written at a time: one costs 350 write units, and all of a content go to one partition, of which
 * DynamoDB takes 1,000 a second (developer guide, "Best practices for partition keys").
 */
const TOGETHER = 2;

/** Chunks whose manifest was never written: whoever uploads takes seconds. */
const ORPHAN_KEEP_S = 86_400;

/**
 * Snapshots in the table. Chunks are written first and would expire; the manifest is written in one transaction with
 * their becoming permanent. So a snapshot either is whole or is not there, and what a failed upload left goes by itself.
 */
export function createSnapshots(options: StoreOptions): Snapshots {
  const table = openTable(options);
  const chunksOf = (box: string, { digest, chunks }: { digest: string; chunks: number }): Key[] =>
    Array.from({ length: chunks }, (_, at) => keys.chunk(box, digest, at));
  return {
    manifests: async (box, { before, limit }) =>
      table.known(await table.page(partitions.snapshots(box), { below: before, limit }), manifestSchema),
    async manifest(box, id) {
      const item = await table.get(keys.snapshot(box, id));
      return item && (await table.all([item], manifestSchema))[0];
    },
    async content({ id, box, packed }) {
      const items = await Promise.all(chunksOf(box, packed).map((key) => table.get(key)));
      const parts = items.flatMap((item) => (item?.["bytes"] instanceof Uint8Array ? [item["bytes"]] : []));
      const bytes = Buffer.concat(parts);
      if (digestOf(bytes) !== packed.digest) throw new SoftError(`the table: the content of ${box} ${id} is not whole`);
      return bytes;
    },
    async putSnapshot(draft, bytes) {
      const { box, id } = draft;
      const packed = packedOf(bytes);
      const chunks = chunksOf(box, packed);
      const putChunk = (key: Key, at: number): Promise<void> =>
        table.putBytes(key, bytes.subarray(at * CHUNK_BYTES, (at + 1) * CHUNK_BYTES), ORPHAN_KEEP_S);
      for (let at = 0; at < chunks.length; at += TOGETHER) {
        await Promise.all(chunks.slice(at, at + TOGETHER).map((key, next) => putChunk(key, at + next)));
      }
      const manifest = { ...draft, packed };
      await table.putAndKeep(keys.snapshot(box, id), { value: manifest }, chunks);
      return manifest;
    },
    sightings: async (box, fromId, toId) => {
      const range = sightingsBetween(fromId, toId);
      return table.known(await table.query(partitions.sightings(box), { range, consistent: true }), sightingSchema);
    },
    async putSighting(sighting) {
      const { box, id, region, atMs } = sighting;
      const newer = {
        text: "attribute_not_exists(#atMs) OR #atMs < :atMs",
        names: { "#atMs": "atMs" },
        values: { ":atMs": atMs },
      };
      const put = { value: sighting, fields: { atMs }, condition: newer };
      await table.put(keys.sighting(box, id, region), put);
    },
    async deleteSnapshot({ box, id, packed }, keepContent) {
      const range = sightingsBetween(id, id);
      const seen = await table.query(partitions.sightings(box), { range, consistent: true });
      const regions = (await table.known(seen, sightingSchema)).map(({ region }) => region);
      await Promise.all([
        ...(keepContent ? [] : chunksOf(box, packed).map((key) => table.remove(key))),
        ...regions.map((region) => table.remove(keys.sighting(box, id, region))),
      ]);
      await table.remove(keys.snapshot(box, id));
    },
  };
}

/** How the bytes of a content are named and cut. */
function packedOf(bytes: Uint8Array): { digest: string; bytes: number; chunks: number } {
  return { digest: digestOf(bytes), bytes: bytes.length, chunks: Math.max(1, Math.ceil(bytes.length / CHUNK_BYTES)) };
}

function digestOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
