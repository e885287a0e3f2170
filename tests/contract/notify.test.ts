// The announcer over the wire, against the embedded SNS and EventBridge: the table above createAnnouncer, row by row.
import { SNSClient } from "@aws-sdk/client-sns";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Bus, BusOptions } from "../../local/embedded/bus.ts";
import type { BusEvent } from "../../local/embedded/bus-events.ts";
import { SoftError } from "../../shared/model/errors.ts";
import { eventSchema, type Message, type WeightsEvent } from "../../shared/model/event.ts";
import { createAnnouncer } from "../../shared/notify/announcer.ts";
import { clientOptions, perRegion } from "../../shared/runtime/clients.ts";
import { createFakeClock } from "../fakes/clock.ts";
import { createFakeLog } from "../fakes/ports.ts";
import { clientsOf, credentials, region, startBus } from "./bus-fixture.ts";
import { conditionOf, NOW_MS } from "./store-samples.ts";

const THERE = "us-east-1";

const message: Message = {
  subject: "lifeboat: lb1 is out of lb.example.com (connection refused)",
  body: "lb1 (north, 192.0.2.1) is out.\n\nÜbrig: lb2.",
  attributes: { kind: "weights", pool: "web", island: "" },
};

const weights: WeightsEvent = {
  version: 1,
  type: "weights",
  id: "web/7",
  pool: "web",
  name: "lb.example.com",
  epoch: 7,
  atMs: NOW_MS,
  region,
  weights: { lb1: 0, lb2: 1 },
  open: false,
  moved: [],
  notes: [],
};

type Call = Parameters<NonNullable<BusOptions["onRequest"]>>[0];

/** An announcer on a bus whose requests fail where `fails` says so, with phones where `phoneRegions` are named. */
async function start(
  fails: (call: Call) => boolean,
  topicRegions = [region, THERE],
  phoneRegions: readonly string[] = [],
) {
  const events: BusEvent[] = [];
  const calls: string[] = [];
  let came = (): void => undefined;
  const untilEvents = (count: number): Promise<void> =>
    new Promise((resolve) => {
      came = () => (events.length >= count ? resolve() : undefined);
      came();
    });
  const bus: Bus = await startBus({
    topics: ["alerts", "texts"],
    onEvents: (_region, event) => {
      events.push(event);
      came();
    },
    onRequest: (call) => {
      calls.push(`${call.service} ${call.region}`);
      return fails(call) ? { kind: "error", code: "InternalError", message: "out of order", status: 500 } : undefined;
    },
  });
  const log = createFakeLog();
  const clock = createFakeClock();
  const announcer = createAnnouncer({
    topics: topicRegions.map((one) => bus.topicArn(one, "alerts")),
    textTopics: phoneRegions.map((one) => bus.topicArn(one, "texts")),
    clientFor: perRegion((to) => {
      const client = new SNSClient({ ...clientOptions(to, { attempts: 1 }), endpoint: bus.url, credentials });
      onTestFinished(() => client.destroy());
      return client;
    }),
    events: clientsOf(bus).events,
    bus: "default",
    clock,
    log,
  });
  return { announcer, clock, log, events, untilEvents, calls, published: () => bus.published() };
}

