import { seededRandom } from "../../local/random.ts";

/** Chance from a seed, in the forms that a world needs. */
export type Chance = {
  /** In [0, 1). */
  next(): number;
  /** True once in 1/p. */
  is(p: number): boolean;
  between(from: number, to: number): number;
  /** A whole number, both ends included. */
  whole(from: number, to: number): number;
  /** One of several, which are not none. */
  of<T>(list: readonly [T, ...T[]] | readonly T[]): T;
  some<T>(list: readonly T[], p: number): T[];
  /** Until the next of what comes at random and on average so often. */
  wait(meanMs: number): number;
};

export function createChance(seed: number): Chance {
  const next = seededRandom(seed);
  const chance: Chance = {
    next,
    is: (p) => next() < p,
    between: (from, to) => from + (to - from) * next(),
    whole: (from, to) => from + Math.floor((to - from + 1) * next()),
    of: (list) => {
      const index = Math.floor(next() * list.length);
      for (const [at, item] of list.entries()) if (at === index) return item;
      throw new Error("nothing to choose from");
    },
    some: (list, p) => list.filter(() => next() < p),
    wait: (meanMs) => -Math.log(1 - next()) * meanMs,
  };
  return chance;
}
