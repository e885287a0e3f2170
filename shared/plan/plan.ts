// What one name needs: records wanted against records there. Pure; needs model.
import assert from "node:assert/strict";
import type { Freeze } from "../model/fact.ts";
import type { Fence } from "../model/fence.ts";
import { fenceNameOf } from "../model/fence.ts";
import type { Danger, Desired, Plan, Refusal, Writer } from "../model/plan.ts";
import { families, type Family, type NameState } from "../model/record.ts";
import { dangersOf } from "./dangers.ts";
import { type FamilyPlan, planFamily, standingTargets } from "./family.ts";
import { fitMemory, isOurs, isTooLong, marksOfWinner, parseFence, sameMemory, writeFence } from "./fence.ts";
import { frozenBy } from "./freeze.ts";
import { type FamilySet, readSet, serves, twinIn } from "./set.ts";
import { readSum, writeSum } from "./sum.ts";

/** Three repairs within an hour, and the fourth edit is somebody's who means it. */
const REPAIRS_MAX = 3;
const REPAIRS_WINDOW_S = 3600;

/** What leaves within so many seconds is one step of velocity. */
const STEP_S = 60;

/** `sawFence`: a view has seen a fence at the name. `frozen`: the order to freeze that holds. */
type Known = { sawFence: boolean; frozen?: Freeze | undefined };

/**
 * What a name needs, as at most one batch that swaps the fence that was read. The first row that fits counts.
 *
 * | the fence                              | the records            | fence seen before | outcome                         |
 * | -------------------------------------- | ---------------------- | ----------------- | ------------------------------- |
 * | cannot be read                         | any                    | any               | refused: bad-fence              |
 * | of another owner or pool               | any                    | any               | refused: foreign-owner          |
 * | frozen; any or none under an order to freeze | any              | any               | refused: frozen                 |
 * | written by a later deploy              | any                    | any               | refused: newer-config           |
 * | judged by a later epoch of the lead    | any                    | any               | refused: newer-lead             |
 * | none                                   | any                    | yes               | refused: fence-gone (released)  |
 * | none                                   | of our SetIdentifiers  | no                | refused: not-adopted            |
 * | none                                   | a weighted one of another SetIdentifier with the address of a load balancer | no | refused: not-adopted |
 * | none, or ours                          | all families blocked   | no                | refused: simple-record, conflict, mixed-ttl |
 * | none                                   | none of ours, and none wanted | no         | nothing                         |
 * | none                                   | none of ours           | no                | fence and records are created   |
 * | ours                                   | as wanted; held, memory, lead and sum as well | | nothing                     |
 * | ours                                   | anything else          |                   | the fence is swapped, records are changed |
 * | any that would be written              | it would be over 4,000 characters, or its epoch over 2^53 | | refused: bad-fence |
 *
 * Of the records under our fence (each family for itself; see `planFamily`, `readSet`, `formerTargets`):
 *
 * | record                               | outcome                                                              |
 * | ------------------------------------ | -------------------------------------------------------------------- |
 * | not ours                             | left alone; danger foreign-sibling; never stops the changes of ours  |
 * | ours, no longer configured           | to 0 under floor and velocity, never deleted; danger no-longer-configured |
 * | ours, wanted and absent              | created; over 100 in the set: refused, too-many-records, the rest goes on |
 * | ours, other weight or address wanted | updated, the rest of it as read, with the set's own TTL              |
 * | ours, another TTL wanted             | all are deleted and created; beside foreign ones refused, mixed-ttl, the rest goes on |
 * | ours, to serve nothing               | weight 0; mode delete: deleted, if one of ours serves                |
 * | lowered or deleted by hand           | box is held on this name until released; danger hand-edit-held       |
 * | edited by hand in any other way      | repaired; danger hand-edit-repaired                                  |
 * | the same, after three repairs in an hour | left; danger repairs-stopped; what is out by verdict still goes to 0, and what serves nothing still comes back |
 *
 * A family that has an answer keeps one: records are deleted only beside one of ours that serves. Sorted; the same input
 * gives the same plan; the plan of its own result is empty.
 */
export function plan(desired: Desired, state: NameState, writer: Writer, known: Known): Plan {
  assert.equal(state.name, desired.name, "a plan needs the state of its own name");
  const read = state.fence && parseFence(state.fence);
  const fence = read?.kind === "fence" ? read.fence : undefined;
  const empty = { name: desired.name, zoneId: desired.zoneId, changes: [], dangers: [] };
  if (read?.kind === "bad") {
    const detail = `The TXT record at ${fenceNameOf(desired.name)} is no fence of this version: ${read.fault}.`;
    return { ...empty, refused: [{ kind: "bad-fence", name: desired.name, detail }] };
  }
  const refusal = fence ? refuseUnder(fence, desired, known) : refuseWithout(desired, state, known);
  return refusal ? { ...empty, refused: [refusal] } : planRecords(desired, state, writer, fence);
}

