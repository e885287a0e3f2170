// Records that the configuration no longer names. Pure; needs model.
import type { FamilyInput, Target } from "./family.ts";
import { serves } from "./set.ts";
import { markOf } from "./sum.ts";

/**
 * Sets former records to 0, by SetIdentifier, under floor and velocity as far as one name can tell. They are deleted
 * only where that was asked for (`prune`, `lifeboat apply`) and a configured one serves. `gone`: the weight that leaves in this batch, others' withdrawals included.
 *
 * | weight now | last batch left it at | then                                                            |
 * | ---------- | --------------------- | --------------------------------------------------------------- |
 * | 0          | any                   | stays; deleted if asked for                                     |
 * | > 0        | 0                     | raised by hand: repaired, or left where repairs have stopped    |
 * | > 0        | > 0                   | 0, if a configured one serves, the last batch is a minute old, and nothing else is gone or at most half of the set's weight |
 */
export function formerTargets(configured: readonly Target[], input: FamilyInput, ttlS: number): Target[] {
  const { set, mayRepair, mayLower, prune } = input;
  const served = serves(configured);
  const weighed = [...configured.map(({ before }) => before), ...set.former.map(({ record }) => record)];
  const total = weighed.reduce((sum, record) => sum + (record?.weight ?? 0), 0);
  const leaving = configured.filter(({ before, after }) => (before?.weight ?? 0) > 0 && (after?.weight ?? 0) === 0);
  let gone = leaving.reduce((sum, { before }) => sum + (before?.weight ?? 0), 0);
  const inOrder = set.former.toSorted((a, b) => (a.setIdentifier < b.setIdentifier ? -1 : 1));
  return inOrder.map(({ setIdentifier, record, mark }): Target => {
    const weight = record.weight ?? 0;
    const target = (to: number, edit: Pick<Target, "edit"> = {}): Target => {
      const after = { ...record, weight: to, ttlS };
      return { setIdentifier, before: record, after, mark: markOf(after), ...edit };
    };
    if (weight > 0 && mark.weight === 0) {
      return mayRepair
        ? target(0, { edit: "repaired" })
        : { setIdentifier, before: record, after: record, mark, edit: "stopped" };
    }
    if (weight === 0 && prune && served) return { setIdentifier, before: record, after: undefined, mark: undefined };
    const lowers = weight > 0 && served && mayLower && (gone === 0 || 2 * (gone + weight) <= total);
    if (lowers) gone += weight;
    return target(lowers ? 0 : weight);
  });
}
