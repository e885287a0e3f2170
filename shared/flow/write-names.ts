import type { Desired, Plan } from "../model/plan.ts";
import type { NameState } from "../model/record.ts";
import { batchOf } from "../plan/batch.ts";
import { fenceOf } from "../plan/fence.ts";
import { leadIsOurs, weightsAfter, weightsBeforeHolds } from "../plan/lead.ts";
import { onlyLower } from "../plan/lower.ts";
import { plan } from "../plan/plan.ts";
import type { Decision, SteerPorts } from "./decision.ts";
import { keepFrozen, thawWhatIsThawed } from "./freeze.ts";

/** The lead name's batch that won in this round: what the zone says now. */
export type LeadWon = {
  name: string;
  epoch: number;
  /** As the zone had it, edits by hand included, but for those that this batch makes a hold of. */
  before: Record<string, number | undefined>;
  /** As the last batches had left it: what is undone of an edit is no withdrawal. */
  served: Record<string, number | undefined>;
  after: Record<string, number>;
};

/** The lead batches of this run that were not accepted, by nonce: after a timeout the fence tells which of them had won. */
export type Tried = Map<string, LeadWon>;

/** A batch that Route 53 took. */
export type Accepted = { name: string; zoneId: string; changeId: string };

/**
 * `late`: another writer was first, or no time was left: Route 53 has refused nothing. `again`: it was busy, or did not
 * answer. `refused`: it took nothing and will not.
 */
export type Outcome = {
  kind: "settled" | "late" | "again" | "refused";
  detail: string;
  lead?: LeadWon;
  /** Absent: nothing was planned, so nothing is known of what would be refused. */
  plans?: Plan[];
  /** Batches of this round that were accepted, the lead's included. */
  accepted?: Accepted[];
};

/**
 * Plans and writes every name of a pool once, the lead's first; the others carry the lead's epoch. A name that is lost or
 * busy does not keep the others from being written; the round is then to be repeated.
 *
 * | frozen | the lead's batch            | the others                                       |
 * | ------ | --------------------------- | ------------------------------------------------ |
 * | yes    | only swaps fences that are not frozen yet | the same                           |
 * | no     | accepted, or not needed     | are written                                      |
 * | no     | lost, busy or uncertain     | wait for the next round                          |
 * | no     | refused by Route 53         | are only lowered, and none of them to nothing    |
 */
export async function writeNames(
  decision: Decision,
  tried: Tried,
  ports: SteerPorts,
  signal: AbortSignal,
): Promise<Outcome> {
  const { lead, states, orders } = decision;
  const won = wonBefore(lead, tried);
  if (won)
    ports.log.info("a batch that was answered by an error had been applied", { name: won.name, epoch: won.epoch });
  const wonAlready = won ? { lead: won } : {};
  if (orders.frozen) return { ...(await keepFrozen(decision, ports)), ...wonAlready };
  const thawed = await thawWhatIsThawed(decision, ports);
  if (thawed) return { ...thawed, ...wonAlready };
  const first = await writeName(decision, lead, { tried, signal }, ports);
  if (first.kind === "again" || first.kind === "late") return { ...first, ...wonAlready };
  const others = states.filter((state) => state !== lead);
  const epoch = first.plans?.[0]?.fence?.epoch ?? epochOf(decision, ports);
  const how = first.kind === "refused" ? { lead: epochOf(decision, ports), lower: true } : { lead: epoch };
  const rest = await Promise.all(others.map((state) => writeName(decision, state, { ...how, tried, signal }, ports)));
  const all = [first, ...rest];
  const [worst = first] = (["refused", "again", "late"] as const).flatMap((bad) =>
    all.filter(({ kind }) => kind === bad),
  );
  // Both are ours: what is told begins before the first of them.
  const leadWon = won && first.lead ? { ...first.lead, before: won.before, served: won.served } : (first.lead ?? won);
  return {
    kind: worst.kind,
    detail: worst.detail,
    plans: all.flatMap(({ plans = [] }) => plans),
    accepted: all.flatMap(({ accepted = [] }) => accepted),
    ...(leadWon ? { lead: leadWon } : {}),
  };
}

/** The epoch under which the lead stands; undefined while it has no fence of ours. */
export function epochOf({ lead, pool }: Decision, { config }: Pick<SteerPorts, "config">): number | undefined {
  const fence = fenceOf(lead);
  return fence && leadIsOurs(fence, config.owner, pool.id) ? fence.epoch : undefined;
}