/** The same for a name that needs nothing else: what is no longer configured and serves nothing is deleted. */
export function pruningPlan(desired: Desired, state: NameState, writer: Writer): Plan {
  const read = state.fence && parseFence(state.fence);
  const fence = read?.kind === "fence" ? read.fence : undefined;
  const empty: Plan = { name: desired.name, zoneId: desired.zoneId, changes: [], refused: [], dangers: [] };
  return fence && !refuseUnder(fence, desired) ? planRecords(desired, state, writer, fence, { prune: true }) : empty;
}

function refuseUnder(
  fence: Fence,
  { owner, pool, name, cfg, lead }: Desired,
  known: Partial<Known> = {},
): Refusal | undefined {
  if (!isOurs(fence, { owner, pool })) {
    const detail = `The fence of ${name} is that of owner '${fence.owner}', pool '${fence.pool}'; this is '${owner}', pool '${pool}'.`;
    return { kind: "foreign-owner", name, detail };
  }
  const frozen = frozenBy(name, fence, known.frozen);
  if (frozen) return frozen;
  if (fence.cfg > cfg) {
    const detail = `A later deploy (${fence.cfg}) has written ${name}; this one is of ${cfg}. Region ${fence.region} has it.`;
    return { kind: "newer-config", name, detail };
  }
  if (lead === undefined || fence.lead === undefined || fence.lead <= lead) return undefined;
  const detail = `${name} was judged by epoch ${fence.lead} of the first name; this is only ${lead}. It is to be read again.`;
  return { kind: "newer-lead", name, detail };
}

function refuseWithout(desired: Desired, state: NameState, known: Known): Refusal | undefined {
  const { name, records } = desired;
  const frozen = frozenBy(name, undefined, known.frozen);
  if (frozen) return frozen;
  if (known.sawFence) {
    const detail = `The fence of ${name} stood there and is gone. The name counts as released: nothing of it is written until it is adopted.`;
    return { kind: "fence-gone", name, detail };
  }
  const ours = state.records.filter(({ type, setIdentifier }) =>
    records.some((wanted) => wanted.type === type && wanted.setIdentifier === setIdentifier),
  );
  if (ours.length === 0) {
    const twin = twinIn(desired, state);
    return twin === undefined
      ? undefined
      : { kind: "not-adopted", name, detail: `${twin} Then adopt the name to take it over.` };
  }
  const which = ours
    .map(({ type, setIdentifier }) => `${type} '${setIdentifier}'`)
    .sort()
    .join(", ");
  const detail = `${name} has records of the configured SetIdentifiers and no fence: ${which}. Adopt the name to take them over.`;
  return { kind: "not-adopted", name, detail };
}

/**
 * The changes of records under a fence (`before`: as it counts, which need not stand in the zone yet), and its swap.
 * `prune`: what is no longer configured and serves nothing is deleted.
 */
export function planRecords(
  desired: Desired,
  state: NameState,
  writer: Writer,
  before: Fence | undefined,
  { prune = false }: { prune?: boolean } = {},
): Plan {
  const { name, zoneId } = desired;
  const sets = readSets(desired, state, before);
  const open = sets.filter(({ blocked }) => !blocked);
  const held = heldAfter(desired, open, before);
  const repairs = (before?.repairs ?? []).filter((atS) => Math.abs(writer.nowS - atS) < REPAIRS_WINDOW_S);
  const mayRepair = repairs.length < REPAIRS_MAX;
  const mayLower = before !== undefined && Math.abs(writer.nowS - before.atS) >= STEP_S;
  const planned = new Map<Family, FamilyPlan>();
  const common = { desired, held: new Set(held), mayRepair, mayLower, prune };
  // A comes first of the families.
  for (const set of open)
    planned.set(set.family, planFamily({ ...common, set, servedByA: serves(planned.get("A")?.targets ?? []) }));
  const changes = [...planned.values()].flatMap(({ changes }) => changes);
  const targets = [...planned.values()].flatMap(({ targets }) => targets);
  const refused = merged(name, [
    ...sets.flatMap(({ blocked }) => blocked ?? []),
    ...[...planned.values()].flatMap(({ refused }) => refused),
  ]);
  const dangers: Danger[] = before || changes.length > 0 ? dangersOf(desired, sets, targets, held) : [];
  const none: Plan = { name, zoneId, changes: [], refused, dangers };
  const repaired = targets.some(({ edit }) => edit === "repaired");
  const after: Fence = {
    owner: desired.owner,
    pool: desired.pool,
    ...marksOfWinner(before, writer),
    cfg: desired.cfg,
    frozen: false,
    open: desired.memory.open,
    left: {},
    held,
    repairs: repaired ? [...repairs, writer.nowS] : repairs,
    ...(desired.lead === undefined ? {} : { lead: desired.lead }),
    sum: sumOf(sets, planned, before),
  };
  const { left, rising } = fitMemory(desired.memory, after);
  Object.assign(after, { left }, rising ? { rising } : {});
  // A fence that is to be adopted over records as they are stands nowhere yet: that alone is worth the batch.
  const settled = before === undefined || (state.fence !== undefined && isSame(before, after));
  if (open.length === 0 || (changes.length === 0 && settled)) return none;
  return withFence({ ...none, changes }, state, after);
}

