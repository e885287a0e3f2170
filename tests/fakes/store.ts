// The table in memory, one replica a region, with the semantics of the real one: conditions are judged on the writer's
// own replica, the last writer of an item wins, what has expired is not there. tests/contract/store.test.ts runs over both.
import { SoftError } from "../../shared/model/errors.ts";
import type { Fact, OrderFact } from "../../shared/model/fact.ts";
import type { Followed } from "../../shared/model/follow.ts";
import type { Report } from "../../shared/model/report.ts";
import type { Suspicion } from "../../shared/model/suspicion.ts";
import type { View } from "../../shared/model/view.ts";
import type { Announced, ConditionState, History, Pending, Store } from "../../shared/ports.ts";
import { createHeap, type Heap } from "./heap.ts";

const DAY_S = 86_400;

/** One item. `written`: the order of writes, by which the last writer wins in every replica. */
type Item = { value: unknown; expiresMs: number; written: number; gone?: true };
/** By the first two words of a key (of facts, which are one noun's all, the first), then by key. */
type Replica = { items: Map<string, Part>; inbox: Heap<Letter> };
/** `keys`: in order, as a query gives them; undefined once another has come. */
type Part = { items: Map<string, Item>; keys: readonly string[] | undefined };
/** A write on its way to another replica. */
type Letter = { dueMs: number; key: string; item: Item };

export type FakeTable = {
  storeFor(region: string): Store;
  /** From now on writes reach the other replicas only with `replicate`. */
  hold(): void;
  /** Brings every replica up to date, and ends a `hold`. */
  replicate(): void;
  /** While set, this region's calls of the named methods (of all, without names) reject with a SoftError. */
  fail(region: string, methods?: readonly (keyof Store)[]): void;
  mend(region: string): void;
  /** How many items a region's replica holds, expired ones included. */
  size(region: string): number;
};

export type FakeTableOptions = {
  nowMs?: () => number;
  /** How long a write takes from one replica to another; by default no time. */
  lagMs?: (from: string, to: string) => number;
  /** Readers share what is kept, which is frozen: much faster, for whoever never changes what it has read. */
  share?: boolean;
};

export function createFakeTable({
  nowMs = Date.now,
  lagMs = () => 0,
  share = false,
}: FakeTableOptions = {}): FakeTable {
  const replicas = new Map<string, Replica>();
  const faults = new Map<string, readonly (keyof Store)[] | "all">();
  let held = false;
  let written = 0;

  const replicaOf = (region: string): Replica => {
    const found = replicas.get(region);
    if (found) return receive(found, nowMs());
    const replica: Replica = { items: new Map(), inbox: createHeap((one, other) => one.dueMs - other.dueMs) };
    // One that is opened later begins with what the others have.
    for (const { items } of held ? [] : replicas.values())
      for (const part of items.values()) for (const [key, item] of part.items) place(replica, key, item);
    replicas.set(region, replica);
    return replica;
  };
  const write = (region: string, key: string, item: Omit<Item, "written">): void => {
    const whole = { ...item, written: ++written };
    place(replicaOf(region), key, whole);
    for (const [to, replica] of replicas) {
      if (to === region) continue;
      const ms = held ? Number.POSITIVE_INFINITY : lagMs(region, to);
      if (ms <= 0) place(replica, key, whole);
      else replica.inbox.push({ dueMs: nowMs() + ms, key, item: whole });
    }
  };
  const give = (value: unknown): unknown => (share ? value : structuredClone(value));
  // As JSON does it: what is undefined is not there.
  const take = (value: unknown): unknown => (share ? frozen(value) : JSON.parse(JSON.stringify(value)));
  const keyed = (region: string, key: string): Item | undefined =>
    replicaOf(region).items.get(partOf(key))?.items.get(key);
  return {
    storeFor(region) {
      replicaOf(region);
      const replica: Access = {
        nowMs,
        region,
        read: (key) => {
          const item = keyed(region, key);
          return isThere(item, nowMs()) ? give(item.value) : undefined;
        },
        list: (prefix) => {
          const part = replicaOf(region).items.get(partOf(prefix));
          const found: unknown[] = [];
          const atMs = nowMs();
          for (const key of part ? keysOf(part) : []) {
            const item = part?.items.get(key);
            if (isThere(item, atMs) && key.startsWith(prefix)) found.push(give(item.value));
          }
          return found;
        },
        has: (key) => {
          const item = keyed(region, key);
          return item !== undefined && item.gone === undefined;
        },
        write: (key, value, keepS = Number.POSITIVE_INFINITY) =>
          write(region, key, { value: take(value), expiresMs: nowMs() + keepS * 1000 }),
        remove: (key) => write(region, key, { value: undefined, expiresMs: Number.POSITIVE_INFINITY, gone: true }),
      };
      return failing(storeOver(replica), () => faults.get(region));
    },
    hold: () => {
      held = true;
    },
    replicate: () => {
      held = false;
      for (const replica of replicas.values()) receive(replica, Number.POSITIVE_INFINITY);
    },
    fail: (region, methods) => void faults.set(region, methods ?? "all"),
    mend: (region) => void faults.delete(region),
    size: (region) =>
      [...replicaOf(region).items.values()].reduce(
        (sum, { items }) => sum + [...items.values()].filter(({ gone }) => !gone).length,
        0,
      ),
  };
}

