import { describe, expect, it } from "vitest";
import { failover } from "../../../shared/flow/failover.ts";
import type { ConfigInput } from "../../../shared/model/config.ts";
import { type Command, type OperateOutcome, outcomeSchema } from "../../../shared/model/operate.ts";
import { createWorld, reconcileInTurn, type World } from "./base.ts";

type Asked = Extract<Command, { do: "cutover" }>;

/** lb3 and lb4 are staged: configured with weight 0. */
const staged = weighing({ lb3: 0, lb4: 0 });

function weighing(weights: Record<string, number>, over: object = {}): (config: ConfigInput) => ConfigInput {
  return (config) => ({
    ...config,
    pools: config.pools.map((pool) => ({
      ...pool,
      ...over,
      loadBalancers: pool.loadBalancers.map((one) => ({ ...one, weight: weights[one.id] ?? 1 })),
    })),
  });
}

function asked(over: Partial<Asked> = {}): Asked {
  const boxes = { from: ["lb1", "lb2"], to: ["lb3", "lb4"] };
  return { do: "cutover", pool: "web", ...boxes, percent: [50], everyS: 60, back: false, why: "new rack", ...over };
}

async function ask(world: World, command: Command): Promise<OperateOutcome> {
  return outcomeSchema.parse(await world.run({ kind: "operate", who: "ann", command }));
}

/** Reviews it and orders what was reviewed. */
async function order(world: World, over: Partial<Asked> = {}): Promise<OperateOutcome> {
  const { checksum = "" } = await ask(world, asked(over));
  return ask(world, asked({ ...over, checksum }));
}

/** Time passes; every region reports and one reconciles each minute. */
async function pass(world: World, minutes: number, down: readonly string[] = []): Promise<void> {
  for (let minute = 0; minute < minutes; minute += 1) {
    await world.clock.advance(60_000);
    await world.report(down);
    await reconcileInTurn(world);
  }
}

async function settled(change = staged): Promise<World> {
  const world = createWorld(change);
  await world.report();
  await reconcileInTurn(world);
  await pass(world, 2);
  return world;
}

/** Deploys another configuration, as of now. */
function redeploy(world: World, change: (config: ConfigInput) => ConfigInput): void {
  const cfg = Math.floor(world.clock.nowMs() / 1000);
  Object.assign(world.config, { ...createWorld(change).config, cfg });
}

