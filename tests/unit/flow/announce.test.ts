import { describe, expect, it } from "vitest";
import { announceChange, type ZoneChange } from "../../../shared/flow/announce.ts";
import type { Intent } from "../../../shared/model/fact.ts";
import { createWorld, NAME, type World } from "./base.ts";

/** A batch that has moved some boxes from 1 to what is said. */
function changeOf(world: World, epoch: number, moved: Record<string, number>): ZoneChange {
  const [pool] = world.config.pools;
  if (!pool) throw new Error("a world has a pool");
  return {
    pool,
    name: NAME,
    epoch,
    before: Object.fromEntries(Object.keys(moved).map((box) => [box, 1])),
    after: { lb1: 1, lb2: 1, lb3: 1, lb4: 1, ...moved },
    choice: { weights: {}, because: {}, memory: { open: false, left: {} }, rules: [] },
    verdicts: [],
    orders: { newest: new Map() },
  };
}

describe("two runs of one region that tell at once", () => {
  it("each keep what the other has told", async () => {
    const world = createWorld();
    const ports = world.ports();
    await announceChange(changeOf(world, 6, {}), ports);
    await Promise.all([
      announceChange(changeOf(world, 7, { lb1: 0 }), ports),
      announceChange(changeOf(world, 8, { lb4: 0 }), ports),
    ]);
    expect(world.told().toSorted()).toEqual(["lb1 1>0", "lb4 1>0"]);
    const [kept] = await ports.store.announced(["web"], world.config.regions);
    expect(kept?.boxes).toMatchObject({ lb1: { weight: 0, epoch: 7 }, lb4: { weight: 0, epoch: 8 } });
    expect(kept?.telling).toBeUndefined();
  });
});

describe("a run whose claim was written under a lost answer", () => {
  it("tells all the same: what the repeat finds there is its own", async () => {
    const world = createWorld();
    const { store, ...ports } = world.ports();
    await announceChange(changeOf(world, 6, {}), { ...ports, store });
    let lost = false;
    const putAnnounced: typeof store.putAnnounced = async (announced) => {
      const put = await store.putAnnounced(announced);
      if (lost || !announced.telling) return put;
      lost = true;
      return store.putAnnounced(announced);
    };
    await announceChange(changeOf(world, 7, { lb1: 0 }), { ...ports, store: { ...store, putAnnounced } });
    expect(lost).toBe(true);
    expect(world.told()).toEqual(["lb1 1>0"]);
  });
});

describe("the id of what is told", () => {
  it("is the same for the same change, whoever tells it, and another for another of the same epoch", async () => {
    const idOf = async (region: string, epoch: number, moved: Record<string, number>): Promise<string[]> => {
      const world = createWorld();
      await announceChange(changeOf(world, 6, {}), world.ports(region));
      await announceChange(changeOf(world, epoch, moved), world.ports(region));
      return world.announcer.announced.map(({ event }) => event.id);
    };
    const [first] = await idOf("eu-west-1", 7, { lb1: 0 });
    expect(first).toMatch(/^web\/7\/[0-9a-f]{8}$/);
    expect(await idOf("us-east-1", 7, { lb1: 0 })).toEqual([first]);
    expect(await idOf("eu-west-1", 7, { lb4: 0 })).not.toEqual([first]);
    expect(await idOf("eu-west-1", 8, { lb1: 0 })).not.toEqual([first]);
  });
});

describe("one change that two runs of a region find untold", () => {
  it("is told by the first, and by another only once that one must have ended", async () => {
    const world = createWorld();
    const ports = world.ports();
    await announceChange(changeOf(world, 6, {}), ports);
    const change = changeOf(world, 7, { lb1: 0 });
    await Promise.all([announceChange(change, ports), announceChange(change, ports)]);
    expect(world.told()).toEqual(["lb1 1>0"]);
    world.announcer.broken = true;
    const next = { ...changeOf(world, 8, { lb4: 0 }), after: { lb1: 0, lb2: 1, lb3: 1, lb4: 0 } };
    await expect(announceChange(next, ports)).rejects.toBeInstanceOf(Error);
    world.announcer.broken = false;
    await world.clock.advance(29_999);
    await announceChange(next, ports);
    expect(world.told()).toEqual(["lb1 1>0"]);
    await world.clock.advance(1);
    await announceChange(next, ports);
    expect(world.told()).toEqual(["lb1 1>0", "lb4 1>0"]);
  });
});

describe("for how long a box was out that is back", () => {
  const left = { atS: 1_790_000_000 - 600, score: 1000 };
  const given = (order: "drain" | "clear", atS: number): Intent => {
    return { kind: "intent", id: "i1", atMs: atS * 1000, box: "lb1", order, who: "ann", why: "" };
  };
  it.each<[string, Intent | undefined, "auto" | "manual", boolean]>([
    ["is told", undefined, "auto", true],
    ["is told where the order is older", given("drain", left.atS - 60), "auto", true],
    [
      "is not where it was drained since: when that was is not remembered",
      given("clear", left.atS + 60),
      "auto",
      false,
    ],
    ["is told where an order has to bring it back", given("clear", left.atS + 60), "manual", true],
  ])("%s", async (_row, order, mode, told) => {
    const world = createWorld();
    const ports = world.ports();
    await announceChange(changeOf(world, 6, { lb1: 0 }), ports);
    const change = changeOf(world, 7, { lb1: 1 });
    const pool = { ...change.pool, restore: { ...change.pool.restore, mode } };
    const newest = new Map(order ? [["lb1", order]] : []);
    const memory = { open: false, left: { lb1: left } };
    await announceChange({ ...change, pool, before: { lb1: 0 }, memory, orders: { newest } }, ports);
    const { event } = world.announcer.announced.at(-1) ?? {};
    expect(event).toMatchObject({ moved: [{ box: "lb1", before: 0, after: 1 }] });
    expect(JSON.stringify(event).includes("outS")).toBe(told);
  });
});
