import { afterEach, describe, expect, it, vi } from "vitest";
import * as z from "zod";
import type { ConfigInput } from "../../shared/model/config.ts";
import type { DnsRecord } from "../../shared/model/record.ts";
import { isMessage, NAME, REGIONS, startWorld, type World } from "./world.ts";

const SETTLES_MS = 30_000;

vi.setConfig({ testTimeout: 120_000 });

const slotSchema = z.object({ timestamp: z.iso.datetime(), slot: z.int() });

let world: World;
afterEach(() => world.close());

function served(): DnsRecord[] {
  const sets = world.service.zones.find(NAME)?.sets.values() ?? [];
  return [...sets].filter(({ name, type }) => name === NAME && type === "A");
}

function withPool(change: Partial<ConfigInput["pools"][number]>): (config: ConfigInput) => ConfigInput {
  return (config) => ({ ...config, pools: config.pools.map((pool) => ({ ...pool, ...change })) });
}

describe("the set of records", () => {
  it("a foreign record in it stays untouched, and is told", async () => {
    const foreign: DnsRecord = {
      name: NAME,
      type: "A",
      setIdentifier: "theirs",
      weight: 3,
      ttlS: 60,
      values: ["192.0.2.77"],
    };
    world = await startWorld({
      prepare: async (zones) => {
        const zone = zones.find(NAME);
        if (zone) await zones.change(zone.id, [{ action: "CREATE", record: foreign }]);
      },
    });
    await world.settled();
    await world.event(
      (event) => event.kind === "sns" && /foreign-sibling|theirs/.test(`${event.subject} ${event.message}`),
      SETTLES_MS,
    );
    await world.boxes.get("lb1")?.set("kill");
    await world.dns.until(NAME, (seen) => !seen.has(world.address("lb1")), SETTLES_MS);
    expect(served().find(({ setIdentifier }) => setIdentifier === "theirs")).toEqual(foreign);
    expect(await world.dns.sample(NAME)).toContain("192.0.2.77");
  });

  it("in mode delete a dead one's record is gone, and made anew when it is back", async () => {
    world = await startWorld({ change: withPool({ withdraw: "delete" }) });
    await world.settled();
    await world.boxes.get("lb2")?.set("hang");
    await expect
      .poll(
        () =>
          served()
            .map(({ setIdentifier = "" }) => setIdentifier)
            .sort((one, other) => one.localeCompare(other)),
        { timeout: SETTLES_MS },
      )
      .toEqual(["lb1", "lb3", "lb4"]);
    await world.event(isMessage(/lb2 is out/), SETTLES_MS);
    await world.boxes.get("lb2")?.set("mend");
    await world.dns.until(NAME, (seen) => seen.has(world.address("lb2")), SETTLES_MS);
    expect(served()).toHaveLength(4);
    await world.event(isMessage(/lb2 is back/), SETTLES_MS);
  });
});

describe("two regions that act at once", () => {
  it("one batch wins, and one announcement is made", async () => {
    world = await startWorld();
    await world.settled();
    await world.boxes.get("lb1")?.set("kill");
    await expect
      .poll(
        async () =>
          (await world.service.status()).pools[0]?.boxes[0]?.seen.filter(({ state }) => state === "down").length,
        { timeout: SETTLES_MS },
      )
      .toBeGreaterThanOrEqual(2);
    await Promise.all(
      REGIONS.map((region) => world.service.call(region, "failover", { kind: "wake", boxes: ["lb1"] })),
    );
    await world.dns.until(NAME, (seen) => !seen.has(world.address("lb1")), SETTLES_MS);
    await world.event(isMessage(/lb1 is out/), SETTLES_MS);
    await Promise.all(
      REGIONS.map((region) => world.service.call(region, "failover", { kind: "wake", boxes: ["lb1"] })),
    );
    const won = world.events.filter(
      (event) =>
        event.kind === "log" && /"message":"batch"/.test(event.line) && /"changes":1.*"accepted"/.test(event.line),
    );
    expect(won).toHaveLength(1);
    expect(world.weights()).toHaveLength(1);
  });
});

describe("a check that nobody has ever passed", () => {
  it("never votes: a mistyped path withdraws nothing", async () => {
    world = await startWorld({
      change: (config, ports) => ({
        ...config,
        checks: {
          ...config.checks,
          typo: { protocol: "http", port: ports.http, host: NAME, contains: "no such text", timeoutMs: 600 },
        },
        pools: config.pools.map((pool) => ({ ...pool, checks: [...pool.checks, "typo"] })),
      }),
    });
    await world.dns.until(NAME, (seen) => seen.size === 4, SETTLES_MS);
    const slots = (): number =>
      world.events.filter((event) => event.kind === "log" && /"message":"slot"/.test(event.line)).length;
    await expect.poll(slots, { timeout: SETTLES_MS }).toBeGreaterThan(15);
    expect((await world.dns.sample(NAME)).size).toBe(4);
    expect(world.weights()).toEqual([]);
    const status = await world.service.status();
    expect(status.pools[0]?.boxes.every(({ verdict }) => verdict === "in")).toBe(true);
  });
});

describe("a deploy with a new check", () => {
  it("is no window of false health: what is out stays out although its other check passes", async () => {
    world = await startWorld();
    await world.settled();
    await world.boxes.get("lb1")?.set("500");
    await world.dns.until(NAME, (seen) => !seen.has(world.address("lb1")), SETTLES_MS);
    const asBefore = served().map(({ setIdentifier, weight }) => [setIdentifier, weight]);
    const before = world;
    const digest = before.service.config.checks["web"]?.digest;
    const { web } = before.input.checks;
    const checks: ConfigInput["checks"] = web?.protocol === "http" ? { web: { ...web, contains: "ok 127" } } : {};
    await before.service.redeploy({ ...before.input, checks });
    expect(before.service.config.checks["web"]?.digest).not.toBe(digest);
    const slots = before.events.filter((event) => event.kind === "log" && /"message":"slot"/.test(event.line)).length;
    const more = (): number =>
      before.events.filter((event) => event.kind === "log" && /"message":"slot"/.test(event.line)).length - slots;
    await expect.poll(more, { timeout: SETTLES_MS }).toBeGreaterThan(15);
    expect(served().map(({ setIdentifier, weight }) => [setIdentifier, weight])).toEqual(asBefore);
    await before.boxes.get("lb1")?.set("mend");
    await before.dns.until(NAME, (seen) => seen.has(before.address("lb1")), SETTLES_MS);
  });
});

describe("a deploy with a longer interval", () => {
  it("counts the slots anew although those of the old one still wait in the queue: no region falls silent", async () => {
    world = await startWorld();
    await world.settled();
    const before = world;
    const intervalS = 2;
    await before.service.redeploy({ ...before.input, intervalS });
    const deployedMs = Date.now();
    const reported = async (): Promise<number> => {
      const { regions } = await before.service.status();
      return regions.filter(({ reportAgeS = Infinity }) => Date.now() - reportAgeS * 1000 > deployedMs).length;
    };
    await expect.poll(reported, { timeout: SETTLES_MS }).toBe(REGIONS.length);
    const slots = before.events.flatMap((event) =>
      event.kind === "log" && /"message":"slot"/.test(event.line) ? [slotSchema.parse(JSON.parse(event.line))] : [],
    );
    const after = slots.filter(({ timestamp }) => Date.parse(timestamp) > deployedMs);
    expect(after.length).toBeGreaterThan(0);
    // A slot that is counted from the future is newer than all that are to come: nobody would report any more.
    for (const { slot } of after) expect(slot * intervalS * 1000).toBeLessThanOrEqual(Date.now());
  });
});
