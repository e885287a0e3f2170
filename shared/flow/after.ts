import { believedOf, foldTold, type Known } from "../decide/announced.ts";
import { own } from "../decide/own.ts";
import type { Fact, Ownership, Step } from "../model/fact.ts";
import type { Fence } from "../model/fence.ts";
import type { Pool } from "../model/resolved.ts";
import { fenceOf } from "../plan/fence.ts";
import { leadIsOurs, weightsNow } from "../plan/lead.ts";
import { announceChange } from "./announce.ts";
import { type Decision, readStates, type SteerPorts } from "./decision.ts";
import { patiently } from "./patience.ts";
import type { LeadWon, Outcome } from "./write-names.ts";

/** A winner announces at once. What nobody has announced this long after its batch, any region's reconcile announces. */
const ORPHAN_S = 45;

/** Replicas of a global table have a write within a second or two (AWS: "typically within a second"). */
const REPLICATED_MS = 5000;

/** So late in its share a region leaves the word to the next one, unless it has been left for so long (s) already. */
const READ_WITHIN_MS = 2000;
const OVERDUE_S = 240;

/** Steps that were noted so long before a fence may be told of with it. */
const STEPS_S = 3600;

/** A Lambda has 30 s for all that a reconcile does; the next one tells what this one had no time for. */
const LONGEST_WAIT_MS = 16_000;

/** Notes what was accepted: the changes to follow to INSYNC, names that were begun, and withdrawals and restores as steps. */
export async function recordAccepted(decision: Decision, outcome: Outcome, ports: SteerPorts): Promise<void> {
  const { region, clock, store } = ports;
  const acceptedMs = clock.nowMs();
  const pool = decision.pool.id;
  const pending = (outcome.accepted ?? []).map((one) => store.putPending({ ...one, region, pool, acceptedMs }));
  const steps = outcome.lead ? stepsOf(decision, outcome.lead, acceptedMs, ports) : [];
  await Promise.all([...pending, store.putFacts([...begunOf(decision, outcome, acceptedMs), ...steps])]);
}

/** Names whose first batch this was: who takes them out of the configuration later is told what is left behind. */
function begunOf({ pool }: Decision, { plans = [], accepted = [] }: Outcome, atMs: number): Ownership[] {
  const begun = plans.filter(({ name, fence }) => fence && !fence.before && accepted.some((one) => one.name === name));
  return begun.map(({ name, fence }) => {
    const id = `${pool.id}/${fence?.epoch ?? 0}/${name}/begun`;
    return { kind: "ownership", id, atMs, pool: pool.id, name, did: "adopt", found: [], who: "lifeboat" };
  });
}

function stepsOf(
  { pool, choice }: Decision,
  { epoch, served, after }: LeadWon,
  atMs: number,
  { region }: SteerPorts,
): Step[] {
  return pool.members.flatMap(({ box }): Step[] => {
    const [was, is] = [served[box], after[box]];
    if (was === undefined || is === undefined || was === is) return [];
    const step = is < was ? "withdrawn" : "restored";
    const id = `${pool.id}/${epoch}/${box}/${step}`;
    return [{ kind: "step", id, atMs, pool: pool.id, box, step, region, detail: choice.because[box] ?? "", epoch }];
  });
}

/** The weights before, by box, of what was written and not told of. */
export type Owed = Record<string, number | undefined>;

/**
 * Announces a batch of this run. `owed`: what its earlier batches owe. Where another writer was there within what
 * replication takes, what that one has told is waited for first: what this one tells of is counted from it. In its turn
 * (`inTurn`) a region puts what is due and untold into the same message: a pool that is written every minute is never
 * caught up. Out of turn it does not, because the region whose turn it is may be telling of it.
 */
