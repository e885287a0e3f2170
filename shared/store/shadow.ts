import * as z from "zod/mini";
import type { Store } from "../ports.ts";
import { unpack } from "./item.ts";
import { keys } from "./keys.ts";
import type { Table } from "./table.ts";

export function shadowStore(table: Table): Pick<Store, "shadow" | "putShadow"> {
  return {
    async shadow(pool) {
      const item = await table.get(keys.shadow(pool, table.region));
      return item && unpack(item, z.string());
    },
    async putShadow(pool, json) {
      await table.put(keys.shadow(pool, table.region), { value: json });
    },
  };
}
