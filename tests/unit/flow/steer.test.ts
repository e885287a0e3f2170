import { describe, expect, it } from "vitest";
import { failover } from "../../../shared/flow/failover.ts";
import type { ConfigInput } from "../../../shared/model/config.ts";
import type { FailoverEvent } from "../../../shared/model/failover-call.ts";
import { type Command, outcomeSchema } from "../../../shared/model/operate.ts";
import { fenceNameOf } from "../../../shared/model/fence.ts";
import type { DnsRecord, NameState } from "../../../shared/model/record.ts";
import type { Report } from "../../../shared/model/report.ts";
import type { FakeZone } from "../../fakes/zone.ts";
import { createWorld, NAME, reconcile, reconcileInTurn, type World } from "./base.ts";

/** A pool whose records stand and whose load balancers are all up. */
async function settled(world: World): Promise<void> {
  await world.report();
  await reconcileInTurn(world);
}

function weightOf(box: string): (sent: FakeZone["sent"][number]) => number | undefined {
  return ({ batch }) => batch.changes.find(({ record }) => record.setIdentifier === box)?.record.weight;
}

/** The name as a zone of earlier has it. */
function asOf(state: NameState, records: readonly DnsRecord[]): NameState {
  const fence = records.find(({ name }) => name === fenceNameOf(state.name));
  return { ...state, ...(fence ? { fence } : {}), records: records.filter(({ name }) => name === state.name) };
}

async function fails(world: World, boxes: readonly string[]): Promise<void> {
  await world.clock.advance(world.config.intervalS * 1000);
  await world.report(boxes);
  await world.run({ kind: "wake", boxes: [...boxes] });
}

describe("a record that served before its box was configured", () => {
  const withFive = (config: ConfigInput): ConfigInput => ({
    ...config,
    pools: config.pools.map((pool) => ({
      ...pool,
      loadBalancers: [...pool.loadBalancers, { id: "lb5", island: "south", address: "4.1.2.5" }],
    })),
  });

  it("goes on serving until a quorum has found it down, and is told of then", async () => {
    const world = createWorld(withFive);
    const { lb5: _, ...boxes } = world.config.boxes;
    const pools = world.config.pools.map((pool) => ({
      ...pool,
      members: pool.members.filter(({ box }) => box !== "lb5"),
    }));
    await world.report();
    const before = { ...world.ports(), config: { ...world.config, boxes, pools } };
    await world.clock.run(failover(reconcile(world), before, new AbortController().signal));
    const sibling = world.records().find(({ setIdentifier }) => setIdentifier === "lb4");
    if (!sibling) throw new Error("there is no lb4");
    const record = { ...sibling, setIdentifier: "lb5", values: ["4.1.2.5"], weight: 7 };
    world.zone.edit("Z1", { action: "CREATE", record });
    const unknown: Report["boxes"][string] = {
      web: {
        digest: world.config.checks["web"]?.digest ?? "",
        finding: { kind: "unknown", detail: "not asked yet" },
        answeredMs: world.clock.nowMs() + 60_000,
        sinceMs: world.clock.nowMs() + 60_000,
        successes: 0,
      },
    };
    await world.clock.advance(60_000);
    await world.report([], { boxes: { lb5: unknown } });
    await reconcileInTurn(world);
    expect(await world.ports().store.views(["web"], world.config.regions)).toMatchObject([
      {},
      { boxes: { lb5: { verdict: "undecided", weight: 7 } } },
    ]);
    expect(world.weights()).toMatchObject({ lb5: 7 });
    await fails(world, ["lb5"]);
    expect(world.weights()).toEqual({ lb1: 1, lb2: 1, lb3: 1, lb4: 1, lb5: 0 });
    expect(world.told()).toEqual(["lb5 7>0"]);
  });
});

