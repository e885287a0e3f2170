import { poolDuring } from "../decide/cutover.ts";
import type { Cutover } from "../model/fact.ts";
import type { Command, OperateOutcome } from "../model/operate.ts";
import type { Pool } from "../model/resolved.ts";
import { digestOf } from "../model/digest.ts";
import { readEvidence, type SteerPorts } from "./decision.ts";
import type { SteerBoxes } from "./operate.ts";

type Asked = Extract<Command, { do: "cutover" }>;

/**
 * Moves a pool from some of its load balancers to others in steps, as one reviewed plan, or back at once. The steps are
 * taken by whoever steers the pool when their time has come; failover's other rules go on as always.
 */
export async function cutover(
  asked: Asked,
  who: string,
  ports: SteerPorts,
  steerBoxes: SteerBoxes,
): Promise<OperateOutcome> {
  const pool = ports.config.pools.find(({ id }) => id === asked.pool);
  if (!pool)
    return {
      ok: false,
      text: `There is no pool '${asked.pool}': ${ports.config.pools.map(({ id }) => id).join(", ")}.`,
    };
  const began = asked.back ? await latest(pool, ports) : undefined;
  if (asked.back && !began) return { ok: false, text: `Pool ${pool.id} has no cut-over to go back from.` };
  const { from, to } = began ?? asked;
  const fault = asked.back ? undefined : faultIn(pool, asked);
  if (fault !== undefined) return { ok: false, text: fault };
  const { clock, replicas, config } = ports;
  const { percent, everyS, back, why } = asked;
  const fact: Cutover = {
    kind: "cutover",
    id: clock.id(),
    atMs: clock.nowMs(),
    pool: pool.id,
    from,
    to,
    percent,
    everyS,
    back,
    who,
    why,
  };
  const steps = describe(pool, fact);
  const checksum = digestOf([pool.id, from, to, percent, everyS, pool.members]);
  if (!back && asked.checksum === undefined) return { ok: true, text: steps, checksum };
  if (!back && asked.checksum !== checksum) {
    return {
      ok: false,
      text: `The pool or the steps differ from what was reviewed. Nothing was ordered. Review again:\n\n${steps}`,
      checksum,
    };
  }
  const lost = await replicas.putFacts([fact]);
  if (lost.length === config.regions.length) {
    return { ok: false, text: `No replica of the table took the order; nothing changes: ${String(lost[0]?.error)}` };
  }
  const steered = await steerBoxes(pool.members.map(({ box }) => box)).then(
    () => "",
    (error: unknown) =>
      `\nIt is ordered, but DNS could not be changed yet: ${String(error)}. The next minute tries again.`,
  );
  const done = back
    ? `Pool ${pool.id} goes back to ${from.join(", ")}; ${to.join(", ")} stand by.`
    : `${steps}\n\nIt has begun. \`lifeboat cutover --pool ${pool.id} --back\` goes back at once.`;
  return { ok: steered === "", text: `${done}${steered}`, checksum };
}

async function latest(pool: Pool, ports: SteerPorts): Promise<Cutover | undefined> {
  const { orders } = await readEvidence(ports);
  const ofPool = orders.filter((fact): fact is Cutover => fact.kind === "cutover" && fact.pool === pool.id);
  return ofPool.toSorted((a, b) => b.atMs - a.atMs)[0];
}

function faultIn(pool: Pool, { from, to, percent }: Asked): string | undefined {
  const members = pool.members.map(({ box }) => box);
  const stranger = [...from, ...to].find((box) => !members.includes(box));
  if (stranger !== undefined)
    return `'${stranger}' is no load balancer of pool ${pool.id}: ${members.join(", ")}. Add it to the configuration and deploy first.`;
  if (from.length === 0 || to.length === 0) return "Name the load balancers to move from and those to move to.";
  const both = from.find((box) => to.includes(box));
  if (both !== undefined) return `'${both}' cannot be moved from and to.`;
  if (percent.some((one, at) => at > 0 && one <= (percent[at - 1] ?? 0)))
    return `The percents must rise from step to step: ${percent.join(", ")}.`;
  return undefined;
}

function describe(pool: Pool, fact: Cutover): string {
  const atS = fact.atMs / 1000;
  const lines = [...fact.percent, 100].map((percent, step) => {
    const { members } = poolDuring(pool, fact, atS + step * fact.everyS);
    const weights = members.map(({ box, weight }) => `${box} ${weight}`).join(", ");
    return `  after ${Math.round((step * fact.everyS) / 60)} min: ${percent} % to ${fact.to.join(", ")}  (weights ${weights})`;
  });
  const names = pool.names.map(({ name }) => name).join(", ");
  return [
    `cut-over of pool ${pool.id} (${names}) from ${fact.from.join(", ")} to ${fact.to.join(", ")}:`,
    ...lines,
  ].join("\n");
}
