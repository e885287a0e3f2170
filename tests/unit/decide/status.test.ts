import { describe, expect, it } from "vitest";
import { sharesOf, statusOf } from "../../../shared/decide/status.ts";
import type { Fact } from "../../../shared/model/fact.ts";
import type { DnsRecord } from "../../../shared/model/record.ts";
import type { Report } from "../../../shared/model/report.ts";
import { statusSchema } from "../../../shared/model/status.ts";
import type { View } from "../../../shared/model/view.ts";
import { config, down, NOW_MS, NOW_S, observation, REGIONS, report, unknown, up } from "./base.ts";

const [A, B, C] = REGIONS;

function record(setIdentifier: string, weight?: number): DnsRecord {
  return {
    name: "lb.example.com",
    type: "A",
    setIdentifier,
    values: ["192.0.2.1"],
    ...(weight === undefined ? {} : { weight }),
  };
}

describe("sharesOf", () => {
  it.each<[title: string, weights: (number | undefined)[], shares: number[]]>([
    ["weight over sum", [1, 3], [0.25, 0.75]],
    ["one at 0", [2, 0], [1, 0]],
    ["all at 0: equal", [0, 0, 0, 0], [0.25, 0.25, 0.25, 0.25]],
    ["one alone", [7], [1]],
    ["what has no weight is no part of it", [undefined, 1], [1]],
    ["none", [], []],
  ])("%s", (_title, weights, shares) => {
    expect(sharesOf(weights.map((weight, index) => record(`${index}`, weight))).map(({ share }) => share)).toEqual(
      shares,
    );
  });
});

function view(region: string, atMs: number, over: Partial<View> = {}): View {
  const names = [
    { name: "lb.example.com", zoneId: "Z1", hadFence: true, records: [record("lb1", 1), record("lb2", 0)] },
  ];
  const boxes: View["boxes"] = {
    lb1: { verdict: "in", weight: 1, because: "all is well" },
    lb2: { verdict: "out", weight: 0, because: "it is down", barredUntilS: NOW_S + 60 },
  };
  return { region, pool: "lb", atMs, names, boxes, open: false, ...over };
}

function status(reports: readonly Report[], views: readonly View[] = [], orders: readonly Fact[] = []) {
  return statusOf({ config: config(), reports, views, orders, nowMs: NOW_MS });
}

