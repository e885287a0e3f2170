// What the judges keep of the world's past, by name.
import { underCutover } from "../../shared/decide/cutover.ts";
import { ordersOf } from "../../shared/decide/intents.ts";
import type { Fact } from "../../shared/model/fact.ts";
import type { Fence } from "../../shared/model/fence.ts";
import type { DnsRecord, NameState } from "../../shared/model/record.ts";
import type { Pool, Resolved } from "../../shared/model/resolved.ts";
import { parseFence } from "../../shared/plan/fence.ts";
import type { Ledger } from "./evidence.ts";
import type { Fleet } from "./fleet.ts";
import type { Loop } from "./loop.ts";
import type { Weather } from "./weather.ts";

/** By the number of docs/how-it-decides.md; 0: the world itself failed. */
export type Invariant = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10;
export type Violation = { invariant: Invariant; atMs: number; says: string };

export type NameLog = {
  name: string;
  pool: string;
  epoch: number;
  cfg: number;
  nonces: Set<string>;
  /**
   * It was given back then, or somebody deleted its fence by hand; 0: somebody made it by hand. Undefined: its fence stands,
   * or nothing ever stood.
   */
  releasedMs: number | undefined;
  /** `freeze` has returned, and nobody has begun to thaw. */
  frozen: boolean;
  /** Edited by hand since our last batch here, by SetIdentifier. */
  edited: Set<string>;
  /** Raised or moved by hand, as they were left then, by SetIdentifier: until a batch writes them. */
  strayed: Map<string, DnsRecord>;
  /** When each was edited by hand last, by SetIdentifier. */
  editedMs: Map<string, number>;
  /** By box: the last change of direction, and the time of the evidence that it rested on. */
  moves: Map<string, { up: boolean; evidenceMs: number }>;
  /** By box: when it last left by verdict, as velocity and damping count it. */
  left: Map<string, number>;
  /** The same, and what left as fail open ended. */
  out: Map<string, number>;
  /** By box: when it last came back from 0. */
  backMs: Map<string, number>;
};

export type Book = {
  loop: Loop;
  fleet: Fleet;
  ledger: Ledger;
  weather: Weather;
  /** The greatest difference of two regions' clocks. */
  skewMs: number;
  names: Map<string, NameLog>;
  /** Nonces of all batches that reached Route 53. */
  sent: Set<string>;
  /** When something that may change a pool's mind last happened besides probes: orders, edits, deploys, faults of ours. */
  stirredMs: number;
  /** How many times somebody has begun to thaw: a freeze that returns after that has not the last word. */
  thaws: number;
  /** Pools that an operator has ordered a cut-over of. */
  cutovers: Set<string>;
  /** No fault of ours has been at work since then. */
  calmMs(): number;
  /** What the lead of a pool serves a box with, now. */
  leadWeight(pool: Pool, box: string): number;
  /** Somebody lowered it by hand at the lead. */
  leadHolds(pool: Pool, box: string): boolean;
  /** Ends the world, and is told. Only the first one counts. */
  accuse(invariant: Invariant, says: string): void;
  /** Edits by hand that there have been. */
  edits(): number;
};

export function logOf(book: Book, name: string, pool: string): NameLog {
  const found = book.names.get(name);
  if (found) return found;
  const log: NameLog = {
    name,
    pool,
    epoch: 0,
    cfg: 0,
    nonces: new Set(),
    releasedMs: undefined,
    frozen: false,
    edited: new Set(),
    strayed: new Map(),
    editedMs: new Map(),
    moves: new Map(),
    left: new Map(),
    out: new Map(),
    backMs: new Map(),
  };
  book.names.set(name, log);
  return log;
}

export function fenceIn(record: DnsRecord | undefined): Fence | undefined {
  const read = record && parseFence(record);
  return read?.kind === "fence" ? read.fence : undefined;
}

/** The addresses that stand at a name. */
export function addressesOf({ records }: NameState): DnsRecord[] {
  return records.filter(({ type }) => type === "A" || type === "AAAA");
}

/** A pool with the weights that its cut-over gives it, if one holds, at a time of the reader's clock. */
export function asMoved(pool: Pool, facts: readonly Fact[], nowMs: number): Pool {
  return underCutover(pool, ordersOf(facts, nowMs).cutovers.get(pool.id)).pool;
}

export function poolOf(config: Resolved, name: string): Pool | undefined {
  return config.pools.find(({ names }) => names.some((one) => one.name === name));
}

/** By box: what is answered for it at a name; 0 where it has no record. */
export function weightsOf(state: NameState, pool: Pool): Map<string, number> {
  const bySet = new Map(addressesOf(state).map(({ setIdentifier = "", weight = 0 }) => [setIdentifier, weight]));
  return new Map(pool.members.map(({ box, setIdentifier }) => [box, bySet.get(setIdentifier) ?? 0]));
}
