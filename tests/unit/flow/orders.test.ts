// What operators are answered: that an order was given, and whether DNS says so.
import { describe, expect, it } from "vitest";
import type { ConfigInput } from "../../../shared/model/config.ts";
import type { WeightsEvent } from "../../../shared/model/event.ts";
import { type Command, type OperateOutcome, outcomeSchema } from "../../../shared/model/operate.ts";
import type { DnsRecord } from "../../../shared/model/record.ts";
import { createWorld, NAME, reconcileInTurn, type World } from "./base.ts";

const WWW = "www.example.com";

async function ask(world: World, command: Command): Promise<OperateOutcome> {
  return outcomeSchema.parse(await world.run({ kind: "operate", who: "ann", command }));
}

function drain(world: World, box: string, more: { untilMs?: number } = {}): Promise<OperateOutcome> {
  return ask(world, { do: "intent", box, order: "drain", why: "rack work", ...more });
}

async function explained(world: World, box?: string): Promise<OperateOutcome> {
  return ask(world, { do: "explain", ...(box === undefined ? {} : { box }) });
}

/** The next minute: everybody reports and the region whose turn it is reconciles. */
async function minute(world: World, down: readonly string[] = []): Promise<void> {
  await world.clock.advance(60_000);
  await world.report(down);
  world.zone.settle();
  await reconcileInTurn(world);
}

async function settled(change?: (config: ConfigInput) => ConfigInput): Promise<World> {
  const world = createWorld(change);
  await minute(world);
  return world;
}

/** The only pool otherwise. */
function pool(over: Partial<ConfigInput["pools"][number]>): (config: ConfigInput) => ConfigInput {
  return (config) => ({ ...config, pools: config.pools.map((one) => ({ ...one, ...over })) });
}

function put(world: World, record: Partial<DnsRecord>): void {
  const made: DnsRecord = { name: NAME, type: "A", ttlS: 60, values: ["4.9.9.9"], ...record };
  world.zone.edit("Z1", { action: "UPSERT", record: made });
}

function lastTold(world: World): WeightsEvent["moved"][number] | undefined {
  const { event } = world.announcer.announced.findLast(({ event }) => event.type === "weights") ?? {};
  return event?.type === "weights" ? event.moved[0] : undefined;
}

