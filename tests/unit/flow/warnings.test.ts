import { expect, it } from "vitest";
import { createWorld, reconcile } from "./base.ts";

const HOUR_MS = 3_600_000;
const warnings = [{ box: "lb1", check: "web", text: "the certificate ends in 9 days" }];
const TOLD = "warning lb1 web on";

it("what is up but needs a look is told once a day over all regions, and that it is over", async () => {
  const world = createWorld();
  const look = async (more = {}): Promise<string[]> => {
    await world.report([], more);
    for (const region of world.config.regions) await world.run(reconcile(world), region);
    return world.conditions().filter((line) => line.startsWith("warning"));
  };
  expect(await look({ warnings })).toEqual([TOLD]);
  await world.clock.advance(HOUR_MS);
  expect(await look({ warnings })).toEqual([TOLD]);
  await world.clock.advance(23 * HOUR_MS);
  expect(await look({ warnings })).toEqual([TOLD, TOLD]);
  expect(world.announcer.announced.at(-1)?.message.body).toContain("the certificate ends in 9 days");
  await world.clock.advance(HOUR_MS);
  expect(await look()).toEqual([TOLD, TOLD, "warning lb1 web over"]);
});
