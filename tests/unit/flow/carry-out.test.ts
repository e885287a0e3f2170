// What operators review and have carried out: adopt, release, apply and freeze, over a zone that does not always answer.
import { expect, test } from "vitest";
import type { ConfigInput } from "../../../shared/model/config.ts";
import { fenceNameOf } from "../../../shared/model/fence.ts";
import { type Command, type OperateOutcome, outcomeSchema } from "../../../shared/model/operate.ts";
import type { DnsRecord } from "../../../shared/model/record.ts";
import type { ZoneFault } from "../../fakes/zone.ts";
import { createWorld, NAME, reconcileInTurn, type World } from "./base.ts";

const FENCE = fenceNameOf(NAME);

async function ask(world: World, command: Command): Promise<OperateOutcome> {
  return outcomeSchema.parse(await world.run({ kind: "operate", who: "ann", command }));
}

type What = Extract<Command, { do: "plan" }>["what"];

async function agree(world: World, what: What, names?: string[]): Promise<OperateOutcome> {
  const asked = { what, ...(names ? { names } : {}) };
  const { checksum = "" } = await ask(world, { do: "plan", ...asked });
  return ask(world, { do: "carry-out", ...asked, checksum });
}

function weighted(setIdentifier: string, weight: number, value: string, name = NAME): DnsRecord {
  return { name, type: "A", setIdentifier, weight, ttlS: 60, values: [value] };
}

/** Records made by hand, two of ours and one of somebody else's. */
const FOUND = [weighted("lb1", 10, "4.1.1.1"), weighted("lb2", 5, "4.1.1.2"), weighted("Stranger", 3, "9.9.9.9")];

function bySet(one: DnsRecord, other: DnsRecord): number {
  return (one.setIdentifier ?? "") < (other.setIdentifier ?? "") ? -1 : 1;
}

async function adopted(change?: (config: ConfigInput) => ConfigInput): Promise<World> {
  const world = createWorld(change);
  world.zone.edit("Z1", ...FOUND.map((record) => ({ action: "CREATE" as const, record })));
  expect(await agree(world, "adopt", [NAME])).toMatchObject({ ok: true });
  expect(world.weights()).toEqual({ lb1: 1, lb2: 1, lb3: 1, lb4: 1, Stranger: 3 });
  return world;
}

function refusals(world: World): string[] {
  return world.conditions().filter((one) => one.startsWith("refused"));
}

/** The first batch after this meets the fault. */
function failOnce(world: World, fault: ZoneFault): void {
  let left = 1;
  world.zone.fault = ({ kind }) => (kind === "apply" && left-- > 0 ? fault : undefined);
}

const twoNames = (config: ConfigInput): ConfigInput => ({
  ...config,
  pools: config.pools.map((pool) => ({ ...pool, names: [NAME, "other.example.com"] })),
});

test("a name is given back as it was found, beside a record of somebody else's", async () => {
  const world = await adopted();
  expect(await agree(world, "release")).toMatchObject({ ok: true });
  expect(world.records().toSorted(bySet)).toEqual(FOUND.toSorted(bySet));
  await reconcileInTurn(world);
  // An operator gave it back: it is not missed.
  expect(refusals(world)).toEqual([]);
  const { text } = await ask(world, { do: "plan", what: "apply" });
  expect(text).toMatch(/lb\.example\.com was released by ann at .* UTC: nothing of it is written until it is adopted/);
  expect(text).not.toContain("stood there and is gone");
});

test.each<ZoneFault>(["throttled", "refused", "uncertain-before"])(
  "a release that was not done (%s) forgets nothing of what was found, and the fence is missed if it goes",
  async (fault) => {
    const world = await adopted();
    failOnce(world, fault);
    expect(await agree(world, "release")).toMatchObject({ ok: false });
    expect((await agree(world, "release")).ok).toBe(true);
    expect(world.records().toSorted(bySet)).toEqual(FOUND.toSorted(bySet));

    const other = await adopted();
    failOnce(other, fault);
    await agree(other, "release");
    await reconcileInTurn(other);
    const fence = other.zone.records("Z1").find(({ name }) => name === FENCE);
    if (fence) other.zone.edit("Z1", { action: "DELETE", record: fence });
    await reconcileInTurn(other);
    expect(other.conditions()).toContain(`refused web ${NAME} fence-gone on`);
  },
);

