// What could be read of a configuration, and how its faults are told. Pure; needs model.
import type { Config } from "../model/config.ts";
import { canonicalName } from "../model/record.ts";
import type { Path } from "./path.ts";
import type { Loose } from "./shape.ts";
import { didYouMean } from "./suggest.ts";

/** What could be read of a configuration: the whole of it where the schema had nothing to say. */
export type Draft = Loose<Config>;
export type DraftPool = Loose<Config["pools"][number]>;

export type ZoneLookup = (name: string) => { zoneId: string } | { fault: string };
export type Env = { zones: ZoneLookup; examples: boolean };

/** The name that a pool's checks ask for where they give no `host`. */
export function firstName(pool: DraftPool): string[] {
  const first = pool.names?.[0];
  const name = typeof first === "string" ? first : first?.name;
  return name === undefined ? [] : [canonicalName(name)];
}

/** "did you mean 'x'?" or the list of what there is. */
export function choose(word: string, known: readonly string[]): string {
  const meant = didYouMean(word, known);
  if (meant !== undefined) return `did you mean '${meant}'?`;
  return known.length === 0
    ? "there is none yet"
    : `there are ${known
        .slice(0, 20)
        .map((other) => `'${other}'`)
        .join(", ")}`;
}

/** Each later one of the same key, with the path of the first. */
export function repeats(list: { key: string; path: Path }[]): { key: string; path: Path; first: Path }[] {
  const seen = new Map<string, Path>();
  return list.flatMap(({ key, path }) => {
    const first = seen.get(key);
    if (!first) seen.set(key, path);
    return first ? [{ key, path, first }] : [];
  });
}

/** What could be read of a list, each with its place. */
export function present<T>(list: readonly (T | undefined)[] | undefined): [T, number][] {
  return (list ?? []).flatMap((item, index): [T, number][] => (item === undefined ? [] : [[item, index]]));
}
