import * as z from "zod/mini";
import type { History, Store } from "../ports.ts";
import { keys, minuteKey, partitions } from "./keys.ts";
import type { Table } from "./table.ts";

const KEEP_S = 7 * 86_400;

const historySchema: z.ZodMiniType<History> = z.object({
  region: z.string(),
  shard: z.int(),
  minute: z.int(),
  ms: z.record(z.string(), z.record(z.string(), z.number())),
});

export function historyStore(table: Table): Pick<Store, "history" | "putHistory"> {
  return {
    /** Both minutes are included; oldest first. */
    async history(region, shard, fromMinute, toMinute) {
      if (fromMinute > toMinute) return [];
      const range = { from: minuteKey(fromMinute), to: minuteKey(toMinute) };
      return table.known(
        await table.query(partitions.history(region, shard), { range, consistent: false }),
        historySchema,
      );
    },
    async putHistory(history) {
      const { region, shard, minute } = history;
      await table.put(keys.history(region, shard, minute), { value: history, keepS: KEEP_S });
    },
  };
}
