// So many load balancers hang at once that their attempts follow one another: the asked regions' answers come all the same.
import { expect, it } from "vitest";
import { answerAsk } from "../../../shared/flow/ask.ts";
import { OVERLAP_UP_TO } from "../../../shared/flow/attempts.ts";
import type { ConfirmPorts } from "../../../shared/flow/confirm.ts";
import { probeSlot } from "../../../shared/flow/probe.ts";
import { createFakeClock } from "../../fakes/clock.ts";
import { createFakeLog, createFakeVoters, createFakeWake } from "../../fakes/ports.ts";
import { createFakeTable } from "../../fakes/store.ts";
import { config as configOf, hung, pool, REGIONS, up } from "../decide/base.ts";

const START_MS = 1_790_000_000_000;
const [HERE, ...OTHERS] = REGIONS;
/** A call to another region and back. */
const CALL_MS = 400;
const CANARY = { address: "1.1.1.1", port: 443 };

/** How many load balancers each region has down in the votes of the first one, when so many hang. */
async function votesOn(sick: number): Promise<Record<string, number>> {
  const ids = Array.from({ length: sick + 1 }, (_, at) => `lb${at}`);
  const boxes = Object.fromEntries(
    ids.map((id) => [id, { id, island: "north", address: `a${id}`, shard: 0, checks: ["web"] }]),
  );
  const members = ids.map((box) => ({ box, setIdentifier: box, weight: 1 }));
  const config = configOf({ canaries: [CANARY], boxes, pools: [pool({ checks: ["web"], members })] });
  const clock = createFakeClock({ startMs: START_MS });
  const table = createFakeTable({ nowMs: () => clock.nowMs() });
  for (const region of REGIONS) await table.storeFor(region).putSeen({ d80: START_MS - 1 });
  const well = new Set([CANARY.address, boxes["lb0"]?.address]);
  const prober: ConfirmPorts["prober"] = {
    probe: async ({ timeoutMs }, address) => {
      if (well.has(address)) return up;
      await clock.sleep(timeoutMs);
      return hung;
    },
  };
  const never = new AbortController().signal;
  const answers = OTHERS.map((region) => {
    const ports = { config, region, clock, store: table.storeFor(region), prober };
    const answer: ConfirmPorts["voters"]["ask"] = async (_to, ask) => {
      await clock.sleep(CALL_MS);
      return answerAsk(ask, ports, never);
    };
    return [region, (ask: Parameters<typeof answer>[1]) => answer(region, ask, never)] as const;
  });
  const store = table.storeFor(HERE);
  const voters = createFakeVoters(Object.fromEntries(answers));
  const ports = { config, region: HERE, clock, store, prober, voters, wake: createFakeWake(), log: createFakeLog() };
  await clock.run(probeSlot({ kind: "slot", shard: 0, slot: 1, dueMs: START_MS }, ports, never));
  const votes = (await store.ownSuspicion(0))?.votes.filter(({ finding }) => finding.kind === "down") ?? [];
  return Object.fromEntries(REGIONS.map((name) => [name, votes.filter(({ region }) => region === name).length]));
}

it.each([OVERLAP_UP_TO, OVERLAP_UP_TO + 1])("every region's votes on %i that hang are heard", async (sick) => {
  expect(await votesOn(sick)).toEqual(Object.fromEntries(REGIONS.map((region) => [region, sick])));
});
