import type { NameState } from "../model/record.ts";
import type { Pool } from "../model/resolved.ts";
import { fenceOf } from "../plan/fence.ts";
import { catchUp, recordAccepted } from "./after.ts";
import { announceChange } from "./announce.ts";
import { decide, type Decision, type Evidence, readEvidence, readStates, type SteerPorts } from "./decision.ts";
import { observe } from "./observe.ts";
import { tendPool } from "./tend-pool.ts";
import { type Outcome, type Tried, writeNames } from "./write-names.ts";

/** Times that a writer who lost to another, or was told to wait, reads and plans again. */
const ROUNDS = 6;
const BACKOFF_MS = 150;

/**
 * Steers one pool: decides, plans and writes its names, the lead first, and says what came of it. Whoever loses a name to
 * another writer reads and plans again, a bounded number of times with a growing random wait between.
 */
export async function steer(
  round: { pool: Pool; why: "wake" | "reconcile"; states: ReadonlyMap<string, NameState>; evidence: Evidence },
  ports: SteerPorts,
  signal: AbortSignal,
): Promise<void> {
  const { pool } = round;
  if (pool.mode === "observe") return observe(round, ports);
  const tried: Tried = new Map();
  let decision = decide(pool, round.states, round.evidence, ports);
  let outcome: Outcome = { kind: "again", detail: "" };
  let moved = false;
  for (let attempt = 0; attempt < ROUNDS && outcome.kind === "again" && !signal.aborted; attempt++) {
    if (attempt > 0) {
      await ports.clock.sleep(BACKOFF_MS * 2 ** (attempt - 1) * (0.5 + ports.clock.random()), signal);
      decision = decide(pool, await readStates(pool, ports), await readEvidence(ports), ports);
    }
    outcome = await writeNames(decision, tried, ports);
    await recordAccepted(decision, outcome, ports);
    if (outcome.lead) {
      moved = true;
      await announceChange({ ...decision, ...outcome.lead, memory: decision.serving.memory }, ports);
    }
  }
  if (!moved && round.why === "reconcile") await catchUp(decision, ports);
  await handOver(decision, outcome, ports);
  await tendPool(decision, outcome, ports);
}

/** Where a newer deploy has written, its failover is woken: this one leaves the names to it. */
async function handOver(
  { pool, states }: Decision,
  { plans = [] }: Outcome,
  { wake, region, log }: SteerPorts,
): Promise<void> {
  const left = plans.filter(({ refused }) => refused.some(({ kind }) => kind === "newer-config"));
  const names = new Set(left.map(({ name }) => name));
  const writers = new Set(
    states.filter(({ name }) => names.has(name)).flatMap((state) => fenceOf(state)?.region ?? []),
  );
  const boxes = pool.members.map(({ box }) => box);
  for (const writer of writers) {
    if (writer === region) continue;
    await wake
      .wake(boxes, writer)
      .catch((error: unknown) => log.warn("the newer failover could not be woken", { writer, error }));
  }
}
