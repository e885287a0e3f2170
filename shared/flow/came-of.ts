import { poolsWith } from "../decide/pools.ts";
import type { Intent } from "../model/fact.ts";
import type { NameState } from "../model/record.ts";
import { type Decision, readEvidence, readStates, type SteerPorts } from "./decision.ts";
import { judge } from "./observe.ts";
import { type Reason, reasonsFor, reasonsOf, weightAt } from "./standing.ts";

type Ordered = Pick<Intent, "box" | "order">;

/**
 * What of an order is not so in DNS, and why, one sentence each; and what is to be known beside. An order is a fact
 * whatever stands in its way, and is carried out once that is gone.
 *
 * | a name has the box     | something stands in the way | order        | undone                                |
 * | ---------------------- | --------------------------- | ------------ | ------------------------------------- |
 * | any, the pool observes |                             | any          | that it observes; noted where another pool of the box is active |
 * | otherwise than decided | yes                         | any          | what does                             |
 * | otherwise than decided | no                          | drain, pin   | that the next minute tries again      |
 * | otherwise than decided | no                          | hold, clear  | nothing: the rules take their time    |
 * | at 0, as all others    |                             | drain, pin   | that Route 53 answers with all of them |
 * | as decided             |                             | any          | nothing; what stops the pool is noted |
 */
export async function cameOf(
  { box, order }: Ordered,
  ports: SteerPorts,
): Promise<{ undone: string[]; notes: string[] }> {
  const evidence = await readEvidence(ports);
  const pools = poolsWith(ports.config.pools, box);
  const serves = pools.some(({ mode }) => mode !== "observe");
  const looked = pools.map(async (pool): Promise<{ undone: string[]; notes: string[] }> => {
    const decision = await judge(pool, await readStates(pool, ports), evidence, ports);
    const { why } = await reasonsOf(decision, ports);
    const ofPool = why.flatMap(({ name, says }) => (name === undefined ? [says] : []));
    if (pool.mode === "observe") return serves ? { undone: [], notes: ofPool } : { undone: ofPool, notes: [] };
    const undone = decision.states.flatMap((state) => undoneAt(state, { box, order }, decision, why));
    return { undone, notes: ofPool.filter((one) => !undone.includes(one)) };
  });
  const all = await Promise.all(looked);
  const [undone = [], notes = []] = (["undone", "notes"] as const).map((part) => [
    ...new Set(all.flatMap((one) => one[part])),
  ]);
  return { undone, notes };
}

function undoneAt(
  state: NameState,
  { box, order }: Ordered,
  { pool, choice }: Decision,
  why: readonly Reason[],
): string[] {
  const { name, records } = state;
  const now = weightAt(state, pool.members.find((member) => member.box === box)?.setIdentifier ?? box);
  const wanted = choice.weights[box] ?? 0;
  const fixed = order === "drain" || order === "pin";
  if ((now ?? 0) !== wanted) {
    const reasons = reasonsFor(why, name, box);
    if (reasons.length > 0 || !fixed) return reasons;
    const has = `${name} has it at weight ${now ?? "none"}, not ${wanted}`;
    return [`${has}: the next minute tries again; \`lifeboat explain ${box}\` shows what came of it.`];
  }
  if (!fixed || now !== 0 || records.some(({ weight = 0 }) => weight > 0)) return [];
  const still = `Route 53 still answers ${name} with it (weight 0, as all others there)`;
  return [`${box} is the last one that could serve: ${still}.`];
}
