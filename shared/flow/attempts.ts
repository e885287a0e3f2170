import { ATTEMPT_GAP_MS, attemptStarts, confirm } from "../decide/attempts.ts";
import type { Check } from "../model/check.ts";
import type { Finding } from "../model/finding.ts";
import type { Resolved } from "../model/resolved.ts";
import type { Clock, Prober } from "../ports.ts";

/** With more suspects than this at once the attempts follow one another: three sockets each would be too many. */
export const OVERLAP_UP_TO = 250;

/**
 * `lastStartMs` (epoch): the last attempt starts no earlier. `overlap`: an attempt does not wait for the one before.
 * `untilMs`: what has failed at once each time is asked once more then.
 */
export type Attempts = { count: number; lastStartMs: number; overlap: boolean; untilMs: number };

/** How so many suspects are to be asked again, of which the first failed at `firstMs` (epoch) as this region knows. */
export function attemptsFor(
  { confirm: { attempts, spreadMs } }: Resolved,
  suspects: number,
  { lastStartMs, firstMs }: { lastStartMs: number; firstMs: number },
): Attempts {
  // Where half of the spread is left, the attempts themselves outlast a restart that began when the first one failed.
  const untilMs = lastStartMs - firstMs >= spreadMs / 2 ? lastStartMs : firstMs + spreadMs;
  return { count: attempts, lastStartMs, overlap: suspects <= OVERLAP_UP_TO, untilMs };
}

/**
 * For how long whoever is asked about so many may be at it: each attempt may take all its time, the last one starts no
 * earlier than in `lastStartInMs`, and what fails at once is waited with until the spread has passed.
 */
export function attemptsMs(
  { confirm: { attempts, spreadMs }, checks }: Resolved,
  suspects: number,
  lastStartInMs: number,
): number {
  const timeoutMs = Math.max(...Object.values(checks).map(({ check }) => check.timeoutMs));
  const apartMs = suspects <= OVERLAP_UP_TO ? ATTEMPT_GAP_MS : timeoutMs;
  return Math.max(spreadMs, Math.max(lastStartInMs, (attempts - 1) * apartMs) + timeoutMs);
}

/**
 * Asks one check several times more and says what the answers come to. The first success ends it, because one success
 * is enough to clear a suspect. Whoever asks may have waited for an answer, or be blind: what refuses here within a
 * second may be a restart that has just begun. Where less than half of `confirm.spreadS` is left, failures at once
 * therefore count only when they span the whole of it here. (A hang that hangs here too is not delayed.)
 */
export async function attempt(
  check: Check,
  address: string,
  plan: Attempts,
  ports: { clock: Clock; prober: Prober },
  signal: AbortSignal,
): Promise<Finding> {
  const enough = new AbortController();
  const either = AbortSignal.any([signal, enough.signal]);
  const findings: Finding[] = [];
  const once = async (startMs: number): Promise<void> => {
    await ports.clock.sleep(startMs - ports.clock.nowMs(), either);
    if (either.aborted) return;
    const finding = await ports.prober.probe(check, address, either);
    if (enough.signal.aborted) return;
    findings.push(finding);
    if (finding.kind === "up") enough.abort("one success is enough");
  };
  const starts = attemptStarts(ports.clock.nowMs(), plan.lastStartMs, plan.count);
  if (plan.overlap) await Promise.all(starts.map(once));
  else for (const startMs of starts) await once(startMs);
  const last = findings.at(-1);
  const atOnce = last?.kind === "down" && last.reason !== "timeout" && ports.clock.nowMs() < plan.untilMs;
  if (atOnce && findings.every(({ kind }) => kind === "down")) await once(plan.untilMs);
  if (findings.length === 0) return { kind: "unknown", detail: "out of time before an attempt could start" };
  return confirm(findings);
}
