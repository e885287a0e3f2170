import {
  afterTelling,
  beforeTelling,
  believedOf,
  foldTold,
  isBeingTold,
  isSibling,
  type Move,
  type Told,
} from "../decide/announced.ts";
import type { Choice } from "../decide/choose.ts";
import { barredUntilS } from "../decide/damping.ts";
import type { Orders } from "../decide/intents.ts";
import { own } from "../decide/own.ts";
import { weightsMessage } from "../message/weights.ts";
import { digestOf } from "../model/digest.ts";
import { SoftError } from "../model/errors.ts";
import type { Moved, WeightsEvent } from "../model/event.ts";
import type { Memory } from "../model/fence.ts";
import type { Pool, Resolved } from "../model/resolved.ts";
import type { Verdict } from "../model/verdict.ts";
import type { Announced, Announcer, Clock, Log, Snapshots, Store } from "../ports.ts";
import { changesBefore } from "./changes.ts";

/** Hex digits of an event's id that tell apart what moved: one epoch may be told of in parts. */
const ID_DIGITS = 8;

/** Runs of one region that write the same moment are few: each round one of them gets through. */
const REMEMBER_ROUNDS = 10;

export type AnnouncePorts = {
  config: Resolved;
  region: string;
  clock: Clock;
  store: Store;
  announcer: Announcer;
  log: Log;
  /** Absent where nobody uploads configurations. */
  snapshots?: Pick<Snapshots, "manifests">;
};

/** What the zone says of a pool, and what is known about why. Weights by box; undefined: no record of ours. */
export type ZoneChange = {
  pool: Pool;
  name: string;
  epoch: number;
  before: Readonly<Record<string, number | undefined>>;
  after: Readonly<Record<string, number>>;
  choice: Choice;
  verdicts: readonly Verdict[];
  /** What the fence remembered before the change: since when a box that returns was out, unless it was ordered since. */
  memory?: Memory | undefined;
  orders: Pick<Orders, "newest">;
};

/**
 * Announces the change that the zone shows and remembers that it was. What could not be announced is not remembered, so
 * that a later reconcile of any region announces it. A first batch that only creates what was configured moves nobody.
 * The second and later of an island's load balancers wait for a reconcile, which tells of them together; what has come
 * back by then was never told, and is not told either. Resolves with what was moved and not told of: by box its weight
 * before, from which the same writer's next move of it counts.
 */
export async function announceChange(
  change: ZoneChange,
  ports: AnnouncePorts,
): Promise<Record<string, number | undefined>> {
  const { config, clock, store, announcer, log } = ports;
  const { pool, epoch, after } = change;
  const items = await store.announced([pool.id], config.regions);
  const told = foldTold(items);
  const moved = movesOf(change, config);
  const moves = moved.filter(({ box, after }) => believedOf(told, box, after) !== after);
  const serves = (island: string): boolean =>
    pool.members.some(({ box }) => config.boxes[box]?.island === island && (after[box] ?? 0) > 0);
  if (isSibling(moves, told, serves, clock.nowMs())) {
    log.info("announced later, with the rest of its island", { id: `${pool.id}/${epoch}` });
    return weightsBefore(moved);
  }
  if (moves.length > 0) {
    const setout = { epoch, atMs: clock.nowMs(), run: clock.id() };
    const claim = (mine: Told | undefined): Told | undefined =>
      isBeingTold(mine, moves, setout) ? undefined : beforeTelling(mine, moves, setout);
    if (!(await remember(pool.id, claim, ports))) return weightsBefore(moved);
    const changes = await changesBefore(moves, ports);
    const event = eventOf(change, moves, changes, ports);
    await announcer.announce(event, weightsMessage(event, config));
    log.info("announced", {
      id: event.id,
      moved: moves.map(({ box, before, after }) => `${box} ${before ?? "-"} to ${after}`),
    });
  }
  // What was never told of starts as the zone has it now: later differences are counted from there.
  const started = startOf(change, config).filter(
    ({ box }) => own(told?.boxes, box) === undefined && !moves.some((move) => move.box === box),
  );
  const known = [...moves, ...started];
  if (known.length > 0) await remember(pool.id, (mine) => afterTelling(mine, known, epoch, clock.nowMs()), ports);
  return weightsBefore(moved.filter((move) => !moves.includes(move)));
}

/**
 * Changes what this region knows to have told. Runs of it may meet: whoever comes second begins with what the first left.
 * False where the change turns out to be none.
 */
