import { type Choice, choose, type ChooseInput, type Serving } from "../decide/choose.ts";
import { underCutover } from "../decide/cutover.ts";
import { type Orders, ordersOf } from "../decide/intents.ts";
import { own } from "../decide/own.ts";
import { verdictsOf } from "../decide/quorum.ts";
import type { OrderFact } from "../model/fact.ts";
import type { NameState } from "../model/record.ts";
import type { Report } from "../model/report.ts";
import type { Pool } from "../model/resolved.ts";
import type { Suspicion } from "../model/suspicion.ts";
import type { Verdict } from "../model/verdict.ts";
import { leadOf, servingOf } from "../plan/lead.ts";
import { fenceOf } from "../plan/fence.ts";
import type { Replicas, Voters, Wake, Zone } from "../ports.ts";
import type { AnnouncePorts } from "./announce.ts";

export type SteerPorts = AnnouncePorts & { zone: Zone; voters: Voters; wake: Wake; replicas: Replicas };

/** All that is known besides the zone. */
export type Evidence = { reports: Report[]; suspicions: Suspicion[]; orders: OrderFact[] };

/** One pool as it was read and judged in one round. */
export type Decision = {
  pool: Pool;
  /** In the order of the pool's names. */
  states: NameState[];
  lead: NameState;
  serving: Serving;
  verdicts: Verdict[];
  choice: Choice;
  orders: Orders;
};

/** Reads reports, suspicions and orders. Rejects if one of them cannot be read: unreadable is not empty. */
export async function readEvidence({ config, store }: SteerPorts): Promise<Evidence> {
  const [reports, suspicions, orders] = await Promise.all([
    store.reports(config.regions, config.shards),
    store.suspicions(config.regions, config.shards),
    store.orders(),
  ]);
  return { reports, suspicions, orders };
}

/** The names of one pool, or any others, as they stand now. */
export async function readStates(
  { names }: { names: readonly { name: string; zoneId: string }[] },
  { zone }: Pick<SteerPorts, "zone">,
): Promise<Map<string, NameState>> {
  const byZone = Map.groupBy(names, ({ zoneId }) => zoneId);
  const reads = [...byZone].map(([zoneId, names]) =>
    zone.read(
      zoneId,
      names.map(({ name }) => name),
    ),
  );
  return new Map((await Promise.all(reads)).flatMap((read) => [...read]));
}

/** The names' states in the order of the pool. Throws for a name that was not read: that is not an empty one. */
export function statesOf(pool: Pool, read: ReadonlyMap<string, NameState>): NameState[] {
  return pool.names.map(({ name }) => {
    const state = read.get(name);
    if (!state) throw new Error(`${name} was not read`);
    return state;
  });
}

/** Judges one pool from what was read. */
export function decide(
  pool: Pool,
  read: ReadonlyMap<string, NameState>,
  evidence: Evidence,
  ports: SteerPorts,
): Decision {
  const states = statesOf(pool, read);
  const ours = { owner: ports.config.owner, pool: pool.id };
  const lead = leadOf(states, ours);
  return decideOn({ pool, states, lead, standing: servingOf(lead, states, pool.members, ours) }, evidence, ports);
}

/** Judges one pool by what is served, or is taken for it (`standing`). What an order is later than is held no more. */
export function decideOn(
  { pool, states, lead, standing }: Pick<Decision, "pool" | "states" | "lead"> & { standing: Serving },
  evidence: Evidence,
  ports: SteerPorts,
): Decision {
  const sinceMs = (fenceOf(lead)?.atS ?? 0) * 1000;
  const { input, verdicts, orders } = chooseInput(pool, standing, evidence, ports);
  const held = standing.held.filter((box) => (orders.newest.get(box)?.atMs ?? 0) <= sinceMs);
  const serving = { ...standing, held };
  return { pool, states, lead, serving, verdicts, orders, choice: choose({ ...input, serving }) };
}

/** Names of which a view says that they had a fence: a fence that is gone must not be forgotten by the next view. */
export async function fencedBefore({ pool, states }: Decision, { config, store }: SteerPorts): Promise<Set<string>> {
  if (states.every(({ fence }) => fence !== undefined)) return new Set();
  const views = await store.views([pool.id], config.regions);
  return new Set(views.flatMap(({ names }) => names.flatMap(({ name, hadFence }) => (hadFence ? [name] : []))));
}

/** What choose needs, and what of it the flows look at again. */
function chooseInput(
  pool: Pool,
  serving: Serving,
  evidence: Evidence,
  { config, clock }: SteerPorts,
): { input: ChooseInput; verdicts: Verdict[]; orders: Orders } {
  const nowMs = clock.nowMs();
  const orders = ordersOf(evidence.orders, nowMs);
  const { reports, suspicions } = evidence;
  const left = serving.memory?.left ?? {};
  const verdicts = verdictsOf({ config, pool, reports, suspicions, nowMs, left });
  const islandOf = Object.fromEntries(pool.members.map(({ box }) => [box, own(config.boxes, box)?.island ?? ""]));
  const { intents, newest } = orders;
  const nowS = Math.floor(nowMs / 1000);
  const moving = underCutover(pool, orders.cutovers.get(pool.id));
  const input = { ...moving, islandOf, verdicts, intents, newest, serving, nowS };
  return { input, verdicts, orders };
}
