// What changed on one box between two snapshots. Pure; no other room.
import type { BoxConfig, Change } from "../model/snapshot.ts";
import { compare } from "./compare.ts";

/**
 * The changes from one snapshot of a box to a later one: configuration, operator state and run state. Noise (times,
 * marks, control ports, numbers of backends, the order of lines) is none.
 */
export function diffOf(before: BoxConfig, after: BoxConfig): Change[] {
  const columns = [before, after].map((config) => ({ config, plain: (text: string): string => text }));
  return compare(columns, true).map(({ values, noun, missing, ...rest }) => {
    const [was = null, is = null] = values;
    const what = missing ? `${noun} ${was === null ? "added" : "removed"}` : noun;
    return { ...rest, what, before: was, after: is };
  });
}
