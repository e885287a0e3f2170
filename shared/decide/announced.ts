// What has been told of a pool, over all regions, and what is still to be told. Rooms: decide itself.
import { own } from "./own.ts";

/** What one region told: by box the weight and the epoch of its batch, by island when (epoch ms). */
export type Told = {
  boxes: Readonly<Record<string, Said>>;
  islands: Readonly<Record<string, number>>;
  /** What was perhaps told after that: the region set out to and has not noted that it did. */
  telling?: Readonly<Record<string, Said>> | undefined;
};

type Said = { weight: number; epoch: number };

/** The first message of an island goes out at once; what follows within this time waits for one second message. */
const SIBLING_MS = 30_000;

/**
 * By box what the newest of all regions' messages said; undefined where nothing was ever told of the pool. What somebody
 * set out to tell counts until a message of that epoch or a later one is known to have gone out.
 */
export function foldTold(told: readonly Told[]): Told | undefined {
  if (told.length === 0) return undefined;
  const boxes = newest(told.map((one) => one.boxes));
  const telling = newest(told.map((one) => one.telling ?? {}));
  for (const [box, { epoch }] of telling) if ((boxes.get(box)?.epoch ?? -1) >= epoch) telling.delete(box);
  const islands = new Map<string, number>();
  for (const one of told) {
    for (const [island, atMs] of Object.entries(one.islands))
      islands.set(island, Math.max(atMs, islands.get(island) ?? 0));
  }
  const perhaps = telling.size > 0 ? { telling: Object.fromEntries(telling) } : {};
  return { boxes: Object.fromEntries(boxes), islands: Object.fromEntries(islands), ...perhaps };
}

function newest(all: readonly Readonly<Record<string, Said>>[]): Map<string, Said> {
  const found = new Map<string, Said>();
  for (const one of all)
    for (const [box, said] of Object.entries(one)) if ((found.get(box)?.epoch ?? -1) < said.epoch) found.set(box, said);
  return found;
}

/**
 * What people believe of a box that now weighs `now`; undefined where they were never told. Where nobody knows whether
 * the last message went out, it is what a message would change: better one too many than one too few.
 *
 * | told | perhaps told | now   | believed |
 * | ---- | ------------ | ----- | -------- |
 * | w    | nothing      | any   | w        |
 * | w    | v            | v     | w        |
 * | w    | v            | not v | v        |
 */
export function believedOf(told: Told | undefined, box: string, now: number | undefined): number | undefined {
  const perhaps = own(told?.telling, box)?.weight;
  return perhaps !== undefined && perhaps !== now ? perhaps : own(told?.boxes, box)?.weight;
}

/** What a region keeps before it tells of these moves: if it dies of it, the next one knows that it does not know. */
export function beforeTelling(before: Told | undefined, moves: readonly Move[], epoch: number): Told {
  const telling = Object.fromEntries(moves.map(({ box, after }) => [box, { weight: after, epoch }]));
  return { boxes: before?.boxes ?? {}, islands: before?.islands ?? {}, telling: { ...before?.telling, ...telling } };
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
  told: Told | undefined,
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
  const known = new Set(moves.map(({ box }) => box));
  const left = Object.entries(before?.telling ?? {}).filter(([box]) => !known.has(box));
  return {
    ...(left.length > 0 ? { telling: Object.fromEntries(left) } : {}),
    boxes: { ...before?.boxes, ...Object.fromEntries(moves.map(({ box, after }) => [box, { weight: after, epoch }])) },
    islands: { ...before?.islands, ...Object.fromEntries(told.map(({ island }) => [island, nowMs])) },
  };
}
