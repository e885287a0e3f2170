import { listed } from "../decide/because.ts";
import type { Warning } from "../model/report.ts";
import { fenceOf } from "../plan/fence.ts";
import { type Decision, decide, readEvidence, readStates, type SteerPorts } from "./decision.ts";

/** Why DNS serves what it serves: each load balancer's weight, the rule or evidence behind it, and what each region says. */
export async function explain(box: string | undefined, ports: SteerPorts): Promise<string> {
  const evidence = await readEvidence(ports);
  const pools = ports.config.pools.filter(
    ({ members }) => box === undefined || members.some((member) => member.box === box),
  );
  if (pools.length === 0) return `There is no load balancer '${box}': ${Object.keys(ports.config.boxes).join(", ")}.`;
  const warnings = evidence.reports.flatMap((report) => report.warnings ?? []);
  const told = await Promise.all(
    pools.map(async (pool) => tell(decide(pool, await readStates(pool, ports), evidence, ports), box, warnings)),
  );
  return told.join("\n\n");
}

function tell(
  { pool, lead, states, serving, choice, verdicts, orders }: Decision,
  box: string | undefined,
  warnings: readonly Warning[],
): string {
  const fence = fenceOf(lead);
  const head = [
    `pool ${pool.id} (${pool.mode}); ${lead.name} leads, ${fence ? `epoch ${fence.epoch}, last written by ${fence.region}` : "no fence yet"}`,
    ...(orders.frozen ? [`frozen by ${orders.frozen.who}: ${orders.frozen.why}`] : []),
    ...choice.rules.filter(({ kind }) => kind === "cutover").map(({ detail }) => detail),
    ...(choice.memory.open ? ["fail open: all that are not set aside are served"] : []),
    ...states.filter((state) => fenceOf(state)?.frozen).map(({ name }) => `${name}: its fence is frozen`),
  ];
  const boxes = pool.members.filter((member) => box === undefined || member.box === box);
  const lines = boxes.flatMap(({ box: id, weight }) => {
    const now = serving.weights[id];
    const is = `weight ${now ?? "none"} now, ${choice.weights[id] ?? 0} by the rules, ${weight} configured`;
    const verdict = verdicts.find((one) => one.box === id);
    const checks = (verdict?.checks ?? []).map(({ check, state, votes, reached, evidence }) => {
      const said = evidence.map(
        ({ region, finding }) => `${region} ${finding.kind}${finding.kind === "up" ? "" : ` (${finding.detail})`}`,
      );
      const marks = [...(votes ? [] : ["observes only"]), ...(reached ? [] : ["not reached by a quorum"])];
      const look = warnings.find((one) => one.box === id && one.check === check);
      const beside = look ? `; ${look.text}` : "";
      return `    ${check}: ${state}${marks.length > 0 ? ` (${listed(marks)})` : ""}: ${said.join("; ")}${beside}`;
    });
    return [
      `  ${id}: ${verdict?.state ?? "undecided"}, ${is}`,
      `    because ${choice.because[id] ?? "nothing is known"}`,
      ...checks,
    ];
  });
  return [...head, ...lines].join("\n");
}
