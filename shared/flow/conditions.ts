import { conditionMessage } from "../message/condition.ts";
import type { Condition, ConditionKind } from "../model/event.ts";
import type { ConditionState } from "../ports.ts";
import type { AnnouncePorts } from "./announce.ts";

/**
 * Something without an epoch that holds now. `repeatMs`: it is told again so long after it was told last. `expired`: of a
 * certificate, that it has ended.
 */
export type Holding = Pick<Condition, "kind" | "subject" | "detail" | "page" | "expired"> & { repeatMs?: number };

/** Each next region in rank leaves the word to the ones before it for this much longer. */
const RANK_STEP_MS = 45_000;

/**
 * What one run has looked at. `judged`: only these may end. `rank`: how many regions see the same and speak first. `ended`:
 * who or what ended those that are over, by kind.
 */
export type Judgement = {
  holding: readonly Holding[];
  judged: (kind: ConditionKind, subject: string) => boolean;
  rank: number;
  ended?: ((kind: ConditionKind) => string | undefined) | undefined;
};

/**
 * Announces what begins to hold and what has ceased to, once over all regions: what counts as known is the newest state
 * that any region told of a kind and subject.
 *
 * | holds | told as holding | rank | seen here for     | told now |
 * | ----- | --------------- | ---- | ----------------- | -------- |
 * | yes   | yes             | any  | any               | no       |
 * | yes   | yes, repeatMs + n · 45 s ago | n | any      | again    |
 * | yes   | no              | 0    | any               | yes      |
 * | yes   | no              | n    | under n · 45 s    | no, but noted |
 * | yes   | no              | n    | n · 45 s or more  | yes      |
 * | no    | yes, and judged | any  | any               | that it is over |
 */
export async function tendConditions({ holding, judged, rank, ended }: Judgement, ports: AnnouncePorts): Promise<void> {
  const { config, region, clock, store } = ports;
  const states = await store.conditions(config.regions);
  const told = newest(states.filter(({ waiting }) => waiting !== true));
  const waiting = newest(states.filter((state) => state.waiting === true && state.region === region));
  const now = clock.nowMs();
  const current = new Set(holding.map(keyOf));
  const failed: unknown[] = [];
  // All at once: the announcer gathers what comes together, and whoever told one after another would wait for each.
  const telling: Promise<void>[] = [];
  const say = (condition: Condition): void =>
    void telling.push(tell(condition, ports).catch((error: unknown) => void failed.push(error)));
  for (const { repeatMs, ...one } of holding) {
    const key = keyOf(one);
    const last = told.get(key);
    if (last?.on) {
      const isDue = repeatMs !== undefined && now - last.atMs >= repeatMs + rank * RANK_STEP_MS;
      if (isDue) say({ ...last, ...one, region, atMs: now });
      continue;
    }
    const seen = waiting.get(key);
    const known = seen && seen.atMs > (last?.atMs ?? 0) ? seen : undefined;
    const sinceMs = known?.sinceMs ?? now;
    const id = `${one.kind}/${one.subject}/${sinceMs}`;
    const condition: Condition = { version: 1, type: "condition", id, ...one, sinceMs, atMs: now, region, on: true };
    if (now - sinceMs >= rank * RANK_STEP_MS) say(condition);
    else if (!known) await store.putCondition({ region, condition, waiting: true });
  }
  const over = [...told.values()].filter((one) => one.on && judged(one.kind, one.subject) && !current.has(keyOf(one)));
  for (const condition of over) {
    const says = ended?.(condition.kind);
    const by = says === undefined ? {} : { ended: says };
    say({ ...condition, region, atMs: now, on: false, page: false, ...by });
  }
  await Promise.all(telling);
  if (failed.length > 0) throw new AggregateError(failed, `${failed.length} conditions could not be told`);
}

async function tell(condition: Condition, { config, region, store, announcer }: AnnouncePorts): Promise<void> {
  await announcer.announce(condition, conditionMessage(condition, config));
  await store.putCondition({ region, condition });
}

function keyOf({ kind, subject }: { kind: ConditionKind; subject: string }): string {
  return `${kind} ${subject}`;
}

/** What was told last of each kind and subject, whichever region told it. */
export function newest(states: readonly ConditionState[]): Map<string, Condition> {
  const found = new Map<string, Condition>();
  for (const { condition } of states) {
    const other = found.get(keyOf(condition));
    if (!other || other.atMs < condition.atMs) found.set(keyOf(condition), condition);
  }
  return found;
}
