// What the fakes have beyond their ports: time that is moved by hand, replicas that lag, regions that fail.
import { describe, expect, test } from "vitest";
import { SoftError } from "../../shared/model/errors.ts";
import { announcedOf, freezeOf, HERE, NOW_MS, reportOf, stepOf, THERE } from "../contract/store-samples.ts";
import { createFakeClock } from "../fakes/clock.ts";
import { createFakeTable } from "../fakes/store.ts";

describe("the clock", () => {
  test("wakes sleepers in order, each at its own time, and lets one that wakes sleep again", async () => {
    const clock = createFakeClock({ startMs: 1000 });
    const seen: string[] = [];
    const sleeper = async (name: string, ...ms: number[]): Promise<void> => {
      for (const one of ms) {
        await clock.sleep(one);
        seen.push(`${name} ${clock.nowMs()}`);
      }
    };
    const all = [sleeper("a", 50, 60), sleeper("b", 20), sleeper("c", 50), sleeper("d", 200)];
    await clock.advance(150);
    expect(seen).toEqual(["b 1020", "a 1050", "c 1050", "a 1110"]);
    expect(clock.nowMs()).toBe(1150);
    await clock.run(Promise.all(all));
    expect(seen.at(-1)).toBe("d 1200");
    expect(clock.nowMs()).toBe(1200);
  });

  test("a signal wakes at once; work that waits for nothing is said", async () => {
    const clock = createFakeClock();
    const abort = new AbortController();
    const asleep = clock.sleep(1000, abort.signal);
    abort.abort();
    await asleep;
    await clock.sleep(1000, abort.signal);
    await expect(clock.run(new Promise(() => undefined))).rejects.toThrow(/waits for nothing/);
    await expect(clock.run(Promise.reject(new Error("its own")))).rejects.toThrow("its own");
  });

  test("chance and ids come from the seed", () => {
    const [one, same, other] = [1, 1, 2].map((seed) => createFakeClock({ seed }));
    expect([one?.random(), one?.id()]).toEqual([same?.random(), same?.id()]);
    expect(one?.random()).not.toBe(other?.random());
  });
});

describe("the table", () => {
  test("while held a region reads its own writes and no others; then the last writer of an item wins", async () => {
    const table = createFakeTable({ nowMs: () => NOW_MS });
    const [here, there] = [table.storeFor(HERE), table.storeFor(THERE)];
    table.hold();
    await here.putReport(reportOf());
    await here.putFacts([freezeOf()]);
    // A condition is judged on the writer's own replica, so both regions write this fact.
    await there.putFacts([freezeOf({ on: false })]);
    expect(await there.reports([HERE], 1)).toEqual([]);
    expect([await here.orders(), await there.orders()]).toEqual([[freezeOf()], [freezeOf({ on: false })]]);
    table.replicate();
    expect(await there.reports([HERE], 1)).toEqual([reportOf()]);
    expect([await here.orders(), await there.orders()]).toEqual([[freezeOf({ on: false })], [freezeOf({ on: false })]]);
    expect(table.size(HERE)).toBe(table.size(THERE));
  });

  test("a region that is opened later sees what was written before", async () => {
    const table = createFakeTable();
    await table.storeFor(HERE).putAnnounced(announcedOf());
    expect(await table.storeFor(THERE).announced(["web"], [HERE])).toEqual([announcedOf()]);
  });

  test("fails where it is told to, until it is mended", async () => {
    const table = createFakeTable();
    const [here, there] = [table.storeFor(HERE), table.storeFor(THERE)];
    table.fail(HERE, ["steps"]);
    await here.putFacts([stepOf()]);
    await expect(here.steps(0)).rejects.toBeInstanceOf(SoftError);
    table.fail(HERE);
    await expect(here.putReport(reportOf())).rejects.toBeInstanceOf(SoftError);
    expect(await there.steps(0)).toEqual([stepOf()]);
    table.mend(HERE);
    expect(await here.steps(0)).toEqual([stepOf()]);
  });
});
