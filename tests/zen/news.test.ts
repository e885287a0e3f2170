import { describe, expect, test } from "vitest";
import type { Condition } from "../../shared/model/event.ts";
import type { Drift, Lint } from "../../shared/model/snapshot.ts";
import { driftNews, farmNews, lintNews, mayExplain, type News } from "../../shared/zen/news.ts";
import { boxOf } from "./fixtures.ts";

function drift(what: string, over: Partial<Drift> = {}): Drift {
  const place = { farm: "web", service: null, backend: null, field: what, file: null, minor: false };
  return { class: "configuration", ...place, what, values: { lb1: 1, lb2: 2 }, ...over };
}

/** As a region keeps what it told. */
function told(news: readonly News[], on = true): Condition[] {
  return news.map((one) => ({
    version: 1,
    type: "condition",
    id: one.subject,
    sinceMs: 0,
    atMs: 0,
    region: "r",
    on,
    ...one,
  }));
}

describe("drift", () => {
  const [a, b, c] = [drift("a"), drift("b"), drift("c")];
  const first = driftNews("north", [a, b], []).holding;

  test("what is new is told together", () => {
    expect(first).toEqual([
      {
        kind: "drift",
        subject: expect.stringMatching(/^north [0-9a-f]{8}$/),
        detail: "farm web: a (lb1: 1, lb2: 2)\nfarm web: b (lb1: 1, lb2: 2)",
        page: false,
      },
    ]);
  });

  test.each([
    ["the same goes on", [a, b], first, []],
    ["a part of it goes on", [b], first, []],
    ["another is told alone", [a, b, c], first, ["farm web: c (lb1: 1, lb2: 2)"]],
    [
      "another value is another difference",
      [a, b, drift("c", { values: { lb1: 1, lb2: 3 } })],
      first,
      ["farm web: c (lb1: 1, lb2: 3)"],
    ],
    ["nothing is left", [], [], []],
  ])("%s", (_name, now, goesOn, fresh) => {
    const { holding, judged } = driftNews("north", now, told(first));
    const known = new Set(first.map(({ subject }) => subject));
    expect(holding.filter(({ subject }) => known.has(subject))).toEqual(goesOn);
    expect(holding.filter(({ subject }) => !known.has(subject)).map(({ detail }) => detail)).toEqual(fresh);
    expect(judged("drift", first[0]?.subject ?? "")).toBe(true);
    expect([judged("drift", "north2 1"), judged("lint", "north 1")]).toEqual([false, false]);
  });

  test("what is over, of another island, minor, maintenance or run state is none", () => {
    expect(driftNews("north", [a, b], told(first, false)).holding).toEqual(first);
    expect(driftNews("south", [a, b], told(first)).holding.map(({ subject }) => subject.split(" ")[0])).toEqual([
      "south",
    ]);
    const quiet = [drift("a", { minor: true }), drift("b", { class: "operator" }), drift("c", { class: "run" })];
    expect(driftNews("north", quiet, []).holding).toEqual([]);
  });

  test("too many are one sentence, told once", () => {
    const many = Array.from({ length: 201 }, (_, at) => drift(`d${at}`));
    const { holding } = driftNews("north", many, []);
    expect(holding.map(({ detail }) => detail)).toEqual(["more than 200 differences: lifeboat drift north lists them"]);
    expect(driftNews("north", [...many, a], told(holding)).holding).toEqual(holding);
  });
});

test("farms: an IPv6 address is told in brackets", () => {
  const { config } = boxOf("zen-3.10-a");
  const { mx } = config.farms;
  if (!mx) throw new Error("the fixture has no farm mx");
  const six = { ...config, farms: { mx: { ...mx, vip: "2001:db8::1" } } };
  const [gone] = farmNews("lb1", six, { ...config, farms: {} }).holding;
  expect(gone?.detail).toBe("It was tcp at [2001:db8::1]:25.");
});

test("farms: gone ones are told, and are over when they are back", () => {
  const { config } = boxOf("zen-3.10-a");
  const { mx: _, ...farms } = config.farms;
  const without = { ...config, farms };
  const gone = farmNews("lb1", config, without);
  expect(gone.holding).toEqual([
    { kind: "farm-gone", subject: "lb1 mx", detail: "It was tcp at 10.30.1.10:25.", page: false },
  ]);
  expect(gone.judged("farm-gone", "lb1 mx")).toBe(false);
  const back = farmNews("lb1", without, config);
  expect([back.holding, back.judged("farm-gone", "lb1 mx"), back.judged("farm-gone", "lb2 mx")]).toEqual([
    [],
    true,
    false,
  ]);
  expect(farmNews("lb1", undefined, config).holding).toEqual([]);
});

test("lint: each finding under its kind", () => {
  const finding = (over: Partial<Lint>): Lint => ({
    rule: "ssh-root",
    severity: "warning",
    subject: "etc/ssh/sshd_config",
    says: "says.",
    daysLeft: null,
    ...over,
  });
  const [HOUR_MS, DAY_MS] = [3_600_000, 86_400_000];
  const { holding, judged } = lintNews("lb1", [
    finding({}),
    finding({ severity: "info" }),
    finding({ rule: "certificate-expiry", subject: "a.pem", daysLeft: 21 }),
    finding({ rule: "certificate-expiry", subject: "b.pem", daysLeft: -3, severity: "error" }),
    finding({ rule: "certificate-expiry", subject: "d.pem", daysLeft: 8 }),
    finding({ rule: "certificate-expiry", subject: "e.pem", daysLeft: 7 }),
    finding({ rule: "certificate-expiry", subject: "f.pem", daysLeft: 0 }),
    finding({ rule: "certificate-expiry", subject: "c.pem", daysLeft: 40, severity: "info" }),
  ]);
  expect(holding.map(({ kind, subject, repeatMs, expired }) => [kind, subject, repeatMs, expired])).toEqual([
    ["lint", "lb1 ssh-root etc/ssh/sshd_config", undefined, undefined],
    ["certificate", "lb1 a.pem", 7 * DAY_MS - HOUR_MS, false],
    ["certificate", "lb1 b.pem", DAY_MS - HOUR_MS, true],
    ["certificate", "lb1 d.pem", 7 * DAY_MS - HOUR_MS, false],
    ["certificate", "lb1 e.pem", DAY_MS - HOUR_MS, false],
    ["certificate", "lb1 f.pem", DAY_MS - HOUR_MS, false],
  ]);
  expect([judged("lint", "lb1 x"), judged("certificate", "lb1 x"), judged("lint", "lb10 x")]).toEqual([
    true,
    true,
    false,
  ]);
});

test.each([
  [null, false],
  [1_000_000, true],
  [1_000_000 - 15 * 60_000, true],
  [1_000_000 - 15 * 60_000 - 1, false],
  [1_060_000, true],
  [1_060_001, false],
])("a change at %s may explain what began at 1,000,000: %s", (changedMs, expected) => {
  expect(mayExplain(changedMs, 1_000_000)).toBe(expected);
});
