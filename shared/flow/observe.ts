import type { Serving } from "../decide/choose.ts";
import { own } from "../decide/own.ts";
import type { NameState } from "../model/record.ts";
import type { Pool } from "../model/resolved.ts";
import { shadowSchema } from "../model/shadow.ts";
import { noteOver } from "./cutover.ts";
import { decide, decideOn, type Decision, type Evidence, statesOf, type SteerPorts } from "./decision.ts";
import { leadOf } from "../plan/lead.ts";
import { tendPool } from "./tend-pool.ts";

/**
 * Steers a pool in observe mode: decides on this region's shadow of the weights, tells what it would have done, writes
 * nothing to DNS. The shadow starts at the configured weights and keeps velocity and damping itself.
 */
export async function observe(
  round: { pool: Pool; states: ReadonlyMap<string, NameState>; evidence: Evidence },
  ports: SteerPorts,
): Promise<void> {
  const { pool, states, evidence } = round;
  const shadow = await ports.store.shadow(pool.id);
  const decision = decideOnShadow(shadow, pool, states, evidence, ports);
  const { weights, memory } = decision.choice;
  const next = JSON.stringify({ weights, memory });
  if (next !== shadow) await ports.store.putShadow(pool.id, next);
  await noteOver(pool, decision.orders.cutovers.get(pool.id), ports);
  await tendPool(decision, { kind: "settled", detail: "observing", plans: [] }, ports);
}

/** Judges a pool as whoever steers it does: in observe mode on this region's shadow, else on its records. */
export async function judge(
  pool: Pool,
  states: ReadonlyMap<string, NameState>,
  evidence: Evidence,
  ports: SteerPorts,
): Promise<Decision> {
  if (pool.mode !== "observe") return decide(pool, states, evidence, ports);
  return decideOnShadow(await ports.store.shadow(pool.id), pool, states, evidence, ports);
}

function decideOnShadow(
  shadow: string | undefined,
  pool: Pool,
  read: ReadonlyMap<string, NameState>,
  evidence: Evidence,
  ports: SteerPorts,
): Decision {
  const states = statesOf(pool, read);
  const lead = leadOf(states, { owner: ports.config.owner, pool: pool.id });
  return decideOn({ pool, states, lead, standing: servingFrom(pool, shadow) }, evidence, ports);
}

/** A box that the shadow does not know yet starts at its configured weight; a shadow that cannot be read starts anew. */
function servingFrom(pool: Pool, json: string | undefined): Serving {
  const shadow = shadowSchema.safeParse(json === undefined ? undefined : parsed(json)).data;
  const weights = pool.members.map(({ box, weight }) => [box, own(shadow?.weights, box) ?? weight] as const);
  return { weights: Object.fromEntries(weights), memory: shadow?.memory, held: [], anyOurs: true };
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