/** The families that are wanted, or that the fence remembers records of. */
function readSets(desired: Desired, state: NameState, before: Fence | undefined): FamilySet[] {
  const marks = before && readSum(before.sum);
  return families.flatMap((family) => {
    const asked = desired.records.filter(({ type }) => type === family).map(({ setIdentifier }) => setIdentifier);
    const remembered = marks?.[family].size ?? 0;
    return asked.length + remembered > 0 ? [readSet(state, family, asked, marks?.[family])] : [];
  });
}

/** Boxes held after this plan: those held before and those lowered since, but for those whose newest order is later. */
function heldAfter({ records, released }: Desired, sets: readonly FamilySet[], before: Fence | undefined): string[] {
  const lowered = records.filter(({ type, setIdentifier }) => {
    return sets.find(({ family }) => family === type)?.configured.get(setIdentifier)?.lowered;
  });
  const boxes = new Set(records.map(({ box }) => box));
  const held = new Set([...(before?.held ?? []), ...lowered.map(({ box }) => box)]);
  return [...held].filter((box) => boxes.has(box) && !released.includes(box)).sort();
}

/** Nothing that is written changes; a winner's own marks, the deploy and repairs that have lapsed are no reason to write. */
function isSame(before: Fence, after: Fence): boolean {
  const { lead, sum, held } = after;
  return (
    before.lead === lead &&
    before.sum === sum &&
    before.held.join("\n") === held.join("\n") &&
    sameMemory(before, after)
  );
}

/** What cannot be written now keeps the marks that it has. */
function sumOf(
  sets: readonly FamilySet[],
  planned: ReadonlyMap<Family, FamilyPlan>,
  before: Fence | undefined,
): string {
  if (before && sets.some(({ blocked }) => blocked) && !readSum(before.sum)) return before.sum;
  const marks = (family: Family) => {
    const set = sets.find((one) => one.family === family);
    const targets = planned.get(family)?.targets ?? (set ? standingTargets(set) : []);
    return targets.flatMap(({ mark }) => mark ?? []);
  };
  return writeSum({ A: marks("A"), AAAA: marks("AAAA") });
}

function withFence(planned: Plan, state: NameState, fence: Fence): Plan {
  const { name } = planned;
  const after = writeFence(name, fence);
  if (isTooLong(after) || !Number.isSafeInteger(fence.epoch)) {
    const detail = isTooLong(after)
      ? `The fence of ${name} would be ${after.values.join().length} characters long; Route 53 takes 4,000. Shorten the ids of its load balancers.`
      : `The fence of ${name} would need an epoch of ${fence.epoch}, which is no time; delete what wrote it.`;
    return { ...planned, changes: [], refused: [...planned.refused, { kind: "bad-fence", name, detail }] };
  }
  const { epoch, nonces } = fence;
  const [nonce = ""] = nonces;
  return { ...planned, fence: { ...(state.fence ? { before: state.fence } : {}), after, epoch, nonce } };
}

/** One refusal a kind: a name is told of once, not once a family or record. */
function merged(name: string, refused: readonly Omit<Refusal, "name">[]): Refusal[] {
  const byKind = Map.groupBy(refused, ({ kind }) => kind);
  return [...byKind].map(([kind, ones]) => ({
    kind,
    name,
    detail: [...new Set(ones.map(({ detail }) => detail))].sort().join(" "),
  }));
}
