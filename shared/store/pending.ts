import * as z from "zod/mini";
import type { Pending, Store } from "../ports.ts";
import { keys, partitions } from "./keys.ts";
import type { Table } from "./table.ts";

/** Route 53 forgets a change in time; whoever still follows it by then was told of it long ago. */
const KEEP_S = 86_400;

const pendingSchema: z.ZodMiniType<Pending> = z.object({
  region: z.string(),
  zoneId: z.string(),
  name: z.string(),
  pool: z.string(),
  changeId: z.string(),
  acceptedMs: z.number(),
});

export function pendingStore(table: Table): Pick<Store, "pending" | "putPending" | "deletePending"> {
  return {
    pending: async () =>
      table.all(await table.query(partitions.pending(table.region), { consistent: true }), pendingSchema),
    async putPending(pending) {
      await table.put(keys.pending(pending.region, pending.changeId), { value: pending, keepS: KEEP_S });
    },
    deletePending: ({ region, changeId }) => table.remove(keys.pending(region, changeId)),
  };
}
