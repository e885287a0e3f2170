import { isAnswer } from "../decide/doubt.ts";
import { own } from "../decide/own.ts";
import type { Check } from "../model/check.ts";
import type { Finding } from "../model/finding.ts";
import type { Resolved } from "../model/resolved.ts";
import type { Answer, Ask, Vote } from "../model/suspicion.ts";
import type { Clock, Prober, ProbeStore } from "../ports.ts";
import { attempt, attemptsFor } from "./attempts.ts";
import { boxesOf, questionsOf } from "./pass.ts";

export type AskPorts = { config: Resolved; region: string; clock: Clock; store: ProbeStore; prober: Prober };

type Suspect = Ask["suspects"][number];

/**
 * Answers another region: asks each suspect several times and says what came of it. What this region does not know by
 * that id and digest, has never reached, or cannot tell because nothing at all answers it, is unknown. Writes nothing.
 */
export async function answerAsk(ask: Ask, ports: AskPorts, signal: AbortSignal): Promise<Answer> {
  const { config, region, clock, store } = ports;
  const firstMs = clock.nowMs();
  const plan = attemptsFor(config, ask.suspects.length, { lastStartMs: firstMs + ask.lastStartInMs, firstMs });
  const witnesses = anyAnswers(witnessesFor(ask, config), ports, signal);
  const [seen, report] = await Promise.all([store.seen(), store.ownReport(ask.shard)]);
  const doubted = new Set(report?.doubted);
  const voteOn = async (suspect: Suspect): Promise<Vote> => {
    const refusal = cannotTell(suspect, seen, doubted, config);
    const detail = refusal ?? "";
    const finding =
      refusal === undefined ? await findingOn(suspect, plan, ports, signal) : { kind: "unknown" as const, detail };
    return { ...suspect, region, finding, answeredMs: clock.nowMs() };
  };
  const votes = await Promise.all(ask.suspects.map(voteOn));
  const blind = !votes.some(({ finding }) => isAnswer(finding)) && !(await witnesses);
  return { region, votes: blind ? votes.map(asBlind) : votes };
}

/** Why this region has no opinion on a suspect; undefined: it asks. */
function cannotTell(
  { box, check, digest }: Suspect,
  seen: Readonly<Record<string, number>>,
  doubted: ReadonlySet<number>,
  { boxes, checks }: Resolved,
): string | undefined {
  const known = own(checks, check);
  if (!own(boxes, box) || known?.digest !== digest) return "not known here under this definition";
  if (own(seen, digest) === undefined) return `${check} was never reached from here`;
  return doubted.has(known.check.port) ? `port ${known.check.port} fails everywhere from here at once` : undefined;
}

async function findingOn(
  { box, check }: Suspect,
  plan: Parameters<typeof attempt>[2],
  ports: AskPorts,
  signal: AbortSignal,
): Promise<Finding> {
  const address = own(ports.config.boxes, box)?.address;
  const known = own(ports.config.checks, check);
  if (address === undefined || !known) return { kind: "unknown", detail: "not known here" };
  return attempt(known.check, address, plan, ports, signal);
}

type Witness = { check: Check; address: string };

/** The canaries, and one box of an island that no suspect stands on: if none of them answers either, the fault is ours. */
function witnessesFor(ask: Ask, config: Resolved): Witness[] {
  const islands = new Set(ask.suspects.map(({ box }) => config.boxes[box]?.island));
  const elsewhere = boxesOf(config, ask.shard).find(({ island }) => !islands.has(island));
  const [other] = elsewhere ? questionsOf(config, [elsewhere]) : [];
  const check = other && config.checks[other.check]?.check;
  const box = other && config.boxes[other.box];
  return [...canaries(config), ...(check && box ? [{ check, address: box.address }] : [])];
}

/** The canaries as questions: that a connection can be made is all that is asked of them. */
export function canaries(config: Resolved): Witness[] {
  return config.canaries.map(({ address, port }) => ({
    address,
    check: { protocol: "tcp", port, votes: false, timeoutMs: 2500 },
  }));
}

/** Whether any of these answers at all. */
export async function anyAnswers(
  witnesses: Witness[],
  ports: { prober: Prober },
  signal: AbortSignal,
): Promise<boolean> {
  const findings = await Promise.all(witnesses.map(({ check, address }) => ports.prober.probe(check, address, signal)));
  return findings.some(isAnswer);
}

function asBlind(vote: Vote): Vote {
  return { ...vote, finding: { kind: "unknown", detail: "nothing at all answers this region" } };
}
