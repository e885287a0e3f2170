import { doubtedPorts, isAnswer } from "../decide/doubt.ts";
import { type Answered, keyOf, stepReport } from "../decide/region.ts";
import { failedAnew, isWoken, suspectsOf } from "../decide/suspects.ts";
import { leftToOthers, votesIn } from "../decide/turns.ts";
import { changedBoxes, paceOf } from "../decide/votes.ts";
import type { BoxReport, Report } from "../model/report.ts";
import type { Suspicion } from "../model/suspicion.ts";
import type { SlotMessage } from "../ports.ts";
import { isStale, slotOf } from "../schedule/slots.ts";
import { anyAnswers, canaries } from "./ask.ts";
import { beatAfter } from "./beat.ts";
import { type ConfirmPorts, confirmGroup, openLedger } from "./confirm.ts";
import { boxesOf, questionsOf, runPass } from "./pass.ts";
import { phaseOf } from "./plan-slots.ts";
import { historyOf, restoreRules } from "./probe-results.ts";

/** What fails at once is asked about this long after the pass began; what hangs, at its end. */
const FIRST_ASK_MS = 1000;

type Known = {
  previous: Report | undefined;
  suspicion: Suspicion | undefined;
  seen: Record<string, number>;
  others: Report[];
  /** Boxes that are long down and another region's to ask. */
  left: Map<string, BoxReport>;
};

/**
 * Probes one slot of one shard: asks every check once, confirms new failures here and in the other regions, writes the
 * report and wakes failover if something changed. A slot that is too late or reported already is left alone.
 */
export async function probeSlot(message: SlotMessage, ports: ConfirmPorts, signal: AbortSignal): Promise<void> {
  const { config, region, clock, store, log } = ports;
  const { shard } = message;
  const pace = paceOf(config);
  const slot = slotOf(message, phaseOf(shard, config, region), pace.intervalMs);
  const startedMs = clock.nowMs();
  if (isStale({ nowMs: startedMs, dueMs: message.dueMs, intervalMs: pace.intervalMs })) {
    log.warn("a slot came too late", { slot, shard, lateMs: startedMs - message.dueMs });
    return;
  }
  const [previous, suspicion, seen] = await Promise.all([
    store.ownReport(shard),
    store.ownSuspicion(shard),
    store.seen(),
  ]);
  // Slots are counted by interval: those of an older configuration are not comparable.
  if (previous && previous.cfg >= config.cfg && previous.slot >= slot) return;
  const others = await othersReports(previous, ports);
  const left = leftToOthers({ config, region, shard, slot, previous, others });
  const known = { previous, suspicion, seen, others, left };
  const { answers, confirmed, canaryUp, woken } = await passAndConfirm(shard, known, ports, signal);
  // A slot that confirms takes longer than an interval may be: the one before it may have reported meanwhile.
  const last = confirmed.size > 0 ? await store.ownReport(shard) : previous;
  const step = stepReport({
    region,
    shard,
    slot,
    startedMs,
    answeredMs: clock.nowMs(),
    lateMs: startedMs - message.dueMs,
    cfg: config.cfg,
    asked: config.asked[shard] ?? "",
    answers,
    confirmed,
    canaryUp,
    previous: last,
    seen,
    restore: restoreRules(config),
    left,
    suspicion,
    quorum: config.quorum,
    pace,
  });
  if (step.seenChanged) await store.putSeen(step.seen);
  if (!(await store.putReport(step.report))) return;
  const changed = changedBoxes(last, step.report).filter((box) => !isWoken(box, step.report, woken, config.pools));
  if (changed.length > 0) await ports.wake.wake(changed);
  const history = historyOf(step.report, answers, last);
  if (history) await store.putHistory(history);
  const unsettled = Object.keys(step.report.boxes).length;
  log.info("slot", {
    slot,
    shard,
    lateMs: step.report.lateMs,
    ms: clock.nowMs() - startedMs,
    unsettled,
    blind: step.report.blind,
  });
  await beatAfter(step.report, last, ports.heartbeat, signal);
}

/** The other regions' reports, read only while something is down here: whether it has a quorum, and for how long. */
async function othersReports(
  previous: Report | undefined,
  { config, region, store, log }: ConfirmPorts,
): Promise<Report[]> {
  const checks = Object.values(previous?.boxes ?? {}).flatMap((box) => Object.values(box));
  if (!checks.some(({ finding }) => finding.kind === "down")) return [];
  const others = config.regions.filter((name) => name !== region);
  return store.reports(others, config.shards).catch((error: unknown) => {
    log.warn("the other regions' reports could not be read; asking as if there were none", { error });
    return [];
  });
}

async function passAndConfirm(shard: number, known: Known, ports: ConfirmPorts, signal: AbortSignal) {
  const { config, clock } = ports;
  const answers: Answered[] = [];
  const ledger = openLedger(shard, known.suspicion, ports);
  const passed = new AbortController();
  const boxes = boxesOf(config, shard).filter(({ id }) => !known.left.has(id));
  const questions = questionsOf(config, boxes);
  const pass = runPass(config, questions, ports, (answer) => answers.push(answer), signal, known.seen);
  const pace = paceOf(config);
  const reported = votesIn(known.others, config, clock.nowMs());
  void pass.finally(() => passed.abort("the pass is over"));
  let canary: Promise<boolean> | undefined;
  const asked: Answered[] = [];
  const again = new Set<string>();
  const confirmNew = async (): Promise<Map<string, Answered>> => {
    const suspects = suspectsOf({
      answers,
      asked,
      pools: config.pools,
      ...known,
      reported,
      quorum: config.quorum,
      pace,
      nowMs: clock.nowMs(),
    });
    const unheard = answers.filter(({ box, check }) => !again.has(keyOf(box, check)));
    const anew = failedAnew(unheard, known.previous, known.seen, pace);
    if (suspects.length + anew.length === 0) return new Map();
    asked.push(...suspects);
    for (const { box, check } of anew) again.add(keyOf(box, check));
    canary ??= anyAnswers(canaries(config), ports, signal);
    const blind = canary.then((up) => !up && !answers.some(({ finding }) => isAnswer(finding)));
    const doubted = (confirmed: readonly Answered[]): number[] =>
      doubtedPorts(withConfirmed(answers, confirmed), known.previous, pace);
    return confirmGroup({ shard, suspects, anew, blind, doubted }, ledger, ports, signal);
  };
  await Promise.race([pass, clock.sleep(FIRST_ASK_MS, passed.signal)]);
  const atOnce = confirmNew();
  await pass;
  const [first, second] = await Promise.all([atOnce, confirmNew()]);
  // A pass in which nothing answered is a reason to doubt oneself even where nothing was new.
  if (!canary && !answers.some(({ finding }) => isAnswer(finding)))
    canary = anyAnswers(canaries(config), ports, signal);
  return { answers, confirmed: new Map([...first, ...second]), canaryUp: await canary, woken: ledger.woken };
}

function withConfirmed(answers: readonly Answered[], confirmed: readonly Answered[]): Answered[] {
  const byKey = new Map(confirmed.map((answer) => [keyOf(answer.box, answer.check), answer]));
  return answers.map((answer) => byKey.get(keyOf(answer.box, answer.check)) ?? answer);
}
