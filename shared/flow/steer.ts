import { SoftError } from "../model/errors.ts";
import type { NameState } from "../model/record.ts";
import type { Pool } from "../model/resolved.ts";
import { fenceOf } from "../plan/fence.ts";
import { announceWon, type Owed, recordAccepted } from "./after.ts";
import { decide, type Decision, type Evidence, readEvidence, readStates, type SteerPorts } from "./decision.ts";
import { observe } from "./observe.ts";
import { backOff, patiently, ROUNDS, ROUNDS_MS } from "./patience.ts";
import { tendPool } from "./tend-pool.ts";
import { type LeadWon, type Outcome, type Tried, writeNames } from "./write-names.ts";

/**
 * Steers one pool: decides, plans and writes its names, the lead first, and says what came of it. Whoever loses a name to
 * another writer reads and plans again, a bounded number of times and for a bounded time, with a growing random wait
 * between. Resolves with what it judged last where the lead was not written: others may have written and not told of it.
 */
export async function steer(
  round: { pool: Pool; states: ReadonlyMap<string, NameState>; evidence: Evidence },
  ports: SteerPorts,
  signal: AbortSignal,
): Promise<Decision | undefined> {
  const { pool } = round;
  if (pool.mode === "observe") {
    await observe(round, ports);
    return undefined;
  }
  const tried: Tried = new Map();
  let decision = decide(pool, round.states, round.evidence, ports);
  let outcome: Outcome = { kind: "again", detail: "" };
  let telling: Promise<Owed> | undefined;
  const startedMs = ports.clock.nowMs();
  const goesOn = (attempt: number): boolean =>
    attempt < ROUNDS && ports.clock.nowMs() - startedMs < ROUNDS_MS && !signal.aborted;
  try {
    for (let attempt = 0; outcome.kind === "again" && goesOn(attempt); attempt++) {
      if (attempt > 0) {
        await backOff(attempt, ports.clock, signal);
        const anew = await decideAnew(pool, ports, signal);
        if (anew instanceof SoftError) {
          outcome = { kind: "again", detail: anew.message };
          break;
        }
        decision = anew;
      }
      outcome = await writeNames(decision, tried, ports);
      await recordAccepted(decision, outcome, ports);
      if (outcome.lead) telling = tellAfter(telling, { decision, won: outcome.lead }, ports, signal);
    }
    await handOver(decision, outcome, ports);
    await tendPool(decision, outcome, ports);
  } finally {
    await telling;
  }
  return telling ? undefined : decision;
}

/** Tells of a batch when those before it have been told of, beside the rounds: no name waits for it to be written. */
function tellAfter(
  earlier: Promise<Owed> | undefined,
  { decision, won }: { decision: Decision; won: LeadWon },
  ports: SteerPorts,
  signal: AbortSignal,
): Promise<Owed> {
  const tell = async (): Promise<Owed> => announceWon(decision, won, await earlier, ports, signal);
  const telling = tell();
  // It is awaited only at the end, and until then nobody listens.
  telling.catch(() => undefined);
  return telling;
}

/** Decides on what stands now, or says what could not be read: what was decided before is told all the same. */
async function decideAnew(pool: Pool, ports: SteerPorts, signal: AbortSignal): Promise<Decision | SoftError> {
  try {
    const states = await patiently(() => readStates(pool, ports), ports.clock, signal);
    return decide(pool, states, await readEvidence(ports), ports);
  } catch (error) {
    if (!(error instanceof SoftError)) throw error;
    ports.log.error("a pool could not be read again", { pool: pool.id, error });
    return error;
  }
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
