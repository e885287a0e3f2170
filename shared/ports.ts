// What the flows need of the world, as types only. Each port has one real implementation in an I/O room and a fake in
// tests/fakes with the same semantics; one contract suite in tests/contract runs over both.
import type { Check } from "./model/check.ts";
import type { Condition, LifeboatEvent, Message } from "./model/event.ts";
import type { Fact, OrderFact } from "./model/fact.ts";
import type { Finding } from "./model/finding.ts";
import type { Followed, Resolution } from "./model/follow.ts";
import type { Manifest, Sighting } from "./model/manifest.ts";
import type { Applied, Batch } from "./model/plan.ts";
import type { DnsRecord, Family, NameState } from "./model/record.ts";
import type { Report } from "./model/report.ts";
import type { Answer, Ask, Suspicion } from "./model/suspicion.ts";
import type { HealthCheck, HostedZone } from "./model/survey.ts";
import type { Revocation, Token, TokenUse } from "./model/token.ts";
import type { View } from "./model/view.ts";

/** Time and chance, passed in so that the whole system can run from a seed. */
export type Clock = {
  /** Epoch milliseconds. */
  nowMs(): number;
  /** Resolves after `ms`, or at once when the signal aborts (never rejects). */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** In [0, 1). */
  random(): number;
  /** A name that nobody else makes: for nonces and facts. */
  id(): string;
};

/** Asks one check of an address. Never rejects: a fault of ours is an unknown finding. */
export type Prober = {
  probe(check: Check, address: string, signal: AbortSignal): Promise<Finding>;
};

/** The other regions' probe function. Rejects with a SoftError when the region cannot be reached within the signal. */
export type Voters = {
  ask(region: string, ask: Ask, signal: AbortSignal): Promise<Answer>;
  ping(region: string, signal: AbortSignal): Promise<void>;
};

/** Wakes failover, this region's unless another is named, for these boxes. It only wakes: nothing depends on it. */
export type Wake = {
  wake(boxes: readonly string[], region?: string): Promise<void>;
};

/** A slot of a shard to be probed, due at `dueMs` (epoch). */
export type SlotMessage = { kind: "slot"; slot: number; shard: number; dueMs: number };

/** The queue of slots to come, each delayed by whole seconds. */
export type Slots = {
  enqueue(messages: readonly { message: SlotMessage; delayS: number }[]): Promise<void>;
};

/**
 * What a region keeps of what it announced of a pool: by box the weight that was told and the epoch of the batch that it
 * was told for, and by island when (epoch ms) it last told of a box there.
 */
export type Announced = {
  region: string;
  pool: string;
  /** Counted up by every write: who has read an older one reads again. */
  version: number;
  boxes: Record<string, { weight: number; epoch: number }>;
  islands: Record<string, number>;
  /** What it set out to tell and has not noted as told: if it died meanwhile, nobody knows whether it was. */
  telling?: Record<string, Telling> | undefined;
};

/** `run`: who set out, and when (epoch ms). `other`: what it had set out to tell of the same box before, another weight. */
type Telling = {
  weight: number;
  epoch: number;
  atMs?: number | undefined;
  run?: string | undefined;
  other?: { weight: number; epoch: number } | undefined;
};

/** What a region keeps of a condition that it announced; `waiting`: it has seen it and leaves the word to another one. */
export type ConditionState = { region: string; condition: Condition; waiting?: boolean };

/** A change that was accepted and is being followed to INSYNC. */
export type Pending = {
  region: string;
  zoneId: string;
  name: string;
  pool: string;
  changeId: string;
  acceptedMs: number;
};

/** Latencies of one region, shard and minute: all boxes packed in one item. Milliseconds by box and check; -1 down, -2 unknown. */
export type History = { region: string; shard: number; minute: number; ms: Record<string, Record<string, number>> };

