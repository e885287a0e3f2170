// Opening and closing the store, and its one write lock. LevelDB hands every batch to the operating system before it
// answers, so what was acknowledged outlives a kill -9 of the process (not a power cut, which a demo may lose).
import type { Store, Table } from "dynalite/db/index.js";
import { create } from "dynalite/db/index.js";
import { UserError } from "../../shared/model/errors.ts";
import { openStage, readTable } from "./dynamodb-engine.ts";

/** Opens the store at once. Throws a UserError when another process holds the directory or it cannot be a store. */
export async function openStore(path: string | undefined): Promise<Store> {
  const store = create({ path, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  try {
    await store.db.open();
  } catch (error) {
    throw path === undefined ? error : openError(path, error);
  }
  await finishTables(store);
  return store;
}

function openError(path: string, error: unknown): UserError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (cause instanceof Error && "code" in cause && cause.code === "LEVEL_LOCKED") {
    return new UserError(`${path} is in use by another copy; stop that one or choose another directory`, { cause });
  }
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new UserError(`${path} cannot be opened as a store: ${reason}`, { cause });
}

/** A process that died while it made or deleted a table left it half way; both are finished now. */
async function finishTables(store: Store): Promise<void> {
  for await (const value of store.db.values({ gte: "table~", lt: "table~\xff" })) {
    // dynalite keeps nothing but table descriptions under this prefix.
    const table = value as Table;
    if (table.TableStatus === "CREATING")
      await store.db.put(`table~${table.TableName}`, { ...table, TableStatus: "ACTIVE" });
    if (table.TableStatus === "DELETING") await openStage(store).run("DeleteTable", { TableName: table.TableName });
  }
}

/** Resolves once the table is ACTIVE, or gone: dynalite changes the status in a timer after it has answered. */
export async function settled(store: Store, name: string, wanted: "ACTIVE" | "GONE"): Promise<void> {
  for (;;) {
    const status = await readTable(store, name).then(
      (table) => table.TableStatus,
      () => "GONE",
    );
    if (status === wanted) return;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** Runs one after the other, whatever becomes of those before. */
export type Lock = <T>(run: () => Promise<T>) => Promise<T>;

export function createLock(): Lock {
  let tail: Promise<unknown> = Promise.resolve();
  return (run) => {
    const result = tail.then(run);
    tail = result.catch(() => undefined);
    return result;
  };
}
