import { isUnconnected } from "../decide/doubt.ts";
import type { Answered } from "../decide/region.ts";
import { own } from "../decide/own.ts";
import { poolsWith } from "../decide/pools.ts";
import type { Finding } from "../model/finding.ts";
import type { Box, Resolved } from "../model/resolved.ts";
import type { Clock, Prober } from "../ports.ts";

/** Sockets that one pass holds at once: Lambda gives 1,024 descriptors, and the SDK and the confirmations need theirs. */
const IN_FLIGHT = 750;

/** One question of a shard: which check of which box. */
export type Question = { box: string; check: string };

/** The boxes of a shard, in the order of the configuration. */
export function boxesOf(config: Resolved, shard: number): Box[] {
  return Object.values(config.boxes).filter((box) => box.shard === shard);
}

/**
 * Every question about these boxes: the first voting check of each box before anybody's others, so that in a large
 * shard an address that does not connect is known before more is asked of it.
 */
export function questionsOf(config: Resolved, boxes: readonly Box[]): Question[] {
  const ranked = boxes.map(({ id, checks }) => {
    const first = checks.find((check) => own(config.checks, check)?.check.votes) ?? checks[0];
    return {
      first: first === undefined ? [] : [{ box: id, check: first }],
      rest: checks.filter((one) => one !== first).map((check) => ({ box: id, check })),
    };
  });
  return [...ranked.flatMap(({ first }) => first), ...ranked.flatMap(({ rest }) => rest)];
}

/**
 * Asks every question once, at most {@link IN_FLIGHT} at a time, and hands each answer over as it comes. What is asked
 * later than the first {@link IN_FLIGHT} waits for the first answer of its box, and is not asked at all of an address
 * that did not connect: one finding, not six. A check that was never reached from here (`seen`, by digest), such as one of
 * port 25, says nothing of the address; and for a pool that has only other checks, those are asked.
 * Resolves when the last one is in; never rejects, because a prober never does.
 */
export async function runPass(
  config: Resolved,
  questions: readonly Question[],
  ports: { clock: Clock; prober: Prober },
  onAnswer: (answer: Answered) => void,
  signal: AbortSignal,
  seen: Readonly<Record<string, number>>,
): Promise<void> {
  const queue = questions.entries();
  const unconnected = new Map<string, string[]>();
  const firsts = new Map<string, Promise<Answered>>();
  const askLater = async (question: Question): Promise<Answered> => {
    await firsts.get(question.box);
    const known = isKnown(config, question, unconnected.get(question.box) ?? []);
    return known ? notAsked(config, question, ports) : askOne(config, question, ports, signal);
  };
  const worker = async (): Promise<void> => {
    for (const [at, question] of queue) {
      const asked = at < IN_FLIGHT ? askOne(config, question, ports, signal) : askLater(question);
      if (!firsts.has(question.box)) firsts.set(question.box, asked);
      const answer = await asked;
      const isMet = answer.votes && connects(config, question) && own(seen, answer.digest) !== undefined;
      if (isMet && isUnconnected(answer.finding))
        unconnected.set(question.box, [...(unconnected.get(question.box) ?? []), question.check]);
      onAnswer(answer);
    }
  };
  await Promise.all(Array.from({ length: Math.min(IN_FLIGHT, questions.length) }, worker));
}

/** A datagram that nobody answers says nothing of an address's other ports. */
function connects(config: Resolved, question: Question): boolean {
  const { check } = defined(config, question);
  return check.protocol !== "dns" || check.transport === "tcp";
}

/** Whether of each pool that asks this of the box another check has not connected. */
function isKnown({ pools }: Resolved, { box, check }: Question, failed: readonly string[]): boolean {
  if (failed.length === 0) return false;
  const asking = poolsWith(pools, box).filter(({ checks }) => checks.includes(check));
  return asking.every(({ checks }) => checks.some((one) => failed.includes(one)));
}

type Ports = { clock: Clock; prober: Prober };

async function askOne(
  config: Resolved,
  question: Question,
  { clock, prober }: Ports,
  signal: AbortSignal,
): Promise<Answered> {
  const { check } = defined(config, question);
  const box = config.boxes[question.box];
  const startedMs = clock.nowMs();
  const finding = await prober.probe(check, box?.address ?? "", signal);
  return answered(config, question, finding, startedMs, clock.nowMs());
}

function notAsked(config: Resolved, question: Question, { clock }: Ports): Answered {
  const now = clock.nowMs();
  return answered(config, question, { kind: "unknown", detail: "not asked: the address does not connect" }, now, now);
}

function answered(
  config: Resolved,
  question: Question,
  finding: Finding,
  startedMs: number,
  answeredMs: number,
): Answered {
  const { check, digest } = defined(config, question);
  const island = config.boxes[question.box]?.island;
  const { port, votes } = check;
  return {
    ...question,
    digest,
    votes,
    finding,
    startedMs,
    answeredMs,
    port,
    ...(island === undefined ? {} : { island }),
  };
}

function defined(config: Resolved, { box, check }: Question): Resolved["checks"][string] {
  const found = own(config.boxes, box) && own(config.checks, check);
  if (!found) throw new Error(`no box ${box} or check ${check} in the configuration`);
  return found;
}
