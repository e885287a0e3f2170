import type { Store } from "../ports.ts";
import { announcedStore } from "./announced.ts";
import { conditionStore } from "./condition.ts";
import { factStore } from "./facts.ts";
import { followedStore } from "./followed.ts";
import { historyStore } from "./history.ts";
import { pendingStore } from "./pending.ts";
import { reportStore } from "./report.ts";
import { seenStore } from "./seen.ts";
import { shadowStore } from "./shadow.ts";
import { suspicionStore } from "./suspicion.ts";
import { openTable, type StoreOptions } from "./table.ts";
import { turnStore } from "./turn.ts";
import { viewStore } from "./view.ts";

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
    ...reportStore(table),
    ...suspicionStore(table),
    ...seenStore(table),
    ...factStore(table),
    ...announcedStore(table),
    ...conditionStore(table),
    ...viewStore(table),
    ...shadowStore(table),
    ...pendingStore(table),
    ...turnStore(table),
    ...historyStore(table),
    ...followedStore(table),
  };
}
