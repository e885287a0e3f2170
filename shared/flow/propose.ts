import type { OperateOutcome, Proposal } from "../model/operate.ts";
import type { Plan, Writer } from "../model/plan.ts";
import { canonicalName, type NameState } from "../model/record.ts";
import type { Resolved } from "../model/resolved.ts";
import { adoptPlan } from "../plan/adopt.ts";
import { fenceOf } from "../plan/fence.ts";
import { leadIsOurs } from "../plan/lead.ts";
import { plan, pruningPlan } from "../plan/plan.ts";
import { type Back, releasePlan } from "../plan/release.ts";
import { planDigest, renderPlans } from "../plan/render.ts";
import { lintName, lintZone, renderLint, type ZoneLint } from "../plan/zone-lint.ts";
import { choose } from "../resolve/draft.ts";
import { type Decision, decide, fencedBefore, readEvidence, readStates, type SteerPorts } from "./decision.ts";
import { refusalOf } from "./standing.ts";
import { desiredFor, isReleased } from "./write-names.ts";

/** One pool's part of a proposal: how it was judged, and the plan of each of its names, the lead's first. */
export type Proposed = { decision: Decision; plans: { state: NameState; plan: Plan }[]; lints: ZoneLint[] };

/**
 * Plans what an operator asked for, from what stands in the zones now, and shows it. Reads; writes nothing. Without a
 * checksum there is nothing to carry out: a name that is not configured was asked for.
 */
export async function review(
  proposal: Proposal,
  ports: SteerPorts,
): Promise<{ outcome: OperateOutcome; proposed: Proposed[] }> {
  const names = proposal.names?.map(canonicalName);
  const fault = unknownOf(names ?? [], ports.config);
  if (fault !== undefined) return { outcome: { ok: false, text: fault }, proposed: [] };
  const proposed = await propose(proposal, names, ports);
  return { outcome: show(proposal, proposed, await zoneLints(proposed, ports)), proposed };
}

function unknownOf(names: readonly string[], { pools }: Resolved): string | undefined {
  const configured = pools.flatMap((pool) => pool.names.map(({ name }) => name));
  const unknown = names.filter((name) => !configured.includes(name));
  if (unknown.length === 0) return undefined;
  const lines = unknown.map((name) => {
    const meant = choose(name, configured);
    return `'${name}' is no name of the configuration; ${meant}${meant.endsWith("?") ? "" : "."}`;
  });
  return [...lines, "Nothing was planned."].join("\n");
}

async function propose(
  proposal: Proposal,
  names: readonly string[] | undefined,
  ports: SteerPorts,
): Promise<Proposed[]> {
  const evidence = await readEvidence(ports);
  const isAsked = ({ name }: { name: string }): boolean => !names || names.includes(name);
  return Promise.all(
    ports.config.pools
      .filter((pool) => pool.names.some(isAsked))
      .map(async (pool) => {
        const decision = decide(pool, await readStates(pool, ports), evidence, ports);
        const { lead, states } = decision;
        const asked = [lead, ...states.filter((state) => state !== lead)].filter(isAsked);
        const fenced = await fencedBefore(decision, ports);
        const plans = asked.map((state) => {
          const sawFence = isReleased(decision, state) || (!state.fence && fenced.has(state.name));
          const planned = planOne(proposal, decision, { state, sawFence }, ports);
          const refused = planned.refused.map((one) => ({ ...one, detail: refusalOf(one, decision.orders) }));
          return { state, plan: { ...planned, refused } };
        });
        return { decision, plans, lints: lintsOf(decision, asked) };
      }),
  );
}

/** What stands at the names that will bite although nothing is refused. Siblings that are not ours are the plan's to tell. */
function lintsOf({ pool }: Decision, states: readonly NameState[]): ZoneLint[] {
  const setIdentifiers = pool.members.map(({ setIdentifier }) => setIdentifier);
  return states
    .flatMap(({ name, records }) => lintName({ name, records, setIdentifiers }))
    .filter(({ kind }) => kind !== "sibling");
}

/** What is to be said of the zones, once each, however many names of theirs are asked for. */
async function zoneLints(proposed: readonly Proposed[], { zone }: SteerPorts): Promise<ZoneLint[]> {
  const zoneIds = new Set(proposed.flatMap(({ plans }) => plans.map(({ state }) => state.zoneId)));
  const soas = await Promise.all([...zoneIds].map(async (zoneId) => zone.soa?.(zoneId).catch(() => undefined)));
  return soas.flatMap((soa) => lintZone(soa));
}

/** The plan of one name as it stands, for a writer of this moment. */
function planOne(
  proposal: Proposal,
  decision: Decision,
  { state, sawFence }: { state: NameState; sawFence: boolean },
  ports: SteerPorts,
): Plan {
  const { config, region, clock } = ports;
  const { pool, lead, orders } = decision;
  const { frozen } = orders;
  const writer: Writer = { region, nowS: Math.floor(clock.nowMs() / 1000), nonce: clock.id() };
  const leadFence = fenceOf(lead);
  const follows = state !== lead && leadFence && leadIsOurs(leadFence, config.owner, pool.id);
  const desired = desiredFor(decision, state, follows ? leadFence.epoch : undefined, config);
  switch (proposal.what) {
    case "adopt":
      return adoptPlan(desired, state, writer, { frozen });
    case "release":
      return releasePlan(
        state,
        writer,
        { owner: config.owner, pool: pool.id, setIdentifiers: ourIds(decision) },
        backOf(proposal, decision, state),
        { frozen },
      );
    case "apply": {
      const usual = plan(desired, state, writer, { sawFence, frozen });
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
  const { found = [] } = orders.adoptions.get(name) ?? {};
  return found.length > 0 ? { to: "found", records: found } : { to: "as-is" };
}

/** The proposal in words, and the checksum that pins it. */
function show({ what }: Proposal, proposed: readonly Proposed[], ofZones: readonly ZoneLint[]): OperateOutcome {
  const plans = proposed.flatMap(({ plans }) => plans.map(({ plan }) => plan));
  const observing = proposed
    .filter(({ decision }) => decision.pool.mode === "observe")
    .map(({ decision }) => decision.pool.id);
  const notes = observing.map(
    (pool) => `pool ${pool} observes: nothing of it is written before its mode is "active" and deployed.`,
  );
  const lints = [...ofZones, ...proposed.flatMap((one) => one.lints)];
  const looks = lints.length > 0 ? [renderLint(lints)] : [];
  const text = [renderPlans(plans), ...looks, ...notes].join("\n\n");
  const writes = proposed.some(({ decision, plans }) => {
    return decision.pool.mode !== "observe" && plans.some(({ plan }) => plan.fence !== undefined);
  });
  return { ok: true, text: `${what}:\n\n${text}`, checksum: planDigest(plans), ...(writes ? {} : { idle: true }) };
}
