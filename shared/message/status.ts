// The state of the service, as people read it. Pure; needs model.
import type { Status } from "../model/status.ts";
import { frozenClause, frozenSentence } from "./orders.ts";

type Box = Status["pools"][number]["boxes"][number];

/**
 * A load balancer's weight, with what DNS has of it where that is not what was decided.
 *
 * | decided | in DNS          | text                                 |
 * | ------- | --------------- | ------------------------------------ |
 * | nothing | any             | ?                                    |
 * | 2       | 2, or unread    | 2                                    |
 * | 0       | 0, or no record | 0                                    |
 * | 0       | 2               | 0 by the rules, 2 in DNS             |
 * | 1       | no record       | 1 by the rules, none in DNS          |
 * | 0       | 0 and 2         | 0 by the rules, 0 and 2 in DNS       |
 */
export function weightText({ weight, inDns = [] }: Pick<Box, "weight" | "inDns">): string {
  if (weight === undefined) return "?";
  if (inDns.every((one) => (one ?? 0) === weight)) return `${weight}`;
  return `${weight} by the rules, ${inDns.map((one) => one ?? "none").join(" and ")} in DNS`;
}

/** That the names are frozen, by whom and why; undefined while they are not. */
export function frozenText({ frozen, ordersUnread }: Pick<Status, "frozen" | "ordersUnread">): string | undefined {
  if (ordersUnread) return "The orders cannot be read: nothing is changed meanwhile, and the names may be frozen.";
  return frozen && frozenSentence(frozenClause(frozen));
}