describe("the answer to an order", () => {
  it("says until when, in UTC; and so do explain and the message", async () => {
    const world = await settled();
    const untilMs = world.clock.nowMs() + 7_200_000;
    const said = await drain(world, "lb1", { untilMs });
    expect(said).toEqual({ ok: true, text: "lb1 is drained (until 2026-09-21 16:14:20 UTC)." });
    expect((await explained(world, "lb1")).text).toContain("drained by ann: rack work (until 2026-09-21 16:14:20 UTC)");
    expect(lastTold(world)).toMatchObject({ box: "lb1", rule: { kind: "drained", untilS: untilMs / 1000 } });
    expect(world.announcer.announced.at(-1)?.message.body).toContain("By itself at 2026-09-21 16:14:20 UTC");
  });

  it("says that the names are frozen, by whom and since when, and that it is not done", async () => {
    const world = await settled();
    await ask(world, { do: "freeze", on: true, why: "look at it" });
    const { ok, text } = await drain(world, "lb1");
    expect(ok).toBe(false);
    expect(text).toMatch(/^It is ordered that lb1 is drained, and DNS does not say so yet:/);
    expect(text).toContain("The names are frozen by ann since 2026-09-21 14:14:20 UTC: look at it;");
    expect(text).toContain("nothing is written until `lifeboat thaw`");
    expect(world.weights()).toMatchObject({ lb1: 1 });
  });

  it("under a freeze that changes nothing is noted and done", async () => {
    const world = await settled();
    await ask(world, { do: "freeze", on: true, why: "look at it" });
    const { ok, text } = await ask(world, { do: "intent", box: "lb1", order: "hold", why: "x" });
    expect([ok, text]).toEqual([true, expect.stringMatching(/^lb1 is held as it is\.\nThe names are frozen by ann/)]);
  });

  it("says that an observing pool is not written", async () => {
    const world = await settled(pool({ mode: "observe" }));
    const { ok, text } = await drain(world, "lb1");
    expect([ok, text]).toEqual([false, expect.stringContaining("Pool web observes: nothing of it is written")]);
  });

  it("is no failure where the pool that serves follows, and another one only observes; that is noted", async () => {
    const world = await settled((config) => {
      const watching = config.pools.map((one) => ({ ...one, id: "w", names: [WWW], mode: "observe" as const }));
      const checks = { web: { protocol: "http" as const, host: NAME } };
      return { ...config, checks, pools: [...config.pools, ...watching] };
    });
    const { ok, text } = await drain(world, "lb1");
    expect([ok, text]).toEqual([true, expect.stringMatching(/^lb1 is drained\.\nPool w observes: nothing of it is/)]);
    expect(world.weights()).toMatchObject({ lb1: 0 });
  });

  it("says what went wrong without the name of its kind", async () => {
    const world = await settled();
    world.zone.fault = (call) => (call.kind === "read" ? "throttled" : undefined);
    const { ok, text } = await drain(world, "lb1");
    expect(ok).toBe(false);
    expect(text).toMatch(/How DNS stands now could not be read: (?!\w+Error)/);
    expect(text).not.toMatch(/Error:/);
  });

  it("says that the last one is answered all the same", async () => {
    const world = await settled();
    for (const box of ["lb1", "lb2", "lb3"]) expect(await drain(world, box)).toMatchObject({ ok: true });
    const { ok, text } = await drain(world, "lb4");
    expect(ok).toBe(false);
    expect(text).toContain(
      "lb4 is the last one that could serve: Route 53 still answers lb.example.com with it (weight 0",
    );
  });

  it("says what stands in the way, and of a write that Route 53 refused that it is tried again", async () => {
    const blocked = createWorld();
    put(blocked, {});
    await minute(blocked);
    expect(await ask(blocked, { do: "intent", box: "lb1", order: "pin", weight: 5, why: "x" })).toMatchObject({
      ok: false,
      text: expect.stringContaining("A simple A record (4.9.9.9) stands at lb.example.com"),
    });
    const refused = await settled();
    refused.zone.fault = (call) => (call.kind === "apply" ? "refused" : undefined);
    expect(await drain(refused, "lb1")).toMatchObject({
      ok: false,
      text: expect.stringContaining("lb.example.com has it at weight 1, not 0: the next minute tries again"),
    });
  });

  it("to a clear is no failure while the rules take their time", async () => {
    const world = await settled();
    await drain(world, "lb1");
    await world.clock.advance(60_000);
    await world.report(["lb1"]);
    expect(await ask(world, { do: "intent", box: "lb1", order: "clear", why: "" })).toEqual({
      ok: true,
      text: "lb1 is under the rules again.",
    });
  });
});

describe("the message of one that leaves too often", () => {
  it("carries the bar that begins with it", async () => {
    const world = await settled(pool({ restore: { afterS: 10, successes: 1 } }));
    for (let at = 0; at < 2; at += 1) {
      await minute(world, ["lb4"]);
      if (at === 0) for (let up = 0; up < 3; up += 1) await minute(world);
    }
    expect(world.told().at(-1)).toBe("lb4 1>0");
    expect(lastTold(world)?.rule?.kind).toBe("damped");
    expect(world.announcer.announced.at(-1)?.message.body).toMatch(/and not before 2026-09-21 14:\d\d:\d\d UTC/);
  });
});

