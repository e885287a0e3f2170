import { listed } from "../decide/because.ts";
import { poolsWith } from "../decide/pools.ts";
import type { OperateOutcome } from "../model/operate.ts";
import type { Warning } from "../model/report.ts";
import type { NameState } from "../model/record.ts";
import { fenceOf } from "../plan/fence.ts";
import { type Decision, readEvidence, readStates, type SteerPorts } from "./decision.ts";
import { judge } from "./observe.ts";
import { withOrphans } from "./orphans.ts";
import { reasonsFor, reasonsOf, weightAt } from "./standing.ts";

type Told = { decision: Decision; reasons: Awaited<ReturnType<typeof reasonsOf>> };

/**
 * Why DNS serves what it serves: each load balancer's weight in the zone, the rule or evidence behind what it should be,
 * what keeps the zone from saying so, and what each region says.
 */
export async function explain(box: string | undefined, ports: SteerPorts): Promise<OperateOutcome> {
  const pools = box === undefined ? ports.config.pools : poolsWith(ports.config.pools, box);
  if (pools.length === 0) {
    const known = Object.keys(ports.config.boxes).join(", ");
    return { ok: false, text: `There is no load balancer '${box}': ${known}.` };
  }
  const evidence = await readEvidence(ports);
  const warnings = evidence.reports.flatMap((report) => report.warnings ?? []);
  const told = pools.map(async (pool) => {
    const decision = await judge(pool, await readStates(pool, ports), evidence, ports);
    return tell({ decision, reasons: await reasonsOf(decision, ports) }, box, warnings);
  });
  const text = (await Promise.all(told)).join("\n\n");
  return box === undefined ? withOrphans({ ok: true, text }, ports) : { ok: true, text };
}

function tell({ decision, reasons }: Told, box: string | undefined, warnings: readonly Warning[]): string {
  const { pool, lead, states, choice } = decision;
  const fence = fenceOf(lead);
  const head = [
    `pool ${pool.id} (${pool.mode}); ${lead.name} leads, ${fence ? `epoch ${fence.epoch}, last written by ${fence.region}` : "no fence yet"}`,
    ...choice.rules.filter(({ kind, box }) => kind === "cutover" && box === undefined).map(({ detail }) => detail),
    ...(choice.memory.open ? ["fail open: all that are not set aside are served"] : []),
    ...reasons.why.map(({ says }) => `! ${says}`),
    ...reasons.looks.map(({ detail }) => `? ${detail}`),
    ...states.filter(isAllZero).map(({ name }) => `? ${name}: ${ALL_ZERO}`),
  ];
  const members = pool.members.filter((member) => box === undefined || member.box === box);
  return [...head, ...members.flatMap((member) => tellBox(member, { decision, reasons }, warnings))].join("\n");
}

const ALL_ZERO = "all weights are 0; Route 53 then answers with all of its records.";

/** Its guide, "Values specific for weighted records". */
function isAllZero({ records }: NameState): boolean {
  const weights = records.flatMap(({ type, weight }) => (type === "A" || type === "AAAA" ? [weight] : []));
  return weights.length > 0 && weights.every((weight) => weight === 0);
}

function tellBox(
  { box, setIdentifier, weight }: Decision["pool"]["members"][number],
  { decision, reasons }: Told,
  warnings: readonly Warning[],
): string[] {
  const { lead, states, choice, verdicts } = decision;
  const wanted = choice.weights[box] ?? 0;
  const now = weightAt(lead, setIdentifier);
  const others = states.flatMap((state) => {
    const there = weightAt(state, setIdentifier);
    return there === now ? [] : [`${there ?? "none"} at ${state.name}`];
  });
  const elsewhere = others.length > 0 ? ` (${others.join(", ")})` : "";
  const verdict = verdicts.find((one) => one.box === box);
  const checks = (verdict?.checks ?? []).map(({ check, state, votes, reached, evidence }) => {
    const said = evidence.map(
      ({ region, finding }) => `${region} ${finding.kind}${finding.kind === "up" ? "" : ` (${finding.detail})`}`,
    );
    const marks = [...(votes ? [] : ["observes only"]), ...(reached ? [] : ["not reached by a quorum"])];
    const look = warnings.find((one) => one.box === box && one.check === check);
    const beside = look ? `; ${look.text}` : "";
    return `    ${check}: ${state}${marks.length > 0 ? ` (${listed(marks)})` : ""}: ${said.join("; ")}${beside}`;
  });
  const is = `weight ${now ?? "none"} now${elsewhere}, ${wanted} by the rules, ${weight} configured`;
  return [
    `  ${box}: ${verdict?.state ?? "undecided"}, ${is}`,
    `    because ${choice.because[box] ?? "nothing is known"}`,
    ...whyNot({ box, setIdentifier, wanted }, states, reasons.why),
    ...checks,
  ];
}

/** What keeps the names that have a load balancer otherwise than decided from being so. */
function whyNot(
  { box, setIdentifier, wanted }: { box: string; setIdentifier: string; wanted: number },
  states: Decision["states"],
  why: Told["reasons"]["why"],
): string[] {
  const names = states.filter((state) => (weightAt(state, setIdentifier) ?? 0) !== wanted).map(({ name }) => name);
  if (names.length === 0) return [];
  const says = names.flatMap((name) => reasonsFor(why, name, box));
  const due = "it is due to be written; if it stays so for minutes, Route 53 does not take it.";
  return [`    not so in DNS (${names.join(", ")}): ${says.length > 0 ? [...new Set(says)].join(" ") : due}`];
}
