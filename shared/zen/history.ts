// What a snapshot says of itself beside its content: whether it is a new one, when the box changed it, what changed.
// Pure; no other room.
import { createHash } from "node:crypto";
import type { Manifest } from "../model/manifest.ts";
import type { Change, DifferenceValue, Drift } from "../model/snapshot.ts";

type Files = ReadonlyMap<string, Uint8Array>;

/** Sentences of a summary, and characters of each. */
const SENTENCES = 5;
const SENTENCE_MAX = 160;
const LINE_MAX = 300;

/** A box's clock may be ahead by this much; a time beyond it is no time of a change. */
const AHEAD_MS = 300_000;

const sha256 = (bytes: Uint8Array | string): string => createHash("sha256").update(bytes).digest("hex");

/** Of names and bytes, in no order: equal configurations have equal digests, whatever their times. */
export function contentDigest(files: Files): string {
  const lines = [...files].map(([path, bytes]) => `${sha256(bytes)} ${path}`);
  return sha256(lines.sort().join("\n"));
}

/** When the box last changed a file that is new or other than before (epoch ms); null if no time says so. */
export function changedMsOf(
  files: Files,
  members: readonly { path: string; mtimeMs: number }[],
  before: Files | undefined,
  nowMs: number,
): number | null {
  const differs = (path: string): boolean => {
    const [was, is] = [before?.get(path), files.get(path)];
    return is !== undefined && (was === undefined || Buffer.compare(was, is) !== 0);
  };
  const times = members.filter(({ path, mtimeMs }) => mtimeMs > 0 && mtimeMs <= nowMs + AHEAD_MS && differs(path));
  return times.reduce<number | null>((last, { mtimeMs }) => Math.max(last ?? 0, mtimeMs), null);
}

const word = (value: DifferenceValue): string => (value === null ? "none" : String(value));

/** On one line: `farm web, service www, backend 10.0.0.5:80: backend missing on lb2 (lb1: weight 1, lb2: none)`. */
export function sentenceOf(difference: Change | Drift): string {
  const { farm, service, backend, what } = difference;
  const places = [
    farm === null ? "" : `farm ${farm}`,
    service === null ? "" : `service ${service}`,
    backend === null ? "" : `backend ${backend}`,
  ];
  const place = places.filter((part) => part !== "").join(", ");
  const values =
    "values" in difference
      ? Object.entries(difference.values).map(([box, value]) => `${box}: ${word(value)}`)
      : [`${word(difference.before)} to ${word(difference.after)}`];
  const line = `${place === "" ? "" : `${place}: `}${what} (${values.join(", ")})`;
  return line.replaceAll(/\s+/g, " ").slice(0, LINE_MAX);
}

/** How many changes there are by class, and the first ones that are not run state as sentences. */
export function summaryOf(changes: readonly Change[]): Pick<Manifest, "changes" | "summary"> {
  const count = (kind: Change["class"]): number => changes.filter((change) => change.class === kind).length;
  const told = changes.filter((change) => change.class !== "run");
  const first = told.toSorted((a, b) => Number(a.minor) - Number(b.minor)).slice(0, SENTENCES);
  return {
    changes: { configuration: count("configuration"), operator: count("operator"), run: count("run") },
    summary: first.map((change) => sentenceOf(change).slice(0, SENTENCE_MAX)),
  };
}

const DAY_MS = 86_400_000;

/**
 * The snapshots that need not be kept, of all of a box, newest first. One counts as old from when the next was taken.
 *
 * | place, newest first | the next one was taken | kept |
 * | ------------------- | ---------------------- | ---- |
 * | first               | never                  | yes  |
 * | up to `count`       | up to `days` ago       | yes  |
 * | up to `count`       | longer ago             | no   |
 * | after `count`       | any                    | no   |
 */
export function expiredOf(
  manifests: readonly Manifest[],
  keep: { count: number; days: number },
  nowMs: number,
): Manifest[] {
  return manifests.filter((_, place) => {
    const next = place === 0 ? undefined : manifests[place - 1];
    if (!next) return false;
    return place >= keep.count || nowMs - next.takenMs > keep.days * DAY_MS;
  });
}
