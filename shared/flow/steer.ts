import { SoftError } from "../model/errors.ts";
import type { NameState } from "../model/record.ts";
import type { Pool } from "../model/resolved.ts";
import { fenceOf } from "../plan/fence.ts";
import { announceWon, type Owed, recordAccepted } from "./after.ts";
import { noteOver } from "./cutover.ts";
import { decide, type Decision, type Evidence, readEvidence, readStates, type SteerPorts } from "./decision.ts";
import { observe } from "./observe.ts";
import { backOff, patiently, ROUNDS, ROUNDS_MS } from "./patience.ts";
import { tendPool } from "./tend-pool.ts";
import { type LeadWon, type Outcome, type Tried, writeNames } from "./write-names.ts";

/** What came of steering a pool. `unmoved`: what it judged last, where it has not written the lead. */
export type Steered = { unmoved?: Decision; failed: unknown[] };

/** `inTurn`: all names are read now, by the region whose turn it is. */
type Round = { pool: Pool; states: ReadonlyMap<string, NameState>; evidence: Evidence; inTurn: boolean };

/**
 * Steers one pool: decides, plans and writes its names, the lead first, and says what came of it. Never rejects: each
 * step is done although another one failed.
 */
export async function steer(round: Round, ports: SteerPorts, signal: AbortSignal): Promise<Steered> {
  const failed: unknown[] = [];
  const fail = (error: unknown): undefined => void failed.push(error);
  if (round.pool.mode === "observe") {
    await observe(round, ports).catch(fail);
    return { failed };
  }
  const teller = createTeller(round.inTurn, ports, signal);
  const written = await writeRounds(round, teller, ports, signal).catch(fail);
  if (written) {
    await handOver(written.decision, written.outcome, ports).catch(fail);
    await tendPool(written.decision, written.outcome, ports).catch(fail);
    await noteOver(round.pool, written.decision.orders.cutovers.get(round.pool.id), ports).catch(fail);
  }
  const told = await teller.ended().catch(fail);
  return written && told === "nothing" ? { unmoved: written.decision, failed } : { failed };
}

/**
 * Whoever loses a name to another writer reads and plans again, a bounded number of times and for a bounded time, with a
 * growing random wait between.
 */
async function writeRounds(
  { pool, states, evidence }: Round,
  teller: Teller,
  ports: SteerPorts,
  signal: AbortSignal,
): Promise<{ decision: Decision; outcome: Outcome }> {
  const { clock } = ports;
  const tried: Tried = new Map();
  const startedMs = clock.nowMs();
  let decision = decide(pool, states, evidence, ports);
  for (let attempt = 1; ; attempt++) {
    const outcome = await writeNames(decision, tried, ports, signal);
    await recordAccepted(decision, outcome, ports);
    if (outcome.lead) teller.tell(decision, outcome.lead);
    if (outcome.kind === "settled" || outcome.kind === "refused") return { decision, outcome };
    // Whom others come before every time is hindered, whoever they are.
    if (attempt === ROUNDS) return { decision, outcome: { ...outcome, kind: "again" } };
    if (clock.nowMs() - startedMs >= ROUNDS_MS || signal.aborted) return { decision, outcome };
    await backOff(attempt, clock, signal);
    const anew = await decideAnew(pool, ports, signal);
    if (anew instanceof SoftError) return { decision, outcome: { kind: "again", detail: anew.message } };
    decision = anew;
  }
}

type Teller = {
  tell(decision: Decision, won: LeadWon): void;
  /** Waits for all that was to be told, and says whether anything was. Rejects if it could not be. */
  ended(): Promise<"something" | "nothing">;
};

/** Tells of a run's batches one after the other, beside the rounds: no name waits for it to be written. */
function createTeller(inTurn: boolean, ports: SteerPorts, signal: AbortSignal): Teller {
  let last: Promise<Owed> | undefined;
  return {
    tell(decision, won) {
      const earlier = last;
      const telling = (async () => announceWon(decision, won, { owed: await earlier, inTurn }, ports, signal))();
      // It is awaited at the end, and until then nobody listens.
      telling.catch(() => undefined);
      last = telling;
    },
    ended: async () => (last ? last.then(() => "something") : "nothing"),
  };
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
