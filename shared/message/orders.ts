// What operators ordered, as people read it. Pure; needs model.
import type { Freeze } from "../model/fact.ts";
import { clean } from "./text.ts";
import { formatUtc } from "./time.ts";

/** `frozen by ann since 2026-09-21 14:13:20 UTC: rack work`. */
export function frozenClause({ who, why, atMs }: Pick<Freeze, "who" | "why" | "atMs">): string {
  return `frozen by ${clean(who)} since ${formatUtc(atMs)}${reason(why)}`;
}

/** `The names are frozen by ann since …: rack work; nothing is written until …`, of what {@link frozenClause} says. */
export function frozenSentence(frozen: string): string {
  return `The names are ${frozen}; nothing is written until \`lifeboat thaw\`.`;
}

/** `Thawed by ann at 2026-09-21 14:13:20 UTC: rack work is done.` */
export function thawedSentence({ who, why, atMs }: Pick<Freeze, "who" | "why" | "atMs">): string {
  return `Thawed by ${clean(who)} at ${formatUtc(atMs)}${reason(why)}.`;
}

/** `drained by ann: rack work (until 2026-09-21 14:13:20 UTC)`, without a full stop. */
export function orderClause(done: string, order: { who: string; why: string; untilMs?: number | undefined }): string {
  return `${done} by ${order.who}${reason(order.why)}${untilClause(order.untilMs)}`;
}

/** ` (until 2026-09-21 14:13:20 UTC)`, or nothing where it has no end. */
export function untilClause(untilMs: number | undefined): string {
  return untilMs === undefined ? "" : ` (until ${formatUtc(untilMs)})`;
}

function reason(why: string): string {
  return why === "" ? "" : `: ${clean(why)}`;
}
