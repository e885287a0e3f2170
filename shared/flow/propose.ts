import type { OperateOutcome, Proposal } from "../model/operate.ts";
import type { Plan, Writer } from "../model/plan.ts";
import type { NameState } from "../model/record.ts";
import { adoptPlan } from "../plan/adopt.ts";
import { fenceOf } from "../plan/fence.ts";
import { leadIsOurs } from "../plan/lead.ts";
import { plan, pruningPlan } from "../plan/plan.ts";
import { type Back, releasePlan } from "../plan/release.ts";
import { planDigest, renderPlans } from "../plan/render.ts";
import { lintName, renderLint, type ZoneLint } from "../plan/zone-lint.ts";
import { type Decision, decide, readEvidence, readStates, type SteerPorts } from "./decision.ts";
import { desiredFor } from "./write-names.ts";

/** One pool's part of a proposal: how it was judged, and the plan of each of its names, the lead's first. */
export type Proposed = { decision: Decision; plans: { state: NameState; plan: Plan }[]; lints: ZoneLint[] };

/** Plans what an operator asked for, from what stands in the zones now. Reads; writes nothing. */
export async function propose(proposal: Proposal, ports: SteerPorts): Promise<Proposed[]> {
  const evidence = await readEvidence(ports);
  const { names } = proposal;
  const pools = ports.config.pools.filter((pool) => !names || pool.names.some(({ name }) => names.includes(name)));
  return Promise.all(
    pools.map(async (pool) => {
      const decision = decide(pool, await readStates(pool, ports), evidence, ports);
      const { lead, states } = decision;
      const asked = [lead, ...states.filter((state) => state !== lead)].filter(
        ({ name }) => !names || names.includes(name),
      );
      const plans = asked.map((state) => ({ state, plan: planOne(proposal, decision, state, ports) }));
      return { decision, plans, lints: await lintsOf(decision, asked, ports) };
    }),
  );
}

/** What stands at the names that will bite although nothing is refused. Siblings that are not ours are the plan's to tell. */
async function lintsOf({ pool }: Decision, states: readonly NameState[], { zone }: SteerPorts): Promise<ZoneLint[]> {
  const setIdentifiers = pool.members.map(({ setIdentifier }) => setIdentifier);
  const zoneIds = [...new Set(states.map(({ zoneId }) => zoneId))];
  const read = zoneIds.map(async (zoneId) => [zoneId, await zone.soa?.(zoneId).catch(() => undefined)] as const);
  const soas = new Map(await Promise.all(read));
  return states
    .flatMap(({ name, zoneId, records }) => lintName({ name, records, soa: soas.get(zoneId), setIdentifiers }))
    .filter(({ kind }) => kind !== "sibling");
}

/** The plan of one name as it stands, for a writer of this moment. */
export function planOne(proposal: Proposal, decision: Decision, state: NameState, ports: SteerPorts): Plan {
  const { config, region, clock } = ports;
  const { pool, lead } = decision;
  const writer: Writer = { region, nowS: Math.floor(clock.nowMs() / 1000), nonce: clock.id() };
  const leadFence = fenceOf(lead);
  const follows = state !== lead && leadFence && leadIsOurs(leadFence, config.owner, pool.id);
  const desired = desiredFor(decision, state, follows ? leadFence.epoch : undefined, config);
  switch (proposal.what) {
    case "adopt":
      return adoptPlan(desired, state, writer);
    case "release":
      return releasePlan(
        state,
        writer,
        { owner: config.owner, pool: pool.id, setIdentifiers: ourIds(decision) },
        backOf(proposal, decision, state),
      );
    case "apply": {
      const usual = plan(desired, state, writer, { sawFence: false });
      // What happens by itself comes first; only what is left then is deleted.
      return usual.fence || usual.refused.length > 0 ? usual : pruningPlan(desired, state, writer);
    }
    default:
      return proposal.what satisfies never;
  }
}

function ourIds({ pool }: Decision): string[] {
  return pool.members.map(({ setIdentifier }) => setIdentifier);
}

/** Without an adoption there is nothing to give back but the set as it stands. */
function backOf({ simple }: Proposal, { orders }: Decision, { name }: NameState): Back {
  if (simple) return { to: "simple" };
  const adopted = orders.ownership.get(name);
  return adopted?.did === "adopt" && adopted.found.length > 0
    ? { to: "found", records: adopted.found }
    : { to: "as-is" };
}

/** The proposal in words, and the checksum that pins it. */
export function show({ what }: Proposal, proposed: readonly Proposed[]): OperateOutcome & { checksum: string } {
  const plans = proposed.flatMap(({ plans }) => plans.map(({ plan }) => plan));
  const observing = proposed
    .filter(({ decision }) => decision.pool.mode === "observe")
    .map(({ decision }) => decision.pool.id);
  const notes = observing.map(
    (pool) => `pool ${pool} observes: nothing of it is written before its mode is "active" and deployed.`,
  );
  const lints = proposed.flatMap((one) => one.lints);
  const looks = lints.length > 0 ? [renderLint(lints)] : [];
  const text = [renderPlans(plans) || "no such name in the configuration", ...looks, ...notes].join("\n\n");
  return { ok: true, text: `${what}:\n\n${text}`, checksum: planDigest(plans) };
}