function receive(replica: Replica, nowMs: number): Replica {
  for (let next = replica.inbox.peek(); next && next.dueMs <= nowMs; next = replica.inbox.peek()) {
    replica.inbox.pop();
    place(replica, next.key, next.item);
  }
  return replica;
}

function place({ items }: Replica, key: string, item: Item): void {
  const noun = partOf(key);
  const part: Part = items.get(noun) ?? { items: new Map(), keys: undefined };
  if (part.items.size === 0) items.set(noun, part);
  const last = part.items.get(key);
  if (!last) part.keys = undefined;
  if ((last?.written ?? 0) <= item.written) part.items.set(key, item);
}

function keysOf(part: Part): readonly string[] {
  part.keys ??= [...part.items.keys()].sort();
  return part.keys;
}

/** The keys of a world are few, and are asked for all the time. */
const parts = new Map<string, string>();
const PARTS_MAX = 5000;

function partOf(key: string): string {
  const known = parts.get(key);
  if (known !== undefined) return known;
  const [noun = "", second = ""] = key.split(" ", 2);
  const part = noun === "order" || noun === "step" ? noun : `${noun} ${second}`;
  if (parts.size >= PARTS_MAX) parts.clear();
  parts.set(key, part);
  return part;
}

function isThere(item: Item | undefined, nowMs: number): item is Item {
  return item !== undefined && !item.gone && item.expiresMs > nowMs;
}

/** A copy that nobody can change, without what is undefined. */
function frozen(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return Object.freeze(value.map(frozen));
  if (Object.isFrozen(value)) return value;
  const copy: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value))
    if (inner !== undefined) copy[key] = typeof inner === "object" ? frozen(inner) : inner;
  return Object.freeze(copy);
}

type Access = {
  region: string;
  nowMs: () => number;
  read: (key: string) => unknown;
  list: (prefix: string) => unknown[];
  has: (key: string) => boolean;
  write: (key: string, value: unknown, keepS?: number) => void;
  remove: (key: string) => void;
};