export async function announceWon(
  decision: Decision,
  won: LeadWon,
  { owed, inTurn }: { owed: Owed | undefined; inTurn: boolean },
  ports: SteerPorts,
  signal: AbortSignal,
): Promise<Owed> {
  const { config, clock } = ports;
  const fence = fenceOf(decision.lead);
  const last = owed === undefined && fence?.epoch !== won.epoch ? fence : undefined;
  const waitMs = last ? last.atS * 1000 + REPLICATED_MS - clock.nowMs() : 0;
  if (last && config.regions.length > 1 && waitMs > 0 && !(await hasTold(last, decision, ports)))
    await clock.sleep(Math.min(waitMs, REPLICATED_MS), signal);
  const [late] = last && inTurn ? await untoldOf([decision], ports) : [];
  const before = { ...won.before, ...(late && differing(late)), ...owed };
  return announceChange({ ...decision, ...won, before, memory: decision.serving.memory }, ports);
}

/** Whether this region wrote last and has told of that, or set out to: then it knows all that was told before. */
async function hasTold(last: Fence, { pool }: Decision, { region, store }: SteerPorts): Promise<boolean> {
  if (last.region !== region) return false;
  const mine = await store.announced([pool.id], [region]);
  return mine.some(({ boxes, telling = {} }) =>
    [...Object.values(boxes), ...Object.values(telling)].some(({ epoch }) => epoch === last.epoch),
  );
}

/** What people believe otherwise. Of whom they were never surely told, what the zone had goes on counting. */
function differing({ before, after }: Pick<Untold, "before" | "after">): Owed {
  return Object.fromEntries(
    Object.entries(before).filter(([box, weight]) => weight !== undefined && weight !== after[box]),
  );
}

type Untold = {
  decision: Decision;
  fence: Fence;
  before: Owed;
  after: Record<string, number>;
};

/**
 * Announces what the zone shows and nobody has announced: of each box the difference between the newest announced weight
 * and the lead's record, once its fence is {@link ORPHAN_S} old. Where nothing was ever announced the zone is the start.
 * It may wait, so it comes after all else that a reconcile does; then the zone is read once more, because whatever has
 * been written meanwhile is its writer's to tell. Resolves with what failed.
 */
export async function catchUp(
  decisions: readonly Decision[],
  ports: SteerPorts,
  signal: AbortSignal,
): Promise<unknown[]> {
  const { config, region, clock } = ports;
  try {
    const found = await untoldOf(decisions, ports);
    if (found.length === 0) return [];
    if (config.regions.length > 1) await clock.sleep(untilTurnMs(config.regions, region, clock.nowMs()), signal);
    const turnMs = clock.nowMs();
    const byZone = Map.groupBy(found, ({ decision }) => decision.lead.zoneId);
    const told = [...byZone.values()].map((ofZone) => tellUntold(ofZone, turnMs, ports, signal));
    return (await Promise.allSettled(told)).flatMap((one) => (one.status === "fulfilled" ? one.value : reasonOf(one)));
  } catch (error) {
    return [error];
  }
}

/** The untold of one zone, as it stands now; `turnMs`: when this region's share of the clock began. Resolves with what failed. */
async function tellUntold(
  found: readonly Untold[],
  turnMs: number,
  ports: SteerPorts,
  signal: AbortSignal,
): Promise<unknown[]> {
  const { clock } = ports;
  if (signal.aborted) return [];
  const leads = found.map(({ decision }) => decision.lead);
  const states = await patiently(() => readStates({ names: leads }, ports), clock, signal);
  const isLate = clock.nowMs() - turnMs > READ_WITHIN_MS;
  const still = found.flatMap(({ decision, fence }) => {
    const lead = states.get(decision.lead.name);
    const waits = isLate && clock.nowMs() / 1000 - fence.atS < OVERDUE_S;
    return lead && !waits && fenceOf(lead)?.epoch === fence.epoch ? [{ ...decision, lead }] : [];
  });
  if (signal.aborted) return [];
  const told = await Promise.allSettled((await untoldOf(still, ports)).map((one) => tellLate(one, ports)));
  return told.flatMap(reasonOf);
}