describe("announce", () => {
  test("the first topic gets the message, EventBridge the event, the second topic nothing", async () => {
    const { announcer, published, events, calls, log } = await start(() => false);
    await announcer.announce(weights, message);
    expect(published()).toMatchObject([
      {
        region,
        topic: "alerts",
        subject: message.subject,
        message: message.body,
        // An attribute without a value would be refused.
        attributes: { kind: { type: "String", value: "weights" }, pool: { type: "String", value: "web" } },
      },
    ]);
    expect(Object.keys(published()[0]?.attributes ?? {})).toEqual(["kind", "pool"]);
    expect(events).toMatchObject([
      {
        source: "lifeboat",
        "detail-type": "lifeboat.weights.v1",
        region,
        detail: weights,
        time: "2025-10-09T08:53:20Z",
      },
    ]);
    expect(calls.sort()).toEqual([`events ${region}`, `sns ${region}`]);
    expect(log.lines).toEqual([]);
  });

  test("a condition has its own detail type", async () => {
    const { announcer, events } = await start(() => false);
    await announcer.announce(conditionOf(), message);
    expect(events).toMatchObject([{ "detail-type": "lifeboat.condition.v1", detail: conditionOf() }]);
  });

  test("if the first topic fails the second gets it", async () => {
    const { announcer, published, events, log } = await start(
      (call) => call.service === "sns" && call.region === region,
    );
    await announcer.announce(weights, message);
    expect(published()).toMatchObject([{ region: THERE, subject: message.subject }]);
    expect(events).toHaveLength(1);
    expect(log.lines).toMatchObject([{ level: "warn", message: "a topic did not take the message" }]);
  });

  test.each([
    ["both topics fail", [region, THERE], (call: Call) => call.service === "sns"],
    ["the only topic fails", [region], (call: Call) => call.service === "sns"],
    ["everything fails", [region, THERE], () => true],
  ])("if %s it rejects with a SoftError", async (_what, regions, fails) => {
    const { announcer, published, calls } = await start(fails, regions);
    const error = await announcer.announce(weights, message).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SoftError);
    expect(String(error)).toContain(message.subject);
    expect(error).toMatchObject({ cause: { errors: regions.map(() => expect.any(SoftError)) } });
    expect(published()).toEqual([]);
    expect(calls.filter((one) => one.startsWith("sns"))).toHaveLength(regions.length);
  });

  describe("to phones", () => {
    const both = [region, THERE];
    const ofTexts = (call: Call): boolean => call.target === "texts";
    const toPhones = { message: message.subject, subject: undefined, topic: "texts" };

    test("goes the subject alone, as a text that must arrive, with the attributes to filter by", async () => {
      const { announcer, published } = await start(() => false, both, both);
      await announcer.announce(weights, message);
      expect(published()).toHaveLength(2);
      const text = published().find(({ topic }) => topic === "texts");
      expect(text).toMatchObject({ ...toPhones, region });
      expect(text?.attributes).toEqual({
        kind: { type: "String", value: "weights" },
        pool: { type: "String", value: "web" },
        "AWS.SNS.SMS.SMSType": { type: "String", value: "Transactional" },
      });
      expect(published().find(({ topic }) => topic === "alerts")?.message).toBe(message.body);
    });

    test("it fits one part, whatever is in it", async () => {
      const { announcer, published } = await start(() => false, both, both);
      await announcer.announce(weights, { ...message, subject: `lifeboat: \`ü\n${"x".repeat(500)}` });
      const text = published().find(({ topic }) => topic === "texts")?.message;
      expect(text).toMatch(/^lifeboat: '\?\?x+$/);
      expect(text).toHaveLength(100);
    });

    test("through the second topic if the first one fails", async () => {
      const { announcer, published } = await start((call) => ofTexts(call) && call.region === region, both, both);
      await announcer.announce(weights, message);
      expect(
        published()
          .map((one) => `${one.topic} ${one.region}`)
          .toSorted(),
      ).toEqual([`alerts ${region}`, `texts ${THERE}`]);
    });

    test.each([
      ["texts", "alerts"],
      ["alerts", "texts"],
    ])("if no topic of %s takes it, those of %s do, and it rejects", async (failing, taking) => {
      const { announcer, published } = await start(({ target }) => target === failing, both, both);
      await expect(announcer.announce(weights, message)).rejects.toBeInstanceOf(SoftError);
      expect(published().map(({ topic }) => topic)).toEqual([taking]);
    });
  });

  test("if EventBridge fails it is logged and no more", async () => {
    const { announcer, published, log } = await start((call) => call.service === "events");
    await announcer.announce(weights, message);
    expect(published()).toHaveLength(1);
    expect(log.lines).toMatchObject([{ level: "warn", fields: { id: "web/7" } }]);
  });

  test.each([
    ["what is not ASCII", "lifeboat: Zürich ist weg", "lifeboat: Z?rich ist weg"],
    ["line breaks and blanks in front", "  a\nb", "a?b"],
    ["more than 100 characters", "x".repeat(150), "x".repeat(100)],
    ["nothing", "", "lifeboat"],
  ])("a subject of %s does not cost the alert", async (_what, subject, sent) => {
    const { announcer, published } = await start(() => false);
    await announcer.announce(weights, { ...message, subject });
    expect(published()).toMatchObject([{ subject: sent }]);
  });

  test("of many at once people get the first three and then one of all others, machines each", async () => {
    const { announcer, clock, published, events, untilEvents } = await start(() => false);
    const pools = Array.from({ length: 20 }, (_, at) => `pool "${at}" ü`);
    const announced = pools.map((pool, at) => {
      const subject = `lifeboat: north/lb1 is out of lb${at}.example.com (connection refused)`;
      const body = `${"Übrig: lb2. ".repeat(2500)}\n`;
      const attributes = { type: "weights", page: "true", pool };
      return announcer.announce({ ...weights, id: `web/${at}`, pool }, { subject, body, attributes });
    });
    await Promise.all(announced.slice(0, 3));
    await untilEvents(20);
    expect(published()).toHaveLength(3);
    await clock.advance(2000);
    await Promise.all(announced);
    expect(published()).toHaveLength(4);
    const last = published().at(-1);
    expect(last).toMatchObject({
      subject: "lifeboat: 17 changes: north/lb1 is out of lb3.example.com, and 16 more",
      attributes: {
        type: { type: "String", value: "weights" },
        page: { type: "String", value: "true" },
        pool: { type: "String.Array" },
      },
    });
    expect(JSON.parse(last?.attributes["pool"]?.value ?? "")).toEqual(pools.slice(3));
    expect(last?.message).toContain("\n  north/lb1 is out of lb19.example.com (connection refused)\n");
    expect(last?.message).toMatch(/^10 of these 17 are left out here/m);
    expect(events.map(({ detail }) => eventSchema.parse(detail).id).toSorted()).toEqual(
      pools.map((_, at) => `web/${at}`).toSorted(),
    );
  });

  test("a gathered message that no topic takes rejects every announce in it", async () => {
    let refuses = false;
    const { announcer, clock, published, events } = await start((call) => refuses && call.service === "sns");
    const announce = () => announcer.announce(weights, message).catch((thrown: unknown) => thrown);
    await Promise.all([announce(), announce(), announce()]);
    refuses = true;
    const announced = [announce(), announce()];
    await clock.advance(2000);
    const [one, other] = await Promise.all(announced);
    expect(one).toBeInstanceOf(SoftError);
    expect(other).toBe(one);
    expect(published()).toHaveLength(3);
    expect(events).toHaveLength(5);
  });

  test("an event too large for EventBridge goes without its evidence", async () => {
    const { announcer, events, log } = await start(() => false);
    const evidence = Array.from({ length: 12 }, () => {
      return { region, check: "web", kind: "down" as const, reason: "body" as const, detail: "ü".repeat(200) };
    });
    const moved = Array.from({ length: 100 }, (_, at) => {
      const box = `lb${at}`;
      return {
        box,
        setIdentifier: box,
        island: "north",
        address: "192.0.2.1",
        before: 1,
        after: 0,
        because: "web",
        evidence,
      };
    });
    await announcer.announce({ ...weights, moved }, message);
    const detail = eventSchema.parse(events[0]?.detail);
    expect(detail).toEqual({ ...weights, moved: moved.map((one) => ({ ...one, evidence: [] })) });
    expect(log.lines).toEqual([]);
  });
});
