import { untilClause } from "../message/orders.ts";
import { messageOf } from "../model/errors.ts";
import type { Fact } from "../model/fact.ts";
import type { Command, OperateOutcome } from "../model/operate.ts";
import { carryOut } from "./carry-out.ts";
import { cutover } from "./cutover.ts";
import { cameOf } from "./came-of.ts";
import type { SteerPorts } from "./decision.ts";
import { explain } from "./explain.ts";
import { freezeAll } from "./freeze.ts";
import { withOrphans } from "./orphans.ts";
import { review } from "./propose.ts";

/** What a steer of these boxes' pools looks like to this flow. */
export type SteerBoxes = (boxes: readonly string[]) => Promise<void>;

/** Does what an operator asked for. `who` stands in the facts; what it returns is for them to read. */
export async function operate(
  { who, command }: { who: string; command: Command },
  ports: SteerPorts,
  steerBoxes: SteerBoxes,
  signal: AbortSignal,
): Promise<OperateOutcome> {
  switch (command.do) {
    case "plan":
      return withOrphans((await review(command, ports)).outcome, ports);
    case "carry-out":
      return carryOut({ proposal: command, who }, ports, signal);
    case "freeze":
      return command.on ? freeze(command, who, ports, signal) : thaw(command, who, ports, steerBoxes, signal);
    case "intent":
      return intend(command, who, ports, steerBoxes);
    case "cutover":
      return cutover(command, who, ports, steerBoxes);
    case "explain":
      return explain(command.box, ports);
    default:
      return command satisfies never;
  }
}

type Freezing = Extract<Command, { do: "freeze" }>;

async function freeze(command: Freezing, who: string, ports: SteerPorts, signal: AbortSignal): Promise<OperateOutcome> {
  const { lost, failed, unfenced, faults } = await swapAll(command, who, ports, signal);
  const known = lost < ports.config.regions.length;
  // What is made after a thaw is made open.
  const open = unfenced.map((name) =>
    known
      ? `${name} has no fence: nothing is written there before it is adopted or made, which waits for this order's end.`
      : `${name} has no fence and no replica took the order: what is adopted or made there later does not know of it.`,
  );
  const some = failed.length + unfenced.length < namesOf(ports).length;
  const done = some
    ? `${everyOf(failed)} that has a fence is frozen: no batch of Lifeboat's can win until \`lifeboat thaw\`.`
    : "No fence is frozen.";
  const help = failed.length > 0 ? ['To stop it for sure, take failover away: docs/runbook.md, "Stop it".'] : [];
  const ok = failed.length === 0 && (open.length === 0 || known);
  return { ok, text: [...failed, done, ...help, ...open, ...faults].join("\n") };
}

/** The rules count again at once: what died meanwhile does not wait for the next minute. */
async function thaw(
  command: Freezing,
  who: string,
  ports: SteerPorts,
  steerBoxes: SteerBoxes,
  signal: AbortSignal,
): Promise<OperateOutcome> {
  const { failed, faults } = await swapAll(command, who, ports, signal);
  const done = failed.length === namesOf(ports).length ? [] : [`${everyOf(failed)} is thawed: Lifeboat steers again.`];
  const unsteered = await steerBoxes(Object.keys(ports.config.boxes)).then(
    () => [],
    (error: unknown) => [`DNS could not be changed yet: ${messageOf(error)}. The next minute tries again.`],
  );
  return { ok: failed.length === 0, text: [...failed, ...done, ...unsteered, ...faults].join("\n") };
}

/** The order first, then every fence. In sentences: which names were not reached, and which replicas did not take it. */
async function swapAll({ on, why }: Freezing, who: string, ports: SteerPorts, signal: AbortSignal) {
  const { clock } = ports;
  const lost = await ports.replicas.putFacts([{ kind: "freeze", id: clock.id(), atMs: clock.nowMs(), on, who, why }]);
  const { failed, unfenced } = await freezeAll(on, ports, signal);
  return {
    lost: lost.length,
    unfenced,
    failed: failed.map(({ name, detail }) => `${name} is not ${on ? "frozen" : "thawed"}: ${detail}`),
    faults: lost.map(({ region, error }) => `the replica in ${region} did not take the order: ${messageOf(error)}`),
  };
}

function namesOf({ config }: SteerPorts): string[] {
  return config.pools.flatMap(({ names }) => names.map(({ name }) => name));
}

function everyOf(failed: readonly string[]): string {
  return failed.length === 0 ? "Every name" : "Every other name";
}

async function intend(
  command: Extract<Command, { do: "intent" }>,
  who: string,
  ports: SteerPorts,
  steerBoxes: SteerBoxes,
): Promise<OperateOutcome> {
  const { config, clock, replicas } = ports;
  const { box, order, weight, why, untilMs } = command;
  if (!Object.hasOwn(config.boxes, box)) {
    return { ok: false, text: `There is no load balancer '${box}': ${Object.keys(config.boxes).join(", ")}.` };
  }
  const optional = { ...(weight === undefined ? {} : { weight }), ...(untilMs === undefined ? {} : { untilMs }) };
  const fact: Fact = { kind: "intent", id: clock.id(), atMs: clock.nowMs(), box, order, who, why, ...optional };
  const lost = await replicas.putFacts([fact]);
  if (lost.length === config.regions.length) {
    return { ok: false, text: `No replica of the table took the order; nothing changes: ${messageOf(lost[0]?.error)}` };
  }
  const steered = await steerBoxes([box]).then(
    () => [],
    (error: unknown) => [
      `It is ordered, but DNS could not be changed yet: ${messageOf(error)}. The next minute tries again.`,
    ],
  );
  const words = {
    drain: "drained",
    pin: `pinned to ${weight === undefined ? "its configured weight" : `weight ${weight}`}`,
    hold: "held as it is",
    clear: "under the rules again",
  };
  const unwritten = lost.map(
    ({ region }) => `The replica in ${region} did not take the order; it gets it by replication.`,
  );
  const { undone, notes } = await cameOf(command, ports).catch((error: unknown) => ({
    undone: [`How DNS stands now could not be read: ${messageOf(error)}.`],
    notes: [],
  }));
  const ok = steered.length === 0 && undone.length === 0;
  const done = `${words[order]}${order === "clear" ? "" : untilClause(untilMs)}`;
  const first = ok ? `${box} is ${done}.` : `It is ordered that ${box} is ${done}, and DNS does not say so yet:`;
  return { ok, text: [first, ...undone, ...steered, ...notes, ...unwritten].join("\n") };
}
