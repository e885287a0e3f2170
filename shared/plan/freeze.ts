// Freezing a name: its fence is swapped and nothing else. Pure; needs model.
import type { Freeze } from "../model/fact.ts";
import { type Fence, fenceNameOf } from "../model/fence.ts";
import type { Plan, Refusal, Writer } from "../model/plan.ts";
import type { NameState } from "../model/record.ts";
import { isOurs, isTooLong, marksOfWinner, parseFence, writeFence } from "./fence.ts";

/**
 * Swaps the fence of one name to frozen, or back. Whoever has read the old one can no longer win, and whoever reads the
 * new one writes nothing. `sum` is carried over, so that an edit of the meantime is still seen as one, and all the rest
 * that a fence remembers; `cfg` as well, because a freeze decides nothing.
 *
 * | the fence          | wanted   | deploy            | outcome                              |
 * | ------------------ | -------- | ----------------- | ------------------------------------ |
 * | none               | any      | any               | refused: fence-gone                  |
 * | cannot be read     | any      | any               | refused: bad-fence                   |
 * | of somebody else   | any      | any               | refused: foreign-owner               |
 * | ours               | as it is | any               | nothing                              |
 * | ours               | frozen   | any               | swapped                              |
 * | ours               | thawed   | older than cfg    | refused: newer-config                |
 * | ours               | thawed   | cfg, or later     | swapped                              |
 * | it would be over 4,000 characters | any | any     | refused: bad-fence                   |
 */
export function freezePlan(
  state: NameState,
  writer: Writer,
  frozen: boolean,
  ours: { owner: string; pool: string; cfg: number },
): Plan {
  const { name, zoneId } = state;
  const empty = { name, zoneId, changes: [], dangers: [] };
  const read = state.fence && parseFence(state.fence);
  if (!state.fence || !read) {
    return { ...empty, refused: [refusal(name, "fence-gone", `${name} has no fence that could be frozen.`)] };
  }
  if (read.kind === "bad") {
    const detail = `The TXT record at ${fenceNameOf(name)} is no fence of this version: ${read.fault}.`;
    return { ...empty, refused: [refusal(name, "bad-fence", detail)] };
  }
  const { fence } = read;
  const refused = refuse(name, fence, frozen, ours);
  if (refused) return { ...empty, refused: [refused] };
  if (fence.frozen === frozen) return { ...empty, refused: [] };
  const next: Fence = { ...fence, ...marksOfWinner(fence, writer), frozen };
  const after = writeFence(name, next);
  if (isTooLong(after) || !Number.isSafeInteger(next.epoch)) {
    return { ...empty, refused: [refusal(name, "bad-fence", `The fence of ${name} has no room for one more writer.`)] };
  }
  return { ...empty, refused: [], fence: { before: state.fence, after, epoch: next.epoch, nonce: writer.nonce } };
}

/**
 * Why nothing may be written at a name whose fence (undefined: it has none) is not somebody else's.
 *
 * | order to freeze | the fence      | refused |
 * | --------------- | -------------- | ------- |
 * | holds           | any, or none   | frozen, by whom and why |
 * | none            | frozen         | frozen, since which epoch |
 * | none            | open, or none  | no      |
 */
export function frozenBy(name: string, fence: Fence | undefined, order: Freeze | undefined): Refusal | undefined {
  const remedy = "Nothing is written there until `lifeboat thaw`.";
  if (order) return refusal(name, "frozen", `${name} is frozen by ${order.who} (${order.why}). ${remedy}`);
  return fence?.frozen ? refusal(name, "frozen", `${name} is frozen since epoch ${fence.epoch}. ${remedy}`) : undefined;
}

function refuse(
  name: string,
  fence: Fence,
  frozen: boolean,
  ours: { owner: string; pool: string; cfg: number },
): Refusal | undefined {
  if (!isOurs(fence, ours)) {
    return refusal(
      name,
      "foreign-owner",
      `The fence of ${name} is that of owner '${fence.owner}', pool '${fence.pool}'.`,
    );
  }
  if (frozen || fence.frozen === frozen || fence.cfg <= ours.cfg) return undefined;
  return refusal(name, "newer-config", `A later deploy (${fence.cfg}) has written ${name}; thaw it from there.`);
}

function refusal(name: string, kind: Refusal["kind"], detail: string): Refusal {
  return { kind, name, detail };
}
