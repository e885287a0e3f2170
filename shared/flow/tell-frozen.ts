import { ordersOf } from "../decide/intents.ts";
import { frozenClause, thawedSentence } from "../message/orders.ts";
import { type Holding, tendConditions } from "./conditions.ts";
import type { Evidence, SteerPorts } from "./decision.ts";

const SUBJECT = "all names";

/** A freeze of the names is told once, whatever number of pools it stops; and its end, with who thawed. */
export async function tellFrozen(evidence: Evidence, ports: SteerPorts): Promise<void> {
  const { frozen, lastFreeze } = ordersOf(evidence.orders, ports.clock.nowMs());
  const holding: Holding[] = frozen
    ? [{ kind: "frozen", subject: SUBJECT, detail: `The names are ${frozenClause(frozen)}.`, page: false }]
    : [];
  const ended = lastFreeze && !lastFreeze.on ? thawedSentence(lastFreeze) : undefined;
  await tendConditions(
    { holding, judged: (kind, subject) => kind === "frozen" && subject === SUBJECT, rank: 0, ended: () => ended },
    ports,
  );
}