describe("what is told", () => {
  it("the first of an island at once, the second with the rest of it, the last at once", async () => {
    const world = createWorld((config) => ({ ...config, intervalS: 5 }));
    await settled(world);
    await fails(world, ["lb1"]);
    expect(world.told()).toEqual(["lb1 1>0"]);
    await fails(world, ["lb1", "lb2"]);
    expect(world.weights()).toEqual({ lb1: 0, lb2: 0, lb3: 1, lb4: 1 });
    expect(world.told()).toEqual(["lb1 1>0"]);
    await fails(world, ["lb1", "lb2", "lb3"]);
    expect(world.told()).toEqual(["lb1 1>0", "lb3 1>0"]);
    await world.clock.advance(46_000);
    await world.report(["lb1", "lb2", "lb3"]);
    await reconcileInTurn(world);
    expect(world.told()).toEqual(["lb1 1>0", "lb3 1>0", "lb2 1>0"]);
    await world.clock.advance(60_000);
    await world.report(["lb1", "lb2", "lb3"]);
    await reconcileInTurn(world);
    expect(world.told()).toHaveLength(3);
  });

  it("what a winner could not tell, any region tells once its fence is 45 s old, under the same id", async () => {
    const world = createWorld();
    await settled(world);
    world.announcer.broken = true;
    await world.clock.advance(30_000);
    await world.report(["lb4"]);
    await expect(world.run({ kind: "wake", boxes: ["lb4"] })).rejects.toThrow(/could not be read or steered/);
    world.announcer.broken = false;
    expect(world.weights()).toMatchObject({ lb4: 0 });
    await world.clock.advance(50_000);
    await world.report(["lb4"]);
    await reconcileInTurn(world);
    expect(world.told()).toEqual(["lb4 1>0"]);
  });
});

