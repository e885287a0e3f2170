// What a blind region says of itself, and what it cannot say meanwhile.
import { expect, it } from "vitest";
import { createWorld, reconcile } from "./base.ts";

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
