import { followedStore } from "./followed.ts";
import { historyStore } from "./history.ts";
import { reportStore } from "./report.ts";
import { seenStore } from "./seen.ts";
import { suspicionStore } from "./suspicion.ts";
import { openTable, type StoreOptions, type Table } from "./table.ts";
import { viewStore } from "./view.ts";

/** The nouns of the table that probe reads and writes. It starts without the schemas of the others. */
export function createProbeStore(options: StoreOptions) {
  return probeNouns(openTable(options));
}

export function probeNouns(table: Table) {
  return {
    ...reportStore(table),
    ...suspicionStore(table),
    ...seenStore(table),
    ...viewStore(table),
    ...historyStore(table),
    ...followedStore(table),
  };
}
