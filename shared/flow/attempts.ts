import { attemptStarts } from "../decide/attempts.ts";
import { confirm } from "../decide/region.ts";
import type { Check } from "../model/check.ts";
import type { Finding } from "../model/finding.ts";
import type { Resolved } from "../model/resolved.ts";
import type { Clock, Prober } from "../ports.ts";

/** With more suspects than this at once the attempts follow one another: three sockets each would be too many. */
const OVERLAP_UP_TO = 250;

/** `lastStartMs` (epoch): the last attempt starts no earlier. `overlap`: an attempt does not wait for the one before. */
export type Attempts = { count: number; lastStartMs: number; overlap: boolean };

/** How so many suspects are to be asked again. */
export function attemptsFor({ confirm: { attempts } }: Resolved, suspects: number, lastStartMs: number): Attempts {
  return { count: attempts, lastStartMs, overlap: suspects <= OVERLAP_UP_TO };
}

/**
 * Asks one check several times more and says what the answers come to. The first success ends it, because one success
 * is enough to clear a suspect.
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
    if (finding.kind === "up") enough.abort();
  };
  const starts = attemptStarts(ports.clock.nowMs(), plan.lastStartMs, plan.count);
  if (plan.overlap) await Promise.all(starts.map(once));
  else for (const startMs of starts) await once(startMs);
  if (findings.length === 0) return { kind: "unknown", detail: "out of time before an attempt could start" };
  return confirm(findings);
}
