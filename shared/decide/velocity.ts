// How much may leave at once. Rooms: decide itself.

export type Pace = {
  /** Boxes that left by verdict within the window. */
  recent: readonly string[];
  islandOf: Readonly<Record<string, string>>;
  /** Configured weights of the whole pool, by box. */
  full: ReadonlyMap<string, number>;
};

/**
 * Which of those that would leave now may. Together with what left lately:
 *
 * | boxes | islands | weight of the pool's | may leave |
 * | ----- | ------- | -------------------- | --------- |
 * | ≤ 1   | any     | any                  | yes       |
 * | more  | 1       | any                  | yes: an island may go whole |
 * | more  | more    | ≤ half               | yes       |
 * | more  | more    | > half               | no        |
 *
 * If not all may, the most weight that may: one island's boxes, or those that fit by id. Nothing that is kept back
 * could still be added, so asking again with the chosen among `recent` lets nobody else go.
 */
export function mayLeave(leaving: readonly string[], pace: Pace): Set<string> {
  const sorted = [...leaving].sort();
  if (isPaced([...pace.recent, ...sorted], pace)) return new Set(sorted);
  const islands = [...new Set(sorted.map((box) => islandOf(box, pace)))];
  const whole = islands.map((island) => sorted.filter((box) => islandOf(box, pace) === island));
  const starts = [...whole.filter((boxes) => isPaced([...pace.recent, ...boxes], pace)), []];
  const filled = starts.map((start) => fill(start, sorted, pace));
  const best = filled.reduce((one, other) => (weightOf(other, pace) > weightOf(one, pace) ? other : one));
  return new Set(best);
}

function fill(start: readonly string[], sorted: readonly string[], pace: Pace): string[] {
  const chosen = [...start];
  for (const box of sorted) {
    if (!chosen.includes(box) && isPaced([...pace.recent, ...chosen, box], pace)) chosen.push(box);
  }
  return chosen;
}

/** Whether so many boxes may be gone within one window. */
export function isPaced(gone: readonly string[], pace: Pace): boolean {
  const boxes = [...new Set(gone)];
  if (boxes.length <= 1 || new Set(boxes.map((box) => islandOf(box, pace))).size === 1) return true;
  const total = [...pace.full.values()].reduce((sum, weight) => sum + weight, 0);
  return 2 * weightOf(boxes, pace) <= total;
}

function weightOf(boxes: readonly string[], { full }: Pace): number {
  return boxes.reduce((sum, box) => sum + (full.get(box) ?? 0), 0);
}

/** A box of an unknown island stands alone. */
function islandOf(box: string, { islandOf }: Pace): string {
  return Object.hasOwn(islandOf, box) ? (islandOf[box] ?? box) : `?${box}`;
}