/**
 * The table, seen from one region. Every item has one writer, or is a fact. All reads are of this region's replica;
 * `consistent` asks for what this region itself has written. Each rejects with a SoftError when the table cannot be read
 * or written: unreadable is not empty.
 */
export type Store = {
  /** This region's last report of the shard. */
  ownReport(shard: number): Promise<Report | undefined>;
  /** Every region's last report of every shard. */
  reports(regions: readonly string[], shards: number): Promise<Report[]>;
  /**
   * False when another report of this or a newer slot is already there, unless an earlier deploy wrote it (conditional).
   * True for the same report again: whoever lost the answer has written it.
   */
  putReport(report: Report): Promise<boolean>;
  /** This region's own suspicions consistently, the others' as replicated. */
  suspicions(regions: readonly string[], shards: number): Promise<Suspicion[]>;
  ownSuspicion(shard: number): Promise<Suspicion | undefined>;
  putSuspicion(suspicion: Suspicion): Promise<void>;
  /** Digests of the checks that this region has ever seen up, by digest: epoch ms of the first time. */
  seen(): Promise<Record<string, number>>;
  /** Adds to what is there; a digest's first time stays. */
  putSeen(seen: Record<string, number>): Promise<void>;
  /** Every intent, freeze, adoption and release there ever was. */
  orders(): Promise<OrderFact[]>;
  /** Steps since `sinceMs`, oldest first. */
  steps(sinceMs: number): Promise<Fact[]>;
  /** Writes facts; one that is there already is left as it is. */
  putFacts(facts: readonly Fact[]): Promise<void>;
  announced(pools: readonly string[], regions: readonly string[]): Promise<Announced[]>;
  /** False where that version, or a later one, is there already: another run of this region was first. */
  putAnnounced(announced: Announced): Promise<boolean>;
  conditions(regions: readonly string[]): Promise<ConditionState[]>;
  putCondition(state: ConditionState): Promise<void>;
  views(pools: readonly string[], regions: readonly string[]): Promise<View[]>;
  putView(view: View): Promise<void>;
  /** Observe's shadow of a pool's weights and memory, as JSON of this region. */
  shadow(pool: string): Promise<string | undefined>;
  putShadow(pool: string, json: string): Promise<void>;
  pending(): Promise<Pending[]>;
  putPending(pending: Pending): Promise<void>;
  deletePending(pending: Pending): Promise<void>;
  /** The minute (epoch) in which each region last read all names. */
  turns(regions: readonly string[]): Promise<Record<string, number>>;
  putTurn(minute: number): Promise<void>;
  putHistory(history: History): Promise<void>;
  /** From and to are included; oldest first. */
  history(region: string, shard: number, fromMinute: number, toMinute: number): Promise<History[]>;
  /** What each of these regions saw last of the names that pools follow. */
  followed(pools: readonly string[], regions: readonly string[]): Promise<Followed[]>;
  putFollowed(followed: Followed): Promise<void>;
};

/** What probe needs of it. */
export type ProbeStore = Pick<
  Store,
  | "ownReport"
  | "reports"
  | "putReport"
  | "ownSuspicion"
  | "putSuspicion"
  | "seen"
  | "putSeen"
  | "putHistory"
  | "views"
  | "followed"
  | "putFollowed"
>;

/**
 * The hosted zones. `read` lists the fences first and the records after them, of these names and perhaps of others.
 * `apply` sends one batch (fence swap and changes, all or nothing), without retries of what may have been applied, and
 * not at all once its signal has aborted. Reads reject with a SoftError when they fail.
 */
export type Zone = {
  read(zoneId: string, names: readonly string[]): Promise<Map<string, NameState>>;
  apply(batch: Batch, signal?: AbortSignal): Promise<Applied>;
  status(changeId: string): Promise<"PENDING" | "INSYNC">;
  /** The zone's SOA record, for the lint of a plan; undefined: it has none that is listed. Rejects with a SoftError. */
  soa?(zoneId: string): Promise<DnsRecord | undefined>;
};