/** What is read under a key was written under it, so it has the key's type: the casts below rest on that. */
function storeOver(replica: Access): Store {
  const { region, read, list, has, write, remove } = replica;
  const per = <T>(noun: string, regions: readonly string[]): T[] =>
    regions.flatMap((one) => list(`${noun} ${one} `)) as T[];
  const putFact = (fact: Fact): void => {
    const step = fact.kind === "step";
    const key = step ? `step ${String(fact.atMs).padStart(15, "0")} ${fact.id}` : `order ${fact.id}`;
    if (!has(key)) write(key, fact, step ? 90 * DAY_S : undefined);
  };
  return {
    ownReport: async (shard) => read(`report ${region} ${shard}`) as Report | undefined,
    reports: async (regions, shards) => per<Report>("report", regions).filter(({ shard }) => shard < shards),
    async putReport(report) {
      const key = `report ${report.region} ${report.shard}`;
      const last = read(key) as Report | undefined;
      const same = last?.cfg === report.cfg && last.slot === report.slot && last.startedMs === report.startedMs;
      if (last && !same && last.cfg >= report.cfg && last.slot >= report.slot) return false;
      write(key, report);
      return true;
    },
    suspicions: async (regions, shards) => per<Suspicion>("suspicion", regions).filter(({ shard }) => shard < shards),
    ownSuspicion: async (shard) => read(`suspicion ${region} ${shard}`) as Suspicion | undefined,
    putSuspicion: async (suspicion) => write(`suspicion ${suspicion.region} ${suspicion.shard}`, suspicion, 3600),
    seen: async () => (read(`seen ${region}`) ?? {}) as Record<string, number>,
    putSeen: async (seen) =>
      write(`seen ${region}`, { ...seen, ...(read(`seen ${region}`) as Record<string, number> | undefined) }),
    orders: async () => list("order ") as OrderFact[],
    steps: async (sinceMs) => (list("step ") as Fact[]).filter(({ atMs }) => atMs >= sinceMs),
    putFacts: async (facts) => facts.forEach(putFact),
    announced: async (pools, regions) =>
      pools.flatMap((pool) => list(`announced ${pool} `) as Announced[]).filter((one) => regions.includes(one.region)),
    async putAnnounced(announced) {
      const key = `announced ${announced.pool} ${announced.region}`;
      const last = read(key) as Announced | undefined;
      if (last && last.version >= announced.version) return false;
      write(key, announced);
      return true;
    },
    conditions: async (regions) => per<ConditionState>("condition", regions),
    async putCondition(state) {
      const { kind, subject } = state.condition;
      write(`condition ${state.region} ${state.waiting ? "waiting " : ""}${kind} ${subject}`, state, 30 * DAY_S);
    },
    views: async (pools, regions) =>
      pools.flatMap((pool) => list(`view ${pool} `) as View[]).filter((one) => regions.includes(one.region)),
    putView: async (view) => write(`view ${view.pool} ${view.region}`, view, 90 * DAY_S),
    shadow: async (pool) => read(`shadow ${pool} ${region}`) as string | undefined,
    putShadow: async (pool, json) => write(`shadow ${pool} ${region}`, json),
    pending: async () => per<Pending>("pending", [region]),
    putPending: async (pending) => write(`pending ${pending.region} ${pending.changeId}`, pending, DAY_S),
    deletePending: async (pending) => remove(`pending ${pending.region} ${pending.changeId}`),
    async turns(regions) {
      const read = regions.map((one) => [one, replica.read(`turn ${one}`) as number | undefined] as const);
      return Object.fromEntries(
        read.flatMap(([one, minute]) => (minute === undefined ? [] : [[one, minute] as const])),
      );
    },
    putTurn: async (minute) => write(`turn ${region}`, minute),
    putHistory: async (history) =>
      write(
        `history ${history.region} ${history.shard} ${String(history.minute).padStart(10, "0")}`,
        history,
        7 * DAY_S,
      ),
    history: async (from, shard, fromMinute, toMinute) =>
      (list(`history ${from} ${shard} `) as History[]).filter(
        ({ minute }) => minute >= fromMinute && minute <= toMinute,
      ),
    followed: async (pools, regions) =>
      pools.flatMap((pool) => list(`followed ${pool} `) as Followed[]).filter((one) => regions.includes(one.region)),
    putFollowed: async (followed) => write(`followed ${followed.pool} ${followed.region}`, followed, 7 * DAY_S),
  };
}

/** The store as it is while the table cannot be reached. */
function failing(store: Store, fault: () => readonly (keyof Store)[] | "all" | undefined): Store {
  return new Proxy(store, {
    get: (target, method: keyof Store) => {
      const failed = fault();
      if (failed !== "all" && !failed?.includes(method)) return target[method];
      return () => Promise.reject(new SoftError(`the table: ${method} was told to fail`));
    },
  });
}
