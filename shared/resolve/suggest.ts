// What somebody may have meant. Pure; names no other room.

/** The nearest of the known words, if it is near enough to be a slip of the fingers. */
export function didYouMean(word: string, known: readonly string[]): string | undefined {
  const near = known
    .map((other) => ({ other, far: distance(word.toLowerCase(), other.toLowerCase()) }))
    .filter(({ other, far }) => far <= Math.max(1, Math.floor(Math.max(word.length, other.length) / 3)))
    .toSorted((a, b) => a.far - b.far);
  return near[0]?.other;
}

/** Slips between two words, over at most 64 characters of each: letters added, lost, replaced or swapped (Damerau). */
function distance(one: string, two: string): number {
  const a = one.slice(0, 64);
  const b = two.slice(0, 64);
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  const cell = (i: number, j: number) => rows[i]?.[j] ?? 0;
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = cell(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = swapped ? cell(i - 2, j - 2) + 1 : change;
      row.push(Math.min(change, swap, cell(i - 1, j) + 1, (row[j - 1] ?? 0) + 1));
    }
    rows.push(row);
  }
  return cell(a.length, b.length);
}
