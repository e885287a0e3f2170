import * as z from "zod/mini";
import type { Announced, Store } from "../ports.ts";
import { keys, NOT_THERE, partitions, prefixes } from "./keys.ts";
import type { Table } from "./table.ts";

const saidSchema = z.object({ weight: z.number(), epoch: z.number() });

const announcedSchema: z.ZodMiniType<Announced> = z.object({
  region: z.string(),
  pool: z.string(),
  version: z._default(z.number(), 0),
  boxes: z.record(z.string(), saidSchema),
  islands: z.record(z.string(), z.number()),
  telling: z.optional(
    z.record(
      z.string(),
      z.object({
        weight: z.number(),
        epoch: z.number(),
        atMs: z.optional(z.number()),
        run: z.optional(z.string()),
        other: z.optional(saidSchema),
      }),
    ),
  ),
});

export function announcedStore(table: Table): Pick<Store, "announced" | "putAnnounced"> {
  return {
    async announced(pools, regions) {
      const range = { prefix: prefixes.announced };
      const read = pools.map((pool) => table.query(partitions.pool(pool), { range, consistent: true }));
      const all = await table.all((await Promise.all(read)).flat(), announcedSchema);
      return all.filter(({ region }) => regions.includes(region));
    },
    putAnnounced: (announced) => {
      const { pool, region, version } = announced;
      const condition = {
        // Items were kept without a version once.
        text: `${NOT_THERE} OR attribute_not_exists(#version) OR #version < :version`,
        names: { "#version": "version" },
        values: { ":version": version },
      };
      return table.put(keys.announced(pool, region), { value: announced, fields: { version }, condition });
    },
  };
}
