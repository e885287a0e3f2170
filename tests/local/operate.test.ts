import { afterEach, describe, expect, it, vi } from "vitest";
import type { Zones } from "../../local/embedded/route53/zones.ts";
import { type Command, type OperateOutcome, outcomeSchema } from "../../shared/model/operate.ts";
import type { DnsRecord } from "../../shared/model/record.ts";
import type { Resolved } from "../../shared/model/resolved.ts";
import { checkIn } from "../contract/route53-fixture.ts";
import { isMessage, NAME, startWorld, type World } from "./world.ts";

const SETTLES_MS = 30_000;

vi.setConfig({ testTimeout: 120_000 });

let world: World;
afterEach(() => world.close());

async function ask(command: Command): Promise<OperateOutcome> {
  return outcomeSchema.parse(await world.service.operate({ who: "ann", command }));
}

/** Reviews and carries out what was reviewed. */
async function agree(
  what: "adopt" | "release" | "apply",
  simple = false,
): Promise<{ reviewed: string; done: OperateOutcome }> {
  const asked = { what, ...(simple ? { simple } : {}) };
  const { text, checksum = "" } = await ask({ do: "plan", ...asked });
  return { reviewed: text, done: await ask({ do: "carry-out", ...asked, checksum }) };
}

function records(): DnsRecord[] {
  const zone = world.service.zones.find(NAME);
  return [...(zone?.sets.values() ?? [])].filter(({ name, type }) => name === NAME || type === "TXT");
}

function served(): Record<string, number | undefined> {
  return Object.fromEntries(
    records()
      .filter(({ type }) => type === "A")
      .map(({ setIdentifier = "simple", weight }) => [setIdentifier, weight]),
  );
}

/** Records that stand there before the service has ever run. */
function prepared(made: (addresses: string[]) => DnsRecord[]): (zones: Zones, config: Resolved) => Promise<void> {
  return async (zones, config) => {
    const zone = zones.find(NAME);
    const addresses = Object.values(config.boxes).map(({ address }) => address);
    if (zone)
      await zones.change(
        zone.id,
        made(addresses).map((record) => ({ action: "CREATE", record })),
      );
  };
}

function simpleRecord(values: string[]): DnsRecord {
  return { name: NAME, type: "A", ttlS: 60, values };
}

describe("a name with a simple record", () => {
  it("is refused, adopted in one batch with an answer at every moment, and given back as it was found", async () => {
    let found: string[] = [];
    world = await startWorld({
      prepare: prepared((addresses) => {
        found = addresses.slice(0, 2);
        return [simpleRecord(found)];
      }),
    });
    await world.event(isMessage(/a record or fence stands in the way/), SETTLES_MS);
    expect(served()).toEqual({ simple: undefined });

    const { reviewed, done } = await agree("adopt");
    expect(reviewed).toMatch(/\+ TXT _lifeboat\.lb\.example\.test \(fence\)/);
    expect(reviewed).toMatch(/- A \(simple\)/);
    expect(done).toMatchObject({ ok: true });
    expect(served()).toEqual({ lb1: 1, lb2: 1, lb3: 1, lb4: 1 });
    await world.dns.until(NAME, (seen) => seen.size === 4, SETTLES_MS);

    expect((await agree("release")).done).toMatchObject({ ok: true });
    expect(records()).toEqual([simpleRecord(found)]);
    // Released is released: a failure changes nothing there, and the name can be adopted again.
    await world.boxes.get("lb1")?.set("kill");
    await world.event(
      (event) => event.kind === "log" && /"message":"slot"/.test(event.line) && /"unsettled":1/.test(event.line),
      SETTLES_MS,
    );
    await ask({ do: "intent", box: "lb2", order: "hold", why: "makes failover look" });
    expect(records()).toEqual([simpleRecord(found)]);
    // What the regions say of lb1 may change between a review and what follows it; then it is reviewed again.
    await expect.poll(async () => (await agree("adopt")).done.ok, { timeout: SETTLES_MS }).toBe(true);
    expect(records()).toHaveLength(5);
  });
});

