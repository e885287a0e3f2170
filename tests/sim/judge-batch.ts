// Invariants 1, 2, 5, 7, 8, 9 and 10: what every single batch must keep, whoever wrote it.
import type { Fence } from "../../shared/model/fence.ts";
import type { Fact, Intent } from "../../shared/model/fact.ts";
import type { Batch } from "../../shared/model/plan.ts";
import type { DnsRecord, NameState } from "../../shared/model/record.ts";
import type { Pool, Resolved } from "../../shared/model/resolved.ts";
import { addressesOf, asMoved, type Book, fenceIn, logOf, type NameLog, poolOf, weightsOf } from "./book.ts";
import { judgeEvidence, voteAgeMs } from "./judge-evidence.ts";
import type { Invocation } from "./lambda.ts";
import type { Written } from "./route53.ts";

/** A view that saw a fence has reached every replica that is not held up, and a name is released for good. */
const SEEN_MS = 300_000;

/** The longest cut-over that operators order, and a while. */
const CUTOVER_MS = 12 * 60_000;

/** What a call is named that carries out an adoption. */
const ADOPTS = "is asked to carry-out adopt";

/** Each batch reaches Route 53 once, unless it came too early: a second arrival of the same one is a retry. */
export function judgeSent(batch: Batch, book: Book): void {
  const nonce = nonceOf(batch);
  if (nonce === undefined) return;
  if (book.sent.has(nonce)) book.accuse(8, `the batch ${nonce} of ${batch.name} was sent twice`);
  book.sent.add(nonce);
}

export function forgetSent(batch: Batch, book: Book): void {
  book.sent.delete(nonceOf(batch) ?? "");
}

function nonceOf(batch: Batch): string | undefined {
  const put = batch.changes.find(({ action, record }) => action !== "DELETE" && record.type === "TXT");
  return fenceIn(put?.record)?.nonces[0];
}

/** A batch that Route 53 has applied: the name before and after. */
export function judgeBatch(written: Written, book: Book): void {
  const { invocation, before, after } = written;
  const configured = poolOf(invocation.config, before.name);
  if (!configured) return book.accuse(2, `${before.name} was written by ${invocation.region}, which does not know it`);
  const pool = asMoved(configured, invocation.orders, invocation.evidenceMs + invocation.skewMs);
  const log = logOf(book, before.name, pool.id);
  const [was, is] = [fenceIn(before.fence), fenceIn(after.fence)];
  judgeFence({ was, is, before, after, invocation, log, pool }, book);
  judgeAnswer(before, after, book);
  judgeStrangers({ before, after, pool }, book);
  if (is && !changed(before, after)) {
    log.epoch = Math.max(log.epoch, is.epoch);
    return;
  }
  // Somebody may have edited the zone, or ordered something, while it ran.
  if (invocation.replayed && book.stirredMs < invocation.startedMs)
    book.accuse(7, `${before.name} was changed by an event that came once more, in all calm`);
  if (log.frozen) book.accuse(9, `${before.name} was changed although freeze had returned`);
  if (is && is.cfg < log.cfg)
    book.accuse(10, `${before.name} was written by the configuration of ${is.cfg} after that of ${log.cfg}`);
  if (is) {
    judgeOrders({ is, after, invocation, pool, log }, book);
    judgeEvidence({ was, is, before, after, invocation, pool, log }, book);
    judgeTurns({ before, after, invocation, pool, log }, book);
    noteBack(before, after, pool, log, book);
    log.epoch = Math.max(log.epoch, is.epoch);
    log.cfg = Math.max(log.cfg, is.cfg);
  }
  log.edited.clear();
  for (const [setIdentifier, record] of log.strayed) {
    const standing = addressesOf(after).find((one) => one.setIdentifier === setIdentifier);
    if (!standing || !same(standing, record)) log.strayed.delete(setIdentifier);
  }
}