describe("a cut-over onto staged load balancers", () => {
  it("is reviewed as it is: weights, true shares, times, and how to go back; nothing is ordered", async () => {
    const world = await settled();
    const { ok, text, checksum } = await ask(world, asked());
    expect({ ok, checksum }).toEqual({ ok: true, checksum: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(text.split("\n").map((line) => line.trim())).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^as configured +lb1 1 \(50 %\), lb2 1 \(50 %\), lb3 0 \(0 %\), lb4 0 \(0 %\)$/),
        expect.stringMatching(
          /^at once, 50 % to lb3 and lb4 +lb1 1 \(25 %\), lb2 1 \(25 %\), lb3 1 \(25 %\), lb4 1 \(25 %\)$/,
        ),
        expect.stringMatching(
          /^after 1 min, 100 % to lb3 and lb4 +lb1 0 \(0 %\), lb2 0 \(0 %\), lb3 2 \(50 %\), lb4 2 \(50 %\)$/,
        ),
        "At 100 % it stands until the configuration says the same: give lb1 0, lb2 0, lb3 1, lb4 1 there and deploy.",
        "Back at once, to the configured weights: `npx lifeboat cutover --pool web --back`",
      ]),
    );
    await pass(world, 1);
    expect(world.weights()).toEqual({ lb1: 1, lb2: 1, lb3: 0, lb4: 0 });
  });

  it("the shares are those of all answers where others serve as well", async () => {
    const world = await settled(weighing({ lb3: 2 }));
    const { text } = await ask(world, asked({ from: ["lb3"], to: ["lb4"] }));
    expect(text).toMatch(/lb1 2 \(20 %\), lb2 2 \(20 %\), lb3 3 \(30 %\), lb4 3 \(30 %\)\n/);
  });

  it("says who gets nothing because the pool restores by hand", async () => {
    const world = await settled(weighing({}, { restore: { mode: "manual" } }));
    await pass(world, 1, ["lb3"]);
    await pass(world, 5);
    const { text } = await ask(world, asked({ from: ["lb1"], to: ["lb3"] }));
    expect(text).toMatch(/100 % to lb3 +lb1 0 \(0 %\), lb2 1 \(50 %\), lb3 2 \(0 %, kept out\), lb4 1 \(50 %\)\n/);
    expect(text).toMatch(/! lb3 gets nothing for now: .*restores by hand: `lifeboat clear lb3` puts it back\./);
  });

  it("moves step for step, says by whom in messages and in explain, and stands after its last step", async () => {
    const world = await settled();
    const { ok, text } = await order(world);
    expect({ ok, text }).toEqual({ ok: true, text: expect.stringMatching(/It has begun\.$/) });
    expect(text).toMatch(/after 1 min \(2026-09-21 \d\d:\d\d:\d\d UTC\), 100 %/);
    expect(world.weights()).toEqual({ lb1: 1, lb2: 1, lb3: 1, lb4: 1 });
    const { event, message } = world.announcer.announced.at(-1) ?? {};
    expect(event).toMatchObject({ moved: [{ box: "lb3" }, { box: "lb4" }] });
    expect(message?.body).toContain("cut-over by ann: new rack (step 1 of 2: 50 % to lb3 and lb4)");
    expect((await ask(world, { do: "explain", box: "lb1" })).text).toMatch(
      /Cut-over by ann: new rack\. From lb1 and lb2, step 1 of 2.*The next step \(100 %\) in 1 min.*--pool web --back/,
    );
    await pass(world, 1);
    expect(world.weights()).toEqual({ lb1: 0, lb2: 0, lb3: 2, lb4: 2 });
    await pass(world, 5);
    expect(world.weights()).toEqual({ lb1: 0, lb2: 0, lb3: 2, lb4: 2 });
    expect((await ask(world, { do: "explain" })).text).toMatch(
      /because cut-over by ann: new rack \(step 2 of 2: 100 %/,
    );
  });

  it("one of them that dies leaves by its verdict; all of them: the old ones stand in", async () => {
    const world = await settled();
    await order(world, { percent: [50], everyS: 600 });
    await pass(world, 1, ["lb3"]);
    expect(world.weights()).toEqual({ lb1: 1, lb2: 1, lb3: 0, lb4: 1 });
    await pass(world, 12);
    expect(world.weights()).toEqual({ lb1: 0, lb2: 0, lb3: 2, lb4: 2 });
    await pass(world, 3, ["lb3", "lb4"]);
    expect(world.weights()).toEqual({ lb1: 1, lb2: 1, lb3: 0, lb4: 0 });
  });

  it("no weight turns back on the way, and epochs rise", async () => {
    const world = await settled(weighing({ lb3: 0, lb1: 2 }));
    await order(world, { from: ["lb1"], to: ["lb3"], percent: [5, 33, 70] });
    await pass(world, 6);
    const sent = world.zone.sent.map(({ batch }) =>
      Object.fromEntries(batch.changes.map(({ record }) => [record.setIdentifier, record.weight])),
    );
    const of = (box: string): number[] => sent.flatMap((weights) => weights[box] ?? []).slice(1);
    for (const box of ["lb2", "lb3", "lb4"]) expect(of(box)).toEqual(of(box).toSorted((a, b) => a - b));
    expect(of("lb1").slice(1)).toEqual(
      of("lb1")
        .slice(1)
        .toSorted((a, b) => b - a),
    );
    expect(of("lb1").at(-1)).toBe(0);
  });
});

describe("the way back", () => {
  it("gives the configured weights at once, also to one that served before, and then it is over", async () => {
    const world = await settled(weighing({ lb3: 2 }));
    await order(world, { from: ["lb3"], to: ["lb4"] });
    await pass(world, 3);
    expect(world.weights()).toEqual({ lb1: 2, lb2: 2, lb3: 0, lb4: 6 });
    const { ok, text } = await ask(world, asked({ back: true, why: "slow" }));
    expect({ ok, text }).toEqual({ ok: true, text: expect.stringContaining("lb1 1, lb2 1, lb3 2, lb4 1") });
    expect(world.weights()).toEqual({ lb1: 1, lb2: 1, lb3: 2, lb4: 1 });
    expect(world.announcer.announced.at(-1)?.message.body).toContain("cut-over ended by ann: slow");
    await pass(world, 6);
    expect((await ask(world, { do: "explain" })).text).not.toMatch(/cut-over/i);
    const again = await ask(world, asked({ back: true }));
    expect(again).toMatchObject({
      ok: false,
      text: expect.stringMatching(/^--back: .* is over: ended by ann: slow\./),
    });
  });

  it("is refused where there is none", async () => {
    expect(await ask(await settled(), asked({ back: true }))).toMatchObject({
      ok: false,
      text: expect.stringMatching(/has no cut-over/),
    });
  });
});

