import type { Ownership } from "../model/fact.ts";
import type { OperateOutcome, Proposal } from "../model/operate.ts";
import type { Applied, Plan } from "../model/plan.ts";
import type { NameState } from "../model/record.ts";
import { batchOf } from "../plan/batch.ts";
import { weightsAfter } from "../plan/lead.ts";
import { announceChange } from "./announce.ts";
import type { Decision, SteerPorts } from "./decision.ts";
import { type Proposed, propose, show } from "./propose.ts";
import { toldFrom } from "./write-names.ts";

type Order = { proposal: Extract<Proposal, { do: "carry-out" }>; who: string };

/**
 * Does exactly what was reviewed: plans anew, and writes only if the checksum is that of the review. Each pool's lead
 * goes first. A name that another writer changed meanwhile is left, and said.
 */
export async function carryOut(
  { proposal, who }: Order,
  ports: SteerPorts,
  signal: AbortSignal,
): Promise<OperateOutcome> {
  const proposed = await propose(proposal, ports);
  const shown = show(proposal, proposed);
  if (shown.checksum !== proposal.checksum) {
    const text = `The zone, the evidence or the configuration has changed since the review (checksum ${shown.checksum} now). Nothing was written. Review again:\n\n${shown.text}`;
    return { ok: false, text, checksum: shown.checksum };
  }
  const lines: string[] = [];
  let ok = true;
  for (const { decision, plans } of proposed) {
    for (const one of plans) {
      const said = signal.aborted
        ? { ok: false, line: `${one.state.name}: out of time` }
        : await write(one, decision, { proposal, who }, ports, signal).catch((error: unknown) => {
            return { ok: false, line: `${one.state.name}: ${String(error)}` };
          });
      ok &&= said.ok;
      lines.push(said.line);
    }
  }
  return { ok, text: lines.join("\n"), checksum: shown.checksum };
}

type Said = { ok: boolean; line: string };

async function write(
  { state, plan }: Proposed["plans"][number],
  decision: Decision,
  order: Order,
  ports: SteerPorts,
  signal: AbortSignal,
): Promise<Said> {
  const { name } = state;
  const { pool } = decision;
  if (pool.mode === "observe") return { ok: false, line: `${name}: not written, pool ${pool.id} observes` };
  const refusals = plan.refused.map(({ detail }) => detail).join(" ");
  if (!plan.fence) return { ok: plan.refused.length === 0, line: `${name}: ${refusals || "nothing to change"}` };
  // The fact first: a name that was adopted without it could not be given back as it was found.
  await noteOwnership(state, decision, order, ports);
  const applied = await ports.zone.apply(batchOf(plan), signal);
  ports.log.info("batch", {
    name,
    epoch: plan.fence.epoch,
    changes: plan.changes.length,
    what: order.proposal.what,
    applied,
  });
  const line = `${name}: ${words(applied)}${refusals ? ` ${refusals}` : ""}`;
  if (applied.kind !== "accepted") return { ok: false, line };
  // It is written: what is left undone now is done by the next reconcile, and the other names are to be written as well.
  const noted = await recordWritten(state, plan, decision, applied, ports).catch((error: unknown) => String(error));
  return noted === undefined ? { ok: true, line } : { ok: false, line: `${line} It was not announced yet: ${noted}` };
}

function words(applied: Applied): string {
  switch (applied.kind) {
    case "accepted":
      return `written (change ${applied.changeId}).`;
    case "lost":
      return "not written: somebody else changed it meanwhile. Review again.";
    case "uncertain":
      return `unknown whether written: ${applied.detail}. Review again; if there is nothing to change, it was.`;
    case "busy":
    case "unsent":
    case "refused":
      return `not written: ${applied.detail}.`;
    default:
      return applied satisfies never;
  }
}

async function noteOwnership(
  state: NameState,
  { pool }: Decision,
  { proposal, who }: Order,
  ports: SteerPorts,
): Promise<void> {
  if (proposal.what === "apply") return;
  const { clock, replicas, config } = ports;
  const served = state.records.filter(({ type }) => type === "A" || type === "AAAA");
  const found = proposal.what === "adopt" ? served : [];
  const fact: Ownership = {
    kind: "ownership",
    id: clock.id(),
    atMs: clock.nowMs(),
    pool: pool.id,
    name: state.name,
    did: proposal.what,
    found,
    who,
  };
  const lost = await replicas.putFacts([fact]);
  if (lost.length === config.regions.length)
    throw new Error(`no replica of the table took the note of ${state.name}: ${String(lost[0]?.error)}`);
}

async function recordWritten(
  state: NameState,
  plan: Plan,
  decision: Decision,
  { changeId }: Extract<Applied, { kind: "accepted" }>,
  ports: SteerPorts,
): Promise<void> {
  const { pool, lead } = decision;
  const { region, clock, store } = ports;
  const { name, zoneId } = state;
  await store.putPending({ region, zoneId, name, pool: pool.id, changeId, acceptedMs: clock.nowMs() });
  if (state !== lead || !plan.fence?.after) return;
  const after = weightsAfter(plan, state, pool.members);
  const before = toldFrom(decision, state);
  await announceChange({ ...decision, name, epoch: plan.fence.epoch, before, after }, ports);
}
