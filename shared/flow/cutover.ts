import { listed } from "../decide/because.ts";
import { type Moving, overSince, stepAt, unknownOf } from "../decide/cutover.ts";
import { ordersOf } from "../decide/intents.ts";
import { verdictsOf } from "../decide/quorum.ts";
import { cutoverSteps, type Known } from "../message/cutover.ts";
import { digestOf } from "../model/digest.ts";
import { messageOf } from "../model/errors.ts";
import type { Cutover, Freeze } from "../model/fact.ts";
import type { Command, OperateOutcome } from "../model/operate.ts";
import type { Pool } from "../model/resolved.ts";
import { type Decision, decide, readEvidence, readStates, type SteerPorts } from "./decision.ts";
import type { SteerBoxes } from "./operate.ts";

type Asked = Extract<Command, { do: "cutover" }>;

/**
 * Moves a pool from some of its load balancers to others in steps, as one reviewed plan, or back at once. The steps are
 * taken by whoever steers the pool when their time has come; failover's other rules go on as always.
 *
 * | asked for        | the pool                          | then                                       |
 * | ---------------- | --------------------------------- | ------------------------------------------ |
 * | a move, a review | any                               | its steps are shown; nothing is ordered    |
 * | a move           | observes                          | refused: nothing of it would be written, and it must not begin by a deploy |
 * | a move           | frozen                            | ordered; its time begins with the thaw     |
 * | a move           | has one that holds                | ordered; it takes that one's place         |
 * | the way back     | has one that holds                | ordered, the configured weights count      |
 * | the way back     | has none, or one that is over     | refused                                    |
 */
export async function cutover(
  asked: Asked,
  who: string,
  ports: SteerPorts,
  steerBoxes: SteerBoxes,
): Promise<OperateOutcome> {
  const { pools } = ports.config;
  const pool = pools.find(({ id }) => id === asked.pool);
  if (!pool) {
    const known = pools.map(({ id }) => id).join(", ");
    return { ok: false, text: `--pool: there is no pool '${asked.pool}': ${known}.` };
  }
  return asked.back ? goBack(pool, asked, who, ports, steerBoxes) : move(pool, asked, who, ports, steerBoxes);
}

async function move(
  pool: Pool,
  asked: Asked,
  who: string,
  ports: SteerPorts,
  steerBoxes: SteerBoxes,
): Promise<OperateOutcome> {
  const fault = faultIn(pool, asked);
  if (fault !== undefined) return { ok: false, text: fault };
  const { from, to, percent, everyS } = asked;
  const fact = factOf(asked, who, ports);
  const decision = decide(pool, await readStates(pool, ports), await readEvidence(ports), ports);
  const { frozen, cutovers } = decision.orders;
  const last = cutovers.get(pool.id);
  const holding = last && overSince(pool, last) === undefined ? last : undefined;
  const known = knownOf(decision);
  const notes = [...(holding ? [replaced(holding)] : []), ...observes(pool), ...frozenNote(frozen)];
  const shown = (beganMs?: number): string => [cutoverSteps(pool, fact, known, beganMs), ...notes].join("\n");
  const checksum = digestOf([pool.id, from, to, percent, everyS, pool.members, holding?.id]);
  if (asked.checksum === undefined) return { ok: true, text: shown(), checksum };
  if (asked.checksum !== checksum) {
    const text = `--checksum: the pool or the steps differ from what was reviewed. Nothing was ordered. Review again:\n\n${shown()}`;
    return { ok: false, text, checksum };
  }
  if (pool.mode === "observe") {
    const text = `Nothing was ordered: ${observes(pool).join("")} Give it mode "active", deploy, and order it then.`;
    return { ok: false, text, checksum };
  }
  const { ok, said } = await order(fact, pool, ports, steerBoxes);
  if (!ok) return { ok, text: said, checksum };
  const unmoved = unmovedBy(unknownOf(asked, decision.verdicts, known.fixed));
  const head = frozen ? "It is ordered." : "It has begun.";
  const text = [shown(frozen ? undefined : fact.atMs), "", head, ...unmoved].join("\n");
  return { ok: unmoved.length === 0, text, checksum };
}

async function goBack(
  pool: Pool,
  asked: Asked,
  who: string,
  ports: SteerPorts,
  steerBoxes: SteerBoxes,
): Promise<OperateOutcome> {
  const { orders, ...evidence } = await readEvidence(ports);
  const nowMs = ports.clock.nowMs();
  const { cutovers, frozen, intents } = ordersOf(orders, nowMs);
  const began = cutovers.get(pool.id);
  if (!began) return { ok: false, text: `--back: pool ${pool.id} has no cut-over to go back from.` };
  const over = overSince(pool, began);
  if (over !== undefined) {
    const text = `--back: the cut-over of pool ${pool.id} from ${listed(began.from)} to ${listed(began.to)} is over: ${over}. The configured weights count; nothing was changed.`;
    return { ok: false, text };
  }
  const { ok, said } = await order(
    factOf({ ...began, back: true, why: asked.why }, who, ports),
    pool,
    ports,
    steerBoxes,
  );
  const weights = pool.members.map(({ box, weight }) => `${box} ${weight}`).join(", ");
  const done = `The cut-over of pool ${pool.id} is over, and its configured weights count again: ${weights}.`;
  if (!ok) return { ok, text: said };
  // Whoever goes back is in a hurry: what a freeze keeps from DNS is not done, nor what stays because nothing is known.
  const verdicts = verdictsOf({ config: ports.config, pool, ...evidence, nowMs });
  const kept = [...(frozen ? [unfollowed(frozen)] : []), ...unmovedBy(unknownOf(began, verdicts, intents))];
  return { ok: kept.length === 0, text: [done, ...kept].join("\n") };
}

