// What holds of every plan, whatever has become of the zone before: random walks over a strict model of it.
import assert from "node:assert/strict";
import fc from "fast-check";
import { expect, it } from "vitest";
import type { Desired, Plan } from "../../../shared/model/plan.ts";
import { type DnsRecord, families, type NameState } from "../../../shared/model/record.ts";
import { batchOf } from "../../../shared/plan/batch.ts";
import { fenceOf } from "../../../shared/plan/fence.ts";
import { servingOf, weightsAfter } from "../../../shared/plan/lead.ts";
import { plan } from "../../../shared/plan/plan.ts";
import { readSum } from "../../../shared/plan/sum.ts";
import { applied, bare, desiredOf, NOW_S, weighted, writer } from "./zone.ts";

/** Some four seconds. RUNS=50000 in the environment for a long walk. */
const RUNS = Number(process.env["RUNS"] ?? 400);
const LIMIT_MS = 30_000 + 100 * RUNS;

const boxes = ["lb1", "lb2", "lb3", "lb4"];
const strangers = ["other1", "other2"];
const weight = fc.constantFrom(0, 0, 1, 5, 255);
const family = fc.constantFrom("A" as const, "AAAA" as const);

const wanted = fc
  .record({
    weights: fc.uniqueArray(fc.tuple(fc.constantFrom(...boxes), family, weight, fc.constantFrom(1, 2)), {
      minLength: 1,
      selector: ([box, type]) => `${box} ${type}`,
    }),
    ttlS: fc.constantFrom(60, 60, 60, 30),
    withdraw: fc.constantFrom("weight" as const, "delete" as const),
    open: fc.boolean(),
    left: fc.dictionary(fc.constantFrom(...boxes), fc.record({ atS: fc.nat(1000), score: fc.nat(4000) }), {
      noNullPrototype: true,
    }),
    cfg: fc.constantFrom(...Array.from({ length: 20 }, () => 1000), 999),
    lead: fc.option(fc.constantFrom(3, 3, 3, 2), { nil: undefined, freq: 1 }),
    released: fc.oneof(
      { weight: 4, arbitrary: fc.constant<string[]>([]) },
      { weight: 1, arbitrary: fc.subarray(boxes) },
    ),
  })
  .map(({ weights, open, left, lead, ...rest }): Desired => {
    const records = weights.map(([box, type, one, address]) => {
      const last = `${boxes.indexOf(box)}${address}`;
      return {
        box,
        setIdentifier: box,
        type,
        weight: one,
        value: type === "A" ? `203.0.113.${last}` : `2001:db8::${last}`,
      };
    });
    return { ...desiredOf({}), ...rest, records, memory: { open, left }, ...(lead === undefined ? {} : { lead }) };
  });

type Move =
  | { kind: "plan"; desired: Desired; afterS: number }
  | { kind: "again"; afterS: number }
  | { kind: "edit"; which: number; edit: Partial<DnsRecord> | undefined }
  | { kind: "add"; record: DnsRecord }
  | { kind: "unfence" };

const edit: fc.Arbitrary<Partial<DnsRecord> | undefined> = fc.oneof(
  weight.map((one) => ({ weight: one })),
  weight.map((one) => ({ weight: one })),
  weight.map((one) => ({ weight: one })),
  fc.constantFrom<(Partial<DnsRecord> | undefined)[]>(
    undefined,
    { values: ["198.51.100.9"] },
    { ttlS: 7 },
    { healthCheckId: "hc1" },
    { values: [], ttlS: undefined, other: { AliasTarget: {} } },
  ),
  fc.constant(undefined),
);

const move: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 15,
    arbitrary: fc.record({
      kind: fc.constant("plan" as const),
      desired: wanted,
      afterS: fc.constantFrom(0, 1, 61, 4000),
    }),
  },
  {
    weight: 20,
    arbitrary: fc.record({ kind: fc.constant("again" as const), afterS: fc.constantFrom(1, 61) }),
  },
  {
    weight: 20,
    arbitrary: fc.record({
      kind: fc.constant("edit" as const),
      which: fc.nat(20),
      edit,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("add" as const),
      record: fc
        .tuple(fc.constantFrom(...strangers, ...boxes), family, weight)
        .map(([id, type, one]) =>
          weighted(id, one, { type, values: [type === "A" ? "198.51.100.1" : "2001:db8::99"] }),
        ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("unfence" as const) }) },
);

