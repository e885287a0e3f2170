import type { Memory } from "./fence.ts";
import type { DnsRecord, NameState } from "./record.ts";

/** What one name should say, as choose decided it for the pool. Weights are those to be served, by SetIdentifier. */
export type Desired = {
  owner: string;
  pool: string;
  name: string;
  zoneId: string;
  ttlS: number;
  withdraw: "weight" | "delete";
  /** Every member of the pool, also those at weight 0; the id, for what the fence remembers by box. */
  records: { box: string; setIdentifier: string; type: "A" | "AAAA"; value: string; weight: number }[];
  memory: Memory;
  /** The deploy (s) that decided. */
  cfg: number;
  /** On a name that does not lead: the epoch of the lead's fence that it was judged by. */
  lead?: number;
  /** Boxes whose newest intent is later than the hand edit that held them: their hold ends. */
  released: string[];
};

/** Who writes: the winner's marks in the fence. */
export type Writer = { region: string; nowS: number; nonce: string };

export type Change =
  | { kind: "create"; after: DnsRecord }
  | { kind: "update"; before: DnsRecord; after: DnsRecord }
  | { kind: "delete"; before: DnsRecord };

/** Why a name is not written, as data. */
export type Refusal = {
  kind:
    | "foreign-owner"
    | "frozen"
    | "newer-config"
    | "newer-lead"
    | "simple-record"
    | "mixed-ttl"
    | "too-many-records"
    | "not-adopted"
    | "fence-gone"
    | "bad-fence"
    | "conflict"
    | "not-ours";
  name: string;
  detail: string;
};

/** What is worth a person's look although the plan goes on. */
export type Danger = {
  kind:
    | "foreign-sibling"
    | "hand-edit-held"
    | "hand-edit-repaired"
    | "repairs-stopped"
    | "no-longer-configured"
    | "loses-address"
    | "loses-check";
  name: string;
  box?: string;
  detail: string;
};

/**
 * All that one name needs: at most one batch. `fence` is undefined when nothing is to be written; a fence without an
 * `after` is deleted (release).
 */
export type Plan = {
  name: string;
  zoneId: string;
  changes: Change[];
  refused: Refusal[];
  dangers: Danger[];
  /** Why nothing is to be done, where that is no refusal. */
  note?: string;
  fence?: { before?: DnsRecord; after?: DnsRecord; epoch: number; nonce: string };
};

export type BatchChange = { action: "CREATE" | "UPSERT" | "DELETE"; record: DnsRecord };

/** The changes of one name, all or nothing, in the order in which Route 53 judges them. */
export type Batch = { name: string; zoneId: string; changes: BatchChange[] };

/**
 * What became of a batch. `lost`: somebody else wrote first; read again. `busy`: Route 53 takes none now. `unsent`: its time
 * was over before its turn. `uncertain`: it may have been applied; the fence tells.
 */
export type Applied =
  | { kind: "accepted"; changeId: string }
  | { kind: "lost"; detail: string }
  | { kind: "busy"; detail: string }
  | { kind: "unsent"; detail: string }
  | { kind: "uncertain"; detail: string }
  | { kind: "refused"; detail: string };

export type { NameState };