test("a release that Route 53 did not answer and has done is one: nothing is missed", async () => {
  const world = await adopted();
  failOnce(world, "uncertain-after");
  const { ok, text } = await agree(world, "release");
  expect([ok, text]).toEqual([true, expect.stringMatching(/written: .*the fence is gone/)]);
  expect(world.records().toSorted(bySet)).toEqual(FOUND.toSorted(bySet));
  await reconcileInTurn(world);
  expect(refusals(world)).toEqual([]);
});

test("an adoption that failed is done again, and what it found is given back", async () => {
  const world = createWorld();
  world.zone.edit("Z1", ...FOUND.map((record) => ({ action: "CREATE" as const, record })));
  failOnce(world, "throttled");
  expect(await agree(world, "adopt")).toMatchObject({ ok: false });
  expect(await agree(world, "adopt")).toMatchObject({ ok: true });
  expect(await agree(world, "release")).toMatchObject({ ok: true });
  expect(world.records().toSorted(bySet)).toEqual(FOUND.toSorted(bySet));
});

test("a name that is adopted already, and a pool that observes, are notes; another owner's fence is a refusal", async () => {
  const world = await adopted((config) => {
    const [pool] = twoNames(config).pools;
    const quiet = { ...pool, id: "quiet", names: ["quiet.example.com"], mode: "observe" as const };
    const checks = { web: { protocol: "http" as const, host: NAME } };
    return { ...config, checks, pools: [pool, quiet] as ConfigInput["pools"] };
  });
  const { ok, text } = await agree(world, "adopt");
  expect(ok).toBe(true);
  expect(text).toMatch(/lb\.example\.com: adopted already/);
  expect(text).toMatch(/other\.example\.com: written/);
  expect(text).toMatch(/quiet\.example\.com: not written, pool quiet observes/);

  const theirs = createWorld((config) => ({ ...config, owner: "other" }));
  theirs.zone.edit("Z1", ...world.zone.records("Z1").map((record) => ({ action: "CREATE" as const, record })));
  const refused = await agree(theirs, "adopt");
  expect(refused).toMatchObject({ ok: false, text: expect.stringMatching(/fence of owner 'acme', pool 'web'/) });
});

test("while a freeze holds, adopt, release and apply are refused, with or without a fence", async () => {
  const world = await adopted(twoNames);
  expect((await ask(world, { do: "freeze", on: true, why: "moving home" })).text).toMatch(
    /other\.example\.com has no fence: nothing is written there/,
  );
  const before = world.zone.records("Z1");
  for (const what of ["adopt", "release", "apply"] as const) {
    const { ok, text } = await agree(world, what);
    expect([what, ok]).toEqual([what, false]);
    expect(text).toMatch(/is frozen by ann \(moving home\).*until `lifeboat thaw`/);
  }
  expect((await ask(world, { do: "plan", what: "apply" })).text).toMatch(
    /! frozen: other\.example\.com is frozen by ann/,
  );
  expect(world.zone.records("Z1")).toEqual(before);

  // Of one moment the freeze would win.
  await world.clock.run(world.clock.sleep(1000));
  const thawed = await ask(world, { do: "freeze", on: false, why: "moved" });
  expect(thawed).toEqual({ ok: true, text: "Every name is thawed: Lifeboat steers again." });
  expect(await agree(world, "adopt")).toMatchObject({ ok: true });
  expect(await agree(world, "release")).toMatchObject({ ok: true });
});

