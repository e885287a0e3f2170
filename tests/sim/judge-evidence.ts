// Invariant 3: nothing leaves by verdict, and nothing comes back, without the evidence, a floor and velocity left.
import type { Fence } from "../../shared/model/fence.ts";
import type { NameState } from "../../shared/model/record.ts";
import type { Pool, Resolved } from "../../shared/model/resolved.ts";
import { type Book, type NameLog, weightsOf } from "./book.ts";
import { newestOrders } from "./judge-batch.ts";
import { truthOf } from "./judge-calm.ts";
import type { Invocation } from "./lambda.ts";

type Change = {
  was: Fence | undefined;
  is: Fence;
  before: NameState;
  after: NameState;
  invocation: Invocation;
  pool: Pool;
  log: NameLog;
};

/** What mends itself within 3 s is no failure; a probe that hits the end of an ailment may have begun before. */
const STRETCH_MS = 2900;

/** Whom another region asks, asks three times within 2 s: that region has seen it for longer. */
const ASKED_MS = 1900;

/** Between two looks at what is down. */
const UNSEEN_MS = 60_000;

export function judgeEvidence(change: Change, book: Book): void {
  const { was, is, before, after, invocation, pool, log } = change;
  // A name's first batch makes what is configured; an edit under way is nobody's decision.
  if (!was || log.edited.size > 0 || book.edits() > invocation.edits) return;
  const nowMs = book.loop.nowMs();
  const ordered = newestOrders(invocation.orders, invocation.evidenceMs + invocation.skewMs);
  const [from, to] = [weightsOf(before, pool), weightsOf(after, pool)];
  const leads = is.lead === undefined;
  const ended = was.open && !is.open;
  const gone: string[] = [];
  for (const { box, weight: full, setIdentifier } of pool.members) {
    const [old, now] = [from.get(box) ?? 0, to.get(box) ?? 0];
    // Edits that were one too many stand for an hour, and are undone then.
    if (log.strayed.has(setIdentifier)) continue;
    if (ordered.has(box) || old === now || full === 0) continue;
    // The other names follow the lead, whose own batch has been judged.
    if (!leads && book.leadWeight(pool, box) === now) continue;
    if (old > 0 && now === 0) {
      judgeDown(box, change, book);
      if (leads) gone.push(box);
    }
    if (old === 0 && now > 0 && leads && !is.open) judgeUp(box, change, book);
  }
  if (gone.length === 0) return;
  judgeFloor(change, gone, book);
  for (const box of gone) log.out.set(box, nowMs);
  if (ended) return;
  judgeVelocity(change, gone, book);
  for (const box of gone) log.left.set(box, nowMs);
}

/** q regions that see have found one check down, lately, and not for a moment only. */
function judgeDown(box: string, { invocation, pool, before }: Change, book: Book): void {
  const { config } = invocation;
  const sinceMs = invocation.evidenceMs - voteAgeMs(config) - book.skewMs - 1000;
  const counts = pool.checks.map((check) => {
    const defined = config.checks[check];
    if (!defined?.check.votes) return 0;
    const lengths = config.regions.flatMap((region) => {
      const found = book.ledger.found(region, box, defined.digest);
      if (!found || !book.ledger.hasMet(region, defined.digest)) return [];
      const turns = isLongDown(box, check, region, book) ? config.regions.length * voteAgeMs(config) : 0;
      if (found.downMs < sinceMs - turns) return [];
      return book.weather.loss > 0 ? [STRETCH_MS] : [downForMs(box, check, region, sinceMs - turns, book)];
    });
    return lengths.some((ms) => ms >= STRETCH_MS) ? lengths.filter((ms) => ms >= ASKED_MS).length : 0;
  });
  if (Math.max(0, ...counts) >= quorumOf(config)) return;
  book.accuse(
    3,
    `${box} left ${before.name}, and no check of it was found down by ${quorumOf(config)} regions lately (${counts.join(", ")})${detail(box, pool, invocation, book)}`,
  );
}

/** What each region found last, and how long ago (s). */
function detail(box: string, pool: Pool, { config, evidenceMs }: Invocation, { ledger }: Book): string {
  const lines = pool.checks.flatMap((check) =>
    config.regions.map((region) => {
      const digest = config.checks[check]?.digest ?? "";
      const found = ledger.found(region, box, digest);
      const ago = (ms: number | undefined): string =>
        ms === undefined || ms < 0 ? "never" : `${Math.round((evidenceMs - ms) / 1000)} s`;
      return `${region} ${check}: up ${ago(found?.upMs)}, down ${ago(found?.downMs)} ago, ${ledger.hasMet(region, digest) ? "met" : "never met"}`;
    }),
  );
  return `; ${lines.join("; ")}`;
}

/** For how long it was down there, lately, in one stretch. */
function downForMs(box: string, check: string, region: string, sinceMs: number, { fleet, loop }: Book): number {
  // Between two ailments nobody may have looked: they count as one.
  const lately = fleet.stretches(box, check, region).filter(({ toMs }) => toMs >= sinceMs);
  const fromMs = Math.min(...lately.map((stretch) => stretch.fromMs));
  return Math.min(loop.nowMs(), Math.max(...lately.map(({ toMs }) => toMs))) - fromMs;
}

/** Down for so long that regions take turns; between two ailments nobody may have looked, so they count as one. */
function isLongDown(box: string, check: string, region: string, { fleet, loop }: Book): boolean {
  let [fromMs, toMs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const stretch of fleet.stretches(box, check, region).toSorted((a, b) => a.fromMs - b.fromMs)) {
    if (stretch.fromMs > toMs + UNSEEN_MS) fromMs = stretch.fromMs;
    toMs = Math.max(toMs, stretch.toMs);
    if (Math.min(toMs, loop.nowMs()) - fromMs > 500_000) return true;
  }
  return false;
}

