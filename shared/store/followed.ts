import { followedSchema } from "../model/follow.ts";
import type { Store } from "../ports.ts";
import { keys, partitions, prefixes } from "./keys.ts";
import type { Table } from "./table.ts";

/** Names that nobody follows any more are forgotten in time. */
const KEEP_S = 7 * 86_400;

/** One that cannot be read is left out: the names are asked anew. */
export function followedStore(table: Table): Pick<Store, "followed" | "putFollowed"> {
  return {
    async followed(pools, regions) {
      const range = { prefix: prefixes.followed };
      const read = pools.map((pool) => table.query(partitions.pool(pool), { range, consistent: true }));
      const all = await table.known((await Promise.all(read)).flat(), followedSchema);
      return all.filter(({ region }) => regions.includes(region));
    },
    async putFollowed(followed) {
      await table.put(keys.followed(followed.pool, followed.region), { value: followed, keepS: KEEP_S });
    },
  };
}