describe("what is told where replicas do not know yet what others have told", () => {
  const quick = (config: ConfigInput): ConfigInput => ({
    ...config,
    pools: config.pools.map((pool) => ({
      ...pool,
      names: [NAME, "www.example.com"],
      restore: { afterS: 0, successes: 1, damping: false },
    })),
  });

  it("a writer that puts a box back and takes it out again tells of neither", async () => {
    const world = createWorld(quick);
    await settled(world);
    await world.clock.advance(60_000);
    await world.report(["lb4"]);
    world.table.hold();
    await world.run({ kind: "wake", boxes: ["lb4"] });
    expect(world.told()).toEqual(["lb4 1>0"]);
    await world.clock.advance(2000);
    const later = 1e9;
    await world.report([], { slot: later }, "us-east-1");
    let turned: Promise<void> | undefined;
    world.zone.fault = (call) => {
      if (call.kind !== "apply" || call.batch.name === NAME || turned) return undefined;
      turned = world.report(["lb4"], { slot: later + 1 }, "us-east-1");
      return "throttled";
    };
    await world.run({ kind: "wake", boxes: ["lb4"] }, "us-east-1");
    await turned;
    expect(world.zone.sent.filter(({ batch }) => batch.name === NAME).map(weightOf("lb4"))).toEqual([1, 0, 1, 0]);
    expect(world.told()).toEqual(["lb4 1>0"]);
  });

  it("a writer that comes within seconds of another region's knows what that one has told", async () => {
    const world = createWorld(quick, { lagMs: 3000 });
    await settled(world);
    await world.clock.advance(60_000);
    await world.report(["lb4"]);
    await world.clock.advance(3000);
    await world.run({ kind: "wake", boxes: ["lb4"] });
    expect(world.told()).toEqual(["lb4 1>0"]);
    const seesInUs = async (down: string[], slot: number): Promise<void> => {
      await world.report(down, { slot }, "us-east-1");
      await failover({ kind: "wake", boxes: ["lb4"] }, world.ports("us-east-1"), new AbortController().signal);
    };
    await world.clock.advance(1200);
    const third = world.clock.sleep(600).then(() => seesInUs(["lb4"], 1e9 + 1));
    await world.clock.run(Promise.all([seesInUs([], 1e9), third]));
    expect(world.zone.sent.filter(({ batch }) => batch.name === NAME).map(weightOf("lb4"))).toEqual([1, 0, 1, 0]);
    expect(world.told()).toEqual(["lb4 1>0", "lb4 0>1", "lb4 1>0"]);
  });

  it("a writer that comes within seconds of its own region's tells at once", async () => {
    const world = createWorld(quick, { lagMs: 3000 });
    await settled(world);
    await world.clock.advance(60_000);
    await world.report(["lb4"]);
    await world.clock.advance(3000);
    await world.run({ kind: "wake", boxes: ["lb4"] });
    await world.clock.advance(1200);
    await world.report([], { slot: 1e9 }, "eu-west-1");
    const startedMs = world.clock.nowMs();
    await world.run({ kind: "wake", boxes: ["lb4"] });
    expect(world.told()).toEqual(["lb4 1>0", "lb4 0>1"]);
    expect(world.clock.nowMs()).toBe(startedMs);
  });

  it("a catch-up tells of nothing that somebody else has written while it waited for its share of the clock", async () => {
    const world = createWorld((config) => ({ ...quick(config), intervalS: 5 }));
    await settled(world);
    await fails(world, ["lb1"]);
    await fails(world, ["lb1", "lb2"]);
    expect(world.weights()).toMatchObject({ lb1: 0, lb2: 0 });
    expect(world.told()).toEqual(["lb1 1>0"]);
    await world.clock.advance(50_000);
    // The third region's share is the last 5 s of 15: it waits for 9 s.
    await world.clock.advance(15_000 - (world.clock.nowMs() % 15_000) + 1000);
    await world.report(["lb1", "lb2"]);
    const turn = world.run({ kind: "reconcile", scheduledMs: 2 * 60_000 }, "us-east-1");
    void world.clock.sleep(2000).then(async () => {
      await world.report(["lb1"], { slot: 1e9 });
      await failover({ kind: "wake", boxes: ["lb2"] }, world.ports(), new AbortController().signal);
    });
    await turn;
    expect(world.weights()).toMatchObject({ lb1: 0, lb2: 1 });
    expect(world.told()).toEqual(["lb1 1>0"]);
  });

  it("a reconcile that read the zone before somebody else wrote it tells nothing of what that one set out to tell", async () => {
    const world = createWorld(quick);
    await settled(world);
    await fails(world, ["lb1"]);
    await world.clock.advance(60_000);
    await world.report(["lb1", "lb4"]);
    const stale = world.zone.records("Z1");
    world.announcer.broken = true;
    await expect(world.run({ kind: "wake", boxes: ["lb4"] })).rejects.toThrow(/could not be read or steered/);
    world.announcer.broken = false;
    const read = world.zone.read.bind(world.zone);
    world.zone.read = async (zoneId, names) => {
      const states = await read(zoneId, names);
      return new Map([...states].map(([name, state]) => [name, asOf(state, stale)]));
    };
    world.zone.fault = (call) => (call.kind === "apply" ? "throttled" : undefined);
    await reconcileInTurn(world);
    expect(world.told()).toEqual(["lb1 1>0"]);
    world.zone.read = read;
    world.zone.fault = () => undefined;
    await world.clock.advance(60_000);
    await world.report(["lb1", "lb4"]);
    await reconcileInTurn(world);
    expect(world.told()).toEqual(["lb1 1>0", "lb4 1>0"]);
  });
});

describe("what somebody lowers by hand", () => {
  it("is told by the batch that makes a hold of it, and by nobody else", async () => {
    const world = createWorld();
    await settled(world);
    await world.clock.advance(60_000);
    await world.report();
    const record = world.records().find(({ setIdentifier }) => setIdentifier === "lb4");
    expect(record).toBeDefined();
    if (record) world.zone.edit("Z1", { action: "DELETE", record });
    await world.run({ kind: "wake", boxes: ["lb4"] });
    expect(world.told()).toEqual(["lb4 1>0"]);
    await world.clock.advance(60_000);
    await world.report();
    await reconcileInTurn(world);
    expect(world.told()).toEqual(["lb4 1>0"]);
  });
});

