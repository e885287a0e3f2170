// Why the zone does not say what the rules say.
import { frozenClause } from "../message/orders.ts";
import { formatUtc } from "../message/time.ts";
import { fenceOf } from "../plan/fence.ts";
import type { Decision } from "./decision.ts";

/** `frozen by ann since …: why`, where nothing of a pool may be written; a fence may be frozen by an order that is lost. */
export function frozenBy({ lead, orders }: Pick<Decision, "lead" | "orders">): string | undefined {
  if (orders.frozen) return frozenClause(orders.frozen);
  const fence = fenceOf(lead);
  return fence?.frozen ? `frozen by their fences since ${formatUtc(fence.atS * 1000)}` : undefined;
}