describe("a deploy ends it", () => {
  it.each<[string, (config: ConfigInput) => ConfigInput, Record<string, number>, RegExp]>([
    [
      "that gives the same weights",
      weighing({ lb1: 0, lb2: 0 }),
      { lb1: 0, lb2: 0, lb3: 1, lb4: 1 },
      /the configuration gives lb1 and lb2 weight 0/,
    ],
    [
      "that no longer names one of them",
      (config) => {
        const one = staged(config);
        return {
          ...one,
          pools: one.pools.map((pool) => ({
            ...pool,
            loadBalancers: pool.loadBalancers.filter(({ id }) => id !== "lb2"),
          })),
        };
      },
      { lb1: 1, lb3: 0, lb4: 0 },
      /lb2 is no longer configured/,
    ],
  ])("%s, for good", async (_row, change, weights, why) => {
    const world = await settled();
    await order(world);
    await pass(world, 2);
    await world.clock.advance(60_000);
    redeploy(world, change);
    await pass(world, 2);
    expect(world.weights()).toMatchObject(weights);
    const back = await ask(world, asked({ back: true }));
    expect(back).toMatchObject({ ok: false, text: expect.stringMatching(why) });
    expect(back.text).toContain("ended by lifeboat");
    // As before: it must not begin again.
    await world.clock.advance(60_000);
    redeploy(world, staged);
    await pass(world, 3);
    expect(world.weights()).toEqual({ lb1: 1, lb2: 1, lb3: 0, lb4: 0 });
  });

  it("to observe mode, so that nothing jumps when the pool is active again", async () => {
    const world = await settled();
    await order(world, { everyS: 600 });
    await world.clock.advance(60_000);
    redeploy(world, weighing({ lb3: 0, lb4: 0 }, { mode: "observe" }));
    await pass(world, 15);
    expect(world.weights()).toEqual({ lb1: 1, lb2: 1, lb3: 1, lb4: 1 });
    redeploy(world, staged);
    await pass(world, 2);
    expect(world.weights()).toEqual({ lb1: 1, lb2: 1, lb3: 0, lb4: 0 });
  });

  it("not a failover that was deployed before the order", async () => {
    const world = await settled();
    await order(world, { everyS: 600 });
    const config = createWorld(weighing({ lb1: 0, lb2: 0 })).config;
    const older = { ...world.ports(), config: { ...config, cfg: world.config.cfg - 100 } };
    await world.report();
    await world.clock.run(failover({ kind: "wake", boxes: ["lb1"] }, older, new AbortController().signal));
    await pass(world, 11);
    expect(world.weights()).toEqual({ lb1: 0, lb2: 0, lb3: 2, lb4: 2 });
  });
});

