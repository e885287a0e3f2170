import * as z from "zod/mini";
import { conditionSchema } from "../model/event.ts";
import type { ConditionState, Store } from "../ports.ts";
import { keys, partitions } from "./keys.ts";
import type { Table } from "./table.ts";

/**
 * One length for all, so that an end outlives the begin that it ends, whichever region wrote either. What still holds
 * after it is announced again, which nobody will mind.
 */
const KEEP_S = 30 * 86_400;

const stateSchema: z.ZodMiniType<ConditionState> = z.object({
  region: z.string(),
  condition: conditionSchema,
  waiting: z.optional(z.boolean()),
});

/** A condition of a kind that this Lifeboat does not know (it was rolled back) is left out: it neither judges nor ends it. */
export function conditionStore(table: Table): Pick<Store, "conditions" | "putCondition"> {
  return {
    async conditions(regions) {
      const read = regions.map((region) =>
        table.query(partitions.conditions(region), { consistent: region === table.region }),
      );
      return table.known((await Promise.all(read)).flat(), stateSchema);
    },
    async putCondition(state) {
      const { region, condition, waiting = false } = state;
      await table.put(keys.condition(region, condition.kind, condition.subject, waiting), {
        value: state,
        keepS: KEEP_S,
      });
    },
  };
}
