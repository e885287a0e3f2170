import * as z from "zod/mini";
import type { Store } from "../ports.ts";
import { keys, partitions } from "./keys.ts";
import type { Table } from "./table.ts";

const turnSchema = z.object({ region: z.string(), minute: z.int() });

export function turnStore(table: Table): Pick<Store, "turns" | "putTurn"> {
  return {
    async turns(regions) {
      const all = await table.all(await table.query(partitions.turns(), { consistent: true }), turnSchema);
      const own = all.filter(({ region }) => regions.includes(region));
      return Object.fromEntries(own.map(({ region, minute }) => [region, minute]));
    },
    async putTurn(minute) {
      await table.put(keys.turn(table.region), { value: { region: table.region, minute } });
    },
  };
}