describe("what a reviewed apply makes a hold of", () => {
  it("is told at once", async () => {
    const world = createWorld();
    await settled(world);
    const record = world.records().find(({ setIdentifier }) => setIdentifier === "lb4");
    expect(record).toBeDefined();
    if (record) world.zone.edit("Z1", { action: "UPSERT", record: { ...record, weight: 0 } });
    const order = (command: Command): FailoverEvent => ({ kind: "operate", who: "ann", command });
    const { checksum = "" } = outcomeSchema.parse(await world.run(order({ do: "plan", what: "apply" })));
    await world.run(order({ do: "carry-out", what: "apply", checksum }));
    expect(world.told()).toEqual(["lb4 1>0"]);
  });
});

describe("a reviewed apply of two pools while no topic takes messages", () => {
  it("writes both, and says that it did", async () => {
    const loadBalancers = [
      { id: "o1", island: "north", address: "4.3.1.1" },
      { id: "o2", island: "south", address: "4.3.2.1" },
    ];
    const world = createWorld((config) => ({
      ...config,
      checks: { web: { protocol: "http", host: NAME } },
      pools: [...config.pools, { id: "other", names: ["lb2.example.com"], checks: ["web"], loadBalancers }],
    }));
    await settled(world);
    for (const id of ["lb4", "o2"]) {
      const record = world.zone.records("Z1").find(({ setIdentifier }) => setIdentifier === id);
      expect(record).toBeDefined();
      if (record) world.zone.edit("Z1", { action: "UPSERT", record: { ...record, weight: 0 } });
    }
    const order = (command: Command): FailoverEvent => ({ kind: "operate", who: "ann", command });
    const { checksum = "" } = outcomeSchema.parse(await world.run(order({ do: "plan", what: "apply" })));
    world.announcer.broken = true;
    const sent = world.zone.sent.length;
    const { ok, text } = outcomeSchema.parse(await world.run(order({ do: "carry-out", what: "apply", checksum })));
    expect(world.zone.sent.length - sent).toBe(2);
    expect(ok).toBe(false);
    expect(text.split("\n")).toEqual([
      expect.stringMatching(/^lb\.example\.com: written \(change \w+\)\. It was not announced yet: .*no topic took it/),
      expect.stringMatching(
        /^lb2\.example\.com: written \(change \w+\)\. It was not announced yet: .*no topic took it/,
      ),
    ]);
  });
});

describe("two regions whose turns meet", () => {
  it("tell once of what nobody has told", async () => {
    const world = createWorld();
    await settled(world);
    world.announcer.broken = true;
    await world.clock.advance(60_000);
    await world.report(["lb4"]);
    await expect(world.run({ kind: "wake", boxes: ["lb4"] })).rejects.toThrow(/could not be read or steered/);
    world.announcer.broken = false;
    await world.clock.advance(60_000);
    await world.report(["lb4"]);
    const minute = Math.floor(world.clock.nowMs() / 60_000 / 3) * 3;
    const turns = world.config.regions.map((region, at) =>
      failover(
        { kind: "reconcile", scheduledMs: (minute + at) * 60_000 },
        world.ports(region),
        new AbortController().signal,
      ),
    );
    await world.clock.run(Promise.all(turns));
    expect(world.told()).toEqual(["lb4 1>0"]);
  });
});

describe("a change that Route 53 accepted and does not serve", () => {
  it("is paged after three minutes, sent again under a new fence, and over once it is served", async () => {
    const world = createWorld();
    await settled(world);
    const accepted = world.zone.sent.length;
    await world.clock.advance(181_000);
    await world.report();
    await world.run({ kind: "reconcile", scheduledMs: world.clock.nowMs() }, "eu-west-1");
    await world.run({ kind: "reconcile", scheduledMs: world.clock.nowMs() }, "eu-central-1");
    await world.run({ kind: "reconcile", scheduledMs: world.clock.nowMs() }, "us-east-1");
    expect(world.conditions().filter((one) => one.startsWith("not-insync"))).toHaveLength(1);
    expect(world.zone.sent.length).toBe(accepted + 1);
    expect(world.zone.sent.at(-1)?.batch.changes.filter(({ action }) => action === "UPSERT")).toHaveLength(4);
    world.zone.settle();
    await world.clock.advance(60_000);
    await world.report();
    for (const region of world.config.regions)
      await world.run({ kind: "reconcile", scheduledMs: world.clock.nowMs() }, region);
    expect(world.conditions().findLast((one) => one.startsWith("not-insync"))).toMatch(/over$/);
  });
});

