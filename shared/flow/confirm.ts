import { doubtOf } from "../decide/doubt.ts";
import { type Answered, keyOf } from "../decide/region.ts";
import { agreedOn, mergeVotes, voteAgeMs } from "../decide/votes.ts";
import type { Resolved } from "../model/resolved.ts";
import type { Suspicion, Vote } from "../model/suspicion.ts";
import type { Clock, Heartbeat, Log, Prober, ProbeStore, Voters, Wake } from "../ports.ts";
import { attempt, type Attempts, attemptsFor, attemptsMs, OVERLAP_UP_TO } from "./attempts.ts";
import { within } from "./deadline.ts";

export type ConfirmPorts = {
  config: Resolved;
  region: string;
  clock: Clock;
  store: ProbeStore;
  prober: Prober;
  voters: Voters;
  wake: Wake;
  log: Log;
  /** Called after a good slot, where one is configured. */
  heartbeat?: Heartbeat;
};

/** Time that a call across regions may add to what it asks for: connection, cold start, way back. */
const CALL_MS = 4000;

/**
 * The votes of one pass. Written before failover is woken, and woken for a box at the vote that makes the quorum on a check
 * of it (`woken`: by {@link keyOf}), because its pools may have different ones.
 */
export type Ledger = { add(votes: Vote[]): Promise<void>; woken: ReadonlySet<string> };

/**
 * A ledger that begins with what this region's last suspicion still holds. Slots may overlap: what another one has
 * written meanwhile is kept as well.
 */
export function openLedger(shard: number, last: Suspicion | undefined, ports: ConfirmPorts): Ledger {
  const { config, region, clock, store, wake, log } = ports;
  const woken = new Set<string>();
  let votes = last?.votes ?? [];
  let tail = Promise.resolve();
  const write = async (added: Vote[]): Promise<void> => {
    const stored = await store.ownSuspicion(shard).catch(() => undefined);
    const now = clock.nowMs();
    votes = mergeVotes([...(stored?.votes ?? []), ...votes], added, now, voteAgeMs(config.intervalS * 1000));
    await store.putSuspicion({ region, shard, updatedMs: now, cfg: config.cfg, votes });
    const fresh = agreedOn(votes, config.quorum).filter(
      ({ box, check }) => !woken.has(keyOf(box, check)) && added.some((v) => v.box === box && v.check === check),
    );
    if (fresh.length === 0) return;
    for (const { box, check } of fresh) woken.add(keyOf(box, check));
    await wake.wake([...new Set(fresh.map(({ box }) => box))]);
  };
  const add = (added: Vote[]): Promise<void> => {
    const next = tail.then(() => write(added));
    tail = next.catch((error: unknown) => log.error("votes could not be written or failover not woken", { error }));
    return tail;
  };
  return { add, woken };
}

type Group = {
  shard: number;
  suspects: readonly Answered[];
  anew: readonly Answered[];
  blind: Promise<boolean>;
  /** The ports that this region doubts, by what it has found and now finds of the group. */
  doubted: (again: readonly Answered[]) => readonly number[];
};

/**
 * Confirms a group of failures: this region asks each of them again (`anew` and `suspects`), and the other regions ask
 * the suspects, all at once. Returns this region's own findings by key; the votes go into the ledger as they come. A
 * failure by a port that it doubts is no vote here either: where one vote is a quorum it would act before its report.
 */
export async function confirmGroup(
  group: Group,
  ledger: Ledger,
  ports: ConfirmPorts,
  signal: AbortSignal,
): Promise<Map<string, Answered>> {
  const { config, region, clock } = ports;
  const all = new Map([...group.anew, ...group.suspects].map((answer) => [keyOf(answer.box, answer.check), answer]));
  const firstMs = Math.min(...[...all.values()].map(({ startedMs }) => startedMs));
  const lastStartMs = firstMs + config.confirm.spreadMs;
  const plan = attemptsFor(config, all.size, { lastStartMs, firstMs });
  const asked = new Set(group.suspects.map(({ box, check }) => keyOf(box, check)));
  // So many at once would take more sockets than a Lambda has: then only what the others are asked is asked again here.
  const isAsked = ({ box, check }: Answered): boolean => all.size <= OVERLAP_UP_TO || asked.has(keyOf(box, check));
  const own = async (): Promise<Map<string, Answered>> => {
    const again = await Promise.all(
      [...all.values()].map((answer) =>
        isAsked(answer) ? askAgain(answer, plan, group.blind, ports, signal) : Promise.resolve(unconfirmed(answer)),
      ),
    );
    const doubted = group.doubted(again);
    const votes = again
      .filter(({ box, check }) => asked.has(keyOf(box, check)))
      .map((answer) => asVote(answer, region, doubted));
    if (votes.length > 0) await ledger.add(votes);
    return new Map(again.map((answer) => [keyOf(answer.box, answer.check), answer]));
  };
  const suspects = group.suspects.map(({ box, check, digest }) => ({ box, check, digest }));
  const lastStartInMs = Math.max(0, lastStartMs - clock.nowMs());
  const other = async (to: string): Promise<void> => {
    const ask = { kind: "ask" as const, from: region, shard: group.shard, suspects, lastStartInMs };
    const limitMs = attemptsMs(config, suspects.length, lastStartInMs) + CALL_MS;
    await within(clock, limitMs, signal, (limit) => ports.voters.ask(to, ask, limit)).then(
      ({ votes }) => ledger.add(votes.filter((vote) => vote.region === to)),
      (error: unknown) => ports.log.warn("a region could not be asked", { to, error }),
    );
  };
  const others = suspects.length > 0 ? config.regions.filter((name) => name !== region) : [];
  const [confirmed] = await Promise.all([own(), ...others.map(other)]);
  return confirmed;
}

async function askAgain(
  answer: Answered,
  plan: Attempts,
  blind: Promise<boolean>,
  ports: ConfirmPorts,
  signal: AbortSignal,
): Promise<Answered> {
  const { config, clock } = ports;
  const box = config.boxes[answer.box];
  const defined = config.checks[answer.check];
  if (!box || !defined) return answer;
  const finding = await attempt(defined.check, box.address, plan, ports, signal);
  const doubted = finding.kind === "down" && (await blind);
  const detail = "nothing at all answers this region";
  return { ...answer, finding: doubted ? { kind: "unknown", detail } : finding, answeredMs: clock.nowMs() };
}

function unconfirmed(answer: Answered): Answered {
  return { ...answer, finding: { kind: "unknown", detail: "failed once; too much failed at once to ask again" } };
}

function asVote({ box, check, digest, port, ...found }: Answered, region: string, doubted: readonly number[]): Vote {
  const isDoubted = found.finding.kind === "down" && port !== undefined && doubted.includes(port);
  const finding = isDoubted ? doubtOf(port) : found.finding;
  return { box, check, digest, region, finding, answeredMs: found.answeredMs };
}
