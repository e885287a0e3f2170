// Names elsewhere, from the question to the message, over the fake table and a clock of our own.
import { describe, expect, test } from "vitest";
import { askFollowed, type FollowPorts, tellFollowed } from "../../../shared/flow/follows.ts";
import type { AnnouncePorts } from "../../../shared/flow/announce.ts";
import type { Resolution } from "../../../shared/model/follow.ts";
import type { Report } from "../../../shared/model/report.ts";
import type { Resolver } from "../../../shared/ports.ts";
import { resolveConfig } from "../../../shared/resolve/resolve.ts";
import { createFakeClock } from "../../fakes/clock.ts";
import { createFakeAnnouncer, createFakeLog } from "../../fakes/ports.ts";
import { createFakeTable } from "../../fakes/store.ts";

const NAME = "www.client.example";
const REGIONS = ["eu-west-1", "eu-central-1", "us-east-1"] as const;
const MINUTE_MS = 60_000;
const never = new AbortController().signal;

function configOf(follows: string[]) {
  return resolveConfig(
    {
      owner: "acme",
      home: "eu-west-1",
      regions: [...REGIONS],
      checks: { web: { protocol: "http" } },
      islands: { north: {} },
      pools: [
        {
          id: "web",
          names: ["lb.acme.com"],
          checks: ["web"],
          follows,
          loadBalancers: [
            { id: "lb1", island: "north", address: "4.1.1.1" },
            { id: "lb2", island: "north", address: "4.1.1.2" },
          ],
        },
      ],
    },
    { cfg: 1_700_000_000, zones: () => ({ zoneId: "Z1" }) },
  ).resolved;
}

/** Three regions over one table. `answer` is what the name answers with from now on. */
function startWorld() {
  const clock = createFakeClock();
  const table = createFakeTable({ nowMs: () => clock.nowMs() });
  const announcer = createFakeAnnouncer();
  const asked: { region: string; name: string; family: string; atMin: number }[] = [];
  const startMs = clock.nowMs();
  const world = {
    config: configOf([NAME]),
    answer: { kind: "addresses", addresses: ["4.1.1.1", "4.1.1.2"] } as Resolution,
    unreachable: new Set<string>(),
    silent: new Set<string>(),
    out: [] as string[],
  };
  const portsOf = (region: string): FollowPorts & AnnouncePorts => {
    const resolver: Resolver = {
      async resolve(name, family) {
        asked.push({ region, name, family, atMin: Math.round((clock.nowMs() - startMs) / MINUTE_MS) });
        if (world.unreachable.has(region)) return { kind: "unknown", detail: "ETIMEOUT" };
        return family === "A" ? world.answer : { kind: "none", detail: "no address" };
      },
    };
    const { config } = world;
    return { config, region, clock, announcer, resolver, store: table.storeFor(region), log: createFakeLog() };
  };
  /** What happens in a minute: reports, one reconcile, and the questions of every region. */
  const minute = async (): Promise<void> => {
    for (const region of REGIONS) if (!world.silent.has(region)) await table.storeFor(region).putReport(report(region));
    const boxes = Object.fromEntries(
      ["lb1", "lb2"].map((box) => {
        const out = world.out.includes(box);
        return [box, { verdict: out ? "out" : "in", weight: out ? 0 : 1, because: out ? "web is down" : "" } as const];
      }),
    );
    const view = { region: "eu-west-1", pool: "web", atMs: clock.nowMs(), names: [], boxes, open: false };
    await table.storeFor("eu-west-1").putView(view);
    await tellFollowed(portsOf("eu-west-1"));
    for (const region of REGIONS) if (!world.silent.has(region)) await askFollowed(portsOf(region), never);
    await clock.advance(MINUTE_MS);
  };
  const report = (region: string): Report => ({
    region,
    shard: 0,
    slot: Math.floor(clock.nowMs() / 30_000),
    startedMs: clock.nowMs(),
    answeredMs: clock.nowMs(),
    cfg: world.config.cfg,
    asked: "",
    blind: false,
    unreached: [],
    boxes: {},
    lateMs: 0,
  });
  return {
    world,
    asked,
    table,
    /** Minutes and regions of the questions for A. */
    questions: () => asked.filter(({ family }) => family === "A").map(({ region, atMin }) => `${atMin} ${region}`),
    told: () =>
      announcer.announced.map(({ event }) => ("on" in event ? `${event.on ? "on" : "over"} ${event.detail}` : "")),
    pass: async (minutes: number) => {
      for (let done = 0; done < minutes; done += 1) await minute();
    },
  };
}

