import { describe, expect, it } from "vitest";
import type { ConfirmPorts } from "../../../shared/flow/confirm.ts";
import { probeSlot } from "../../../shared/flow/probe.ts";
import { createFakeClock } from "../../fakes/clock.ts";
import { createFakeLog, createFakeVoters, createFakeWake } from "../../fakes/ports.ts";
import { createFakeTable } from "../../fakes/store.ts";
import { config as configOf, down, pool, REGIONS, up } from "../decide/base.ts";

const START_MS = 1_790_000_000_000;
const INTERVAL_MS = 1000;
const RESTORE = { mode: "auto", afterS: 2, successes: 2, damping: true } as const;
const [HERE, ...OTHERS] = REGIONS;
const signal = new AbortController().signal;

/** One region at interval 1 s, so that a slot that confirms outlasts several. The other regions find what it does. */
async function createWorld(fails: (sinceMs: number) => boolean, { hasMet = true, checks = ["web"] } = {}) {
  const { boxes } = configOf();
  const config = configOf({
    intervalS: INTERVAL_MS / 1000,
    boxes: Object.fromEntries(Object.entries(boxes).map(([id, box]) => [id, { ...box, checks }])),
    pools: [pool({ checks, restore: RESTORE })],
  });
  const clock = createFakeClock({ startMs: START_MS });
  const store = createFakeTable({ nowMs: () => clock.nowMs() }).storeFor(HERE);
  if (hasMet)
    await store.putSeen(Object.fromEntries(Object.values(config.checks).map(({ digest }) => [digest, START_MS - 1])));
  const wake = createFakeWake();
  const log = createFakeLog();
  const sick = config.boxes["lb1"]?.address;
  const ports: ConfirmPorts = {
    config,
    region: HERE,
    clock,
    store,
    wake,
    prober: {
      probe: (_check, address) => Promise.resolve(address === sick && fails(clock.nowMs() - START_MS) ? down : up),
    },
    voters: createFakeVoters(
      Object.fromEntries(
        OTHERS.map((region) => [
          region,
          async ({ suspects, lastStartInMs }) => {
            await clock.sleep(lastStartInMs);
            return {
              region,
              votes: suspects.map((one) => ({
                ...one,
                region,
                finding: fails(clock.nowMs() - START_MS) ? down : up,
                answeredMs: clock.nowMs(),
              })),
            };
          },
        ]),
      ),
    ),
    log,
  };
  const running: Promise<void>[] = [];
  /** Starts a slot at its time, whatever still runs. */
  const start = async (slot: number): Promise<void> => {
    await clock.advance(START_MS + slot * INTERVAL_MS - clock.nowMs());
    running.push(probeSlot({ kind: "slot", shard: 0, slot, dueMs: clock.nowMs() }, ports, signal));
    await clock.advance(0);
  };
  return {
    start,
    /** Hands over a slot so long after its time. */
    startLate: (slot: number, lateMs: number) =>
      probeSlot({ kind: "slot", shard: 0, slot, dueMs: clock.nowMs() - lateMs }, ports, signal),
    lines: log.lines,
    end: () => clock.run(Promise.all(running)),
    unsettled: async () => Object.keys((await store.ownReport(0))?.boxes ?? {}),
    /** What lb1 is reported as. */
    reported: async () => {
      const named = Object.values((await store.ownReport(0))?.boxes["lb1"] ?? {});
      return named.map(({ finding }) => finding.kind);
    },
    /** How often failover was woken for lb1. */
    wakes: () => wake.woken.filter(({ boxes }) => boxes.includes("lb1")).length,
  };
}

describe("slots that overlap", () => {
  it.each([
    // Attempts of slot 0 at 0, 1.5 and 3 s; of slot 2 at 2 and 3.5 s, which ends well after slot 0 has reported.
    ["one that ends after an older one has reported the failure", (ms: number) => ms >= 0 && ms <= 3000, [0, 2]],
    // Each attempt of slot 0 meets a failure, and slots 1 and 2 meet none and report before it.
    ["one that ends before an older one that voted", (ms: number) => [0, 1500, 3000].includes(ms), [0, 1, 2]],
  ])("%s: failover is woken for the way back as well", async (_title, fails, overlapping) => {
    const { start, end, unsettled, wakes } = await createWorld(fails);
    for (let slot = -5; slot < 0; slot++) await start(slot);
    expect(await unsettled()).toEqual([]);
    const before = wakes();
    for (const slot of overlapping) await start(slot);
    await end();
    const out = wakes();
    expect(out).toBeGreaterThan(before);
    for (let slot = 6; slot <= 10; slot++) await start(slot);
    await end();
    expect(await unsettled()).toEqual([]);
    expect(wakes()).toBeGreaterThan(out);
  });
});

describe("a failure that the next attempt does not meet", () => {
  const slip = (ms: number): boolean => ms >= 0 && ms < 100;

  it("is unknown where the check is new, and another load balancer of the same slot is the first that answers it", async () => {
    const { start, end, reported } = await createWorld(slip, { hasMet: false });
    await start(0);
    await end();
    expect(await reported()).toEqual(["unknown"]);
    await start(1);
    await end();
    expect(await reported()).toEqual(["up"]);
  });

  it("is none where the last report that had it down is too old to say so", async () => {
    const { start, end, reported } = await createWorld((ms) => ms < -15_000 || slip(ms), { checks: ["web", "mail"] });
    await start(-20);
    await end();
    expect(await reported()).toEqual(["down", "down"]);
    await start(0);
    await end();
    expect(await reported()).toEqual(["up", "up"]);
  });
});

describe("a slot that comes too late", () => {
  it("is left out, and the log says so: nothing else would tell why a region that is called is silent", async () => {
    const { startLate, lines, unsettled } = await createWorld(() => true);
    await startLate(0, 2001);
    expect(await unsettled()).toEqual([]);
    const fields: unknown = expect.objectContaining({ shard: 0, lateMs: 2001 });
    expect(lines).toEqual([{ level: "warn", message: "a slot came too late", fields }]);
  });
});
