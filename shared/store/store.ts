import type { Store } from "../ports.ts";
import { announcedStore } from "./announced.ts";
import { conditionStore } from "./condition.ts";
import { factStore } from "./facts.ts";
import { pendingStore } from "./pending.ts";
import { probeNouns } from "./probe-store.ts";
import { shadowStore } from "./shadow.ts";
import { openTable, type StoreOptions } from "./table.ts";
import { turnStore } from "./turn.ts";

/**
 * The table, seen from one region: one file a noun. What this Lifeboat cannot read, because another version wrote it, is
 * never taken for empty where something rests on it:
 *
 * | an item that cannot be read      | what a read does                                               |
 * | -------------------------------- | -------------------------------------------------------------- |
 * | order, view, announced           | rejects: nothing changes until somebody can read it            |
 * | pending, turn, shadow            | rejects                                                        |
 * | report, suspicion of a region    | leaves it out: that region is silent, its votes are unknown     |
 * | this region's own of the two     | leaves it out: every box rises anew, and the next write mends it|
 * | condition, step, history, followed | leaves it out: nothing is decided by it                         |
 *
 * `onUnreadable` is told of each that is left out.
 */
export function createStore(options: StoreOptions): Store {
  const table = openTable(options);
  return {
    ...probeNouns(table),
    ...factStore(table),
    ...announcedStore(table),
    ...conditionStore(table),
    ...shadowStore(table),
    ...pendingStore(table),
    ...turnStore(table),
  };
}
