import { messageOf } from "../model/errors.ts";
import type { Ownership } from "../model/fact.ts";
import type { OperateOutcome, Proposal } from "../model/operate.ts";
import type { Applied } from "../model/plan.ts";
import type { NameState } from "../model/record.ts";
import { takenOver } from "../plan/adopt.ts";
import { batchOf } from "../plan/batch.ts";
import { weightsAfter } from "../plan/lead.ts";
import { announceChange } from "./announce.ts";
import { type Decision, readStates, type SteerPorts } from "./decision.ts";
import { type Proposed, review } from "./propose.ts";
import { desiredFor, toldFrom } from "./write-names.ts";

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
  const { outcome: shown, proposed } = await review(proposal, ports);
  if (shown.checksum === undefined) return shown;
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
            return { ok: false, line: `${one.state.name}: ${messageOf(error)}` };
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
  if (pool.mode === "observe") return { ok: true, line: `${name}: not written, pool ${pool.id} observes` };
  const refusals = plan.refused.map(({ detail }) => detail).join(" ");
  if (!plan.fence)
    return { ok: plan.refused.length === 0, line: `${name}: ${refusals || (plan.note ?? "nothing to change")}` };
  // The fact first: a name that was adopted without it could not be given back as it was found.
  if (order.proposal.what === "adopt") await noteOwnership(state, decision, order, ports);
  const applied = await ports.zone.apply(batchOf(plan), signal);
  ports.log.info("batch", {
    name,
    epoch: plan.fence.epoch,
    changes: plan.changes.length,
    what: order.proposal.what,
    applied,
  });
  const isGone = applied.kind === "uncertain" && (await isGivenBack(state, order, ports));
  const said = isGone ? `written: Route 53 did not say so (${applied.detail}), but the fence is gone.` : words(applied);
  const line = `${name}: ${said}${refusals ? ` ${refusals}` : ""}`;
  if (applied.kind !== "accepted" && !isGone) return { ok: false, line };
  // It is written: what is left undone now is done by the next reconcile, and the other names are to be written as well.
  const noted = await recordWritten({ state, plan }, decision, order, applied, ports).catch((error: unknown) =>
    messageOf(error),
  );
  const left = order.proposal.what === "release" ? "noted" : "announced yet";
  return noted === undefined ? { ok: true, line } : { ok: false, line: `${line} It was not ${left}: ${noted}` };
}

/** Whether a release that Route 53 has not answered was done: nothing else of ours deletes a fence. */
async function isGivenBack({ name, zoneId }: NameState, { proposal }: Order, ports: SteerPorts): Promise<boolean> {
  if (proposal.what !== "release") return false;
  const read = await readStates({ names: [{ name, zoneId }] }, ports).catch(() => undefined);
  const state = read?.get(name);
  return state !== undefined && !state.fence;
}

function words(applied: Applied): string {
  switch (applied.kind) {
    case "accepted":
      return `written (change ${applied.changeId}).`;
    case "lost":
      return `not written: somebody else changed it meanwhile. Review again. (${applied.detail})`;
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

/** Adopt notes what it takes over, so that release can give it back. */
async function noteOwnership(
  state: NameState,
  decision: Decision,
  { proposal, who }: Order,
  { clock, replicas, config }: SteerPorts,
): Promise<void> {
  const { what } = proposal;
  if (what === "apply") return;
  const { name } = state;
  const found = what === "adopt" ? takenOver(desiredFor(decision, state, undefined, config), state) : [];
  const pool = decision.pool.id;
  const fact: Ownership = { kind: "ownership", id: clock.id(), atMs: clock.nowMs(), pool, name, did: what, found, who };
  const lost = await replicas.putFacts([fact]);
  if (lost.length === config.regions.length)
    throw new Error(`no replica of the table took the note of ${name}: ${messageOf(lost[0]?.error)}`);
}

async function recordWritten(
  { state, plan }: Proposed["plans"][number],
  decision: Decision,
  order: Order,
  applied: Applied,
  ports: SteerPorts,
): Promise<void> {
  const { pool, lead } = decision;
  const { region, clock, store } = ports;
  const { name, zoneId } = state;
  const accepted = applied.kind === "accepted" ? [applied] : [];
  await Promise.all([
    // Only now: the fence of a name that was not given back is still missed if it goes.
    order.proposal.what === "release" ? noteOwnership(state, decision, order, ports) : undefined,
    ...accepted.map(({ changeId }) =>
      store.putPending({ region, zoneId, name, pool: pool.id, changeId, acceptedMs: clock.nowMs() }),
    ),
  ]);
  if (state !== lead || !plan.fence?.after) return;
  const after = weightsAfter(plan, state, pool.members);
  const before = toldFrom(decision, state);
  await announceChange({ ...decision, name, epoch: plan.fence.epoch, before, after }, ports);
}
