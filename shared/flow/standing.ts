// Why the zone does not say what the rules say.
import { formatUtc } from "../message/time.ts";
import { frozenClause, frozenSentence } from "../message/orders.ts";
import type { Danger, Plan, Refusal } from "../model/plan.ts";
import type { NameState } from "../model/record.ts";
import { fenceOf } from "../plan/fence.ts";
import { plan } from "../plan/plan.ts";
import { type Decision, fencedBefore, type SteerPorts } from "./decision.ts";
import { desiredFor, epochOf } from "./write-names.ts";

/** One whole sentence; without a name it goes for all of the pool, without a box for all of the name. */
export type Reason = { name?: string; box?: string; says: string };

/** Dangers that say why a plan leaves a record otherwise than decided. */
const LEFT: ReadonlySet<Danger["kind"]> = new Set(["repairs-stopped", "hand-edit-held"]);

/** Those that go for a load balancer at a name. */
export function reasonsFor(why: readonly Reason[], name: string, box: string): string[] {
  const fits = why.filter((one) => (one.name ?? name) === name && (one.box ?? box) === box);
  return fits.map(({ says }) => says);
}

/** `frozen by ann since …: why`, where nothing of a pool may be written; a fence may be frozen by an order that is lost. */
export function frozenBy({ lead, orders }: Pick<Decision, "lead" | "orders">): string | undefined {
  if (orders.frozen) return frozenClause(orders.frozen);
  const fence = fenceOf(lead);
  return fence?.frozen ? `frozen by their fences since ${formatUtc(fence.atS * 1000)}` : undefined;
}

/** The weight of a load balancer's record as the zone has it now; undefined: it has none there. */
export function weightAt({ records }: NameState, setIdentifier: string): number | undefined {
  return records.find((one) => (one.type === "A" || one.type === "AAAA") && one.setIdentifier === setIdentifier)
    ?.weight;
}

/**
 * What keeps a pool's names from being as decided (`why`), and what else is worth a look there.
 *
 * | the pool                  | why                                                      |
 * | ------------------------- | -------------------------------------------------------- |
 * | observes                  | that                                                     |
 * | is frozen                 | by whom, since when, and what else a plan refuses        |
 * | has a name that was given back | by whom, and when                                   |
 * | any other                 | what a plan of each name refuses, and edits that it leaves |
 */
export async function reasonsOf(decision: Decision, ports: SteerPorts): Promise<{ why: Reason[]; looks: Danger[] }> {
  const { pool, orders } = decision;
  if (pool.mode === "observe") {
    const says = `Pool ${pool.id} observes: nothing of it is written before its mode is "active" and deployed.`;
    return { why: [{ says }], looks: [] };
  }
  const frozen = frozenBy(decision);
  const stop = frozen === undefined ? [] : [{ says: frozenSentence(frozen) }];
  const plans = await plansOf(decision, ports);
  const refused = plans.flatMap((one) => one.refused).filter(({ kind }) => frozen === undefined || kind !== "frozen");
  const dangers = plans.flatMap((one) => one.dangers);
  const left = dangers.filter(({ kind }) => LEFT.has(kind));
  const why = [
    ...stop,
    ...refused.map((one): Reason => ({ name: one.name, says: refusalOf(one, orders) })),
    ...left.map(({ name, box, detail }): Reason => ({ name, ...(box === undefined ? {} : { box }), says: detail })),
  ];
  return { why, looks: dangers.filter((one) => !left.includes(one)) };
}

/** What a plan refuses, in words; a fence that is gone because an operator gave the name back is no riddle. */
export function refusalOf({ kind, name, detail }: Refusal, { ownership }: Decision["orders"]): string {
  const last = ownership.get(name);
  if (kind !== "fence-gone" || last?.did !== "release") return detail;
  return `${name} was released by ${last.who} at ${formatUtc(last.atMs)}: nothing of it is written until it is adopted.`;
}

/** What a writer of this moment would plan; nothing of it is written. */
async function plansOf(decision: Decision, ports: SteerPorts): Promise<Plan[]> {
  const { states, lead } = decision;
  const { config, region, clock } = ports;
  const fenced = await fencedBefore(decision, ports);
  const writer = { region, nowS: Math.floor(clock.nowMs() / 1000), nonce: clock.id() };
  return states.map((state) => {
    const desired = desiredFor(decision, state, state === lead ? undefined : epochOf(decision, ports), config);
    return plan(desired, state, writer, { sawFence: fenced.has(state.name) });
  });
}
