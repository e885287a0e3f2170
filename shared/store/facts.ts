import { type Fact, orderFactSchema, stepSchema } from "../model/fact.ts";
import type { Store } from "../ports.ts";
import { keys, partitions, stepsFrom } from "./keys.ts";
import { absent, type Table } from "./table.ts";

const DAY_S = 86_400;
const STEPS_KEEP_S = 90 * DAY_S;

/** Writes in flight: a mass outage has thousands of steps. */
const IN_FLIGHT = 20;

/**
 * Orders never expire: what a later order replaced must not come back because that one was deleted first. An order that
 * cannot be read is an error, for it may be a freeze; a step that cannot be read is left out, as it decides nothing.
 */
export function factStore(table: Table): Pick<Store, "orders" | "steps" | "putFacts"> {
  const put = async (fact: Fact): Promise<void> => {
    if (fact.kind === "step") {
      await table.put(keys.step(fact.atMs, fact.id), { value: fact, keepS: STEPS_KEEP_S, condition: absent });
    } else await table.put(keys.order(fact.id), { value: fact, condition: absent });
  };
  return {
    orders: async () => table.all(await table.query(partitions.orders(), { consistent: true }), orderFactSchema),
    async steps(sinceMs) {
      const range = { from: stepsFrom(sinceMs) };
      return table.known(await table.query(partitions.steps(), { range, consistent: true }), stepSchema);
    },
    /** Tries all of them, and rejects if one could not be written; to write them again does no harm. */
    async putFacts(facts) {
      const queue = facts.values();
      const faults: unknown[] = [];
      const worker = async (): Promise<void> => {
        for (const fact of queue) await put(fact).catch((error: unknown) => faults.push(error));
      };
      await Promise.all(Array.from({ length: Math.min(IN_FLIGHT, facts.length) }, worker));
      if (faults.length > 0) throw faults[0];
    },
  };
}
