// What a reconcile does beside steering, and that none of it stands in its way.
import { describe, expect, it } from "vitest";
import { failover } from "../../../shared/flow/failover.ts";
import { SoftError } from "../../../shared/model/errors.ts";
import type { Pending } from "../../../shared/ports.ts";
import { createWorld, NAME, reconcile, reconcileInTurn, type World } from "./base.ts";

async function settled(world: World): Promise<void> {
  await world.report();
  await reconcileInTurn(world);
  world.zone.settle();
  await world.run(reconcile(world));
}

function pendingOf(world: World, changeId: string, acceptedMs = world.clock.nowMs()): Pending {
  return { region: world.config.home, zoneId: "Z1", name: NAME, pool: "web", changeId, acceptedMs };
}

describe("changes that are followed", () => {
  it("keep nobody from being withdrawn while Route 53 does not say what became of them", async () => {
    const world = createWorld();
    await settled(world);
    const { store } = world.ports();
    for (const id of ["X1", "X2", "X3"]) await store.putPending(pendingOf(world, id));
    await world.clock.advance(60_000);
    await world.report(["lb4"]);
    world.zone.status = async () => {
      await world.clock.sleep(10_000);
      throw new SoftError("no answer");
    };
    const startedMs = world.clock.nowMs();
    let writtenMs: number | undefined;
    const apply = world.zone.apply.bind(world.zone);
    world.zone.apply = (batch) => {
      writtenMs ??= world.clock.nowMs();
      return apply(batch);
    };
    await world.clock.run(failover({ kind: "reconcile", scheduledMs: 0 }, world.ports(), new AbortController().signal));
    expect(writtenMs).toBe(startedMs);
    expect(world.weights()).toMatchObject({ lb4: 0 });
    expect(world.clock.nowMs() - startedMs).toBeLessThanOrEqual(20_000);
  });

  it("are ten a run, the next ones in the next", async () => {
    const world = createWorld();
    await settled(world);
    const { store } = world.ports();
    for (let at = 0; at < 25; at += 1) await store.putPending(pendingOf(world, `X${at}`));
    const asked: string[] = [];
    world.zone.status = async (id) => {
      asked.push(id);
      throw new SoftError("no answer");
    };
    for (let minute = 0; minute < 3; minute += 1) {
      await world.clock.advance(60_000);
      await world.report();
      await world.run(reconcile(world));
      expect(asked).toHaveLength(10 * (minute + 1));
    }
    expect(new Set(asked).size).toBe(25);
  });

  it("that were not asked for are not said to be served", async () => {
    const world = createWorld();
    await settled(world);
    const { store } = world.ports();
    await world.clock.advance(60_000);
    await store.putPending(pendingOf(world, "X1", world.clock.nowMs() - 181_000));
    world.zone.status = async () => "PENDING";
    world.zone.fault = (call) => (call.kind === "apply" ? "throttled" : undefined);
    await world.run(reconcile(world));
    expect(world.conditions()).toEqual([`not-insync ${NAME}@eu-west-1 on`]);
    world.zone.status = async () => {
      throw new SoftError("no answer");
    };
    await world.clock.advance(60_000);
    await world.run(reconcile(world));
    expect(world.conditions()).toHaveLength(1);
    world.zone.status = async () => "INSYNC";
    await world.clock.advance(60_000);
    await world.run(reconcile(world));
    expect(world.conditions().at(-1)).toBe(`not-insync ${NAME}@eu-west-1 over`);
  });
});

describe("a turn", () => {
  /** How often each minute the zone is read while every region reconciles. */
  async function reads(world: World): Promise<number> {
    let count = 0;
    world.zone.fault = (call) => {
      if (call.kind === "read") count += 1;
      return undefined;
    };
    await world.clock.advance(60_000);
    await world.report();
    for (const region of world.config.regions) await world.run(reconcile(world), region).catch(() => undefined);
    return count;
  }

  it("is taken once the zones are read, also where a view cannot be written: no other region need read", async () => {
    const world = createWorld();
    await settled(world);
    for (const region of world.config.regions) world.table.fail(region, ["putView"]);
    expect([await reads(world), await reads(world), await reads(world)]).toEqual([1, 1, 1]);
  });

  it("is not taken by who cannot read a zone: another region steps in", async () => {
    const world = createWorld();
    await settled(world);
    await reads(world);
    const [first = "", second = ""] = world.config.regions;
    world.zone.fault = () => "unreadable";
    const minute = Math.floor(world.clock.nowMs() / 180_000) * 3 + 3;
    await world.clock.advance((minute + 2) * 60_000 - world.clock.nowMs());
    await world.report();
    await expect(world.run({ kind: "reconcile", scheduledMs: minute * 60_000 }, first)).rejects.toThrow(
      "could not be read or steered",
    );
    world.zone.fault = () => undefined;
    const before = await world.ports(second).store.turns(world.config.regions);
    expect(before[first] ?? 0).toBeLessThan(minute);
  });
});

describe("conditions", () => {
  it("are each told although another one could not be", async () => {
    const world = createWorld();
    await settled(world);
    const announce = world.announcer.announce.bind(world.announcer);
    world.announcer.announce = (event, message) =>
      event.type === "condition" && event.subject.endsWith("lb1")
        ? Promise.reject(new SoftError("no topic took it"))
        : announce(event, message);
    world.zone.fault = (call) => (call.kind === "apply" ? "refused" : undefined);
    await world.clock.advance(60_000);
    await world.report(["lb1", "lb2"]);
    await expect(world.run({ kind: "wake", boxes: ["lb1", "lb2"] })).rejects.toThrow("could not be read or steered");
    expect(world.conditions()).toEqual(["dns-refuses web lb2 on"]);
  });
});
