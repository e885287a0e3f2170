import type { Store } from "../ports.ts";
import { keys } from "./keys.ts";
import type { Table } from "./table.ts";

const PREFIX = "seen ";

/** One item a region. Its shards write at the same time, so each digest is an attribute that is set once. */
export function seenStore(table: Table): Pick<Store, "seen" | "putSeen"> {
  const key = keys.seen(table.region);
  return {
    async seen() {
      const entries = Object.entries((await table.get(key)) ?? {}).flatMap(([name, value]) =>
        name.startsWith(PREFIX) && typeof value === "number" ? [[name.slice(PREFIX.length), value] as const] : [],
      );
      return Object.fromEntries(entries);
    },
    putSeen: (seen) =>
      table.setOnce(key, Object.fromEntries(Object.entries(seen).map(([digest, ms]) => [PREFIX + digest, ms]))),
  };
}
