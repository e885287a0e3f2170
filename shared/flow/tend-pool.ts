import { barredUntilS } from "../decide/damping.ts";
import { own } from "../decide/own.ts";
import type { ConditionKind } from "../model/event.ts";
import type { View } from "../model/view.ts";
import { fenceOf } from "../plan/fence.ts";
import { recordsAfter, weightsNow } from "../plan/lead.ts";
import { type Holding, tendConditions } from "./conditions.ts";
import { type Decision, fencedBefore, type SteerPorts } from "./decision.ts";
import { frozenBy } from "./standing.ts";
import type { Outcome } from "./write-names.ts";

/** The kinds that a steered pool is judged for; their subject begins with the pool's id. */
const JUDGED: ReadonlySet<ConditionKind> = new Set([
  "held",
  "floor",
  "fail-open",
  "damped",
  "refused",
  "danger",
  "dns-refuses",
  "withheld",
  "lagging",
  "frozen",
  "observe",
]);

/** Of these, what only a plan can tell: while none is made, as under a freeze, nothing of them is over. */
const PLANNED: ReadonlySet<ConditionKind> = new Set(["refused", "danger", "lagging", "frozen"]);

/** Names that carry an older epoch of the lead than its own are told after this long. */
const LAG_S = 120;

/** After a pool was steered: writes the view that status and the API answer from, and tells what holds and what is over. */
export async function tendPool(decision: Decision, outcome: Outcome, ports: SteerPorts): Promise<void> {
  const pool = decision.pool.id;
  const nowS = ports.clock.nowMs() / 1000;
  const holding = [
    ...ruleHoldings(decision),
    ...planHoldings(decision, outcome),
    ...refusedHoldings(decision, outcome),
    ...withheldHoldings(decision),
    ...(outcome.plans ? laggingHoldings(decision, nowS) : []),
    ...observeHoldings(decision),
  ];
  const judged = (kind: ConditionKind, subject: string): boolean =>
    JUDGED.has(kind) &&
    subject.split(" ")[0] === pool &&
    isJudged(kind, subject === pool, outcome) &&
    !(kind === "damped" && isKeptOut(subject.slice(pool.length + 1), decision, nowS));
  const fenced = await fencedBefore(decision, ports);
  await Promise.all([
    ports.store.putView(viewOf(decision, outcome, fenced, ports)),
    tendConditions({ holding, judged, rank: 0, ended: (kind) => endedBy(kind, outcome) }, ports),
  ]);
}

/**
 * Whether this run can tell that a condition of its pool is over.
 *
 * | kind                             | a plan was made | another writer was first | judged |
 * | -------------------------------- | --------------- | ------------------------ | ------ |
 * | refused, danger, lagging, frozen | no              | any                      | no     |
 * | dns-refuses                      | any             | yes                      | no     |
 * | dns-refuses, of a box            | no              | any                      | no     |
 * | any other                        | any             | any                      | yes    |
 */
function isJudged(kind: ConditionKind, isOfPool: boolean, outcome: Outcome): boolean {
  if (kind === "dns-refuses") return outcome.kind !== "late" && (isOfPool || outcome.plans !== undefined);
  return outcome.plans !== undefined || !PLANNED.has(kind);
}

/** Whether damping bars the way back of what serves nothing, whatever it is found to be now: one that flaps is told once. */
function isKeptOut(box: string, { pool, choice }: Decision, nowS: number): boolean {
  const left = own(choice.memory.left, box);
  const isBarred = pool.restore.damping && left !== undefined && nowS < (barredUntilS(left) ?? 0);
  return isBarred && choice.weights[box] === 0;
}

/** What waited for Route 53 may have been written, or be right again without it: then nobody knows whether it would be. */
function endedBy(kind: ConditionKind, { accepted = [] }: Outcome): string | undefined {
  if (kind !== "dns-refuses") return undefined;
  return accepted.length > 0
    ? "Route 53 takes changes again."
    : "It needs no change any more. Whether Route 53 takes changes again is not known.";
}

/** Rules of choose that are worth telling, once a pool; the others only explain. Damping is told by load balancer. */
function ruleHoldings({ pool, choice }: Decision): Holding[] {
  const ofPool = (["held", "floor", "fail-open"] as const).flatMap((kind): Holding[] => {
    const rules = choice.rules.filter((rule) => rule.kind === kind);
    if (rules.length === 0) return [];
    const detail = rules.map((rule) => rule.detail).join("\n");
    return [{ kind, subject: pool.id, detail, page: rules.some(({ page }) => page) }];
  });
  const damped = choice.rules.flatMap(({ kind, box, detail, page }): Holding[] =>
    kind === "damped" && box !== undefined ? [{ kind, subject: `${pool.id} ${box}`, detail, page }] : [],
  );
  return [...ofPool, ...damped];
}