test("a fence that a view has seen and that is gone is in the plan, and apply does not write over it", async () => {
  const world = createWorld();
  await reconcileInTurn(world);
  expect(Object.keys(world.weights())).toHaveLength(4);
  for (const record of world.zone.records("Z1")) world.zone.edit("Z1", { action: "DELETE", record });
  expect((await ask(world, { do: "plan", what: "apply" })).text).toMatch(/! fence-gone: .*until it is adopted/);
  expect(await agree(world, "apply")).toMatchObject({ ok: false });
  expect(world.zone.records("Z1")).toEqual([]);
  expect(await agree(world, "adopt")).toMatchObject({ ok: true });
});

test("a review says where nothing would be written, as once all stands and in a pool that observes", async () => {
  const world = createWorld();
  await world.report();
  expect(await ask(world, { do: "plan", what: "apply" })).not.toHaveProperty("idle");
  await reconcileInTurn(world);
  expect(await ask(world, { do: "plan", what: "apply" })).toMatchObject({ ok: true, idle: true });
  expect(await ask(world, { do: "plan", what: "release" })).not.toHaveProperty("idle");
  const observing = createWorld((config) => ({
    ...config,
    pools: config.pools.map((one) => ({ ...one, mode: "observe" })),
  }));
  expect(await ask(observing, { do: "plan", what: "apply" })).toMatchObject({ ok: true, idle: true });
});

test("a name is one however it is spelt, and one that is not configured is said and nothing is planned", async () => {
  const world = createWorld(twoNames);
  expect(await ask(world, { do: "plan", what: "apply", names: ["LB.Example.com."] })).toMatchObject({
    ok: true,
    checksum: expect.any(String),
    text: expect.stringMatching(/lb\.example\.com \(Z1\)/),
  });
  for (const command of [
    { do: "plan", what: "adopt", names: [NAME, "ld.example.com"] },
    { do: "carry-out", what: "adopt", names: [NAME, "ld.example.com"], checksum: "any" },
  ] satisfies Command[]) {
    const outcome = await ask(world, command);
    expect(outcome.ok).toBe(false);
    expect(outcome.checksum).toBeUndefined();
    expect(outcome.text).toMatch(
      /'ld\.example\.com' is no name of the configuration; did you mean 'lb\.example\.com'\?\n/,
    );
  }
  expect(world.zone.records("Z1")).toEqual([]);
});

test("what the lint says of a zone is said once, under the zone's name", async () => {
  const world = createWorld(twoNames);
  const values = ["ns-1.example.net. hostmaster.example.net. 1 7200 900 1209600 86400"];
  const ports = world.ports();
  world.zone.soa = async () => ({ name: "example.com", type: "SOA", ttlS: 900, values });
  expect(ports.zone).toBe(world.zone);
  const { text } = await ask(world, { do: "plan", what: "apply" });
  expect(text.match(/negative-ttl/g)).toHaveLength(1);
  expect(text).toMatch(/^\? negative-ttl example\.com: The SOA/m);
});

test("a zone that cannot be read does not keep the names of the others from being frozen", async () => {
  const dead = Array.from({ length: 12 }, (_, at) => `n${at}.dead.example`);
  const world = createWorld(
    (config) => ({ ...config, pools: config.pools.map((pool) => ({ ...pool, names: [...dead, NAME] })) }),
    { zones: { "example.com": "Z1", "dead.example": "Z2" } },
  );
  expect(await agree(world, "adopt", [NAME])).toMatchObject({ ok: true });
  world.zone.fault = (call) =>
    call.kind === "read" && call.names.some((name) => dead.includes(name)) ? "unreadable" : undefined;
  const startedMs = world.clock.nowMs();
  const { ok, text } = await ask(world, { do: "freeze", on: true, why: "stop" });
  expect(ok).toBe(false);
  expect(text.match(/is not frozen/g)).toHaveLength(12);
  expect(text).toMatch(/Every other name that has a fence is frozen/);
  expect(text).toMatch(/n0\.dead\.example is not frozen: the zone was told to fail/);
  expect(world.zone.records("Z1").find(({ name }) => name === FENCE)?.values[0]).toMatch(/frozen=1/);
  // One name's patience for the whole zone, not each name's.
  expect(world.clock.nowMs() - startedMs).toBeLessThan(20_000);
});
