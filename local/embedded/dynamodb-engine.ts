// dynalite's operations, typed, over a store that stages writes: an operation reads through the stage, and everything it
// writes reaches LevelDB in one batch. So a kill -9 leaves a transaction, or an item and its indexes, whole or not at all.
import batchGetItem from "dynalite/actions/batchGetItem.js";
import batchWriteItem from "dynalite/actions/batchWriteItem.js";
import createTable from "dynalite/actions/createTable.js";
import deleteItem from "dynalite/actions/deleteItem.js";
import deleteTable from "dynalite/actions/deleteTable.js";
import describeTable from "dynalite/actions/describeTable.js";
import getItem from "dynalite/actions/getItem.js";
import listTables from "dynalite/actions/listTables.js";
import putItem from "dynalite/actions/putItem.js";
import query from "dynalite/actions/query.js";
import scan from "dynalite/actions/scan.js";
import updateItem from "dynalite/actions/updateItem.js";
import type { BatchOperation, Callback, Item, Store, SubDb, Table } from "dynalite/db/index.js";
import batchGetItemRules from "dynalite/validations/batchGetItem.js";
import batchWriteItemRules from "dynalite/validations/batchWriteItem.js";
import createTableRules from "dynalite/validations/createTable.js";
import deleteItemRules from "dynalite/validations/deleteItem.js";
import deleteTableRules from "dynalite/validations/deleteTable.js";
import describeTableRules from "dynalite/validations/describeTable.js";
import getItemRules from "dynalite/validations/getItem.js";
import { checkTypes, checkValidations } from "dynalite/validations/index.js";
import listTablesRules from "dynalite/validations/listTables.js";
import putItemRules from "dynalite/validations/putItem.js";
import queryRules from "dynalite/validations/query.js";
import scanRules from "dynalite/validations/scan.js";
import updateItemRules from "dynalite/validations/updateItem.js";

export type Input = Record<string, unknown>;

const operations = {
  BatchGetItem: { action: batchGetItem, rules: batchGetItemRules },
  BatchWriteItem: { action: batchWriteItem, rules: batchWriteItemRules },
  CreateTable: { action: createTable, rules: createTableRules },
  DeleteItem: { action: deleteItem, rules: deleteItemRules },
  DeleteTable: { action: deleteTable, rules: deleteTableRules },
  DescribeTable: { action: describeTable, rules: describeTableRules },
  GetItem: { action: getItem, rules: getItemRules },
  ListTables: { action: listTables, rules: listTablesRules },
  PutItem: { action: putItem, rules: putItemRules },
  Query: { action: query, rules: queryRules },
  Scan: { action: scan, rules: scanRules },
  UpdateItem: { action: updateItem, rules: updateItemRules },
};

export type Operation = keyof typeof operations;

export function isOperation(name: string): name is Operation {
  return Object.hasOwn(operations, name);
}

/** The input with its expressions parsed. Throws dynalite's errors, which carry AWS's status and body. */
export function checkInput(store: Store, operation: Operation, input: Input): Input {
  const { types, custom } = operations[operation].rules;
  const data = checkTypes(structuredClone(input), types);
  checkValidations(data, types, custom, store);
  return data;
}

/** Throws a ResourceNotFoundException. */
export function readTable(store: Store, name: string): Promise<Table> {
  return new Promise((resolve, reject) =>
    store.getTable(name, (error, table) =>
      table === undefined ? reject(error ?? new Error(`no table ${name}`)) : resolve(table),
    ),
  );
}

export type Stage = {
  /** Runs an operation whose input was checked. */
  run(operation: Operation, data: Input): Promise<Record<string, unknown>>;
  read(table: Table, key: string): Promise<Item | undefined>;
  /** Writes everything that the operations wrote, in one atomic batch. */
  commit(): Promise<void>;
};

export function openStage(store: Store): Stage {
  const writes = new Map<string, BatchOperation>();
  return {
    run: (operation, data) =>
      new Promise((resolve, reject) => {
        const done: Callback<object> = (error, output) => (error ? reject(error) : resolve({ ...output }));
        operations[operation].action(stagedStore(store, writes, reject), data, done);
      }),
    read: (table, key) =>
      new Promise((resolve, reject) => {
        const items = stagedStore(store, writes, reject).getItemDb(table.TableName);
        items.get(key, (error, item) => (error ? reject(error) : resolve(item)));
      }),
    commit: async () => {
      if (writes.size > 0) await store.db.batch([...writes.values()]);
    },
  };
}

/** The store as an operation sees it. What dynalite throws in a callback would end the process: it goes to `fail`. */
function stagedStore(store: Store, writes: Map<string, BatchOperation>, fail: (error: unknown) => void): Store {
  const guard =
    <T>(callback: Callback<T>): Callback<T> =>
    (error, value) => {
      try {
        callback(error, value);
      } catch (fault) {
        fail(fault);
      }
    };
  // The prefixes are dynalite's own (db/index.js, getSubDb): its streams read what the batch wrote under them.
  return {
    ...store,
    getTable: (name: string, check: boolean | Callback<Table>, callback?: Callback<Table>) =>
      typeof check === "function"
        ? store.getTable(name, guard(check))
        : store.getTable(name, check, guard(callback ?? (() => undefined))),
    getItemDb: (table) => ({
      ...store.getItemDb(table),
      ...stagedDb(store.getItemDb(table), `item-${table}~`, writes, guard),
    }),
    getIndexDb: (kind, table, index) => {
      const indexDb = store.getIndexDb(kind, table, index);
      return { ...indexDb, ...stagedDb(indexDb, `index-${kind.toLowerCase()}~${table}~${index}~`, writes, guard) };
    },
  };
}

function stagedDb(
  db: SubDb,
  prefix: string,
  writes: Map<string, BatchOperation>,
  guard: <T>(callback: Callback<T>) => Callback<T>,
): SubDb {
  const write = (operation: BatchOperation, callback: Callback<void>): void => {
    writes.set(operation.key, operation);
    setImmediate(guard(callback), null);
  };
  return {
    // The caller holds the one write lock; dynalite's own would stay locked after a throw.
    lock: (_key, run) => run((callback) => callback),
    get: (key, callback) => {
      const written = writes.get(prefix + key);
      if (written === undefined) return db.get(key, guard(callback));
      // Only items are put under these prefixes.
      setImmediate(
        guard(callback),
        null,
        written.type === "put" ? (structuredClone(written.value) as Item) : undefined,
      );
    },
    put: (key, value, callback) => write({ type: "put", key: prefix + key, value }, callback),
    del: (key, callback) => write({ type: "del", key: prefix + key }, callback),
  };
}
