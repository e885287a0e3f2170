// Plans for people, and the checksum that pins what they have read. Pure; needs model and resolve's digest.
import type { Fence } from "../model/fence.ts";
import type { Change, Plan } from "../model/plan.ts";
import type { DnsRecord } from "../model/record.ts";
import { digestOf } from "../model/digest.ts";
import { parseFence } from "./fence.ts";

/**
 * Plans as lines: `+` created, `-` deleted, `~` changed, `!` refused, `?` worth a look. Sorted by name, so that two
 * renderings can be compared. Ends without a line feed.
 */
export function renderPlans(plans: readonly Plan[]): string {
  return plans.toSorted(byName).map(renderPlan).join("\n\n");
}

/**
 * A checksum of what plans would do, hex sha-256. It ignores who writes and when (nonce, epoch, times), so that the same
 * plan made a minute later has the same one; any other record, weight, owner, hold or refusal gives another.
 */
export function planDigest(plans: readonly Plan[]): string {
  return digestOf(plans.toSorted(byName).map(essence));
}

function byName(one: Plan, other: Plan): number {
  return one.name < other.name ? -1 : 1;
}

function renderPlan(plan: Plan): string {
  const { name, zoneId, changes, refused, dangers, note = "nothing to change" } = plan;
  const lines = [
    ...fenceLines(plan),
    ...changeLines(changes),
    ...refused.map(({ kind, detail }) => `! ${kind}: ${detail}`).sort(),
    ...dangers.map(({ kind, box, detail }) => `? ${box ? `${kind} ${box}` : kind}: ${detail}`).sort(),
  ];
  const body = lines.length > 0 ? lines : [note];
  return [`${name} (${zoneId})`, ...body.map((line) => `  ${line}`)].join("\n");
}

function fenceLines({ fence }: Plan): string[] {
  if (!fence) return [];
  if (!fence.after) return [`- TXT ${fence.before?.name ?? ""} (fence)`];
  return [fence.before ? "~ fence is swapped" : `+ ${fence.after.type} ${fence.after.name} (fence)`];
}

/** One line a record: what is deleted and created anew in one batch (a change of TTL) is one change to a reader. */
function changeLines(changes: readonly Change[]): string[] {
  const byRecord = Map.groupBy(changes, (change) => labelOf(change.kind === "delete" ? change.before : change.after));
  return [...byRecord]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([label, ones]) => {
      const before = ones
        .map((one) => (one.kind === "create" ? undefined : one.before))
        .find((one) => one !== undefined);
      const after = ones.map((one) => (one.kind === "delete" ? undefined : one.after)).find((one) => one !== undefined);
      if (before && after) return `~ ${label}  ${differences(before, after).join(", ")}`;
      const record = before ?? after;
      return `${after ? "+" : "-"} ${label}  ${record ? describe(record) : ""}`;
    });
}

function labelOf({ type, setIdentifier }: DnsRecord): string {
  return setIdentifier === undefined ? `${type} (simple)` : `${type} '${setIdentifier}'`;
}

function describe({ values, weight, ttlS }: DnsRecord): string {
  return [values.join(" "), ...(weight === undefined ? [] : [`weight ${weight}`]), `TTL ${ttlS} s`].join(", ");
}

function differences(before: DnsRecord, after: DnsRecord): string[] {
  const [was, is] = [before.values.join(" "), after.values.join(" ")];
  return [
    was === is ? is : `${was} → ${is}`,
    `weight ${before.weight === after.weight ? after.weight : `${before.weight} → ${after.weight}`}`,
    ...(before.ttlS === after.ttlS ? [] : [`TTL ${before.ttlS} → ${after.ttlS} s`]),
  ];
}

/** The parts of a plan that a reviewer agrees to. Details are sentences and may name epochs. */
function essence({ name, zoneId, changes, refused, dangers, fence }: Plan): unknown {
  const read = fence?.after && parseFence(fence.after);
  const kept = read?.kind === "fence" ? fenceEssence(read.fence) : undefined;
  return {
    name,
    zoneId,
    changes,
    refused: refused.map(({ kind }) => kind).sort(),
    dangers: dangers.map(({ kind, box = "" }) => `${kind} ${box}`).sort(),
    fence: fence && { created: !fence.before, deleted: !fence.after, ...kept },
  };
}

function fenceEssence({ owner, pool, frozen, open, held, left, sum }: Fence): object {
  return { owner, pool, frozen, open, held, left: Object.keys(left).sort(), sum };
}
