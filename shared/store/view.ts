import { viewSchema } from "../model/view.ts";
import type { Store } from "../ports.ts";
import { keys, partitions, prefixes } from "./keys.ts";
import type { Table } from "./table.ts";

/** Written anew at every reading of the zone. Long, because "a fence that a view has seen" rests on it. */
const KEEP_S = 90 * 86_400;

export function viewStore(table: Table): Pick<Store, "views" | "putView"> {
  return {
    /** Rejects if one cannot be read: it may be the one that saw a fence. */
    async views(pools, regions) {
      const range = { prefix: prefixes.view };
      const read = pools.map((pool) => table.query(partitions.pool(pool), { range, consistent: true }));
      const all = await table.all((await Promise.all(read)).flat(), viewSchema);
      return all.filter(({ region }) => regions.includes(region));
    },
    async putView(view) {
      await table.put(keys.view(view.pool, view.region), { value: view, keepS: KEEP_S });
    },
  };
}