type Seen = {
  was: Fence | undefined;
  is: Fence | undefined;
  before: NameState;
  after: NameState;
  invocation: Invocation;
  log: NameLog;
  pool: Pool;
};

/** Invariant 2: nothing without our fence, which each batch swaps. Invariant 8: epochs strictly increase. */
function judgeFence({ was, is, before, after, invocation, log, pool }: Seen, book: Book): void {
  const { name } = before;
  const { owner } = invocation.config;
  if (before.fence && (!was || was.owner !== owner || was.pool !== pool.id))
    return book.accuse(2, `${name} was written although its fence is not ours`);
  if (after.fence && (!is || is.owner !== owner || is.pool !== pool.id))
    return book.accuse(2, `the fence that was left at ${name} is not ours`);
  const adopts = invocation.what === ADOPTS;
  if (!before.fence && !adopts && log.releasedMs !== undefined && book.loop.nowMs() - log.releasedMs > SEEN_MS)
    return book.accuse(2, `${name} was written although it is released`);
  if (pool.mode === "observe") return book.accuse(2, `${name} was written although its pool only observes`);
  if (is && is.epoch <= log.epoch) book.accuse(8, `epoch ${is.epoch} of ${name} comes after ${log.epoch}`);
  if (is && was && !is.nonces.slice(1).includes(was.nonces[0] ?? ""))
    book.accuse(2, `the fence of ${name} was not swapped for the one that stood there: somebody's batch is forgotten`);
  if (!is) log.releasedMs = book.loop.nowMs();
  if (!before.fence && is) beginAnew(log);
}

/** What the judges know of a name begins anew with its adoption, although its pool may have gone on with others. */
function beginAnew(log: NameLog): void {
  log.releasedMs = undefined;
  log.cfg = 0;
  log.strayed.clear();
  log.moves.clear();
  log.left.clear();
  log.out.clear();
}

function noteBack(before: NameState, after: NameState, pool: Pool, log: NameLog, book: Book): void {
  const [was, is] = [weightsOf(before, pool), weightsOf(after, pool)];
  // Who is no longer configured is forgotten, and is a new one when it is configured again.
  for (const box of log.out.keys()) if (!is.has(box)) log.out.delete(box);
  for (const [box, weight] of is) {
    if (weight === 0) continue;
    // What somebody has raised by hand meanwhile comes back with the batch that leaves it there.
    const returns = log.out.delete(box) || !was.get(box);
    if (returns) log.backMs.set(box, book.loop.nowMs());
  }
}

/** Invariant 1: where there was an answer there is one. */
function judgeAnswer(before: NameState, after: NameState, book: Book): void {
  if (addressesOf(after).length > 0 || addressesOf(before).length === 0) return;
  book.accuse(1, `${before.name} has no answer any more`);
}

/** Invariant 2: what stands beside ours stays as it is. */
function judgeStrangers({ before, after, pool }: Pick<Seen, "before" | "after" | "pool">, book: Book): void {
  const ours = new Set(pool.members.map(({ setIdentifier }) => setIdentifier));
  const later = new Map(after.records.map((record) => [`${record.type} ${record.setIdentifier}`, record]));
  for (const record of before.records) {
    const { type, setIdentifier = "" } = record;
    if (!setIdentifier.startsWith("stranger")) continue;
    const now = later.get(`${type} ${setIdentifier}`);
    if (ours.has(setIdentifier) || !now || !same(now, record))
      book.accuse(2, `${setIdentifier} at ${before.name} is a stranger's record and was changed`);
  }
}

function changed(before: NameState, after: NameState): boolean {
  const [one, other] = [addressesOf(before), addressesOf(after)];
  if (one.length !== other.length) return true;
  return one.some((record) => {
    const twin = other.find(
      ({ type, setIdentifier }) => type === record.type && setIdentifier === record.setIdentifier,
    );
    return !twin || !same(twin, record);
  });
}

