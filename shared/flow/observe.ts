import { choose, type Serving } from "../decide/choose.ts";
import { own } from "../decide/own.ts";
import type { NameState } from "../model/record.ts";
import type { Pool } from "../model/resolved.ts";
import { shadowSchema } from "../model/shadow.ts";
import { noteOver } from "./cutover.ts";
import { chooseInput, type Evidence, statesOf, type SteerPorts } from "./decision.ts";
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
  const { pool, evidence } = round;
  const { config, store } = ports;
  const states = statesOf(pool, round.states);
  const lead = leadOf(states, { owner: config.owner, pool: pool.id });
  const shadow = await store.shadow(pool.id);
  const serving = servingFrom(pool, shadow);
  const judged = chooseInput(pool, serving, evidence, ports);
  const choice = choose(judged.input);
  const next = JSON.stringify({ weights: choice.weights, memory: choice.memory });
  if (next !== shadow) await store.putShadow(pool.id, next);
  const { verdicts, orders } = judged;
  await noteOver(pool, orders.cutovers.get(pool.id), ports);
  const decision = { pool, states, lead, serving, choice, verdicts, orders };
  await tendPool(decision, { kind: "settled", detail: "observing", plans: [] }, ports);
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