describe("statusOf", () => {
  it("is what its schema says, with and without anything to tell", () => {
    for (const one of [
      status([]),
      status(
        REGIONS.map((region) => report(region)),
        [view(A, NOW_MS)],
      ),
    ]) {
      expect(statusSchema.parse(one)).toEqual(one);
    }
  });

  it("before anything was read: undecided, no records, silent", () => {
    const { pools, regions } = status([]);
    expect(regions).toEqual(REGIONS.map((region) => ({ region, blind: false })));
    expect(pools[0]).toMatchObject({ id: "lb", open: false, names: [{ name: "lb.example.com", records: [] }] });
    expect(pools[0]?.boxes[0]).toEqual({
      id: "lb1",
      island: "north",
      address: "192.0.2.1",
      verdict: "undecided",
      because: "",
      seen: REGIONS.map((region) => ({ region, state: "silent", detail: "no fresh report" })),
    });
  });

  it("shows the newest view of each pool", () => {
    const old = view(A, NOW_MS - 9000, { open: true });
    const { pools } = status([], [old, view(B, NOW_MS - 1000), view(C, NOW_MS, { pool: "other", open: true })]);
    expect(pools[0]?.open).toBe(false);
    expect(pools[0]?.names[0]?.records.map(({ setIdentifier, share }) => [setIdentifier, share])).toEqual([
      ["lb1", 1],
      ["lb2", 0],
    ]);
    expect(pools[0]?.boxes[1]).toMatchObject({
      verdict: "out",
      weight: 0,
      because: "it is down",
      barredUntilS: NOW_S + 60,
    });
    expect(pools[0]?.boxes[0]).not.toHaveProperty("barredUntilS");
  });

  it("tells what DNS has apart from what was decided: in a freeze the records stay", () => {
    const freeze: Fact = { kind: "freeze", id: "f", atMs: NOW_MS - 1000, on: true, who: "ann", why: "rack work" };
    const records = [record("lb1", 1), record("lb2", 2)];
    const other = { name: "mx.example.com", zoneId: "Z1", hadFence: true, records: [record("lb1", 1)] };
    const names = [{ name: "lb.example.com", zoneId: "Z1", hadFence: true, records }, other];
    const frozen = status([], [view(A, NOW_MS, { names })], [freeze]);
    expect(frozen.frozen).toEqual({ who: "ann", why: "rack work", atMs: NOW_MS - 1000 });
    expect(frozen.pools[0]?.boxes).toMatchObject([
      { id: "lb1", weight: 1, inDns: [1] },
      { id: "lb2", weight: 0, inDns: [2, null] },
    ]);
    expect(statusSchema.parse(frozen)).toEqual(frozen);
    const thaw: Fact = { ...freeze, id: "t", atMs: NOW_MS, on: false };
    expect(status([], [], [freeze, thaw])).not.toHaveProperty("frozen");
  });

  it("shows what answers at a name and is no weighted record", () => {
    const simple = { name: "lb.example.com", type: "A", values: ["192.0.2.9"] };
    const names = [{ name: "lb.example.com", zoneId: "Z1", hadFence: false, records: [simple] }];
    const { pools } = status([], [view(A, NOW_MS, { names })]);
    expect(pools[0]?.names[0]).toEqual({ name: "lb.example.com", records: [], others: ["A 192.0.2.9"] });
  });

  it("a region's age is that of its newest report, in tenths of a second", () => {
    const { regions } = status([
      report(A, { answeredMs: NOW_MS - 1240 }),
      report(A, { shard: 1, answeredMs: NOW_MS - 5000 }),
      report(B, { answeredMs: NOW_MS + 500, blind: true }),
    ]);
    expect(regions).toEqual([
      { region: A, reportAgeS: 1.2, blind: false },
      { region: B, reportAgeS: 0, blind: true },
      { region: C, blind: false },
    ]);
  });

  it.each<[title: string, reports: Report[], state: string, detail: string]>([
    ["no report", [], "silent", "no fresh report"],
    ["an old report", [report(A, { answeredMs: NOW_MS - 75_001 })], "silent", "no fresh report"],
    ["a report 75 s old", [report(A, { answeredMs: NOW_MS - 75_000 })], "up", ""],
    ["a report of another shard", [report(A, { shard: 1 })], "silent", "no fresh report"],
    ["a blind one", [report(A, { blind: true })], "unknown", "nothing at all answers this region"],
    ["not named", [report(A)], "up", ""],
    ["named and up", [report(A, { boxes: { lb1: { web: observation("d80", up) } } })], "up", ""],
    [
      "unknown",
      [report(A, { boxes: { lb1: { mail: observation("d587", up), web: observation("d80", unknown) } } })],
      "unknown",
      "web: out of time",
    ],
    [
      "down beats unknown",
      [report(A, { boxes: { lb1: { mail: observation("d587", unknown), web: observation("d80", down) } } })],
      "down",
      "web: connection refused",
    ],
  ])("a region sees: %s", (_title, reports, state, detail) => {
    expect(status(reports).pools[0]?.boxes[0]?.seen[0]).toEqual({ region: A, state, detail });
  });

  it("says that orders cannot be read, and all the rest", () => {
    const told = statusOf({
      config: config(),
      reports: [],
      views: [view(A, NOW_MS)],
      orders: undefined,
      nowMs: NOW_MS,
    });
    expect(told.ordersUnread).toBe(true);
    expect(told.pools[0]?.boxes[0]).toMatchObject({ id: "lb1", weight: 1 });
    expect(status([]).ordersUnread).toBeUndefined();
  });
});