/** q regions have found every voting check that they know up, lately. */
function judgeUp(box: string, change: Change, book: Book): void {
  const { invocation, pool, before, log } = change;
  const { config } = invocation;
  // Of what a report does not name it says when the pass was over, which may have been confirming something else.
  const sinceMs = invocation.evidenceMs - voteAgeMs(config) - book.skewMs - 11_000;
  const counts = pool.checks.map((check) => {
    const defined = config.checks[check];
    if (!defined?.check.votes) return undefined;
    const known = config.regions.filter((region) => book.ledger.hasMet(region, defined.digest));
    if (known.length < quorumOf(config)) return undefined;
    return config.regions.filter((region) => (book.ledger.found(region, box, defined.digest)?.upMs ?? 0) >= sinceMs)
      .length;
  });
  const told = counts.filter((count) => count !== undefined);
  if (told.length === 0 || Math.min(...told) < quorumOf(config))
    return book.accuse(
      3,
      `${box} came back to ${before.name}, and was not found up by ${quorumOf(config)} regions lately (${counts.join(", ")})${detail(box, pool, invocation, book)}`,
    );
  const [leftMs, outMs] = [log.left.get(box), log.out.get(box)];
  log.left.delete(box);
  log.out.delete(box);
  if (outMs === undefined || waived(box, change, book)) return;
  judgeManual(box, outMs, change, book);
  if (leftMs === undefined) return;
  const awayMs = book.loop.nowMs() - leftMs;
  if (awayMs < pool.restore.afterS * 1000 - 10_000 - book.skewMs)
    book.accuse(
      8,
      `${box} came back to ${before.name} ${Math.round(awayMs / 1000)} s after it had left by verdict: ${served(change.after, pool)}`,
    );
}

/** Where only an operator brings one back, somebody has said something of it since it left. */
function judgeManual(box: string, outMs: number, { invocation, pool, was, before }: Change, book: Book): void {
  if (pool.restore.mode !== "manual" || was?.open) return;
  const said = invocation.orders.some(
    (fact) => fact.kind === "intent" && fact.box === box && fact.atMs > outMs - 10_000 - book.skewMs,
  );
  if (!said) book.accuse(5, `${box} came back to ${before.name} without an order, and its pool restores by hand`);
}

/** What is answered for each of a pool's boxes. */
function served(state: NameState, pool: Pool): string {
  return [...weightsOf(state, pool)].map(([box, weight]) => `${box} ${weight}`).join(", ");
}

/**
 * Where the floor needs it, or nobody else who is known to be up serves, one comes back before its time. As many as are
 * needed do, by id: whoever comes back after it in one batch was not there yet when it was needed.
 */
function waived(box: string, { pool, before, after, invocation }: Change, book: Book): boolean {
  const knownMs = invocation.evidenceMs - voteAgeMs(invocation.config) - book.skewMs;
  const isUp = (one: string): boolean =>
    truthOf(one, pool, invocation.config, book) === "up" && book.ledger.changedMs(one) < knownMs;
  const from = weightsOf(before, pool);
  const isLater = (one: string): boolean => one > box && (from.get(one) ?? 0) === 0;
  const others = [...weightsOf(after, pool)].filter(
    ([one, weight]) => one !== box && weight > 0 && isUp(one) && !isLater(one),
  );
  const weight = others.reduce((sum, [, one]) => sum + one, 0);
  return others.length <= Math.max(1, pool.floor.count) || weight <= pool.floor.weight;
}

function judgeFloor({ before, after, pool }: Change, gone: readonly string[], book: Book): void {
  const { floor } = pool;
  const met = (state: NameState): boolean => {
    const serving = [...weightsOf(state, pool).values()].filter((weight) => weight > 0);
    const sum = serving.reduce((one, other) => one + other, 0);
    return serving.length >= Math.max(1, floor.count) && sum >= floor.weight;
  };
  if (!met(after))
    book.accuse(
      3,
      `${gone.join(", ")} left ${before.name}, and the floor of ${floor.count} (${floor.weight}) is not met: ${served(after, pool)}`,
    );
}

function judgeVelocity({ before, pool, log, invocation }: Change, gone: readonly string[], book: Book): void {
  const { boxes } = invocation.config;
  const nowMs = book.loop.nowMs();
  const windowMs = 60_000 - 12_000 - book.skewMs;
  const lately = [...log.left].flatMap(([box, atMs]) => (nowMs - atMs < windowMs ? [box] : []));
  const all = [...new Set([...lately, ...gone])].filter((box) => pool.members.some((member) => member.box === box));
  const islands = new Set(all.map((box) => boxes[box]?.island ?? box));
  const weigh = (which: readonly string[]): number =>
    pool.members.reduce((sum, { box, weight }) => (which.includes(box) ? sum + weight : sum), 0);
  if (all.length <= 1 || islands.size === 1) return;
  if (2 * weigh(all) > weigh(pool.members.map(({ box }) => box)))
    book.accuse(3, `${all.join(", ")} left ${before.name} within a minute: more than velocity allows`);
}

/** By the design: more than half of the electorate, unless more is configured; the rule is counted anew here. */
export function quorumOf({ regions, quorum }: Resolved): number {
  return Math.max(quorum, Math.floor(regions.length / 2) + 1);
}

export function voteAgeMs({ intervalS }: Resolved): number {
  return Math.max(2500 * intervalS, 10_000);
}