/** What a person's move leaves, as Route 53 would let it: one key once, a TTL for the whole set. */
function moved(state: NameState, one: Exclude<Move, { kind: "plan" | "again" }>): NameState {
  if (one.kind === "unfence") return bare(state.records);
  if (one.kind === "add") {
    const isThere = state.records.some(
      ({ type, setIdentifier }) => type === one.record.type && setIdentifier === one.record.setIdentifier,
    );
    const ttlS = state.records.find(({ type, ttlS }) => type === one.record.type && ttlS !== undefined)?.ttlS ?? 60;
    return isThere ? state : { ...state, records: [...state.records, { ...one.record, ttlS }] };
  }
  const target = state.records[one.which % Math.max(1, state.records.length)];
  if (!target) return state;
  const { edit } = one;
  const records = state.records.flatMap((record) => {
    if (record === target) return edit ? [{ ...record, ...edit }] : [];
    return edit && "ttlS" in edit && edit.ttlS !== undefined && record.type === target.type && record.ttlS !== undefined
      ? [{ ...record, ttlS: edit.ttlS }]
      : [record];
  });
  return { ...state, records };
}

type Seen = { desired: Desired; before: NameState; planned: Plan; after: NameState; nowS: number; sawFence: boolean };

/** Walks the moves, planning the last desired records anew for `again`, and hands over every plan and what it made. */
function walk(moves: readonly Move[], check: (seen: Seen) => void): void {
  let state = bare();
  let nowS = NOW_S;
  let sawFence = false;
  let desired = desiredOf({ lb1: 5, lb2: 1 });
  for (const one of [{ kind: "again", afterS: 1 } as const, ...moves]) {
    if (one.kind !== "plan" && one.kind !== "again") {
      state = moved(state, one);
      continue;
    }
    nowS += one.afterS;
    desired = one.kind === "plan" ? one.desired : desired;
    const planned = plan(desired, state, writer(nowS, `n${nowS}`), { sawFence });
    const after = planned.fence ? applied(state, planned) : state;
    check({ desired, before: state, planned, after, nowS, sawFence });
    state = after;
    sawFence ||= planned.fence !== undefined;
  }
}

const walks = fc.array(move, { maxLength: 30, size: "max" });

const idOf = ({ type, setIdentifier }: DnsRecord): string => `${type} ${setIdentifier}`;
const isStranger = ({ setIdentifier = "" }: DnsRecord): boolean => strangers.includes(setIdentifier);
const byId = (one: DnsRecord, other: DnsRecord): number => (idOf(one) < idOf(other) ? -1 : 1);
const familyOf = ({ records }: NameState, type: string): DnsRecord[] =>
  records.filter((record) => record.type === type);

function touched(planned: Plan): DnsRecord[] {
  const records = batchOf(planned).changes.map(({ record }) => record);
  return records.filter(({ type }) => type !== "TXT");
}

/** What keeps a whole name from being written. */
const whole: ReadonlySet<string> = new Set(
  "foreign-owner frozen newer-config newer-lead not-adopted fence-gone bad-fence".split(" "),
);

type Law = (seen: Seen) => void;

const ownResultIsDone: Law = ({ desired, after, nowS, sawFence }) => {
  const again = plan(desired, after, writer(nowS, "again"), { sawFence });
  assert.deepEqual([again.changes, again.fence], [[], undefined]);
};

const orderIsNothing: Law = ({ desired, before, planned, nowS, sawFence }) => {
  const turned = { ...desired, records: desired.records.toReversed(), released: desired.released.toReversed() };
  const state = { ...before, records: before.records.toReversed() };
  assert.deepEqual(plan(turned, state, writer(nowS, `n${nowS}`), { sawFence }), planned);
};

const fenceComesFirst: Law = ({ desired, before, planned, sawFence }) => {
  if (touched(planned).length === 0 || before.fence) return;
  const wanted = new Set(desired.records.map(({ type, setIdentifier }) => `${type} ${setIdentifier}`));
  const ours = before.records.filter((record) => wanted.has(idOf(record)));
  assert.deepEqual([sawFence, ours], [false, []]);
};

/** Others are at most as many as the fence remembers; by name none is a stranger. */
const othersAreLeftAlone: Law = ({ desired, before, planned, after }) => {
  const wanted = new Set(desired.records.map(({ type, setIdentifier }) => `${type} ${setIdentifier}`));
  const others = touched(planned).filter((record) => !wanted.has(idOf(record)));
  const marks = Object.values(readSum(fenceOf(before)?.sum ?? "") ?? {});
  assert.ok(new Set(others.map(idOf)).size <= marks.reduce((sum, { size }) => sum + size, 0));
  assert.deepEqual(after.records.filter(isStranger).sort(byId), before.records.filter(isStranger).sort(byId));
};

const answersStay: Law = ({ before, after }) => {
  for (const type of families) {
    if (familyOf(before, type).length === 0 || isServedByA(after, type)) continue;
    assert.ok(familyOf(after, type).length > 0, `${type} has no record left`);
  }
};

/** Without an answer over IPv6 a client takes that over IPv4. */
function isServedByA(after: NameState, type: string): boolean {
  return type === "AAAA" && familyOf(after, "A").some((record) => !isStranger(record) && (record.weight ?? 0) > 0);
}

