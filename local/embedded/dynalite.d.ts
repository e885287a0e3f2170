// dynalite 4.0.0 ships no types. These are the deep imports that the embedded DynamoDB stands on, as far as it uses them;
// the version is pinned exactly because none of this is dynalite's public interface.

declare module "dynalite/db/index.js" {
  export type Item = Record<string, Record<string, unknown>>;
  export type Callback<T> = (error: Error | null | undefined, value?: T) => void;
  export type Table = {
    TableName: string;
    TableStatus: "CREATING" | "ACTIVE" | "DELETING";
    KeySchema: { AttributeName: string; KeyType: "HASH" | "RANGE" }[];
  };
  export type BatchOperation = { type: "put"; key: string; value: unknown } | { type: "del"; key: string };
  export type Range = { gte: string; lt: string };

  /** One table's, or one index's, share of the database: the same keys under a prefix. */
  export type SubDb = {
    lock(key: string, run: (release: <T>(callback: T) => T) => void): void;
    get(key: string, callback: Callback<Item>): void;
    put(key: string, value: unknown, callback: Callback<void>): void;
    del(key: string, callback: Callback<void>): void;
  };

  export type Store = {
    db: {
      open(): Promise<void>;
      put(key: string, value: unknown): Promise<void>;
      del(key: string): Promise<void>;
      batch(operations: readonly BatchOperation[]): Promise<void>;
      values(range: Range): AsyncIterable<unknown>;
      iterator(range: Range): AsyncIterable<[string, unknown]>;
    };
    getTable(name: string, checkStatus: boolean, callback: Callback<Table>): void;
    getTable(name: string, callback: Callback<Table>): void;
    getItemDb(table: string): SubDb;
    getIndexDb(kind: string, table: string, index: string): SubDb;
    lifecycleManager: { gracefulClose(): Promise<void> };
  };

  /** `path` absent: in memory. */
  export function create(options: {
    path?: string | undefined;
    createTableMs: number;
    deleteTableMs: number;
    updateTableMs: number;
  }): Store;
  export function createKey(item: Item, table: Table): string;
  export function validateItem(item: Item, table: Table): Error | null | undefined;
  export function validateKey(key: Item, table: Table): Error | null | undefined;
  export function checkConditional(data: object, item: Item | undefined): Error | null | undefined;
}

declare module "dynalite/validations/index.js" {
  import type { Store } from "dynalite/db/index.js";
  /** Drops what the operation does not know. Throws a SerializationException. */
  export function checkTypes(data: object, types: object): Record<string, unknown>;
  /** Parses the expressions into `data`. Throws a ValidationException. */
  export function checkValidations(data: object, types: object, custom: unknown, store: Store): void;
}

declare module "dynalite/validations/*.js" {
  const rules: { types: object; custom?: unknown };
  export default rules;
}

declare module "dynalite/actions/*.js" {
  import type { Callback, Store } from "dynalite/db/index.js";
  const action: (store: Store, data: object, callback: Callback<object>) => void;
  export default action;
}
