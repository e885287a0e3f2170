// Sending again what Route 53 accepted and does not serve. Pure; needs model.
import type { Change, Plan, Writer } from "../model/plan.ts";
import type { NameState } from "../model/record.ts";
import { isOurs, isTooLong, marksOfWinner, parseFence, writeFence } from "./fence.ts";

/**
 * Every record of ours as it stands, written once more under a new fence: AWS says of its accelerated recovery that
 * changes in flight may be stranded and must be sent again. Nothing for a name without a fence of ours, or a frozen one.
 */
export function resendPlan(
  state: NameState,
  writer: Writer,
  ours: { owner: string; pool: string; setIdentifiers: readonly string[] },
): Plan {
  const { name, zoneId, fence: before } = state;
  const empty: Plan = { name, zoneId, changes: [], refused: [], dangers: [] };
  const read = before && parseFence(before);
  if (read?.kind !== "fence" || !isOurs(read.fence, ours) || read.fence.frozen) return empty;
  const marks = marksOfWinner(read.fence, writer);
  const after = writeFence(name, { ...read.fence, ...marks });
  if (isTooLong(after)) return empty;
  const changes = state.records.flatMap((record): Change[] => {
    const mine =
      (record.type === "A" || record.type === "AAAA") && ours.setIdentifiers.includes(record.setIdentifier ?? "");
    return mine ? [{ kind: "update", before: record, after: record }] : [];
  });
  return { ...empty, changes, fence: { before, after, epoch: marks.epoch, nonce: writer.nonce } };
}