function same(one: DnsRecord, other: DnsRecord): boolean {
  return one.weight === other.weight && one.ttlS === other.ttlS && one.values.join() === other.values.join();
}

/** Invariant 5: what an operator ordered, as the writer's region could read it. */
function judgeOrders(
  { is: fence, after, invocation, pool, log }: Pick<Seen, "is" | "after" | "invocation" | "pool" | "log">,
  book: Book,
): void {
  const weights = weightsOf(after, pool);
  // An order that ended between the reading and the writing held or not, as the decision fell in between.
  const clockMs = book.loop.nowMs() + invocation.skewMs;
  const later = book.edits() > invocation.edits || log.edited.size > 0;
  for (const [box, { order, weight, atMs }] of newestOrders(invocation.orders, clockMs)) {
    const member = pool.members.find((one) => one.box === box);
    const is = weights.get(box);
    if (!member || is === undefined || later || fence?.held.includes(box) || book.leadHolds(pool, box)) continue;
    // After three repairs within an hour edits are left as they are, unless the order is later than they.
    if ((fence?.repairs.length ?? 0) >= 3 && atMs < (log.editedMs.get(member.setIdentifier) ?? 0)) continue;
    const wanted = order === "drain" ? 0 : order === "pin" ? (weight ?? member.weight) : is;
    if (is !== wanted)
      book.accuse(
        5,
        `${box} at ${after.name} is at ${is}, and was ordered to ${order}${weight === undefined ? "" : ` ${weight}`}`,
      );
  }
}

/** By box: the newest order, if it holds. */
export function newestOrders(facts: readonly Fact[], nowMs: number): Map<string, Intent> {
  const newest = new Map<string, Intent>();
  for (const fact of facts) {
    if (fact.kind !== "intent") continue;
    const other = newest.get(fact.box);
    const isLater = !other || fact.atMs > other.atMs || (fact.atMs === other.atMs && fact.id > other.id);
    if (isLater) newest.set(fact.box, fact);
  }
  const holds = [...newest].filter(([, { order, untilMs }]) => order !== "clear" && (untilMs ?? Infinity) > nowMs);
  return new Map(holds);
}

/** Invariant 8: a weight goes up and down again only for a reason that is new. */
function judgeTurns(
  { before, after, invocation, pool, log }: Pick<Seen, "before" | "after" | "invocation" | "pool" | "log">,
  book: Book,
): void {
  const [was, is] = [weightsOf(before, pool), weightsOf(after, pool)];
  for (const { box, setIdentifier } of pool.members) {
    const [from, to] = [was.get(box) ?? 0, is.get(box) ?? 0];
    if (from === to) continue;
    const last = log.moves.get(box);
    const up = to > from;
    // The steps of a cut-over are taken by the clock, which a freeze stops.
    if (book.cutovers.has(pool.id) && book.loop.nowMs() - book.stirredMs < CUTOVER_MS) continue;
    const repaired = log.edited.size > 0 || log.strayed.has(setIdentifier) || book.edits() > invocation.edits;
    // What undoes an edit by hand is no change of mind.
    if (repaired) log.moves.delete(box);
    else log.moves.set(box, { up, evidenceMs: invocation.evidenceMs });
    if (!last || last.up === up || repaired) continue;
    const reasons = pool.members.map((member) => book.ledger.changedMs(member.box));
    const newestMs = Math.max(book.stirredMs, ...reasons);
    const knownMs = last.evidenceMs - slackMs(book, invocation.config);
    if (newestMs <= knownMs)
      book.accuse(8, `${box} at ${before.name} went ${up ? "up" : "down"} to ${to} again, and nothing is new`);
  }
}

/** What was found before a decision, while votes live, may not have reached it. */
function slackMs({ weather, skewMs }: Book, config: Resolved): number {
  return voteAgeMs(config) + 20_000 + skewMs + weather.lagMs;
}