describe("names elsewhere", () => {
  test("are asked for hourly by the first region, both families, and nothing is said", async () => {
    const { asked, questions, told, pass } = startWorld();
    await pass(130);
    expect(questions()).toEqual(["0 eu-west-1", "60 eu-west-1", "120 eu-west-1"]);
    expect(asked.map(({ family }) => family)).toEqual(["A", "AAAA", "A", "AAAA", "A", "AAAA"]);
    expect(told()).toEqual([]);
  });

  test("are told of once they have pointed at one that is out twice, and when they do no more", async () => {
    const { world, questions, told, pass } = startWorld();
    await pass(10);
    world.out = ["lb1"];
    await pass(12);
    // Asked at once when the pool changed, and every five minutes from then on.
    expect(questions()).toEqual(["0 eu-west-1", "10 eu-west-1", "15 eu-west-1", "20 eu-west-1"]);
    expect(told()).toEqual([
      "on Pool web: 4.1.1.1 is lb1, which is out of the answer (web is down).\neu-west-1 asked at 2023-11-14 22:28:20 UTC.",
    ]);
    world.answer = { kind: "addresses", addresses: ["4.1.1.2"] };
    await pass(6);
    expect(told()).toHaveLength(2);
    expect(told()[1]).toMatch(/^over /);
  });

  test("that follow by CNAME and answer with a withdrawn one for a TTL are not told of", async () => {
    const { world, told, pass } = startWorld();
    await pass(10);
    world.out = ["lb1"];
    world.answer = { kind: "addresses", addresses: ["4.1.1.1"] };
    await pass(1);
    world.answer = { kind: "addresses", addresses: ["4.1.1.2"] };
    await pass(90);
    expect(told()).toEqual([]);
  });

  test("that do not resolve, or go to nobody, are told of", async () => {
    const { world, told, pass } = startWorld();
    world.answer = { kind: "none", detail: "no such name" };
    await pass(7);
    expect(told()).toEqual([expect.stringContaining("on Pool web: it does not resolve (no such name).")]);
    world.answer = { kind: "addresses", addresses: ["4.1.1.1"] };
    await pass(6);
    world.answer = { kind: "addresses", addresses: ["192.0.2.1"] };
    await pass(70);
    expect(told().slice(1)).toEqual([
      expect.stringMatching(/^over/),
      expect.stringContaining("on Pool web: 192.0.2.1 is no load balancer of pool web."),
    ]);
  });

  test("are left to the next region while the first cannot ask, and its failures say nothing", async () => {
    const { world, questions, told, pass } = startWorld();
    world.unreachable.add("eu-west-1");
    await pass(12);
    expect(questions()).toEqual(["0 eu-west-1", "5 eu-west-1", "10 eu-west-1", "10 eu-central-1"]);
    expect(told()).toEqual([]);
  });

  test("are the next one's when the first is silent", async () => {
    const { world, questions, pass } = startWorld();
    await pass(1);
    world.silent.add("eu-west-1");
    await pass(70);
    expect(questions()).toEqual(["0 eu-west-1", "60 eu-central-1"]);
  });

  test("whose trouble cannot be seen any more stay told until it can", async () => {
    const { world, told, pass } = startWorld();
    world.answer = { kind: "none", detail: "no such name" };
    await pass(7);
    for (const region of REGIONS) world.unreachable.add(region);
    await pass(240);
    expect(told()).toHaveLength(1);
    world.unreachable.clear();
    world.answer = { kind: "addresses", addresses: ["4.1.1.1"] };
    await pass(7);
    expect(told()).toHaveLength(2);
  });

  test("that nobody follows any more are over", async () => {
    const { world, told, pass } = startWorld();
    world.answer = { kind: "none", detail: "no such name" };
    await pass(7);
    world.config = configOf([]);
    await pass(1);
    expect(told()).toEqual([expect.stringMatching(/^on/), expect.stringMatching(/^over/)]);
  });

  test("never take the probing down", async () => {
    const { table, pass, told } = startWorld();
    table.fail("eu-west-1", ["followed"]);
    await expect(pass(1)).rejects.toThrow("followed was told to fail");
    const log = createFakeLog();
    const clock = createFakeClock();
    const resolver: Resolver = { resolve: async () => ({ kind: "unknown", detail: "" }) };
    const ports = { config: configOf([NAME]), region: "eu-west-1", clock, resolver, log };
    await askFollowed({ ...ports, store: table.storeFor("eu-west-1") }, never);
    expect(log.lines.map(({ level, message }) => [level, message])).toEqual([
      ["warn", "names elsewhere could not be asked for"],
    ]);
    expect(told()).toEqual([]);
  });
});