describe("a pool that observes", () => {
  it("tells what it would have done, and writes nothing", async () => {
    const world = createWorld((config) => ({
      ...config,
      pools: config.pools.map((pool) => ({ ...pool, mode: "observe" as const })),
    }));
    await settled(world);
    await fails(world, ["lb1"]);
    expect(world.zone.sent).toEqual([]);
    expect(world.conditions()).toEqual(["observe web lb1 on"]);
    await world.clock.advance(60_000);
    await world.report();
    await world.run({ kind: "wake", boxes: ["lb1"] });
    expect(world.conditions()).toEqual(["observe web lb1 on", "observe web lb1 over"]);
  });
});

describe("a zone that cannot be read", () => {
  it("changes nothing and is told", async () => {
    const world = createWorld();
    await settled(world);
    const sent = world.zone.sent.length;
    world.zone.fault = (call) => (call.kind === "read" ? "unreadable" : undefined);
    await world.clock.advance(30_000);
    await world.report(["lb1"]);
    await expect(world.run({ kind: "wake", boxes: ["lb1"] })).rejects.toThrow(/could not be read or steered/);
    expect(world.zone.sent).toHaveLength(sent);
    expect(world.conditions()).toEqual(["unreadable zone Z1 on"]);
  });

  it("for a moment is nobody's trouble", async () => {
    const world = createWorld();
    await settled(world);
    let unread = 3;
    world.zone.fault = (call) => (call.kind === "read" && unread-- > 0 ? "unreadable" : undefined);
    await fails(world, ["lb1"]);
    expect(unread).toBeLessThan(0);
    expect(world.told()).toEqual(["lb1 1>0"]);
    expect(world.conditions()).toEqual([]);
  });

  it("between two rounds is read again: what was applied under a lost answer is told at once", async () => {
    const world = createWorld();
    await settled(world);
    const faults: ("uncertain-after" | "unreadable")[] = ["uncertain-after", "unreadable", "unreadable"];
    world.zone.fault = (call) => (faults.length < 3 || call.kind === "apply" ? faults.shift() : undefined);
    await fails(world, ["lb1"]);
    expect(faults).toEqual([]);
    expect(world.weights()).toMatchObject({ lb1: 0 });
    expect(world.told()).toEqual(["lb1 1>0"]);
  });

  it("again after Route 53 was busy: what could not be changed is told with the load balancer", async () => {
    const world = createWorld();
    await settled(world);
    let busy = false;
    world.zone.fault = (call) => {
      if (call.kind === "read") return busy ? "unreadable" : undefined;
      busy = true;
      return "throttled";
    };
    await fails(world, ["lb1"]);
    expect(world.conditions()).toEqual(["dns-refuses web lb1 on"]);
    expect(world.weights()).toMatchObject({ lb1: 1 });
  });
});