describe("what keeps it from being written is said", () => {
  it("a pool that observes: it is shown, and not ordered", async () => {
    const world = await settled(weighing({ lb3: 0, lb4: 0 }, { mode: "observe" }));
    const { text, checksum = "" } = await ask(world, asked());
    expect(text).toContain("pool web observes: nothing of it is written.");
    const ordered = await ask(world, asked({ checksum }));
    expect(ordered).toMatchObject({ ok: false, text: expect.stringMatching(/Nothing was ordered: pool web observes/) });
    expect(await world.ports().store.orders()).toEqual([]);
  });

  it("a freeze, which a way back says too: it is not done in DNS", async () => {
    const world = await settled();
    await order(world);
    await ask(world, { do: "freeze", on: true, why: "wait" });
    const { ok, text } = await ask(world, asked({ back: true }));
    expect(ok).toBe(false);
    expect(text).toMatch(
      /is over, and its configured weights count again: .*\n! Frozen by ann \(wait\): nothing of it is/,
    );
    expect(text).not.toContain("steps");
  });

  it("a freeze: its time begins with the thaw", async () => {
    const world = await settled();
    await ask(world, { do: "freeze", on: true, why: "wait" });
    const { ok, text } = await order(world);
    expect({ ok, text }).toEqual({
      ok: true,
      text: expect.stringMatching(/! Frozen by ann \(wait\): nothing of it is written before/),
    });
    await pass(world, 10);
    expect(world.weights()).toEqual({ lb1: 1, lb2: 1, lb3: 0, lb4: 0 });
    await ask(world, { do: "freeze", on: false, why: "go" });
    await world.clock.advance(1000);
    await world.report();
    await reconcileInTurn(world);
    expect(world.weights()).toEqual({ lb1: 1, lb2: 1, lb3: 1, lb4: 1 });
  });

  it("a load balancer that is out, not known to be up, or ordered otherwise", async () => {
    const world = await settled();
    await pass(world, 1, ["lb1", "lb3"]);
    await ask(world, { do: "intent", box: "lb2", order: "pin", weight: 7, why: "trust me" });
    const { text } = await ask(world, asked());
    expect(text).toMatch(/! lb2 is pinned to weight 7 by ann: trust me: that outranks the cut-over/);
    expect(text).toMatch(/! lb3 is out now \(web is down from .*\): it gets nothing before it is up/);
    expect(text).toMatch(/! lb1 is out now \(web is down from .*\): going back would not bring its part back/);
    expect(text).toMatch(
      /at once, 50 % to lb3 and lb4 +lb1 1 \(0 %, out now\), lb2 7 \(87\.5 %\), lb3 1 \(0 %, out now\), lb4 1 \(12\.5 %\)/,
    );
    await world.clock.advance(600_000);
    expect((await ask(world, asked())).text).toMatch(
      /! lb4 is not known to be up \(.*\): it gets nothing before it is up/,
    );
  });

  it("another one that it takes the place of", async () => {
    const world = await settled();
    await order(world);
    expect((await ask(world, asked({ percent: [20] }))).text).toMatch(
      /! It takes the place of the cut-over by ann from lb1 and lb2 to lb3 and lb4, which has come to 50 %/,
    );
  });
});

describe("what cannot be ordered names its option", () => {
  it.each<[string, Partial<Asked>, RegExp]>([
    ["an unknown pool", { pool: "wed" }, /^--pool: there is no pool 'wed': web\.$/],
    ["none to move from", { from: [] }, /^--from: name the load balancers/],
    ["none to move to", { to: [] }, /^--to: name the load balancers/],
    ["of another pool", { to: ["lb9"] }, /^--to: 'lb9' is no load balancer of pool web: lb1, lb2, lb3, lb4\./],
    ["twice", { from: ["lb1", "lb1"] }, /^--from: 'lb1' stands there twice\.$/],
    ["in both", { to: ["lb1"] }, /^--to: 'lb1' stands in --from as well/],
    ["not rising", { percent: [50, 10] }, /^--percent: must rise from step to step, such as 10,50: 50, 10\.$/],
    ["from a standby", { from: ["lb3"], to: ["lb4"] }, /^--from: lb3 has weight 0: there is nothing to move\.$/],
    ["under another checksum", { checksum: "f00" }, /^--checksum: .*Nothing was ordered/],
  ])("%s", async (_row, over, text) => {
    const world = createWorld(staged);
    expect(await ask(world, asked(over))).toMatchObject({ ok: false, text: expect.stringMatching(text) });
    expect(await world.ports().store.orders()).toEqual([]);
  });
});

describe("a cut-over while nothing is known of its load balancers", () => {
  const unknown = /! Nothing is known of lb1, lb2, lb3 and lb4: their weights stay .*npx lifeboat pin lb1/;

  it("is ordered and says that DNS does not follow", async () => {
    const world = await settled();
    await world.clock.advance(600_000);
    const reviewed = await ask(world, asked());
    expect(reviewed.text).toMatch(/! lb1 is not known to be up or down .*: until it is, its weight stays\./);
    const { ok, text } = await order(world);
    expect({ ok, text }).toEqual({ ok: false, text: expect.stringMatching(unknown) });
    expect(world.weights()).toEqual({ lb1: 1, lb2: 1, lb3: 0, lb4: 0 });
    await pass(world, 1);
    expect(world.weights()).toMatchObject({ lb1: 0, lb2: 0 });
  });

  it("is gone back from in the same way", async () => {
    const world = await settled();
    await order(world);
    const moved = world.weights();
    await world.clock.advance(600_000);
    const { ok, text } = await ask(world, asked({ back: true }));
    expect({ ok, text }).toEqual({ ok: false, text: expect.stringMatching(unknown) });
    expect(world.weights()).toEqual(moved);
  });
});