/** Tells of what others did as they noted it: what would be decided now may be something else. */
async function tellLate({ decision, fence, before, after }: Untold, ports: SteerPorts): Promise<void> {
  const { choice, pool, lead } = decision;
  const steps = await ports.store.steps((fence.atS - STEPS_S) * 1000).catch((): Fact[] => []);
  const because = pool.members.map(({ box }) => {
    const [was = 0, is = 0] = [before[box], after[box]];
    const asked = { pool: pool.id, box, epoch: fence.epoch, isLess: is < was };
    const noted = steps.findLast((fact): fact is Step => isStepOf(fact, asked));
    const decided = choice.weights[box] === is ? choice.because[box] : undefined;
    return [box, noted?.detail ?? decided ?? `it was written at epoch ${fence.epoch}`] as const;
  });
  const said = { ...choice, because: Object.fromEntries(because), memory: { ...choice.memory, open: fence.open } };
  const change = { ...decision, choice: said, name: lead.name, epoch: fence.epoch, before, after };
  await announceChange(change, ports);
}

function isStepOf(fact: Fact, of: { pool: string; box: string; epoch: number; isLess: boolean }): fact is Step {
  if (fact.kind !== "step" || fact.pool !== of.pool || fact.box !== of.box) return false;
  return fact.step === (of.isLess ? "withdrawn" : "restored") && (fact.epoch ?? 0) <= of.epoch;
}

function reasonOf(result: PromiseSettledResult<unknown>): unknown[] {
  return result.status === "rejected" ? [result.reason as unknown] : [];
}

async function untoldOf(decisions: readonly Decision[], { config, clock, store }: SteerPorts): Promise<Untold[]> {
  const old = decisions.flatMap((decision) => {
    const fence = fenceOf(decision.lead);
    const isDue = fence && leadIsOurs(fence, config.owner, decision.pool.id);
    return isDue && clock.nowMs() / 1000 - fence.atS >= ORPHAN_S ? [{ decision, fence }] : [];
  });
  if (old.length === 0) return [];
  const pools = old.map(({ decision }) => decision.pool.id);
  const told = Map.groupBy(await store.announced(pools, config.regions), ({ pool }) => pool);
  return old.flatMap(({ decision, fence }) => {
    const { pool, lead } = decision;
    // As the zone has it, also where somebody's edit is left to stand: a winner tells of that as well.
    const after = weightsNow(lead, pool.members);
    const before = untold(after, fence, foldTold(told.get(pool.id) ?? []), pool);
    return before ? [{ decision, fence, before, after }] : [];
  });
}

/**
 * Two regions may find the same untold change within what replication takes. So each tells only at the beginnings of its
 * own share of the clock, which no other region's comes near: the second sees what the first has told. Where a share of
 * many regions is shorter than replication takes, the same may be told twice, under one id.
 */
function untilTurnMs(regions: readonly string[], region: string, nowMs: number): number {
  const shareMs = Math.min(REPLICATED_MS, LONGEST_WAIT_MS / regions.length);
  const roundMs = shareMs * regions.length;
  const inMs = regions.indexOf(region) * shareMs - (nowMs % roundMs);
  return inMs < 0 ? inMs + roundMs : inMs;
}

/** By box what people believe of it, where that is to be told otherwise; undefined: nothing is to be told. */
function untold(
  after: Record<string, number>,
  fence: Fence,
  told: Known | undefined,
  pool: Pool,
): Record<string, number | undefined> | undefined {
  // A box that was told for this epoch or a later one is known, whatever its record says now; and what was perhaps told
  // for a later one shows that the zone has been written since it was read.
  const due = pool.members.filter(({ box }) => {
    const perhaps = own(told?.perhaps, box)?.at(-1)?.epoch ?? -1;
    return (own(told?.boxes, box)?.epoch ?? -1) < fence.epoch && perhaps <= fence.epoch;
  });
  const before = Object.fromEntries(due.map(({ box }) => [box, believedOf(told, box, after[box])]));
  const differs = due.some(({ box }) => before[box] !== after[box]);
  return differs || !told ? before : undefined;
}
