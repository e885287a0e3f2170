import { describe, expect, it } from "vitest";
import { announceChange, type ZoneChange } from "../../../shared/flow/announce.ts";
import { createWorld, NAME } from "./base.ts";

describe("two runs of one region that tell at once", () => {
  it("each keep what the other has told", async () => {
    const world = createWorld();
    const ports = world.ports();
    const [pool] = world.config.pools;
    if (!pool) throw new Error("a world has a pool");
    const all = { lb1: 1, lb2: 1, lb3: 1, lb4: 1 };
    const of = (epoch: number, moved: Record<string, number>): ZoneChange => ({
      pool,
      name: NAME,
      epoch,
      before: Object.fromEntries(Object.keys(moved).map((box) => [box, 1])),
      after: { ...all, ...moved },
      choice: { weights: {}, because: {}, memory: { open: false, left: {} }, rules: [] },
      verdicts: [],
    });
    await announceChange(of(6, {}), ports);
    await Promise.all([announceChange(of(7, { lb1: 0 }), ports), announceChange(of(8, { lb4: 0 }), ports)]);
    expect(world.told().toSorted()).toEqual(["lb1 1>0", "lb4 1>0"]);
    const [kept] = await ports.store.announced([pool.id], world.config.regions);
    expect(kept?.boxes).toMatchObject({ lb1: { weight: 0, epoch: 7 }, lb4: { weight: 0, epoch: 8 } });
    expect(kept?.telling).toBeUndefined();
  });
});
