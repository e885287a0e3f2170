import { describe, expect, it } from "vitest";
import { runWorlds } from "./fleet-of-worlds.ts";
import { HOURS, mutants } from "./mutants.ts";
import { storyOf } from "./story.ts";

/** 500 worlds of four hours: seeds that are the same on every machine. `npm run sim` goes further. */
const WORLDS = 500;
const MUTANTS_MIN = 12;

describe("the service as it is", () => {
  it(`keeps every invariant through ${WORLDS * HOURS} hours of faults`, async () => {
    const reports = await runWorlds({ from: 1, count: WORLDS, hours: HOURS });
    const [broken] = reports.filter(({ violation }) => violation).map(({ seed }) => seed);
    const [told] = broken === undefined ? [] : await runWorlds({ from: broken, count: 1, hours: HOURS, story: true });
    expect(told ? storyOf(told, HOURS) : "").toBe("");
    expect(reports).toHaveLength(WORLDS);
    expect(reports.reduce((sum, { hours }) => sum + hours, 0)).toBeGreaterThanOrEqual(WORLDS * HOURS);
    // A world in which nothing ever happens would keep them too.
    expect(reports.reduce((sum, { batches }) => sum + batches, 0)).toBeGreaterThan(WORLDS * HOURS);
  }, 600_000);
});

describe("a planted fault", () => {
  it(`there are at least ${MUTANTS_MIN}, each with the seed of a world that finds it`, () => {
    expect(mutants.filter(({ seed }) => seed !== undefined).length).toBeGreaterThanOrEqual(MUTANTS_MIN);
  });

  it.each(mutants.flatMap(({ name, seed, invariant }) => (seed === undefined ? [] : [{ name, seed, invariant }])))(
    "'$name' breaks invariant $invariant in the world of seed $seed",
    async ({ name, seed, invariant }) => {
      const [report] = await runWorlds({ from: seed, count: 1, hours: HOURS, mutant: name, stop: true });
      expect(report?.violation?.invariant).toBe(invariant);
    },
    60_000,
  );
});