/**
 * Notes that a cut-over is over by a deploy. It must not begin again where a later deploy names or weighs its load balancers
 * as before, nor jump to where its time has come while its pool observed: whoever wants it orders it anew. A configuration
 * older than the order has never known it.
 */
export async function noteOver(pool: Pool, last: Moving | undefined, ports: SteerPorts): Promise<void> {
  const over = last && overSince(pool, last);
  if (!last || over === undefined || last.back || ports.config.cfg * 1000 <= last.atMs) return;
  await ports.replicas.putFacts([factOf({ ...last, back: true, why: over }, "lifeboat", ports)]);
  ports.log.info("a cut-over is over", { pool: pool.id, id: last.id, over });
}

type Wanted = Pick<Cutover, "pool" | "from" | "to" | "percent" | "everyS" | "back" | "why">;

/** An order as a fact of now. A way back has the names and steps of what it ends. */
function factOf(wanted: Wanted, who: string, { clock }: SteerPorts): Cutover {
  const { pool, from, to, percent, everyS, back, why } = wanted;
  return { kind: "cutover", id: clock.id(), atMs: clock.nowMs(), pool, from, to, percent, everyS, back, who, why };
}

/** Writes the order, and has the pool steered. */
async function order(
  fact: Cutover,
  pool: Pool,
  { replicas, config }: SteerPorts,
  steerBoxes: SteerBoxes,
): Promise<{ ok: boolean; said: string }> {
  const lost = await replicas.putFacts([fact]);
  if (lost.length === config.regions.length) {
    const said = `No replica of the table took the order; nothing changes: ${messageOf(lost[0]?.error)}`;
    return { ok: false, said };
  }
  return steerBoxes(pool.members.map(({ box }) => box)).then(
    () => ({ ok: true, said: "" }),
    (error: unknown) => {
      const said = `It is ordered, but DNS could not be changed yet: ${messageOf(error)}. The next minute tries again.`;
      return { ok: false, said };
    },
  );
}

function faultIn({ id, members }: Pool, { from, to, percent }: Asked): string | undefined {
  const known = members.map(({ box }) => box);
  for (const [option, boxes] of [
    ["--from", from],
    ["--to", to],
  ] as const) {
    if (boxes.length === 0)
      return `${option}: name the load balancers to move ${option.slice(2)}: ${known.join(", ")}.`;
    const stranger = boxes.find((box) => !known.includes(box));
    if (stranger !== undefined)
      return `${option}: '${stranger}' is no load balancer of pool ${id}: ${known.join(", ")}. Add it to the configuration and deploy first.`;
    const twice = boxes.find((box, at) => boxes.indexOf(box) < at);
    if (twice !== undefined) return `${option}: '${twice}' stands there twice.`;
  }
  if (from.every((box) => members.every((one) => one.box !== box || one.weight === 0)))
    return `--from: ${listed(from)} ${from.length > 1 ? "have" : "has"} weight 0: there is nothing to move.`;
  const both = from.find((box) => to.includes(box));
  if (both !== undefined) return `--to: '${both}' stands in --from as well; it can only be moved from or to.`;
  if (percent.some((one, at) => at > 0 && one <= (percent[at - 1] ?? 0)))
    return `--percent: must rise from step to step, such as 10,50: ${percent.join(", ")}.`;
  return undefined;
}

function knownOf({ verdicts, choice, serving }: Decision): Known {
  const fixed = choice.rules.flatMap(({ kind, box = "" }) =>
    kind === "drained" || kind === "pinned" || kind === "hold"
      ? [[box, { weight: choice.weights[box] ?? 0, because: choice.because[box] ?? "" }] as const]
      : [],
  );
  const waits = choice.rules.flatMap(({ kind, box = "" }) =>
    kind === "manual" || kind === "damped" ? [[box, choice.because[box] ?? ""] as const] : [],
  );
  const weighed = Object.entries(serving.weights).filter(([, weight = 0]) => weight > 0);
  return { verdicts, fixed: new Map(fixed), waits: new Map(waits), serving: new Set(weighed.map(([box]) => box)) };
}

function replaced(last: Moving): string {
  const { who, from, to, percent } = last;
  const at = percent[stepAt(last)] ?? 100;
  return `! It takes the place of the cut-over by ${who} from ${listed(from)} to ${listed(to)}, which has come to ${at} %.`;
}

function observes({ id, mode }: Pool): string[] {
  return mode === "observe" ? [`pool ${id} observes: nothing of it is written.`] : [];
}

function frozenNote(frozen: Freeze | undefined): string[] {
  return frozen ? [`${unfollowed(frozen)} Its steps are counted from then.`] : [];
}

/** Without evidence nobody is raised or lowered by a cut-over; an order for one load balancer asks for none. */
function unmovedBy(boxes: readonly string[]): string[] {
  if (boxes.length === 0) return [];
  const whose = boxes.length > 1 ? "their weights stay" : "its weight stays";
  return [
    `! Nothing is known of ${listed(boxes)}: ${whose} until the regions report. To move one without evidence: \`npx lifeboat pin ${boxes[0]} --weight N --why …\`.`,
  ];
}

function unfollowed({ who, why }: Freeze): string {
  return `! Frozen by ${who}${why ? ` (${why})` : ""}: nothing of it is written before \`npx lifeboat thaw\`.`;
}
