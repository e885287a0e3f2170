import { describe, expect, it } from "vitest";
import { fenceNameOf } from "../../../shared/model/fence.ts";
import type { Applied, Batch } from "../../../shared/model/plan.ts";
import type { Zone } from "../../../shared/ports.ts";
import { paced } from "../../../shared/route53/paced.ts";
import { createFakeClock, type FakeClock } from "../../fakes/clock.ts";
import { createFakeLog } from "../../fakes/ports.ts";

const BUSY: Applied = { kind: "busy", detail: "Throttling: Rate exceeded" };

function batchOf(name: string, zoneId = "Z1"): Batch {
  const record = { name: fenceNameOf(name), type: "TXT", ttlS: 60, values: ["x"] };
  return { name, zoneId, changes: [{ action: "CREATE", record }] };
}

type Seen = { what: string; atMs: number };

/** A zone whose calls take 100 ms, and that answers batches as it is told. */
function createWorld(answer: (batch: Batch, attempt: number) => Applied = () => ({ kind: "accepted", changeId: "C" })) {
  const clock: FakeClock = createFakeClock({ startMs: 0 });
  const seen: Seen[] = [];
  let under = 0;
  let most = 0;
  const during = async <T>(what: string, result: () => T): Promise<T> => {
    seen.push({ what, atMs: clock.nowMs() });
    most = Math.max(most, ++under);
    await clock.sleep(100);
    under -= 1;
    return result();
  };
  const attempts = new Map<string, number>();
  const zone: Zone = {
    read: (zoneId, names) =>
      during(`${zoneId} reads ${names.join(" ")}`, () => {
        return new Map(names.map((name) => [name, { zoneId, name, records: [] }]));
      }),
    apply: (batch) => {
      const attempt = (attempts.get(batch.name) ?? 0) + 1;
      attempts.set(batch.name, attempt);
      return during(batch.name, () => answer(batch, attempt));
    },
    status: async () => "INSYNC",
  };
  return { clock, seen, zone: paced(zone, { clock, log: createFakeLog() }), most: () => most };
}

describe("readings of a zone", () => {
  it("that are asked for during one are one, and begin after they were asked for", async () => {
    const { clock, seen, zone } = createWorld();
    const first = zone.read("Z1", ["a"]);
    await clock.advance(50);
    const others = [zone.read("Z1", ["b"]), zone.read("Z1", ["c", "b"]), zone.read("Z2", ["d"])];
    const [a, b, c, d] = await clock.run(Promise.all([first, ...others]));
    expect(seen).toEqual([
      { what: "Z1 reads a", atMs: 0 },
      { what: "Z2 reads d", atMs: 50 },
      { what: "Z1 reads b c", atMs: 100 },
    ]);
    expect([a?.has("a"), b?.has("b"), c?.has("c"), d?.has("d")]).toEqual([true, true, true, true]);
  });

  it("that fail are read anew by whoever asks again", async () => {
    const { clock, seen, zone } = createWorld();
    const broken = paced({ ...zone, read: () => Promise.reject(new Error("no")) }, { clock, log: createFakeLog() });
    await expect(broken.read("Z1", ["a"])).rejects.toThrow("no");
    await expect(broken.read("Z1", ["a"])).rejects.toThrow("no");
    expect(seen).toEqual([]);
  });
});

describe("batches", () => {
  it("of one zone are sent one after another, of two at once", async () => {
    const { clock, seen, zone, most } = createWorld();
    await clock.run(Promise.all([batchOf("a"), batchOf("b"), batchOf("c", "Z2")].map((one) => zone.apply(one))));
    expect(seen).toEqual([
      { what: "a", atMs: 0 },
      { what: "c", atMs: 0 },
      { what: "b", atMs: 100 },
    ]);
    expect(most()).toBe(2);
  });

  it("beyond five are sent three a second, over all zones", async () => {
    const { clock, seen, zone } = createWorld();
    const all = Array.from({ length: 20 }, (_, at) => batchOf(`n${at}`, `Z${at % 4}`));
    await clock.run(Promise.all(all.map((one) => zone.apply(one))));
    expect(seen.filter(({ atMs }) => atMs < 1000).length).toBeLessThanOrEqual(8);
    expect(seen.at(-1)?.atMs).toBeCloseTo(5000);
    await clock.advance(10_000);
    await clock.run(zone.apply(batchOf("later")));
    expect(seen.at(-1)?.atMs).toBe(clock.nowMs() - 100);
  });

  it("that came too early are sent again as they are", async () => {
    const { clock, seen, zone } = createWorld((batch, attempt) =>
      attempt < 4 && batch.name === "a" ? BUSY : { kind: "accepted", changeId: batch.name },
    );
    const applied = await clock.run(Promise.all([zone.apply(batchOf("a")), zone.apply(batchOf("b"))]));
    expect(applied).toEqual([
      { kind: "accepted", changeId: "a" },
      { kind: "accepted", changeId: "b" },
    ]);
    expect(seen.map(({ what }) => what)).toEqual(["a", "a", "a", "a", "b"]);
  });

  it.each<Applied>([
    { kind: "lost", detail: "somebody was first" },
    { kind: "uncertain", detail: "no answer" },
    { kind: "refused", detail: "no" },
  ])("that are %j are not sent again", async (answer) => {
    const { clock, seen, zone } = createWorld(() => answer);
    expect(await clock.run(zone.apply(batchOf("a")))).toEqual(answer);
    expect(seen).toHaveLength(1);
  });

  it("are given up after 8 s of refusals, and whoever comes next is tried once, until one is taken", async () => {
    let busy = true;
    const { clock, seen, zone } = createWorld((batch) => (busy ? BUSY : { kind: "accepted", changeId: batch.name }));
    const both = Promise.all([zone.apply(batchOf("a")), zone.apply(batchOf("b"))]);
    expect(await clock.run(both)).toEqual([BUSY, BUSY]);
    expect(seen.filter(({ what }) => what === "b")).toHaveLength(1);
    const gaveUpMs = seen.findLast(({ what }) => what === "a")?.atMs ?? 0;
    expect(gaveUpMs).toBeGreaterThanOrEqual(8000);
    expect(gaveUpMs).toBeLessThan(10_000);
    busy = false;
    expect(await clock.run(zone.apply(batchOf("c")))).toMatchObject({ kind: "accepted" });
    busy = true;
    await clock.run(zone.apply(batchOf("d")));
    expect(seen.filter(({ what }) => what === "d").length).toBeGreaterThan(5);
  });

  it("whose time is over are not sent, nor sent again", async () => {
    const { clock, seen, zone } = createWorld(() => BUSY);
    const abort = new AbortController();
    const both = Promise.all([zone.apply(batchOf("a"), abort.signal), zone.apply(batchOf("b"), abort.signal)]);
    await clock.advance(1000);
    const sent = seen.length;
    abort.abort();
    expect((await clock.run(both)).map(({ kind }) => kind)).toEqual(["unsent", "unsent"]);
    expect(seen).toHaveLength(sent);
    expect(seen.every(({ what }) => what === "a")).toBe(true);
  });
});