describe("explain", () => {
  it("of a load balancer that there is not fails, and names those that there are", async () => {
    expect(await explained(await settled(), "nope")).toEqual({
      ok: false,
      text: "There is no load balancer 'nope': lb1, lb2, lb3, lb4.",
    });
  });

  it.each([
    ["a simple record", { values: ["4.9.9.9"] }, /A simple A record \(4\.9\.9\.9\) stands at lb\.example\.com/],
    ["a CNAME", { type: "CNAME", values: ["else.example.net"] }, /A CNAME stands at lb\.example\.com/],
    ["records that nobody adopted", { setIdentifier: "lb1", weight: 3 }, /Adopt the name to take them over/],
  ] satisfies [string, Partial<DnsRecord>, RegExp][])("names what is in the way: %s", async (_title, record, why) => {
    const world = createWorld();
    put(world, record);
    await minute(world);
    const { text } = await explained(world, "lb2");
    expect(text).toContain("weight none now, 1 by the rules");
    expect(text).toMatch(new RegExp(`not so in DNS \\(lb\\.example\\.com\\): .*${why.source}`));
  });

  it("says that a fence is gone, or that the name was given back, by whom and when", async () => {
    const world = await settled();
    const fence = world.zone.records("Z1").find(({ type }) => type === "TXT");
    if (!fence) throw new Error("there is no fence");
    world.zone.edit("Z1", { action: "DELETE", record: fence });
    await minute(world, ["lb4"]);
    const { text } = await explained(world, "lb4");
    expect(text).toContain("lb4: out, weight 1 now, 0 by the rules");
    expect(text).toMatch(/not so in DNS \(lb\.example\.com\): The fence of lb\.example\.com stood there and is gone/);
    const released = await settled();
    await released.clock.advance(1000);
    const { checksum = "" } = await ask(released, { do: "plan", what: "release" });
    await ask(released, { do: "carry-out", what: "release", checksum });
    expect((await explained(released)).text).toMatch(/lb\.example\.com was released by ann at 2026-09-21 .* UTC/);
  });

  it("says of a name whose weights are all 0 that Route 53 answers with all of them", async () => {
    const world = await settled();
    const says = "? lb.example.com: all weights are 0; Route 53 then answers with all of its records.";
    expect((await explained(world)).text).not.toContain(says);
    for (const box of ["lb1", "lb2", "lb3", "lb4"]) await drain(world, box);
    expect((await explained(world)).text).toContain(says);
  });

  it("shows the zone's weight where an edit by hand stands, and says so", async () => {
    const world = await settled();
    for (let edit = 0; edit < 4; edit += 1) {
      const record = world.records().find(({ setIdentifier }) => setIdentifier === "lb1");
      put(world, { ...record, weight: 70 + edit });
      await minute(world);
    }
    expect(world.weights()).toMatchObject({ lb1: 73 });
    const { text } = await explained(world, "lb1");
    expect(text).toContain("lb1: in, weight 73 now, 1 by the rules, 1 configured");
    expect(text).toMatch(/not so in DNS \(lb\.example\.com\): Edits by hand .* They are left as they are/);
    // There is no freeze of one name, and no `undrain`.
    expect(text).toContain("(`lifeboat clear`) undoes its edit; `lifeboat freeze` stops every name");
  });

  it("names the names that have it otherwise, and a freeze with who and since when", async () => {
    const world = await settled(pool({ names: [NAME, WWW] }));
    const record = world.records(WWW).find(({ setIdentifier }) => setIdentifier === "lb1");
    put(world, { ...record, weight: 0 });
    await minute(world);
    expect((await explained(world, "lb1")).text).toContain("the next order for it, such as `lifeboat clear lb1`");
    await ask(world, { do: "freeze", on: true, why: "calm" });
    const { text } = await explained(world, "lb1");
    expect(text).toContain(`weight 1 now (0 at ${WWW}), 1 by the rules`);
    expect(text).toMatch(/! The names are frozen by ann since 2026-09-21 .* UTC: calm;/);
    expect(text).toContain(`not so in DNS (${WWW}): The names are frozen`);
  });

  it("decides for an observing pool on its shadow, not on a zone that it does not write", async () => {
    const world = await settled(pool({ mode: "observe", restore: { mode: "manual" } }));
    for (const down of [["lb4"], ["lb4"], ["lb4"], [], []]) await minute(world, down);
    const { text } = await explained(world, "lb4");
    expect(text).toContain("! Pool web observes");
    // The shadow remembers that lb4 left; the empty zone knows nothing of it and would serve it.
    expect(text).toContain("lb4: in, weight none now, 0 by the rules");
  });
});