describe("weighted records made by hand", () => {
  it("are claimed under their own SetIdentifiers and keep their health checks", async () => {
    let healthCheckId = "";
    const byHand = (address: string | undefined): DnsRecord => ({
      name: NAME,
      type: "A",
      setIdentifier: "lb1",
      weight: 7,
      ttlS: 60,
      values: [address ?? ""],
      healthCheckId,
    });
    world = await startWorld({
      prepare: async (zones, config) => {
        healthCheckId = await checkIn(zones);
        await prepared(([address]) => [byHand(address)])(zones, config);
      },
    });
    await world.event(isMessage(/stands in the way/), SETTLES_MS);
    expect(served()).toEqual({ lb1: 7 });

    expect((await agree("adopt")).done).toMatchObject({ ok: true });
    expect(served()).toEqual({ lb1: 1, lb2: 1, lb3: 1, lb4: 1 });
    expect(records().find(({ setIdentifier }) => setIdentifier === "lb1")?.healthCheckId).toBe(healthCheckId);

    expect((await agree("release")).done).toMatchObject({ ok: true });
    expect(records()).toEqual([byHand(world.address("lb1"))]);

    // Route 53 refuses a change with a health check that is gone: a withdrawal must come about all the same.
    await agree("adopt");
    await world.service.zones.checks.remove(healthCheckId);
    await ask({ do: "intent", order: "drain", box: "lb1", why: "rack work" });
    expect(served()).toEqual({ lb1: 0, lb2: 1, lb3: 1, lb4: 1 });
  });
});

describe("a review", () => {
  it("that is out of date writes nothing", async () => {
    world = await startWorld();
    await world.dns.until(NAME, (seen) => seen.size === 4, SETTLES_MS);
    const { checksum = "" } = await ask({ do: "plan", what: "release" });
    const before = records();
    const outcome = await ask({ do: "carry-out", what: "release", simple: true, checksum });
    expect(outcome).toMatchObject({ ok: false });
    expect(outcome.text).toMatch(/Nothing was written/);
    expect(records()).toEqual(before);
    expect((await agree("release", true)).done).toMatchObject({ ok: true });
    expect(records()).toMatchObject([{ type: "A", ttlS: 60, values: ["lb1", "lb2", "lb3", "lb4"].map(world.address) }]);
  });
});

describe("orders", () => {
  it("drain takes one out until it is cleared; a pin outranks a verdict; freeze stops all", async () => {
    world = await startWorld();
    const { dns, address, boxes } = world;
    await dns.until(NAME, (seen) => seen.size === 4, SETTLES_MS);

    expect(await ask({ do: "intent", box: "nobody", order: "drain", why: "x" })).toMatchObject({ ok: false });
    expect(await ask({ do: "intent", box: "lb1", order: "drain", why: "rack work" })).toMatchObject({ ok: true });
    expect(served()).toMatchObject({ lb1: 0 });
    expect(await ask({ do: "explain", box: "lb1" })).toMatchObject({
      ok: true,
      text: expect.stringContaining("drained by ann: rack work"),
    });

    expect(await ask({ do: "intent", box: "lb2", order: "pin", weight: 9, why: "trust me" })).toMatchObject({
      ok: true,
    });
    await boxes.get("lb2")?.set("kill");
    await world.event(
      (event) => event.kind === "log" && /"message":"slot"/.test(event.line) && /"unsettled":[1-9]/.test(event.line),
      SETTLES_MS,
    );
    expect(served()).toMatchObject({ lb1: 0, lb2: 9 });

    expect(await ask({ do: "freeze", on: true, why: "stop" })).toMatchObject({ ok: true });
    const frozen = records();
    await boxes.get("lb3")?.set("kill");
    expect(await ask({ do: "intent", box: "lb1", order: "clear", why: "" })).toMatchObject({
      text: expect.stringMatching(/The names are frozen by ann since .* UTC: stop; nothing is written until/),
    });
    await world.event(
      (event) => event.kind === "log" && /"message":"slot"/.test(event.line) && /"unsettled":[2-9]/.test(event.line),
      SETTLES_MS,
    );
    expect(records()).toEqual(frozen);

    expect(await ask({ do: "freeze", on: false, why: "go" })).toMatchObject({ ok: true });
    await dns.until(NAME, (seen) => !seen.has(address("lb3")) && seen.has(address("lb1")), SETTLES_MS);
  });
});

describe("a record edited by hand", () => {
  it("so that it serves less stays so until the next order; so that it serves more is put right", async () => {
    world = await startWorld();
    const { dns, service } = world;
    await dns.until(NAME, (seen) => seen.size === 4, SETTLES_MS);
    const zone = service.zones.find(NAME);
    const edit = async (box: string, weight: number): Promise<void> => {
      const record = records().find(({ setIdentifier }) => setIdentifier === box);
      if (zone && record) await service.zones.change(zone.id, [{ action: "UPSERT", record: { ...record, weight } }]);
    };
    await edit("lb1", 0);
    await ask({ do: "intent", box: "lb4", order: "drain", why: "makes failover look" });
    expect(served()).toMatchObject({ lb1: 0, lb4: 0 });
    await edit("lb2", 50);
    await ask({ do: "intent", box: "lb4", order: "clear", why: "" });
    expect(served()).toMatchObject({ lb1: 0, lb2: 1 });
    await ask({ do: "intent", box: "lb1", order: "clear", why: "done" });
    await dns.until(NAME, (seen) => seen.has(world.address("lb1")), SETTLES_MS);
  });
});
