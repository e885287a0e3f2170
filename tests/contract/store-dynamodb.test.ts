// What only the real store has: DynamoDB's failures, items that another version wrote, the 400 KB, expiry's attribute.
import { GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import { describe, expect, test } from "vitest";
import { seededRandom } from "../../local/random.ts";
import { throttled } from "../../local/embedded/dynamodb.ts";
import { SoftError } from "../../shared/model/errors.ts";
import type { Store } from "../../shared/ports.ts";
import { keys, TTL_ATTRIBUTE } from "../../shared/store/keys.ts";
import { createStore } from "../../shared/store/store.ts";
import { clientOf, startDb, TableName } from "./dynamodb-fixture.ts";
import {
  announcedOf,
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

const BOTH = [HERE, THERE];

const calls = {
  ownReport: (store) => store.ownReport(0),
  reports: (store) => store.reports(BOTH, 1),
  putReport: (store) => store.putReport(reportOf()),
  suspicions: (store) => store.suspicions(BOTH, 1),
  ownSuspicion: (store) => store.ownSuspicion(0),
  putSuspicion: (store) => store.putSuspicion(suspicionOf()),
  seen: (store) => store.seen(),
  putSeen: (store) => store.putSeen({ a: 1 }),
  orders: (store) => store.orders(),
  steps: (store) => store.steps(0),
  putFacts: (store) => store.putFacts([intentOf(), stepOf()]),
  announced: (store) => store.announced(["web"], BOTH),
  putAnnounced: (store) => store.putAnnounced(announcedOf()),
  conditions: (store) => store.conditions(BOTH),
  putCondition: (store) => store.putCondition({ region: HERE, condition: conditionOf() }),
  views: (store) => store.views(["web"], BOTH),
  putView: (store) => store.putView(viewOf()),
  shadow: (store) => store.shadow("web"),
  putShadow: (store) => store.putShadow("web", "{}"),
  pending: (store) => store.pending(),
  putPending: (store) => store.putPending(pendingOf()),
  deletePending: (store) => store.deletePending(pendingOf()),
  turns: (store) => store.turns(BOTH),
  putTurn: (store) => store.putTurn(1),
  putHistory: (store) => store.putHistory(historyOf()),
  history: (store) => store.history(HERE, 0, 0, 1),
  followed: (store) => store.followed(["web"], BOTH),
  putFollowed: (store) => store.putFollowed(followedOf()),
} satisfies Record<keyof Store, (store: Store) => Promise<unknown>>;

function open(url: string, options: { region?: string; nowMs?: () => number; unreadable?: unknown[] } = {}) {
  const { region = HERE, nowMs = () => NOW_MS, unreadable = [] } = options;
  const client = clientOf(url, region);
  const store = createStore({
    client,
    table: TableName,
    region,
    nowMs,
    onUnreadable: (error) => void unreadable.push(error),
  });
  return { client, store };
}

describe("what DynamoDB fails is a SoftError with its cause", () => {
  test.each(Object.entries(calls))("%s, throttled", async (_name, call) => {
    const { url } = await startDb({ onRequest: (operation) => (operation === "CreateTable" ? undefined : throttled) });
    const error = await call(open(url).store).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SoftError);
    expect(error).toMatchObject({ cause: { name: "ProvisionedThroughputExceededException" } });
  });

  test("so is a connection that breaks", async () => {
    const { url } = await startDb({ onRequest: () => ({ kind: "drop" }) });
    await expect(open(url).store.putReport(reportOf())).rejects.toBeInstanceOf(SoftError);
  });

  test("a report whose answer was lost is written when it is sent again, and another of its slot is not", async () => {
    let lost = false;
    const { url } = await startDb({
      onRequest: (operation) => {
        if (operation !== "PutItem" || lost) return undefined;
        lost = true;
        return { kind: "drop", after: true };
      },
    });
    const { store } = open(url);
    await expect(store.putReport(reportOf())).rejects.toBeInstanceOf(SoftError);
    expect(await store.putReport(reportOf())).toBe(true);
    expect(await store.putReport(reportOf({ startedMs: NOW_MS + 1 }))).toBe(false);
    expect(await store.ownReport(0)).toEqual(reportOf());
  });

  test("one fact that cannot be written does not keep the others", async () => {
    const { url } = await startDb({
      onRequest: (operation, { input }) =>
        operation === "PutItem" && JSON.stringify(input).includes("order") && JSON.stringify(input).includes('"i1"')
          ? throttled
          : undefined,
    });
    const { store } = open(url);
    await expect(store.putFacts([intentOf(), freezeOf(), stepOf()])).rejects.toBeInstanceOf(SoftError);
    expect(await store.orders()).toEqual([freezeOf()]);
    expect(await store.steps(0)).toEqual([stepOf()]);
  });
});

test("what was announced, kept without a version once, is read as the oldest and written over", async () => {
  const { url } = await startDb();
  const { client, store } = open(url);
  const { version: _, ...json } = announcedOf();
  const item = { ...keys.announced("web", HERE), v: 1, json: JSON.stringify(json) };
  await client.send(new PutCommand({ TableName, Item: item }));
  expect(await store.announced(["web"], [HERE])).toEqual([announcedOf({ version: 0 })]);
  expect(await store.putAnnounced(announcedOf({ version: 1 }))).toBe(true);
  expect(await store.putAnnounced(announcedOf({ version: 1 }))).toBe(false);
});

describe("an item that cannot be read", () => {
  const rejects: [string, { pk: string; sk: string }, (store: Store) => Promise<unknown>][] = [
    ["an order", keys.order("f9"), calls.orders],
    ["a view", keys.view("web", THERE), calls.views],
    ["announced", keys.announced("web", THERE), calls.announced],
    ["pending", keys.pending(HERE, "C1"), calls.pending],
    ["a turn", keys.turn(THERE), calls.turns],
    ["a shadow", keys.shadow("web", HERE), calls.shadow],
  ];
  test.each(rejects)("%s is never taken for empty", async (_what, key, call) => {
    const { url } = await startDb();
    const { client, store } = open(url);
    for (const body of [{ v: 2, json: "{}" }, { v: 1, json: '{"kind":"new"}' }, { v: 1, json: "{" }, {}]) {
      await client.send(new PutCommand({ TableName, Item: { ...key, ...body } }));
      await expect(call(store)).rejects.toBeInstanceOf(SoftError);
    }
  });

  const left: [string, { pk: string; sk: string }, (store: Store) => Promise<unknown>, unknown][] = [
    ["a region's report", keys.report(THERE, 0), calls.reports, [reportOf()]],
    ["a region's suspicion", keys.suspicion(THERE, 0), calls.suspicions, [suspicionOf()]],
    ["the own report", keys.report(HERE, 0), calls.ownReport, undefined],
    ["the own suspicion", keys.suspicion(HERE, 0), calls.ownSuspicion, undefined],
    [
      "a condition",
      keys.condition(THERE, "new", "web", false),
      calls.conditions,
      [{ region: HERE, condition: conditionOf() }],
    ],
    ["a step", keys.step(NOW_MS, "new"), calls.steps, [stepOf()]],
    ["a minute's history", keys.history(HERE, 0, 1), calls.history, []],
    ["what a region followed", keys.followed("web", THERE), calls.followed, []],
  ];
  test.each(left)("%s is left out, and told of", async (_what, key, call, rest) => {
    const { url } = await startDb();
    const unreadable: unknown[] = [];
    const { client, store } = open(url, { unreadable });
    await calls.putReport(store);
    await calls.putSuspicion(store);
    await calls.putCondition(store);
    await calls.putFacts(store);
    await client.send(new PutCommand({ TableName, Item: { ...key, v: 1, json: '{"kind":"new"}' } }));
    expect(await call(store)).toEqual(rest);
    expect(unreadable).toHaveLength(1);
    expect(String(unreadable[0])).toContain(key.pk);
  });

  test("the own report that cannot be read is mended by the next one", async () => {
    const { url } = await startDb();
    const { client, store } = open(url);
    const old = { ...keys.report(HERE, 0), v: 0, json: "{}", slot: 99, cfg: reportOf().cfg };
    await client.send(new PutCommand({ TableName, Item: old }));
    expect(await store.putReport(reportOf({ slot: 99 }))).toBe(false);
    expect(await store.putReport(reportOf())).toBe(true);
    expect(await store.ownReport(0)).toEqual(reportOf());
  });
});

describe("400 KB", () => {
  test("a report whose details do not compress loses their ends, and nothing else", async () => {
    const { url } = await startDb();
    const { client, store } = open(url);
    const random = seededRandom(7);
    const noise = (): string =>
      Array.from({ length: 200 }, () => String.fromCharCode(0x4e00 + Math.floor(random() * 0x4000))).join("");
    const report = massOutage(500, 4, noise);
    expect(await store.putReport(report)).toBe(true);
    const read = await store.ownReport(0);
    const details = Object.values(report.boxes).flatMap((box) => Object.values(box).map(({ finding }) => finding));
    const cut = Object.values(read?.boxes ?? {}).flatMap((box) => Object.values(box).map(({ finding }) => finding));
    expect(cut).toHaveLength(2000);
    expect(cut).toEqual(details.map((one) => ("detail" in one ? { ...one, detail: one.detail.slice(0, 40) } : one)));
    expect({ ...read, boxes: {} }).toEqual({ ...report, boxes: {} });
    const { Item } = await client.send(new GetCommand({ TableName, Key: keys.report(HERE, 0) }));
    expect(Item?.["packed"].byteLength).toBeLessThan(400 * 1024);
  });

  test("a report of ASCII noise keeps its details whole", async () => {
    const { url } = await startDb();
    const { store } = open(url);
    const random = seededRandom(8);
    const noise = (): string =>
      Array.from({ length: 200 }, () => String.fromCharCode(32 + Math.floor(random() * 95))).join("");
    const report = massOutage(500, 4, noise);
    expect(await store.putReport(report)).toBe(true);
    expect(await store.ownReport(0)).toEqual(report);
  });

  test("what does not fit even so is a SoftError, not a lost write", async () => {
    const { url } = await startDb();
    const random = seededRandom(9);
    const noise = Array.from({ length: 700_000 }, () => String.fromCharCode(32 + Math.floor(random() * 95))).join("");
    await expect(open(url).store.putShadow("web", noise)).rejects.toThrow(/400 KB/);
  });
});

describe("expiry", () => {
  test("is an attribute by which DynamoDB deletes: what expires goes, the rest stays", async () => {
    let nowMs = NOW_MS;
    const db = await startDb({ nowMs: () => nowMs });
    const { store, client } = open(db.url, { nowMs: () => nowMs });
    for (const call of Object.values(calls)) await call(store);
    await calls.putPending(store);
    nowMs += 91 * 86_400_000;
    // Suspicion, step, condition, view, pending, history, followed.
    expect(await db.sweep()).toBe(7);
    const rest = [keys.report(HERE, 0), keys.seen(HERE), keys.order("i1"), keys.announced("web", HERE)];
    for (const Key of [...rest, keys.shadow("web", HERE), keys.turn(HERE)]) {
      const { Item } = await client.send(new GetCommand({ TableName, Key }));
      expect(Item).toBeDefined();
      expect(Item).not.toHaveProperty(TTL_ATTRIBUTE);
    }
  });
});

test("own items and what decides are read consistently, other regions' evidence as replicated", async () => {
  const asked: string[] = [];
  const { url } = await startDb({
    onRequest: (operation, { input }) => {
      if (operation !== "Query" && operation !== "GetItem") return undefined;
      const key = JSON.stringify(input["Key"] ?? input["ExpressionAttributeValues"]);
      asked.push(
        `${/"(report|suspicion|order|step|condition)[^"]*"/.exec(key)?.[0]} ${String(input["ConsistentRead"])}`,
      );
      return undefined;
    },
  });
  const { store } = open(url);
  for (const name of ["ownReport", "reports", "ownSuspicion", "suspicions", "orders", "conditions"] as const) {
    await calls[name](store);
  }
  expect(asked.sort()).toEqual(
    [
      `"report#${HERE}" true`,
      `"report#${HERE}" true`,
      `"report#${THERE}" false`,
      `"suspicion#${HERE}" true`,
      `"suspicion#${HERE}" true`,
      `"suspicion#${THERE}" false`,
      `"order" true`,
      `"condition#${HERE}" true`,
      `"condition#${THERE}" false`,
    ].sort(),
  );
});
