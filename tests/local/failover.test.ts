import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isMessage, NAME, startWorld, type World } from "./world.ts";

/** Interval 1 s: I/R + timeout 0.6 + 0.4 + 1.0 + 0.6, the 3 s spread, the queue's 1.5 s, and a slow machine. */
const OUT_MS = 15_000;
const BACK_MS = 25_000;
/** Long enough for several slots of every region to have judged what must change nothing. */
const QUIET_MS = 6000;

describe("one load balancer", () => {
  let world: World;
  beforeEach(async () => {
    world = await startWorld();
    await world.settled();
  });
  afterEach(() => world.close());

  it.each(["kill", "hang", "500"] as const)(
    "that suffers '%s' leaves the answers, is announced once, and comes back",
    async (ailment) => {
      const { dns, boxes, address } = world;
      await boxes.get("lb1")?.set(ailment);
      await dns.until(NAME, (seen) => !seen.has(address("lb1")), OUT_MS);
      expect(await dns.sample(NAME)).toEqual(new Set(["lb2", "lb3", "lb4"].map(address)));
      await world.event(isMessage(/^lifeboat: north\/lb1 is out of lb\.example\.test \(web /), 5000);

      await boxes.get("lb1")?.set("mend");
      await dns.until(NAME, (seen) => seen.has(address("lb1")), BACK_MS);
      await world.event(isMessage(/^lifeboat: north\/lb1 is back in lb\.example\.test/), 5000);
      await world.event((event) => event.kind === "events" && world.weights().length >= 2, 5000);
      expect(world.weights()).toHaveLength(2);
    },
  );

  it("that restarts for 2 s is not withdrawn", async () => {
    await world.boxes.get("lb1")?.set("kill");
    await pause(2000);
    await world.boxes.get("lb1")?.set("mend");
    await pause(QUIET_MS);
    expect(await world.dns.sample(NAME)).toContain(world.address("lb1"));
    expect(world.subjects()).toEqual([]);
  });

  it("is not withdrawn because one region cannot reach it", async () => {
    await world.service.setRegion("us-east-1", "cut");
    await pause(QUIET_MS);
    expect((await world.dns.sample(NAME)).size).toBe(4);
    expect(world.weights()).toEqual([]);
  });
});

describe("islands", () => {
  let world: World;
  beforeEach(async () => {
    world = await startWorld();
    await world.settled();
  });
  afterEach(() => world.close());

  it("a whole island leaves, in one message", async () => {
    const { dns, boxes, address } = world;
    await Promise.all(["lb1", "lb2"].map(async (box) => boxes.get(box)?.set("kill")));
    await dns.until(NAME, (seen) => !seen.has(address("lb1")) && !seen.has(address("lb2")), OUT_MS);
    expect(await dns.sample(NAME)).toEqual(new Set(["lb3", "lb4"].map(address)));
  });

  it("when all are dead all are served and it is paged; the first to come back stays, the others go", async () => {
    const { dns, boxes, address, service } = world;
    await Promise.all([...boxes.values()].map((box) => box.set("kill")));
    await world.event(
      (event) =>
        event.kind === "events" &&
        event.detailType === "lifeboat.condition.v1" &&
        JSON.stringify(event.detail).includes("fail-open"),
      30_000,
    );
    await dns.until(NAME, (seen) => seen.size === 4, OUT_MS);
    const status = await service.status();
    expect(status.pools[0]?.open).toBe(true);

    await boxes.get("lb3")?.set("mend");
    await dns.until(NAME, (seen) => seen.size === 1 && seen.has(address("lb3")), BACK_MS);
  });
});

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
