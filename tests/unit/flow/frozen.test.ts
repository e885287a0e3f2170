// What people are told while the names are frozen: what a freeze keeps from them, and nothing that is not so.
import { describe, expect, it } from "vitest";
import { freezeAll } from "../../../shared/flow/freeze.ts";
import { createWorld, NAME, reconcileInTurn, type World } from "./base.ts";

/** The next minute: everybody reports and the region whose turn it is reconciles. */
async function minute(world: World, down: readonly string[] = []): Promise<void> {
  await world.clock.advance(60_000);
  await world.report(down);
  world.zone.settle();
  await reconcileInTurn(world);
}

async function freeze(world: World, on: boolean, why: string): Promise<void> {
  await world.run({ kind: "operate", who: on ? "ann" : "bob", command: { do: "freeze", on, why } });
}

function message(world: World, kind: string, on: boolean) {
  const found = world.announcer.announced.findLast(
    ({ event }) => event.type === "condition" && event.kind === kind && event.on === on,
  );
  return found?.message;
}

describe("a freeze", () => {
  it("is told once with who and why, and so is its end; nobody is woken", async () => {
    const world = createWorld();
    await minute(world);
    await freeze(world, true, "rack work");
    await minute(world);
    await minute(world);
    expect(world.conditions()).toEqual(["frozen all names on"]);
    const begun = message(world, "frozen", true);
    expect(begun?.subject).toBe("lifeboat: all names are frozen: nothing is written");
    expect(begun?.body).toMatch(/The names are frozen by ann since 2026-09-21 14:14:20 UTC: rack work\./);
    expect(begun?.body).toContain("npx lifeboat thaw");
    expect(begun?.attributes["page"]).toBe("false");
    await freeze(world, false, "done");
    await minute(world);
    expect(world.conditions()).toEqual(["frozen all names on", "frozen all names over"]);
    expect(message(world, "frozen", false)?.body).toMatch(/Thawed by bob at 2026-09-21 14:16:20 UTC: done\./);
  });

  it("wakes somebody for what is down and stays in DNS, at once, and says by whom the names are frozen", async () => {
    const world = createWorld();
    await minute(world);
    await freeze(world, true, "rack work");
    await world.clock.advance(30_000);
    await world.report(["lb4"]);
    await world.run({ kind: "wake", boxes: ["lb4"] });
    expect(world.conditions()).toEqual(["withheld web lb4 on"]);
    const told = message(world, "withheld", true);
    expect(told?.subject).toBe("lifeboat: south/lb4 cannot be changed in DNS: the names are frozen");
    expect(told?.body).toMatch(/lb4 should be at weight 0: web is down from .*connection refused\./);
    expect(told?.body).toMatch(/stays at weight 1, because the names are frozen by ann since .* UTC: rack work\./);
    expect(told?.attributes["page"]).toBe("true");
    expect(world.weights()).toMatchObject({ lb4: 1 });
    await freeze(world, false, "done");
    await minute(world, ["lb4"]);
    expect(world.weights()).toMatchObject({ lb4: 0 });
    expect(world.conditions()).toContain("withheld web lb4 over");
  });

  it("that only the fences know is told as what it is, and ends with them", async () => {
    const world = createWorld();
    await minute(world);
    const ports = world.ports();
    await freezeAll(true, ports, new AbortController().signal);
    await minute(world, ["lb4"]);
    expect(world.conditions().toSorted()).toEqual(["frozen web names on", "withheld web lb4 on"]);
    const told = message(world, "frozen", true);
    expect(told?.subject).toBe("lifeboat: web names are frozen: nothing is written");
    expect(told?.body).toMatch(
      /No order that is known says by whom or why\.\n.*lb\.example\.com is frozen since epoch \d+/,
    );
    await freezeAll(false, ports, new AbortController().signal);
    await minute(world, ["lb4"]);
    expect(world.conditions()).toContain("frozen web names over");
    expect(world.weights()).toMatchObject({ lb4: 0 });
  });

  it("ends at once with the thaw: what died meanwhile does not wait for the next minute", async () => {
    const world = createWorld();
    await minute(world);
    await freeze(world, true, "rack work");
    await minute(world, ["lb4"]);
    expect(world.weights()).toMatchObject({ lb4: 1 });
    await freeze(world, false, "done");
    expect(world.weights()).toMatchObject({ lb4: 0 });
  });

  it("that no fence took says so", async () => {
    const world = createWorld();
    await minute(world);
    world.zone.fault = (call) => (call.kind === "apply" ? "refused" : undefined);
    const outcome = await world.run({ kind: "operate", who: "ann", command: { do: "freeze", on: true, why: "x" } });
    expect(outcome).toMatchObject({
      ok: false,
      text: expect.stringMatching(/is not frozen: .*\nNo fence is frozen\.\n/),
    });
  });

  it("tells of no load balancer that DNS serves as it should, nor of a name that was never adopted", async () => {
    const world = createWorld();
    world.zone.edit("Z1", {
      action: "UPSERT",
      record: { name: NAME, type: "A", ttlS: 60, values: ["4.9.9.9"] },
    });
    await freeze(world, true, "too early");
    await minute(world);
    expect(world.conditions().filter((one) => one.startsWith("withheld"))).toEqual([]);
  });

  it("ends no alarm whose cause it leaves standing", async () => {
    const world = createWorld();
    await minute(world);
    const sibling = world.records()[0];
    if (!sibling) throw new Error("there are no records");
    world.zone.edit("Z1", { action: "UPSERT", record: { ...sibling, setIdentifier: "stranger", values: ["4.8.8.8"] } });
    world.zone.fault = (call) => (call.kind === "apply" ? "refused" : undefined);
    await minute(world, ["lb4"]);
    const begun = ["dns-refuses web lb4 on", `danger web ${NAME} foreign-sibling on`];
    expect(world.conditions().toSorted()).toEqual(begun.toSorted());
    world.zone.fault = () => undefined;
    await freeze(world, true, "look at it");
    await minute(world, ["lb4"]);
    expect(world.conditions().filter((one) => one.endsWith("over"))).toEqual([]);
    await freeze(world, false, "done");
    await minute(world, ["lb4"]);
    expect(world.conditions().filter((one) => one.includes("foreign-sibling"))).toHaveLength(1);
    expect(world.conditions()).toContain("dns-refuses web lb4 over");
  });

  it("is no lag of the other names: each fence is swapped by itself", async () => {
    const world = createWorld((config) => {
      const [pool] = config.pools;
      return { ...config, pools: pool ? [{ ...pool, names: [NAME, "www.example.com"] }] : [] };
    });
    await minute(world);
    await freeze(world, true, "rack work");
    for (let at = 0; at < 4; at += 1) await minute(world);
    expect(world.conditions()).toEqual(["frozen all names on"]);
  });
});