async function remember(
  pool: string,
  change: (mine: Announced | undefined) => Told | undefined,
  { region, store }: AnnouncePorts,
): Promise<boolean> {
  for (let round = 0; round < REMEMBER_ROUNDS; round += 1) {
    const [mine] = await store.announced([pool], [region]);
    const told = change(mine);
    if (!told) return false;
    if (await store.putAnnounced({ region, pool, version: (mine?.version ?? 0) + 1, ...told })) return true;
  }
  throw new SoftError(`what was announced of ${pool} could not be remembered: others of ${region} were first`);
}

function weightsBefore(moves: readonly Move[]): Record<string, number | undefined> {
  return Object.fromEntries(moves.map(({ box, before }) => [box, before]));
}

function movesOf({ pool, before, after }: ZoneChange, config: Resolved): Move[] {
  return pool.members.flatMap(({ box }): Move[] => {
    const island = config.boxes[box]?.island;
    const [was, is] = [before[box], after[box]];
    return island === undefined || was === undefined || is === undefined || was === is
      ? []
      : [{ box, island, before: was, after: is }];
  });
}

function startOf({ pool, after }: ZoneChange, config: Resolved): Move[] {
  return pool.members.map(({ box }) => ({
    box,
    island: config.boxes[box]?.island ?? "",
    before: undefined,
    after: after[box] ?? 0,
  }));
}

function eventOf(
  change: ZoneChange,
  moves: readonly Move[],
  changes: ReadonlyMap<string, string[]>,
  { config, region, clock }: AnnouncePorts,
): WeightsEvent {
  const { pool, name, epoch, after, choice, verdicts, memory, orders } = change;
  const nowMs = clock.nowMs();
  const moved = moves.flatMap(({ box, island, before = 0, after: is }): Moved[] => {
    const address = config.boxes[box]?.address;
    const setIdentifier = pool.members.find((member) => member.box === box)?.setIdentifier;
    if (address === undefined || setIdentifier === undefined) return [];
    const because = choice.because[box] ?? "";
    const evidence = evidenceOf(verdicts.find((verdict) => verdict.box === box));
    const left = before === 0 ? own(memory?.left, box) : undefined;
    const ordered = (orders.newest.get(box)?.atMs ?? 0) > (left?.atS ?? 0) * 1000 && pool.restore.mode === "auto";
    const outS = left && !ordered ? { outS: Math.max(0, Math.round(nowMs / 1000 - left.atS)) } : {};
    const changed = changes.get(box);
    const cause = changed ? { change: changed } : {};
    const rule = ruleOf(change, box, nowMs / 1000);
    const by = rule ? { rule } : {};
    return [{ box, setIdentifier, island, address, before, after: is, because, evidence, ...outS, ...by, ...cause }];
  });
  const notes = [...new Set(moved.map(({ island }) => island))].flatMap((island) => config.islands[island]?.note ?? []);
  const open = choice.memory.open;
  return {
    version: 1,
    type: "weights",
    id: `${pool.id}/${epoch}/${digestOf(moved.map(({ box, after }) => [box, after])).slice(0, ID_DIGITS)}`,
    pool: pool.id,
    name,
    epoch,
    atMs: nowMs,
    region,
    weights: { ...after },
    open,
    moved,
    notes,
  };
}

/**
 * The rule that gave a box the weight that is told, where one did and still does; of one that is out by its checks and has
 * left too often: damping, which bars the way back from the moment that it leaves.
 */
function ruleOf({ pool, after, choice }: ZoneChange, box: string, nowS: number): Moved["rule"] {
  if (choice.weights[box] !== after[box]) return undefined;
  const spoke = choice.rules.find((one) => one.box === box);
  if (spoke) return { kind: spoke.kind, ...(spoke.untilS === undefined ? {} : { untilS: spoke.untilS }) };
  const left = own(choice.memory.left, box);
  const untilS = after[box] === 0 && pool.restore.damping && left ? barredUntilS(left) : undefined;
  return untilS !== undefined && untilS > nowS ? { kind: "damped", untilS } : undefined;
}

function evidenceOf(verdict: Verdict | undefined): Moved["evidence"] {
  return (verdict?.checks ?? []).flatMap(({ check, evidence }) =>
    evidence.map(({ region, finding }) => {
      // Of one that was up all the while a report says no more than that.
      const took = finding.kind === "up" && finding.ms > 0 ? `${Math.round(finding.ms)} ms` : "";
      const detail = finding.kind === "up" ? took : finding.detail;
      const reason = finding.kind === "down" ? { reason: finding.reason } : {};
      return { region, check, kind: finding.kind, detail, ...reason };
    }),
  );
}
