// One suite over every store: the real one against the embedded DynamoDB through the real SDK, and the fake of the tests.
import { describe, expect, test } from "vitest";
import type { Store } from "../../shared/ports.ts";
import { createStore } from "../../shared/store/store.ts";
import { createFakeTable } from "../fakes/store.ts";
import { clientOf, startDb, TableName } from "./dynamodb-fixture.ts";
import {
  announcedOf,
  boxOf,
  conditionOf,
  followedOf,
  freezeOf,
  HERE,
  historyOf,
  intentOf,
  massOutage,
  NOW_MS,
  pendingOf,
  reportOf,
  stepOf,
  suspicionOf,
  THERE,
  viewOf,
} from "./store-samples.ts";

/** A table with two replicas that agree at once, and time that the test sets. */
type World = { store: Store; other: Store; pass: (seconds: number) => void };

const HOUR_S = 3600;
const DAY_S = 86_400;
const BOTH = [HERE, THERE];

async function realWorld(): Promise<World> {
  const { url } = await startDb();
  let nowMs = NOW_MS;
  const open = (region: string): Store =>
    createStore({ client: clientOf(url, region), table: TableName, region, nowMs: () => nowMs });
  return { store: open(HERE), other: open(THERE), pass: (seconds) => void (nowMs += seconds * 1000) };
}

async function fakeWorld(): Promise<World> {
  let nowMs = NOW_MS;
  const table = createFakeTable({ nowMs: () => nowMs });
  return {
    store: table.storeFor(HERE),
    other: table.storeFor(THERE),
    pass: (seconds) => void (nowMs += seconds * 1000),
  };
}

