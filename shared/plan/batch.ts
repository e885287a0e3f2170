// A plan as the ordered changes of one batch. Pure; needs model.
import assert from "node:assert/strict";
import { fenceNameOf } from "../model/fence.ts";
import type { Batch, BatchChange, Change, Plan } from "../model/plan.ts";
import type { DnsRecord } from "../model/record.ts";
import { isTooLong } from "./fence.ts";

/**
 * A plan as one batch: the fence as listed is deleted, the new one created, then records are deleted, created, updated.
 * No changes for a plan that writes nothing. Throws (our own fault) for a plan that would touch anything but A and AAAA
 * of its name and the TXT of its fence, or that changes records without swapping the fence.
 *
 * | change | action | record                  |
 * | ------ | ------ | ----------------------- |
 * | create | CREATE | as it is to be          |
 * | update | UPSERT | as it is to be          |
 * | delete | DELETE | exactly as it was read  |
 */
export function batchOf(plan: Plan): Batch {
  const { name, zoneId, fence, changes } = plan;
  assert.ok(fence || changes.length === 0, `${name}: records change only together with the fence`);
  if (!fence) return { name, zoneId, changes: [] };
  const swap: BatchChange[] = [
    ...(fence.before ? [{ action: "DELETE" as const, record: fence.before }] : []),
    ...(fence.after ? [{ action: "CREATE" as const, record: fence.after }] : []),
  ];
  assert.ok(swap.length > 0, `${name}: a fence is made, swapped or deleted`);
  const records = changes.map(batchChange).toSorted((one, other) => RANK[one.action] - RANK[other.action]);
  for (const { record } of swap) assertFence(plan, record);
  for (const change of records) assertServed(plan, change);
  assertOnce(plan, records);
  return { name, zoneId, changes: [...swap, ...records] };
}

/** A change of TTL deletes before it creates: weighted siblings of different TTLs are refused. */
const RANK = { DELETE: 0, CREATE: 1, UPSERT: 2 };

function batchChange(change: Change): BatchChange {
  switch (change.kind) {
    case "create":
      return { action: "CREATE", record: change.after };
    case "update":
      return { action: "UPSERT", record: change.after };
    case "delete":
      return { action: "DELETE", record: change.before };
    default:
      return change satisfies never;
  }
}

function assertFence({ name }: Plan, record: DnsRecord): void {
  assert.equal(`${record.type} ${record.name}`, `TXT ${fenceNameOf(name)}`, `${name}: a fence stands elsewhere`);
  assert.ok(!isTooLong(record), `${name}: the fence is over 4,000 characters long`);
}

function assertServed({ name, fence }: Plan, { action, record }: BatchChange): void {
  const { type, weight, setIdentifier } = record;
  assert.equal(record.name, name, `${name}: a change of another name`);
  assert.ok(type === "A" || type === "AAAA", `${name}: a change of a ${type} record`);
  // `adopt` deletes simple records, `release` may give one back; what stands under a fence is always weighted.
  if (action === "DELETE" || !fence?.after) return;
  assert.ok(setIdentifier !== undefined && setIdentifier !== "", `${name}: a record without SetIdentifier`);
  assert.ok(Number.isInteger(weight) && Number(weight) >= 0 && Number(weight) <= 255, `${name}: weight ${weight}`);
}

function assertOnce({ name }: Plan, changes: readonly BatchChange[]): void {
  const byRecord = Map.groupBy(changes, ({ record }) => `${record.type} ${record.setIdentifier ?? ""}`);
  for (const [which, ones] of byRecord) {
    const actions = ones.map(({ action }) => action).join(" ");
    assert.ok(ones.length === 1 || actions === "DELETE CREATE", `${name}: ${which} is changed twice (${actions})`);
  }
}
