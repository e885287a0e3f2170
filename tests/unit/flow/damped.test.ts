// A load balancer that flaps: what is told of it while it is kept out.
import { expect, it } from "vitest";
import { createWorld, reconcile } from "./base.ts";

it("tells once that it is kept out, however often it fails meanwhile, and once that it may come back", async () => {
  const world = createWorld();
  /** All regions find it so, now and more than the restore rule's time later. */
  const finds = async (down: readonly string[]): Promise<void> => {
    for (let time = 0; time < 2; time += 1) {
      await world.report(down);
      await world.run(reconcile(world));
      world.zone.settle();
      await world.clock.advance(70_000);
    }
  };
  const told = () => world.conditions().filter((line) => line.startsWith("damped"));
  await finds([]);
  for (let flap = 0; flap < 5; flap += 1) {
    await finds(["lb1"]);
    await finds([]);
  }
  expect(world.weights()).toMatchObject({ lb1: 0 });
  expect(told()).toEqual(["damped web lb1 on"]);
  for (let minutes = 0; minutes < 60; minutes += 2) await finds([]);
  expect(world.weights()).toMatchObject({ lb1: 1 });
  expect(told()).toEqual(["damped web lb1 on", "damped web lb1 over"]);
});