function planHoldings({ pool, orders }: Decision, { plans = [] }: Outcome): Holding[] {
  // A name that an operator gave back is not missed.
  const expected = (name: string, kind: string): boolean =>
    kind === "fence-gone" && orders.ownership.get(name)?.did === "release";
  const all = plans.flatMap((plan) => plan.refused).filter(({ name, kind }) => !expected(name, kind));
  const refused = all
    .filter(({ kind }) => kind !== "frozen")
    .map(
      ({ kind, name, detail }): Holding => ({
        kind: "refused",
        subject: `${pool.id} ${name} ${kind}`,
        detail,
        page: true,
      }),
    );
  // An order to freeze makes no plans: only the fences say so.
  const frozen = all.flatMap(({ kind, detail }) => (kind === "frozen" ? [detail] : []));
  const says = ["No order that is known says by whom or why.", ...frozen].join("\n");
  const byFences: Holding[] =
    frozen.length > 0 ? [{ kind: "frozen", subject: `${pool.id} names`, detail: says, page: false }] : [];
  const dangers = plans.flatMap((plan) =>
    plan.dangers.map(({ kind, name, box, detail }): Holding => {
      const page = kind === "repairs-stopped";
      return { kind: "danger", subject: [pool.id, name, kind, ...(box ? [box] : [])].join(" "), detail, page };
    }),
  );
  return [...refused, ...byFences, ...dangers];
}

/** What Route 53 did not take: by load balancer, so that the message can say which one is down and still served. */
function refusedHoldings(decision: Decision, outcome: Outcome): Holding[] {
  if (outcome.kind === "settled" || outcome.kind === "late") return [];
  const { pool, choice, serving } = decision;
  const detail = `DNS could not be changed: ${outcome.detail}.`;
  // Frozen names change their fences alone; whoever should move is told as withheld.
  const moving =
    frozenBy(decision) !== undefined
      ? []
      : pool.members.filter(({ box }) => (serving.weights[box] ?? 0) !== choice.weights[box]);
  if (moving.length === 0)
    return [{ kind: "dns-refuses", subject: pool.id, detail: `${detail} Only the fence was to change.`, page: true }];
  return moving.map(({ box }) => {
    const wanted = `${box} should be at weight ${choice.weights[box] ?? 0}: ${choice.because[box] ?? ""}.`;
    return { kind: "dns-refuses", subject: `${pool.id} ${box}`, detail: `${wanted}\n${detail}`, page: true };
  });
}

/** Under a freeze: whom the rules would serve otherwise. Somebody is woken for what is down and served. */
function withheldHoldings(decision: Decision): Holding[] {
  const { pool, lead, serving, choice, verdicts } = decision;
  const frozen = frozenBy(decision);
  if (frozen === undefined || serving.memory === undefined || pool.mode === "observe") return [];
  const now = weightsNow(lead, pool.members);
  return pool.members.flatMap(({ box }): Holding[] => {
    const [is = 0, wanted = 0] = [now[box], choice.weights[box]];
    if (is === wanted) return [];
    const why = `${box} should be at weight ${wanted}: ${choice.because[box] ?? ""}.`;
    const detail = `${why}\nDNS could not be changed: it stays at weight ${is}, because the names are ${frozen}.`;
    const page = is > 0 && verdicts.some((one) => one.box === box && one.state === "out");
    return [{ kind: "withheld", subject: `${pool.id} ${box}`, detail, page }];
  });
}

function laggingHoldings({ pool, lead, states }: Decision, nowS: number): Holding[] {
  const fence = fenceOf(lead);
  if (!fence || nowS - fence.atS < LAG_S) return [];
  return states.flatMap((state): Holding[] => {
    const epoch = state === lead ? undefined : fenceOf(state)?.lead;
    if (epoch === undefined || epoch >= fence.epoch) return [];
    const detail = `${state.name} still answers as ${lead.name} did at epoch ${epoch}; ${lead.name} is at ${fence.epoch}.`;
    return [{ kind: "lagging", subject: `${pool.id} ${state.name}`, detail, page: true }];
  });
}

/** In observe mode: whose weight would not be the configured one. */
function observeHoldings({ pool, choice }: Decision): Holding[] {
  if (pool.mode !== "observe") return [];
  return pool.members.flatMap(({ box, weight }): Holding[] => {
    const would = choice.weights[box] ?? 0;
    if (would === weight) return [];
    const detail = `${box} would be served with weight ${would} instead of ${weight}: ${choice.because[box] ?? ""}.`;
    return [{ kind: "observe", subject: `${pool.id} ${box}`, detail, page: false }];
  });
}

/** The names as they were read, and what this run has had accepted since. */
function viewOf(
  { pool, states, verdicts, choice }: Decision,
  { plans = [], accepted = [] }: Outcome,
  fenced: ReadonlySet<string>,
  { region, clock }: SteerPorts,
): View {
  const boxes = pool.members.map(({ box }) => {
    const rule = choice.rules.find((one) => one.kind === "damped" && one.box === box);
    const verdict = verdicts.find((one) => one.box === box)?.state ?? "undecided";
    const barred = rule?.untilS === undefined ? {} : { barredUntilS: rule.untilS };
    return [box, { verdict, weight: choice.weights[box] ?? 0, because: choice.because[box] ?? "", ...barred }] as const;
  });
  const names = states.map((state) => {
    const { name, zoneId } = state;
    const done = accepted.some((one) => one.name === name) ? plans.find((plan) => plan.name === name) : undefined;
    const records = done ? recordsAfter(done, state) : state.records;
    const epoch = done?.fence?.epoch ?? fenceOf(state)?.epoch;
    return {
      name,
      zoneId,
      hadFence: done !== undefined || state.fence !== undefined || fenced.has(name),
      ...(epoch === undefined ? {} : { epoch }),
      records: records.filter(({ type }) => type === "A" || type === "AAAA"),
    };
  });
  const open = choice.memory.open;
  return { region, pool: pool.id, atMs: clock.nowMs(), open, boxes: Object.fromEntries(boxes), names };
}
