import { suspicionSchema } from "../model/suspicion.ts";
import type { Store } from "../ports.ts";
import { keys, partitions } from "./keys.ts";
import type { Table } from "./table.ts";

/** Far longer than any vote counts. */
const KEEP_S = 3600;

export function suspicionStore(table: Table): Pick<Store, "suspicions" | "ownSuspicion" | "putSuspicion"> {
  return {
    async suspicions(regions, shards) {
      const read = regions.map(async (region) => {
        const items = await table.query(partitions.suspicions(region), { consistent: region === table.region });
        return table.known(items, suspicionSchema);
      });
      return (await Promise.all(read)).flat().filter(({ shard }) => shard < shards);
    },
    async ownSuspicion(shard) {
      const item = await table.get(keys.suspicion(table.region, shard));
      return item && (await table.known([item], suspicionSchema))[0];
    },
    async putSuspicion(suspicion) {
      await table.put(keys.suspicion(suspicion.region, suspicion.shard), { value: suspicion, keepS: KEEP_S });
    },
  };
}