describe.each([
  ["DynamoDB", realWorld],
  ["the fake", fakeWorld],
])("the store over %s", (_name, start) => {
  test("an empty table has nothing, and says so", async () => {
    const { store } = await start();
    expect(await store.ownReport(0)).toBeUndefined();
    expect(await store.reports(BOTH, 3)).toEqual([]);
    expect(await store.ownSuspicion(0)).toBeUndefined();
    expect(await store.suspicions(BOTH, 3)).toEqual([]);
    expect(await store.seen()).toEqual({});
    expect(await store.orders()).toEqual([]);
    expect(await store.steps(0)).toEqual([]);
    expect(await store.announced(["web"], BOTH)).toEqual([]);
    expect(await store.conditions(BOTH)).toEqual([]);
    expect(await store.views(["web"], BOTH)).toEqual([]);
    expect(await store.shadow("web")).toBeUndefined();
    expect(await store.pending()).toEqual([]);
    expect(await store.turns(BOTH)).toEqual({});
    expect(await store.history(HERE, 0, 0, 2 ** 31)).toEqual([]);
    expect(await store.followed(["web"], BOTH)).toEqual([]);
  });

  describe("reports", () => {
    test("each region has its own, by shard", async () => {
      const { store, other } = await start();
      const [mine, second, theirs] = [reportOf(), reportOf({ shard: 1 }), reportOf({ region: THERE, blind: true })];
      for (const report of [mine, second]) expect(await store.putReport(report)).toBe(true);
      expect(await other.putReport(theirs)).toBe(true);
      expect(await store.ownReport(0)).toEqual(mine);
      expect(await store.ownReport(1)).toEqual(second);
      expect(await other.ownReport(0)).toEqual(theirs);
      expect(await store.reports(BOTH, 2)).toEqual([mine, second, theirs]);
      expect(await store.reports([THERE], 2)).toEqual([theirs]);
      // A shard that the configuration no longer has.
      expect(await store.reports(BOTH, 1)).toEqual([mine, theirs]);
    });

    test.each([
      ["a newer slot", { slot: 101 }, true],
      ["the same report", {}, true],
      ["another one of the same slot", { startedMs: NOW_MS + 1 }, false],
      ["an older slot", { slot: 99 }, false],
      ["an older slot of a later deploy, whose interval may be another", { slot: 5, cfg: 1_759_000_001 }, true],
      ["the same slot of an earlier deploy", { cfg: 1_758_999_999 }, false],
      ["an older slot that began in the same millisecond", { slot: 99 }, false],
      ["a newer slot of an earlier deploy", { slot: 101, cfg: 1_758_999_999 }, true],
    ])("%s: %o is written: %s", async (_what, over, written) => {
      const { store } = await start();
      const [first, next] = [reportOf(), reportOf(over)];
      await store.putReport(first);
      expect(await store.putReport(next)).toBe(written);
      expect(await store.ownReport(0)).toEqual(written ? next : first);
    });

    test("of twenty writers of one slot one wins", async () => {
      const { store } = await start();
      const reports = Array.from({ length: 20 }, (_, at) => reportOf({ startedMs: NOW_MS + at }));
      const written = await Promise.all(reports.map((report) => store.putReport(report)));
      expect(written.filter(Boolean)).toHaveLength(1);
      expect(await store.ownReport(0)).toEqual(reports[written.indexOf(true)]);
    });

    test("500 boxes with 4 checks, all down with details of 200 characters, fit", async () => {
      const { store } = await start();
      const report = massOutage(500, 4, (at) => `HTTP ${at} in the body: `.padEnd(200, `answer ${at} `).slice(0, 200));
      expect(await store.putReport(report)).toBe(true);
      expect(await store.ownReport(0)).toEqual(report);
    });
  });

  test("suspicions: each region's own, overwritten, for an hour", async () => {
    const { store, other, pass } = await start();
    const [mine, theirs] = [suspicionOf(), suspicionOf({ region: THERE, shard: 1, votes: [] })];
    await store.putSuspicion(suspicionOf({ votes: [] }));
    await store.putSuspicion(mine);
    await other.putSuspicion(theirs);
    expect(await store.ownSuspicion(0)).toEqual(mine);
    expect(await store.ownSuspicion(1)).toBeUndefined();
    expect(await other.suspicions(BOTH, 2)).toEqual([mine, theirs]);
    expect(await store.suspicions(BOTH, 1)).toEqual([mine]);
    pass(HOUR_S - 2);
    expect(await store.ownSuspicion(0)).toEqual(mine);
    pass(4);
    expect(await store.ownSuspicion(0)).toBeUndefined();
    expect(await store.suspicions(BOTH, 2)).toEqual([]);
  });

  test("seen: the first time of each digest stays, whoever of the region writes", async () => {
    const { store, other } = await start();
    await store.putSeen({ a: 10, b: 20 });
    await Promise.all([store.putSeen({ a: 99, c: 30 }), store.putSeen({ b: 98, d: 40 })]);
    expect(await store.seen()).toEqual({ a: 10, b: 20, c: 30, d: 40 });
    expect(await other.seen()).toEqual({});
    const many = Object.fromEntries(Array.from({ length: 130 }, (_, at) => [`digest-${at}`, at]));
    await other.putSeen(many);
    expect(await other.seen()).toEqual(many);
    await other.putSeen({});
  });

  describe("facts", () => {
    test("orders and steps are kept apart, and every region sees them", async () => {
      const { store, other } = await start();
      const [drain, clear, freeze] = [intentOf(), intentOf({ id: "i2", order: "clear", untilMs: NOW_MS }), freezeOf()];
      await store.putFacts([drain, stepOf(), freeze]);
      await other.putFacts([clear]);
      for (const one of [store, other]) {
        expect(await one.orders()).toEqual([freeze, drain, clear]);
        expect(await one.steps(0)).toEqual([stepOf()]);
      }
    });

    test("one that is there already is left as it is, and the others are written", async () => {
      const { store } = await start();
      await store.putFacts([intentOf(), stepOf(), freezeOf()]);
      await store.putFacts([
        intentOf({ order: "hold", atMs: NOW_MS + 1 }),
        freezeOf({ on: false }),
        stepOf({ detail: "another" }),
        intentOf({ id: "i2" }),
        stepOf({ id: "web/8/lb1/restored" }),
      ]);
      expect(await store.orders()).toEqual([freezeOf(), intentOf(), intentOf({ id: "i2" })]);
      expect(await store.steps(0)).toEqual([stepOf(), stepOf({ id: "web/8/lb1/restored" })]);
    });

    test("steps from a time on, oldest first, more than one page of them", async () => {
      const { store } = await start();
      // Too small to be packed, and together more than DynamoDB's page of 1 MB.
      const detail = "x".repeat(700);
      const steps = Array.from({ length: 1500 }, (_, at) => stepOf({ id: `s${at}`, atMs: NOW_MS + at, detail }));
      await store.putFacts(steps.toReversed());
      expect(await store.steps(0)).toEqual(steps);
      expect(await store.steps(NOW_MS + 1490)).toEqual(steps.slice(1490));
      expect(await store.steps(NOW_MS + 1500)).toEqual([]);
    });

    test("steps expire after 90 days, orders never", async () => {
      const { store, pass } = await start();
      await store.putFacts([intentOf({ untilMs: NOW_MS + 1 }), stepOf(), freezeOf()]);
      pass(90 * DAY_S - 2);
      expect(await store.steps(0)).toHaveLength(1);
      pass(4);
      expect(await store.steps(0)).toEqual([]);
      expect(await store.orders()).toHaveLength(2);
    });
  });

  test("announced: by pool and region", async () => {
    const { store, other } = await start();
    const telling = { weight: 0, epoch: 9, atMs: NOW_MS, run: "r1", other: { weight: 5, epoch: 9 } };
    const mine = announcedOf({ version: 2, boxes: { "lb.1": { weight: 1, epoch: 8 } }, telling: { "lb.1": telling } });
    const [theirs, mail] = [announcedOf({ region: THERE }), announcedOf({ pool: "mail" })];
    expect(await store.putAnnounced(announcedOf())).toBe(true);
    expect(await store.putAnnounced(mine)).toBe(true);
    // Whoever has read only the first is told so, and changes nothing.
    expect(await store.putAnnounced(announcedOf({ version: 2 }))).toBe(false);
    await store.putAnnounced(mail);
    await other.putAnnounced(theirs);
    expect(await store.announced(["web"], BOTH)).toEqual([mine, theirs]);
    expect(await store.announced(["web", "mail"], [HERE])).toEqual([mine, mail]);
    expect(await store.announced([], BOTH)).toEqual([]);
  });

  test("conditions: the last state of each region, kind and subject, waiting or not, kept equally long", async () => {
    const { store, other, pass } = await start();
    const begun = { region: HERE, condition: conditionOf() };
    const floor = { region: HERE, condition: conditionOf({ kind: "floor" }) };
    const waiting = { region: HERE, condition: conditionOf({ atMs: NOW_MS + 2 }), waiting: true };
    const ended = { region: THERE, condition: conditionOf({ on: false, atMs: NOW_MS + 1 }) };
    await store.putCondition({ region: HERE, condition: conditionOf({ detail: "an earlier one" }) });
    await store.putCondition(begun);
    await store.putCondition(floor);
    await store.putCondition(waiting);
    pass(60);
    await other.putCondition(ended);
    expect(await store.conditions(BOTH)).toEqual([floor, begun, waiting, ended]);
    expect(await store.conditions([THERE])).toEqual([ended]);
    pass(30 * DAY_S - 30);
    expect(await store.conditions(BOTH)).toEqual([ended]);
    pass(60);
    expect(await store.conditions(BOTH)).toEqual([]);
  });

  test("views: by pool and region, for 90 days", async () => {
    const { store, other, pass } = await start();
    const [mine, theirs, mail] = [viewOf({ open: true }), viewOf({ region: THERE }), viewOf({ pool: "mail" })];
    for (const view of [viewOf(), mine, mail]) await store.putView(view);
    await store.putAnnounced(announcedOf());
    await store.putShadow("web", "{}");
    await other.putView(theirs);
    expect(await other.views(["web"], BOTH)).toEqual([mine, theirs]);
    expect(await other.views(["mail", "web"], [HERE])).toEqual([mail, mine]);
    pass(90 * DAY_S + 2);
    expect(await other.views(["mail", "web"], BOTH)).toEqual([]);
  });

  test("shadow: each region's own text of a pool", async () => {
    const { store, other } = await start();
    const long = JSON.stringify({ weights: "1".repeat(5000) });
    await store.putShadow("web", "{}");
    await store.putShadow("web", long);
    await other.putShadow("web", "");
    expect([await store.shadow("web"), await other.shadow("web"), await store.shadow("mail")]).toEqual([
      long,
      "",
      undefined,
    ]);
  });

  test("pending: each region's own, until they are deleted or a day old", async () => {
    const { store, other, pass } = await start();
    const second = pendingOf({ changeId: "/change/C2" });
    await store.putPending(pendingOf());
    await store.putPending(second);
    await other.putPending(pendingOf({ region: THERE, changeId: "/change/C3" }));
    expect(await store.pending()).toEqual([pendingOf(), second]);
    await store.deletePending(pendingOf());
    await store.deletePending(pendingOf());
    expect(await store.pending()).toEqual([second]);
    pass(DAY_S + 2);
    expect(await store.pending()).toEqual([]);
  });

  test("turns: the minute of each region", async () => {
    const { store, other } = await start();
    await store.putTurn(29_333_333);
    await store.putTurn(29_333_336);
    await other.putTurn(29_333_334);
    expect(await store.turns([...BOTH, "ap-southeast-1"])).toEqual({ [HERE]: 29_333_336, [THERE]: 29_333_334 });
    expect(await store.turns([THERE])).toEqual({ [THERE]: 29_333_334 });
  });

  test("history: the minutes from and to, both included, for a week", async () => {
    const { store, pass } = await start();
    const minutes = [9, 10, 99, 100, 101].map((minute) => historyOf({ minute }));
    for (const history of minutes) await store.putHistory(history);
    await store.putHistory(historyOf({ minute: 10, shard: 1 }));
    await store.putHistory(historyOf({ minute: 10, region: THERE }));
    expect(await store.history(HERE, 0, 10, 100)).toEqual(minutes.slice(1, 4));
    expect(await store.history(HERE, 0, 11, 10)).toEqual([]);
    expect(await store.history(THERE, 0, 0, 1000)).toEqual([historyOf({ minute: 10, region: THERE })]);
    pass(7 * DAY_S + 2);
    expect(await store.history(HERE, 0, 0, 1000)).toEqual([]);
  });

  test("followed: by pool and region, for a week", async () => {
    const { store, other, pass } = await start();
    const [mine, theirs, mail] = [followedOf(), followedOf({ region: THERE }), followedOf({ pool: "mail" })];
    for (const one of [followedOf({ names: {} }), mine, mail]) await store.putFollowed(one);
    await store.putView(viewOf());
    await other.putFollowed(theirs);
    expect(await other.followed(["web"], BOTH)).toEqual([mine, theirs]);
    expect(await other.followed(["mail", "web"], [HERE])).toEqual([mail, mine]);
    pass(7 * DAY_S + 2);
    expect(await other.followed(["mail", "web"], BOTH)).toEqual([]);
  });

  test("what was read is the reader's own, without what was undefined", async () => {
    const { store } = await start();
    await store.putReport({ ...reportOf(), doubted: undefined });
    const read = await store.ownReport(0);
    expect(read).toStrictEqual(reportOf());
    if (read) read.boxes["lb9"] = boxOf("web");
    expect(await store.ownReport(0)).toEqual(reportOf());
  });
});
