// A port that fails everywhere from here at once: what the region says of it before its report is written.
import { expect, it } from "vitest";
import { probeSlot } from "../../../shared/flow/probe.ts";
import { createFakeClock } from "../../fakes/clock.ts";
import { createFakeLog, createFakeVoters, createFakeWake } from "../../fakes/ports.ts";
import { createFakeTable } from "../../fakes/store.ts";
import { config as configOf, hung, pool, REGIONS, up } from "../decide/base.ts";

const START_MS = 1_790_000_000_000;
const [HERE] = REGIONS;
const MAIL = 587;

/** Findings of the region's own votes, by box, after slots in which the mail ports of these boxes hang. */
async function votesAfter(slots: number, sick: readonly string[]): Promise<Record<string, string>> {
  const checks = ["mail", "web"];
  const { boxes } = configOf();
  const config = configOf({
    regions: [HERE],
    quorum: 1,
    boxes: Object.fromEntries(Object.entries(boxes).map(([id, box]) => [id, { ...box, checks }])),
    pools: [pool({ checks })],
  });
  const clock = createFakeClock({ startMs: START_MS });
  const store = createFakeTable({ nowMs: () => clock.nowMs() }).storeFor(HERE);
  await store.putSeen({ d80: START_MS - 1, d587: START_MS - 1 });
  const addresses = new Set(sick.map((box) => config.boxes[box]?.address));
  const ports = {
    config,
    region: HERE,
    clock,
    store,
    wake: createFakeWake(),
    voters: createFakeVoters({}),
    log: createFakeLog(),
    prober: {
      probe: async ({ port }: { port: number }, address: string) => {
        if (port !== MAIL || !addresses.has(address)) return up;
        await clock.sleep(2500);
        return hung;
      },
    },
  };
  for (let slot = 0; slot < slots; slot++) {
    await clock.run(
      probeSlot({ kind: "slot", shard: 0, slot, dueMs: clock.nowMs() }, ports, new AbortController().signal),
    );
    await clock.advance(20_000);
  }
  const votes = (await store.ownSuspicion(0))?.votes ?? [];
  return Object.fromEntries(votes.map(({ box, finding }) => [box, finding.kind]));
}

it.each([1, 2])("votes on nobody by a port that it doubts, in slot %i", async (slots) => {
  expect(await votesAfter(slots, ["lb1", "lb2"])).toEqual({ lb1: "unknown", lb2: "unknown" });
});

it("votes by a port that answers elsewhere", async () => {
  expect(await votesAfter(1, ["lb1"])).toEqual({ lb1: "down" });
});
