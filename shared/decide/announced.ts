// What has been told of a pool, over all regions, and what is still to be told. Rooms: decide itself.
import { own } from "./own.ts";

/** What one region told: by box the weight and the epoch of its batch, by island when (epoch ms). */
export type Told = {
  boxes: Readonly<Record<string, Said>>;
  islands: Readonly<Record<string, number>>;
  /** What was perhaps told after that: the region set out to and has not noted that it did. */
  telling?: Readonly<Record<string, Telling>> | undefined;
};

type Said = { weight: number; epoch: number };
/** `run`: which run of the region set out, and when. `other`: the last other weight that it had set out to tell before. */
type Telling = Said & { atMs?: number | undefined; run?: string | undefined; other?: Said | undefined };

/** What a run sets out to tell: the epoch of the batch, the moment (epoch ms), and an id of the run alone. */
export type Setout = { epoch: number; atMs: number; run: string };

/** What people know of a pool, over all regions. `perhaps`: by box what was perhaps told since, oldest first. */
export type Known = Pick<Told, "boxes" | "islands"> & { perhaps?: Readonly<Record<string, readonly Said[]>> };

/** Lambda ends every run of failover by then. */
const LONGEST_RUN_MS = 30_000;

/** The first message of an island goes out at once; what follows within this time waits for one second message. */
const SIBLING_MS = 30_000;

/**
 * By box what the newest of all regions' messages said; undefined where nothing was ever told of the pool. What somebody
 * set out to tell counts until a message of that epoch or a later one is known to have gone out.
 */
export function foldTold(told: readonly Told[]): Known | undefined {
  if (told.length === 0) return undefined;
  const boxes = newest(told.map((one) => one.boxes));
  const telling = told.flatMap((one) =>
    Object.entries(one.telling ?? {}).flatMap(([box, { other, ...last }]) =>
      [...(other ? [other] : []), last].map((said) => [box, said] as const),
    ),
  );
  const open = telling.filter(([box, { epoch }]) => (boxes.get(box)?.epoch ?? -1) < epoch);
  const perhaps = Map.groupBy(
    open.toSorted(([, one], [, other]) => one.epoch - other.epoch),
    ([box]) => box,
  );
  const islands = new Map<string, number>();
  for (const one of told) {
    for (const [island, atMs] of Object.entries(one.islands))
      islands.set(island, Math.max(atMs, islands.get(island) ?? 0));
  }
  const said = [...perhaps].map(([box, ones]) => [box, ones.map(([, one]) => one)] as const);
  return {
    boxes: Object.fromEntries(boxes),
    islands: Object.fromEntries(islands),
    ...(said.length > 0 ? { perhaps: Object.fromEntries(said) } : {}),
  };
}

function newest(all: readonly Readonly<Record<string, Said>>[]): Map<string, Said> {
  const found = new Map<string, Said>();
  for (const one of all)
    for (const [box, said] of Object.entries(one)) if ((found.get(box)?.epoch ?? -1) < said.epoch) found.set(box, said);
  return found;
}

/**
 * What people believe of a box that now weighs `now`; undefined where they were never told. Where nobody knows whether
 * messages since went out, it is what one more would change: better one too many than one too few.
 *
 * | told | perhaps told since  | now   | believed |
 * | ---- | ------------------- | ----- | -------- |
 * | w    | nothing, or only v  | v     | w        |
 * | w    | among others v      | not v | the last such v |
 */
export function believedOf(told: Known | undefined, box: string, now: number | undefined): number | undefined {
  const perhaps = own(told?.perhaps, box)?.findLast(({ weight }) => weight !== now);
  return (perhaps ?? own(told?.boxes, box))?.weight;
}

/** What a region keeps before it tells of these moves: if it dies of it, the next one knows that it does not know. */
export function beforeTelling(before: Told | undefined, moves: readonly Move[], setout: Setout): Told {
  const setouts = moves.map(({ box, after: weight }) => {
    const earlier = own(before?.telling, box);
    // One other weight is enough: whatever the zone shows next, one of the two differs from it.
    const other =
      earlier && earlier.weight !== weight ? { weight: earlier.weight, epoch: earlier.epoch } : earlier?.other;
    return [box, { weight, ...setout, ...(other ? { other } : {}) }] as const;
  });
  const telling = withNewer(before?.telling, Object.fromEntries(setouts));
  return { boxes: { ...before?.boxes }, islands: before?.islands ?? {}, telling };
}

/**
 * Whether another run of this region has told the same meanwhile, or has set out to and may still be at it. A claim of
 * this same run is no other's: the answer to its write was lost, and the repeat found it there.
 */
export function isBeingTold(mine: Told | undefined, moves: readonly Move[], { epoch, atMs, run }: Setout): boolean {
  return moves.every(({ box, after }) => {
    if ((own(mine?.boxes, box)?.epoch ?? -1) >= epoch) return true;
    const telling = own(mine?.telling, box);
    if (telling?.weight !== after || telling.epoch !== epoch || telling.run === run) return false;
    return atMs - (telling.atMs ?? Number.NEGATIVE_INFINITY) < LONGEST_RUN_MS;
  });
}

/** Of each box the entry of the greater epoch: a run that was slow does not undo what a later one has kept. */
function withNewer<T extends Said>(
  before: Readonly<Record<string, T>> | undefined,
  added: Readonly<Record<string, T>>,
): Record<string, T> {
  const newer = Object.entries(added).filter(([box, { epoch }]) => (own(before, box)?.epoch ?? -1) <= epoch);
  return { ...before, ...Object.fromEntries(newer) };
}

/** One box whose weight is to be told. `before`: undefined where it had no record. */
export type Move = { box: string; island: string; before: number | undefined; after: number };

/**
 * Whether a message may wait until the island's other load balancers can be told of in the same one.
 *
 * | all that moved went to 0 | on one island | something of the island was told within 30 s | others of it still serve | waits |
 * | ------------------------ | ------------- | --------------------------------------------- | ------------------------ | ----- |
 * | yes                      | yes           | yes                                           | yes                      | yes   |
 * | yes                      | yes           | yes                                           | no: nothing more can come | no   |
 * | any other                |               |                                               |                          | no    |
 */
export function isSibling(
  moves: readonly Move[],
  told: Known | undefined,
  servingOn: (island: string) => boolean,
  nowMs: number,
): boolean {
  const islands = new Set(moves.map(({ island }) => island));
  const [island] = islands;
  if (island === undefined || islands.size !== 1 || moves.some(({ after }) => after > 0)) return false;
  const atMs = own(told?.islands, island);
  return atMs !== undefined && Math.abs(nowMs - atMs) < SIBLING_MS && servingOn(island);
}

/** What a region keeps after it told of these moves in the batch of an epoch; one without a `before` was only noted. */
export function afterTelling(before: Told | undefined, moves: readonly Move[], epoch: number, nowMs: number): Told {
  const told = moves.filter((move) => move.before !== undefined);
  const known = Object.fromEntries(moves.map(({ box, after }) => [box, { weight: after, epoch }]));
  const left = Object.entries(before?.telling ?? {}).filter(([box, telling]) => {
    return own(known, box) === undefined || telling.epoch > epoch;
  });
  return {
    ...(left.length > 0 ? { telling: Object.fromEntries(left) } : {}),
    boxes: withNewer(before?.boxes, known),
    islands: { ...before?.islands, ...Object.fromEntries(told.map(({ island }) => [island, nowMs])) },
  };
}
