// Where the boxes of an island differ, which are configured by hand and should not. Pure; no other room.
import type { BoxConfig, Drift } from "../model/snapshot.ts";
import { compare } from "./compare.ts";
import { plainer } from "./plain.ts";

/**
 * The differences of two or more boxes, by box name, in three classes; `run` is what a box found out by itself and is no
 * drift. What is a box's own (addresses, hostname, API key, hardware) and noise are left out.
 */
export function driftOf(boxes: Readonly<Record<string, BoxConfig>>): Drift[] {
  const names = Object.keys(boxes).sort();
  const columns = names.flatMap((name) => {
    const config = boxes[name];
    return config ? [{ config, plain: plainer(config) }] : [];
  });
  return compare(columns, false).map(({ values, noun, missing, ...rest }) => {
    const lacking = names.filter((_, column) => values[column] === null);
    const what = missing ? `${noun} missing on ${lacking.join(", ")}` : noun;
    return { ...rest, what, values: Object.fromEntries(names.map((name, column) => [name, values[column] ?? null])) };
  });
}