/** An account's Route 53 as it is found, with an operator's own rights. Each rejects with a SoftError. It only reads. */
export type Survey = {
  zones(): Promise<HostedZone[]>;
  /** What stands at these names of a zone, at little cost. */
  names(zoneId: string, names: readonly string[]): Promise<Map<string, NameState>>;
  /** Every record set of a zone. */
  records(zoneId: string): Promise<DnsRecord[]>;
  soa(zoneId: string): Promise<DnsRecord | undefined>;
  healthChecks(): Promise<HealthCheck[]>;
};

/** Asks what a name answers to the world, to the end of its chain of CNAMEs. Never rejects: our fault is `unknown`. */
export type Resolver = {
  resolve(name: string, family: Family, signal: AbortSignal): Promise<Resolution>;
};

/** Tells an outside watcher that this region lives. Never rejects, and takes no more than some seconds. */
export type Heartbeat = { beat(signal: AbortSignal): Promise<void> };

/**
 * The table's replicas, each at its own endpoint: what an operator orders is written to all of them at once, because
 * replication may lag. Says which regions did not take it.
 */
export type Replicas = {
  putFacts(facts: readonly Fact[]): Promise<{ region: string; error: unknown }[]>;
};

/**
 * SNS and EventBridge. Rejects only when neither the region's own topic nor the second took the message. While much
 * happens it may take 2 s longer, as people get several messages as one.
 */
export type Announcer = {
  announce(event: LifeboatEvent, message: Message): Promise<void>;
};

/** One line a slot and one a transition. */
export type Log = {
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
};

/**
 * Configurations of boxes, content-addressed: the same content is the same chunks, whoever writes them. Rejects with a
 * SoftError when the table cannot be read or written.
 */
export type Snapshots = {
  /** Newest first: at most `limit`, those older than the snapshot `before`. */
  manifests(box: string, page: { before?: string | undefined; limit: number }): Promise<Manifest[]>;
  manifest(box: string, id: string): Promise<Manifest | undefined>;
  /** The bytes of a snapshot. Rejects with a SoftError if a chunk is missing or they are not those that were stored. */
  content(manifest: Manifest): Promise<Uint8Array>;
  /** Writes the chunks, which expire by themselves, and then the manifest, with which they stay. One that is there stays. */
  putSnapshot(manifest: Omit<Manifest, "packed">, bytes: Uint8Array): Promise<Manifest>;
  /** Of the snapshots with ids from and to, both included. */
  sightings(box: string, fromId: string, toId: string): Promise<Sighting[]>;
  putSighting(sighting: Sighting): Promise<void>;
  /** Chunks first, the manifest last, so that it can be repeated. `keepContent`: another snapshot has the same. */
  deleteSnapshot(manifest: Manifest, keepContent: boolean): Promise<void>;
};

/** The tokens of the API. Tokens and revocations are facts; the use of a token is an item a region. */
export type Tokens = {
  token(id: string): Promise<{ token: Token; revoked: boolean } | undefined>;
  tokens(): Promise<{ tokens: Token[]; revocations: Revocation[]; uses: TokenUse[] }>;
  /** One that is there already is left as it is. */
  putToken(token: Token): Promise<void>;
  putRevocation(revocation: Revocation): Promise<void>;
  /** Notes that this region let the token in; not more than once in some minutes. */
  putUse(id: string, atMs: number): Promise<void>;
};

/** A member of a tarball. `mtimeMs`: when the box last changed that file. */
export type Member = { path: string; bytes: number; mtimeMs: number; mode: number };

/** Backup tarballs, in memory. `read` rejects with a UserError, one sentence, for anything that no box would make. */
export type Tarballs = {
  read(bytes: Uint8Array): Promise<{ files: Map<string, Uint8Array>; members: Member[] }>;
  write(files: ReadonlyMap<string, Uint8Array>, members: readonly Member[]): Promise<Uint8Array>;
};
