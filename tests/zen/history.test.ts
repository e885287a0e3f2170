import { describe, expect, test } from "vitest";
import type { Manifest } from "../../shared/model/manifest.ts";
import type { Change, Drift } from "../../shared/model/snapshot.ts";
import { changedMsOf, contentDigest, expiredOf, sentenceOf, summaryOf } from "../../shared/zen/history.ts";

const files = (entries: Record<string, string>): Map<string, Uint8Array> =>
  new Map(Object.entries(entries).map(([path, text]) => [path, Buffer.from(text)]));

describe("the digest of a content", () => {
  test("is of names and bytes, in no order", () => {
    const digest = contentDigest(files({ a: "1", b: "2" }));
    expect(contentDigest(files({ b: "2", a: "1" }))).toBe(digest);
    const others: Record<string, string>[] = [
      { a: "1", b: "3" },
      { a: "2", b: "1" },
      { a: "1", c: "2" },
      { a: "1" },
      { "a b": "1", "": "2" },
    ];
    const digests = others.map((other) => contentDigest(files(other)));
    expect(new Set([digest, ...digests]).size).toBe(others.length + 1);
  });
});

describe("when the box changed it", () => {
  const now = 1_760_000_000_000;
  const members = [
    { path: "same", mtimeMs: now - 1 },
    { path: "changed", mtimeMs: now - 3000 },
    { path: "new", mtimeMs: now - 2000 },
    { path: "no-time", mtimeMs: 0 },
    { path: "ahead", mtimeMs: now + 3_600_000 },
  ];
  const after = files({ same: "1", changed: "2", new: "3", "no-time": "4", ahead: "5" });
  test.each([
    ["the newest of what differs", files({ same: "1", changed: "1" }), now - 2000],
    ["the newest of all where there is none before", undefined, now - 1],
    ["unknown where no time says so", files({ same: "1", changed: "2", new: "3" }), null],
    ["unknown where nothing differs", after, null],
  ])("%s", (_name, before, expected) => {
    expect(changedMsOf(after, members, before, now)).toBe(expected);
  });
});

function change(over: Partial<Change> = {}): Change {
  return {
    class: "configuration",
    farm: "web",
    service: null,
    backend: null,
    field: "ports",
    what: "ports",
    file: "web_pound.cfg",
    minor: false,
    before: "80",
    after: "8080",
    ...over,
  };
}

describe("sentences", () => {
  const { before: _, after: __, ...place } = change();
  const drift: Drift = { ...place, service: "www", backend: "10.0.0.1:80", values: { lb1: "a\n\tb", lb2: null } };
  test.each([
    [change(), "farm web: ports (80 to 8080)"],
    [change({ farm: null, what: "hostname", before: null, after: "x" }), "hostname (none to x)"],
    [drift, "farm web, service www, backend 10.0.0.1:80: ports (lb1: a b, lb2: none)"],
  ])("%o", (given, expected) => {
    expect(sentenceOf(given)).toBe(expected);
  });

  test("a summary counts all, and tells the first weighty ones", () => {
    const changes = [
      change({ class: "run", what: "state" }),
      change({ minor: true, what: "log" }),
      ...Array.from({ length: 6 }, (_, at) => change({ what: `p${at}`, after: "x".repeat(400) })),
      change({ class: "operator", what: "maintenance" }),
    ];
    const { changes: counts, summary } = summaryOf(changes);
    expect(counts).toEqual({ configuration: 7, operator: 1, run: 1 });
    expect(summary.map((line) => line.slice(0, 12))).toEqual([0, 1, 2, 3, 4].map((at) => `farm web: p${at}`));
    expect(Math.max(...summary.map(({ length }) => length))).toBeLessThanOrEqual(200);
  });
});

describe("what need not be kept", () => {
  const DAY = 86_400_000;
  const now = 1_760_000_000_000;
  /** One a day, newest first; the newest is `newest` days old. */
  const history = (count: number, newest = 0): Manifest[] =>
    Array.from({ length: count }, (_, at) => ({
      id: `${at}`,
      box: "lb1",
      takenMs: now - (at + newest) * DAY,
      who: "x",
      digest: "",
      packed: { digest: "", bytes: 0, chunks: 1 },
      product: "zen",
      version: null,
      farms: 0,
      files: 0,
      unknown: { files: 0, lines: 0 },
      problems: 0,
      changedMs: null,
      changes: null,
      summary: [],
    }));
  const expired = (list: Manifest[], count: number, days: number): number[] =>
    expiredOf(list, { count, days }, now).map(({ id }) => Number(id));
  test.each([
    ["nothing of nothing", history(0), 1, 1, []],
    ["the newest stays, however old", history(1, 5000), 1, 1, []],
    ["all within both bounds stay", history(5), 5, 5, []],
    ["what is over the count goes", history(5), 3, 100, [3, 4]],
    ["one is as old as its successor", history(5), 100, 2, [4]],
    ["of an old history only the newest stays", history(4, 1000), 100, 2, [1, 2, 3]],
  ])("%s", (_name, list, count, days, expected) => {
    expect(expired(list, count, days)).toEqual(expected);
  });
});
