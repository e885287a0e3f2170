// What a reconcile tells of what others have left untold.
import { describe, expect, it } from "vitest";
import { failover } from "../../../shared/flow/failover.ts";
import type { ConfigInput } from "../../../shared/model/config.ts";
import type { WeightsEvent } from "../../../shared/model/event.ts";
import { createWorld, NAME, reconcileInTurn, type World } from "./base.ts";

const [A, B, C] = ["eu-west-1", "eu-central-1", "us-east-1"] as const;
/** A round of three shares, of 5 s each. */
const ROUND_MS = 15_000;

function never(): AbortSignal {
  return new AbortController().signal;
}

/** A second pool, in a zone of its own. */
function twoZones(config: ConfigInput): ConfigInput {
  const loadBalancers = [
    { id: "o1", island: "north", address: "4.3.1.1" },
    { id: "o2", island: "south", address: "4.3.2.1" },
  ];
  const other = { id: "other", names: ["lb.example.org"], checks: ["web"], loadBalancers };
  return { ...config, checks: { web: { protocol: "http", host: NAME } }, pools: [...config.pools, other] };
}

/** These are out, and no topic took the message. A minute has gone by since, and a round of shares begins. */
async function untold(world: World, boxes: string[]): Promise<void> {
  await world.report();
  await world.clock.advance(2000);
  await reconcileInTurn(world);
  await world.clock.advance(60_000);
  await world.report(boxes);
  await world.clock.advance(2000);
  world.announcer.broken = true;
  await expect(world.run({ kind: "wake", boxes })).rejects.toThrow("could not be read or steered");
  world.announcer.broken = false;
  world.zone.settle();
  await world.clock.advance(2 * 60_000 - (world.clock.nowMs() % ROUND_MS));
  await world.report(boxes);
}

/** `scheduledMs` of a minute that is the region's turn. */
function turnOf(region: string): number {
  return [A, B, C].indexOf(region as typeof A) * 60_000;
}

function messages(world: World): WeightsEvent[] {
  return world.announcer.announced.flatMap(({ event }) => (event.type === "weights" ? [event] : []));
}

describe("the second reading of the zone", () => {
  it("that fails of one zone keeps no other from being told, nor has it read again", async () => {
    const world = createWorld(twoZones, { zones: { "example.com": "Z1", "example.org": "Z2" } });
    await untold(world, ["lb4", "o2"]);
    const reads: string[] = [];
    world.zone.fault = (call) => {
      if (call.kind !== "read") return undefined;
      const zone = call.names.includes(NAME) ? "Z1" : "Z2";
      reads.push(zone);
      return zone === "Z2" && reads.filter((one) => one === zone).length > 1 ? "unreadable" : undefined;
    };
    await expect(world.run({ kind: "reconcile", scheduledMs: turnOf(A) }, A)).rejects.toThrow(
      "1 of the zones or pools",
    );
    expect(world.told()).toEqual(["lb4 1>0"]);
    expect(reads.filter((zone) => zone === "Z1")).toHaveLength(2);
  });

  it("that takes too much of the region's share leaves the word to the next", async () => {
    const world = createWorld(undefined, { lagMs: 1500 });
    await untold(world, ["lb4"]);
    await world.clock.advance(ROUND_MS - 500);
    await world.report(["lb4"]);
    const read = world.zone.read.bind(world.zone);
    let reads = 0;
    const slow = {
      ...world.zone,
      read: async (...asked: Parameters<typeof read>) => {
        reads += 1;
        if (reads === 2) await world.clock.sleep(4500);
        return read(...asked);
      },
    };
    await world.clock.run(
      Promise.all([
        failover({ kind: "reconcile", scheduledMs: turnOf(A) }, { ...world.ports(A), zone: slow }, never()),
        failover({ kind: "reconcile", scheduledMs: turnOf(B) }, world.ports(B), never()),
      ]),
    );
    expect(reads).toBe(2);
    expect(messages(world).map(({ region }) => region)).toEqual([B]);
  });

  it("that always takes so long is told after all", async () => {
    const world = createWorld();
    await untold(world, ["lb4"]);
    const read = world.zone.read.bind(world.zone);
    world.zone.read = async (...asked) => {
      await world.clock.sleep(3000);
      return read(...asked);
    };
    for (let minute = 0; minute < 4 && messages(world).length === 0; minute += 1) {
      await world.report(["lb4"]);
      await reconcileInTurn(world);
      await world.clock.advance(60_000);
    }
    expect(world.told()).toEqual(["lb4 1>0"]);
  });

  it("after which no time is left tells nothing: it could not be noted any more", async () => {
    const world = createWorld();
    await untold(world, ["lb4"]);
    const abort = new AbortController();
    const read = world.zone.read.bind(world.zone);
    let reads = 0;
    world.zone.read = async (...asked) => {
      reads += 1;
      if (reads === 2) abort.abort();
      return read(...asked);
    };
    await world.clock.run(failover({ kind: "reconcile", scheduledMs: turnOf(A) }, world.ports(A), abort.signal));
    expect(reads).toBe(2);
    expect(world.told()).toEqual([]);
  });
});