describe("Route 53 that refuses", () => {
  it("is told with the load balancer that is still served", async () => {
    const world = createWorld();
    await settled(world);
    world.zone.fault = (call) => (call.kind === "apply" ? "refused" : undefined);
    await world.clock.advance(30_000);
    await world.report(["lb1"]);
    await world.run({ kind: "wake", boxes: ["lb1"] });
    expect(world.conditions()).toEqual(["dns-refuses web lb1 on"]);
    expect(world.weights()).toMatchObject({ lb1: 1 });
  });

  it.each([
    ["it was written", ["lb1"], "Route 53 takes changes again."],
    [
      "it is right again without it",
      [],
      "It needs no change any more. Whether Route 53 takes changes again is not known.",
    ],
  ])("is over once %s, and says which", async (_title, down, says) => {
    const world = createWorld();
    await settled(world);
    world.zone.fault = (call) => (call.kind === "apply" ? "refused" : undefined);
    await fails(world, ["lb1"]);
    if (down.length > 0) world.zone.fault = () => undefined;
    await world.clock.advance(60_000);
    await world.report(down);
    await reconcileInTurn(world);
    expect(world.conditions()).toEqual(["dns-refuses web lb1 on", "dns-refuses web lb1 over"]);
    const over = world.announcer.announced.find(({ event }) => event.type === "condition" && !event.on);
    expect(over?.message.body.split("\n").slice(0, 2)).toEqual([
      "north/lb1 no longer waits for a change of DNS.",
      says,
    ]);
  });

  it("is told before Lambda ends the call, also where each change and each reading hangs", async () => {
    const world = createWorld((config) => ({
      ...config,
      pools: config.pools.map((pool) => ({ ...pool, names: [NAME, "www.example.com"] })),
    }));
    await settled(world);
    await world.clock.advance(30_000);
    await world.report(["lb1"]);
    const read = world.zone.read.bind(world.zone);
    world.zone.read = async (zoneId, names) => {
      await world.clock.sleep(5000);
      return read(zoneId, names);
    };
    world.zone.apply = async () => {
      await world.clock.sleep(5000);
      return { kind: "uncertain", detail: "TimeoutError: no answer" };
    };
    const startedMs = world.clock.nowMs();
    await world.run({ kind: "wake", boxes: ["lb1"] });
    expect(world.conditions()).toEqual(["dns-refuses web lb1 on"]);
    expect(world.clock.nowMs() - startedMs).toBeLessThan(28_000);
  });

  it("is told before a catch-up waits for its share of the clock", async () => {
    const world = createWorld();
    await settled(world);
    world.announcer.broken = true;
    await fails(world, ["lb4"]).catch(() => undefined);
    world.announcer.broken = false;
    await world.clock.advance(60_000);
    await world.clock.advance(15_000 - (world.clock.nowMs() % 15_000) + 11_000);
    await world.report(["lb1", "lb4"]);
    world.zone.fault = (call) => (call.kind === "apply" ? "refused" : undefined);
    let before: string[] | undefined;
    const sleep = world.clock.sleep.bind(world.clock);
    world.clock.sleep = (ms, signal) => {
      if (ms > 10_000) before = world.conditions();
      return sleep(ms, signal);
    };
    await world.run({ kind: "reconcile", scheduledMs: 2 * 60_000 }, "us-east-1");
    expect(before).toEqual(["dns-refuses web lb1 on"]);
    expect(world.told()).toEqual(["lb4 1>0"]);
  });

  it("the lead lets the other names only be lowered", async () => {
    const world = createWorld((config) => ({
      ...config,
      pools: config.pools.map((pool) => ({ ...pool, names: [NAME, "www.example.com"] })),
    }));
    await settled(world);
    world.zone.fault = (call) => (call.kind === "apply" && call.batch.name === NAME ? "refused" : undefined);
    await world.clock.advance(30_000);
    await world.report(["lb1"]);
    await world.run({ kind: "wake", boxes: ["lb1"] });
    expect(world.weights()).toMatchObject({ lb1: 1 });
    expect(world.weights("www.example.com")).toMatchObject({ lb1: 0, lb2: 1 });
  });
});

describe("a later deploy", () => {
  it("is left the names, and its failover is woken", async () => {
    const world = createWorld();
    await settled(world);
    const newer = { ...world.ports("us-east-1"), config: { ...world.config, cfg: world.config.cfg + 100 } };
    await world.clock.advance(30_000);
    await world.report(["lb4"]);
    const { failover } = await import("../../../shared/flow/failover.ts");
    await world.clock.run(failover({ kind: "wake", boxes: ["lb4"] }, newer, new AbortController().signal));
    expect(world.weights()).toMatchObject({ lb4: 0 });
    const sent = world.zone.sent.length;
    await world.clock.advance(30_000);
    await world.report(["lb1", "lb4"]);
    await world.run({ kind: "wake", boxes: ["lb1"] }, "eu-west-1");
    expect(world.zone.sent).toHaveLength(sent);
    expect(world.wake.woken.map(({ region }) => region)).toEqual(["us-east-1"]);
  });
});