async function writeName(
  decision: Decision,
  state: NameState,
  how: { lead?: number | undefined; lower?: boolean; tried: Tried; signal: AbortSignal },
  { config, region, clock, store, zone, log }: SteerPorts,
): Promise<Outcome> {
  const { pool } = decision;
  const nonce = clock.id();
  const wanted = desiredFor(decision, state, how.lead, config);
  const desired = how.lower ? onlyLower(wanted, state) : wanted;
  if (!desired) return { kind: "settled", detail: "", plans: [] };
  const views = state.fence ? [] : await store.views([pool.id], config.regions);
  const sawFence =
    isReleased(decision, state) ||
    views.some(({ names }) => names.some(({ name, hadFence }) => name === state.name && hadFence));
  const planned = plan(desired, state, { region, nowS: Math.floor(clock.nowMs() / 1000), nonce }, { sawFence });
  const newer = planned.refused.find(({ kind }) => kind === "newer-lead");
  if (newer) return { kind: "late", detail: newer.detail, plans: [{ ...planned, refused: [] }] };
  if (!planned.fence) return { kind: "settled", detail: "", plans: [planned] };
  const isLead = state === decision.lead;
  const after = weightsAfter(planned, state, pool.members);
  const lead = {
    name: state.name,
    epoch: planned.fence.epoch,
    before: toldFrom(decision, state),
    served: weightsServed(decision),
    after,
  };
  if (isLead) how.tried.set(nonce, lead);
  const applied = await zone.apply(batchOf(planned), how.signal);
  log.info("batch", { name: state.name, epoch: planned.fence.epoch, changes: planned.changes.length, applied });
  if (applied.kind === "refused") return { kind: "refused", detail: applied.detail, plans: [planned] };
  if (applied.kind === "lost" || applied.kind === "unsent")
    return { kind: "late", detail: applied.detail, plans: [planned] };
  if (applied.kind !== "accepted") return { kind: "again", detail: applied.detail, plans: [planned] };
  if (isLead) how.tried.delete(nonce);
  const accepted = [{ name: state.name, zoneId: state.zoneId, changeId: applied.changeId }];
  return { kind: "settled", detail: "", plans: [planned], accepted, ...(isLead ? { lead } : {}) };
}

/** Whether an operator gave the name back: then it had a fence, also if no view ever saw it. */
export function isReleased({ orders }: Decision, { name, fence }: NameState): boolean {
  return !fence && orders.ownership.get(name)?.did === "release";
}

/** The weights by box from which the message of the lead's batch counts; none before the very first batch. */
export function toldFrom({ pool, serving }: Decision, lead: NameState): Record<string, number> {
  return serving.memory ? weightsBeforeHolds(lead, pool.members) : {};
}

/** Weights under the lead before a batch: without a record 0, but none before the very first batch. */
function weightsServed({ pool, serving }: Decision): Record<string, number | undefined> {
  const none = serving.memory ? 0 : undefined;
  return Object.fromEntries(pool.members.map(({ box }) => [box, serving.weights[box] ?? none]));
}

/** The batch of an earlier round that was answered by a timeout or a 500 and had been applied all the same. */
function wonBefore(lead: NameState, tried: Tried): LeadWon | undefined {
  const nonce = fenceOf(lead)?.nonces.find((one) => tried.has(one));
  const won = nonce === undefined ? undefined : tried.get(nonce);
  tried.clear();
  return won;
}

/** What a name should say by this decision. */
export function desiredFor(
  { pool, choice, orders }: Decision,
  state: NameState,
  lead: number | undefined,
  config: SteerPorts["config"],
): Desired {
  const sinceMs = (fenceOf(state)?.atS ?? 0) * 1000;
  return {
    owner: config.owner,
    pool: pool.id,
    name: state.name,
    zoneId: state.zoneId,
    ttlS: pool.ttlS,
    withdraw: pool.withdraw,
    records: pool.members.flatMap(({ box, setIdentifier }): Desired["records"] => {
      const { address, address6 } = config.boxes[box] ?? {};
      const weight = choice.weights[box] ?? 0;
      const four = address === undefined ? [] : [{ box, setIdentifier, type: "A" as const, value: address, weight }];
      // No region can ask the other family: it follows.
      const six =
        address6 === undefined ? [] : [{ box, setIdentifier, type: "AAAA" as const, value: address6, weight }];
      return [...four, ...six];
    }),
    memory: choice.memory,
    cfg: config.cfg,
    ...(lead === undefined ? {} : { lead }),
    // Any later order for a box, also one that only clears another, ends what was held by hand.
    released: [...orders.newest.values()].filter(({ atMs }) => atMs > sinceMs).map(({ box }) => box),
  };
}
