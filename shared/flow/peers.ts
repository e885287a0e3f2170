import { freshRegions, silenceOf, suspectRegions } from "../decide/peers.ts";
import { doubtsIn, tellsUnreached } from "../decide/self-doubt.ts";
import { isWarningOver, warningsIn } from "../decide/warnings.ts";
import type { ConditionKind } from "../model/event.ts";
import { type Holding, tendConditions } from "./conditions.ts";
import { within } from "./deadline.ts";
import type { SteerPorts } from "./decision.ts";

const PING_MS = 3000;

/**
 * Looks after the regions, this one included: of one without a report for long it is said that it is silent, later where it
 * still answers a call ({@link silenceOf}); what a region doubts of itself (blind, never reached, a doubted port, too slow)
 * and what it warns of is told from its report.
 */
export async function watchPeers(ports: SteerPorts, signal: AbortSignal): Promise<void> {
  const { config, region, clock, store, voters } = ports;
  const reports = await store.reports(config.regions, config.shards);
  const nowMs = clock.nowMs();
  const silences: Holding[] = [];
  for (const suspect of suspectRegions({ config, region, reports, nowMs })) {
    const answered = await within(clock, PING_MS, signal, (limit) => voters.ping(suspect.region, limit)).then(
      () => true,
      () => false,
    );
    const silence = silenceOf(suspect, answered);
    if (silence === undefined) continue;
    const detail = `${silence} The other regions go on; quorum stays ${config.quorum} of ${config.regions.length}.`;
    silences.push({ kind: "silent", subject: suspect.region, detail, page: true });
  }
  const fresh = freshRegions({ config, reports, nowMs });
  const heard = new Set(fresh);
  const judgedSilent = (kind: ConditionKind, subject: string): boolean => kind === "silent" && heard.has(subject);
  // Rank is waited for before a silence is told (suspectRegions), so that what comes here is this region's to tell.
  await tendConditions({ holding: silences, judged: judgedSilent, rank: 0 }, ports);
  const current = reports.filter((report) => heard.has(report.region));
  const doubts = [...doubtsIn(current, config, nowMs), ...warningsIn(current)];
  const doubting = new Set<string>(["blind", "unreached", "doubted", "late"]);
  const mute = current.filter((report) => !tellsUnreached(report, config, nowMs));
  const untold = new Set(mute.map((report) => report.region));
  const judgedDoubt = (kind: ConditionKind, subject: string): boolean => {
    if (kind === "warning") return isWarningOver(subject, current, config);
    const judges = kind === "unreached" ? fresh.filter((name) => !untold.has(name)) : fresh;
    return doubting.has(kind) && judges.some((name) => subject === name || subject.endsWith(` from ${name}`));
  };
  const rank = fresh.filter((name) => config.regions.indexOf(name) < config.regions.indexOf(region)).length;
  await tendConditions({ holding: doubts, judged: judgedDoubt, rank }, ports);
}
