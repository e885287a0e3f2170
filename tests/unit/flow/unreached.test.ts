// What a region says of what it never reached, and when it cannot say.
import { expect, it } from "vitest";
import { createWorld, reconcile } from "./base.ts";

it("what was never reached is not said to be reached because there was a deploy: its definitions may not have been asked yet", async () => {
  const world = createWorld();
  const unreached = [world.config.checks["web"]?.digest ?? ""];
  const look = async (): Promise<string[]> => {
    await world.report([], { unreached });
    await world.run(reconcile(world));
    await world.clock.advance(60_000);
    return world.conditions().filter((line) => line.startsWith("unreached web from eu-west-1"));
  };
  const told = ["unreached web from eu-west-1 on"];
  expect(await look()).toEqual(told);
  world.config.cfg = world.clock.nowMs() / 1000;
  for (let minutes = 0; minutes < 7; minutes += 1) expect(await look()).toEqual(told);
});

it("what was never reached is not said to be reached because the region is blind", async () => {
  const world = createWorld();
  const unreached = [world.config.checks["web"]?.digest ?? ""];
  const look = async (blind: boolean): Promise<string[]> => {
    await world.report([], { unreached, blind });
    await world.run(reconcile(world));
    await world.clock.advance(60_000);
    return world.conditions().filter((line) => line.startsWith("unreached web from eu-west-1"));
  };
  const told = ["unreached web from eu-west-1 on"];
  expect(await look(false)).toEqual(told);
  expect(await look(true)).toEqual(told);
  expect(await look(false)).toEqual(told);
});