describe("a pool", () => {
  it("whose view cannot be written is told of all the same", async () => {
    const world = createWorld();
    await untold(world, ["lb4"]);
    world.table.fail(A, ["putView"]);
    await expect(world.run({ kind: "reconcile", scheduledMs: turnOf(A) }, A)).rejects.toThrow(
      "could not be read or steered",
    );
    expect(world.told()).toEqual(["lb4 1>0"]);
  });

  it("tells of a new load balancer whose first message perhaps never went out from what the zone had", async () => {
    const world = createWorld();
    await world.report();
    await world.clock.advance(2000);
    await reconcileInTurn(world);
    const [item] = await world.table.storeFor(A).announced(["web"], [A, B, C]);
    if (!item) throw new Error("nothing was noted");
    const { lb4 = { weight: 0, epoch: 0 }, ...boxes } = item.boxes;
    const { region, version } = item;
    await world.table.storeFor(region).putAnnounced({ ...item, version: version + 1, boxes, telling: { lb4 } });
    await world.clock.advance(60_000);
    await world.report();
    const atMs = world.clock.nowMs();
    const order = { kind: "intent", id: "i", atMs, box: "lb4", order: "pin", weight: 5, who: "ann", why: "" } as const;
    await world.table.storeFor(A).putFacts([order]);
    await reconcileInTurn(world);
    expect(world.told()).toEqual(["lb4 1>5"]);
  });

  it("that is written every minute is told of by whoever writes it", async () => {
    const percent = [5, 10, 20, 30, 40, 50, 60, 70, 80, 90];
    const world = createWorld((config) => ({
      ...config,
      intervalS: 5,
      pools: config.pools.map((pool) => ({
        ...pool,
        loadBalancers: pool.loadBalancers.map((one) => ({ ...one, weight: 100 })),
        restore: { afterS: 0, successes: 1, damping: false, ramp: { percent, everyS: 60 } },
      })),
    }));
    const turn = async (down: string[]): Promise<void> => {
      await world.clock.advance(60_000);
      await world.report(down);
      await reconcileInTurn(world);
      world.zone.settle();
    };
    const wake = async (down: string[], box: string): Promise<void> => {
      await world.clock.advance(5000);
      await world.report(down);
      await world.run({ kind: "wake", boxes: [box] });
    };
    await turn([]);
    await wake(["lb4"], "lb4");
    await turn(["lb4"]);
    await wake([], "lb4");
    await wake(["lb1"], "lb1");
    await wake(["lb1", "lb2"], "lb2");
    expect(world.told()).toEqual(["lb4 100>0", "lb4 0>5", "lb1 100>0"]);
    await turn(["lb1", "lb2"]);
    expect(world.told().slice(3)).toEqual(["lb2 100>0", "lb4 5>10"]);
    for (let minute = 0; minute < 3; minute += 1) await turn(["lb1", "lb2"]);
    expect(world.told().filter((one) => one.startsWith("lb2"))).toHaveLength(1);
  });
});

describe("what it says", () => {
  /** lb2 waits to be told of with the rest of its island. */
  async function waiting(world: World): Promise<void> {
    const fails = async (boxes: string[]): Promise<void> => {
      await world.clock.advance(5000);
      await world.report(boxes);
      await world.run({ kind: "wake", boxes });
    };
    await world.report();
    await reconcileInTurn(world);
    await fails(["lb1"]);
    await fails(["lb1", "lb2"]);
    world.zone.settle();
    expect(world.told()).toEqual(["lb1 1>0"]);
  }

  it("is why it was written and whether the pool is open, not what would be decided now", async () => {
    const world = createWorld((config) => ({ ...config, intervalS: 5 }));
    await waiting(world);
    world.zone.fault = (call) => (call.kind === "apply" ? "refused" : undefined);
    await world.clock.advance(60_000);
    await world.report(["lb1", "lb2", "lb3", "lb4"]);
    await reconcileInTurn(world);
    expect(world.weights()).toEqual({ lb1: 0, lb2: 0, lb3: 1, lb4: 1 });
    const last = messages(world).at(-1);
    expect(last).toMatchObject({ open: false, moved: [{ box: "lb2", before: 1, after: 0 }] });
    expect(last?.moved[0]?.because).toMatch(/^web is down from .*: connection refused$/);
  });

  it("is so in a frozen pool as well, where it is up again meanwhile", async () => {
    const world = createWorld((config) => ({ ...config, intervalS: 5 }));
    await waiting(world);
    await world.run({ kind: "operate", who: "ann", command: { do: "freeze", on: true, why: "calm" } });
    await world.clock.advance(110_000);
    await world.report(["lb1"]);
    await reconcileInTurn(world);
    const last = messages(world).at(-1);
    expect(last).toMatchObject({ moved: [{ box: "lb2", before: 1, after: 0 }] });
    expect(last?.moved[0]?.because).toMatch(/^web is down from .*: connection refused$/);
  });
});