const deletesNeedCompany: Law = ({ desired, before, after }) => {
  for (const type of families) {
    const left = new Set(familyOf(after, type).map(idOf));
    if (familyOf(before, type).every((record) => left.has(idOf(record)))) continue;
    if (isServedByA(after, type) && !familyOf(after, type).some(({ weight }) => weight === undefined || weight > 0))
      continue;
    assert.equal(desired.withdraw, "delete");
    const serving = familyOf(after, type).filter((record) => !isStranger(record) && (record.weight ?? 0) > 0);
    assert.ok(serving.length > 0, `${type} was deleted and nobody of ours serves`);
  }
};

const fieldsAreCarried: Law = ({ before, after }) => {
  for (const record of before.records) {
    const now = after.records.find((one) => idOf(one) === idOf(record));
    const ours = { weight: 0, ttlS: 0, values: [] };
    if (now) assert.deepEqual({ ...now, ...ours }, { ...record, ...ours });
  }
};

const holdsHold: Law = ({ desired, before, after }) => {
  const held = fenceOf(after)?.held.filter((box) => !desired.released.includes(box)) ?? [];
  for (const type of families) {
    const weightOf = (state: NameState, box: string): number =>
      familyOf(state, type).find(({ setIdentifier }) => setIdentifier === box)?.weight ?? 0;
    for (const box of held) assert.ok(weightOf(after, box) <= weightOf(before, box), `${box} was raised`);
  }
};

/** Unless somebody's edit, hold or alias stands against it, what is out is at 0 afterwards. */
const withdrawalsGoOn: Law = ({ desired, planned, after }) => {
  if (!planned.fence || planned.dangers.some(({ kind }) => kind === "repairs-stopped")) return;
  if (planned.refused.some(({ kind }) => kind === "conflict")) return;
  for (const { type, setIdentifier, weight } of desired.records) {
    const record = familyOf(after, type).find((one) => one.setIdentifier === setIdentifier);
    if (weight === 0) assert.equal(record?.weight ?? 0, 0);
  }
};

const fenceIsNew: Law = ({ before, planned }) => {
  if (!planned.fence) return;
  assert.ok(planned.fence.epoch > (fenceOf(before)?.epoch ?? 0));
  assert.ok((planned.fence.after?.values.join().length ?? 0) <= 4000);
  assert.deepEqual(planned.fence.before, before.fence);
};

const refusedIsUntouched: Law = ({ planned }) => {
  if (planned.refused.some(({ kind }) => whole.has(kind))) {
    assert.deepEqual([planned.changes, planned.fence], [[], undefined]);
  }
};

/** Also with the records of the winner under the fence before it, as inconsistent pages would show them. */
const latecomersLose: Law = ({ desired, before, after, planned, nowS, sawFence }) => {
  if (!planned.fence || !before.fence) return;
  const other = { ...desired, memory: { open: !desired.memory.open, left: {} } };
  for (const torn of [before, { ...after, fence: before.fence }]) {
    const late = plan(other, torn, writer(nowS, "late"), { sawFence });
    if (late.fence) assert.throws(() => applied(after, late), /do not match/);
  }
};

/** What choose is told next is what this batch has written, and weightsAfter said so. */
const servingFollows: Law = ({ desired, before, planned, after }) => {
  if (!planned.fence || planned.refused.length > 0) return;
  if (planned.dangers.some(({ kind }) => kind === "repairs-stopped")) return;
  const wanted = desired.records.filter(({ type }) => type === "A");
  const members = wanted.map(({ box, setIdentifier }) => ({ box, setIdentifier, weight: 1 }));
  const { weights, held } = servingOf(after, [after], members, desired);
  const said = weightsAfter(planned, before, members);
  for (const { setIdentifier: box, weight = 0 } of familyOf(after, "A")) {
    if (box === undefined || !wanted.some((one) => one.box === box)) continue;
    assert.deepEqual([weights[box], said[box]], [weight, weight]);
  }
  const heldHere = fenceOf(after)?.held.filter((box) => wanted.some((one) => one.box === box));
  assert.deepEqual([...held].sort(), heldHere);
};

const laws = {
  ownResultIsDone,
  orderIsNothing,
  fenceComesFirst,
  othersAreLeftAlone,
  answersStay,
  deletesNeedCompany,
  fieldsAreCarried,
  holdsHold,
  withdrawalsGoOn,
  fenceIsNew,
  refusedIsUntouched,
  latecomersLose,
  servingFollows,
};

it(
  "every plan of a random walk keeps every law",
  () => {
    let changed = 0;
    const judge = (seen: Seen): void => {
      changed += seen.planned.changes.length;
      for (const [name, law] of Object.entries(laws)) {
        try {
          law(seen);
        } catch (cause) {
          throw new Error(`${name}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
        }
      }
    };
    fc.assert(
      fc.property(walks, (moves) => walk(moves, judge)),
      { numRuns: RUNS },
    );
    // The walks must lead somewhere, or the laws hold of nothing.
    expect(changed).toBeGreaterThan(10 * RUNS);
  },
  LIMIT_MS,
);
