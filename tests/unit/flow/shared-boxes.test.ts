// A load balancer that two pools share, each with a check of its own: failover is woken for both of them.
import { expect, it } from "vitest";
import type { ConfirmPorts } from "../../../shared/flow/confirm.ts";
import { probeSlot } from "../../../shared/flow/probe.ts";
import type { Finding } from "../../../shared/model/finding.ts";
import { createFakeClock } from "../../fakes/clock.ts";
import { createFakeLog, createFakeVoters } from "../../fakes/ports.ts";
import { createFakeTable } from "../../fakes/store.ts";
import { config as configOf, down, hung, pool, REGIONS, up } from "../decide/base.ts";

const START_MS = 1_790_000_000_000;
const [HERE, ...OTHERS] = REGIONS;

it("wakes failover at the quorum of each pool, also where one of them fails at once and the other one hangs", async () => {
  const { boxes } = configOf();
  const config = configOf({
    boxes: Object.fromEntries(Object.entries(boxes).map(([id, box]) => [id, { ...box, checks: ["mail", "web"] }])),
    pools: [pool({ id: "web", checks: ["web"] }), pool({ id: "mail", checks: ["mail"] })],
  });
  const clock = createFakeClock({ startMs: START_MS });
  const store = createFakeTable({ nowMs: () => clock.nowMs() }).storeFor(HERE);
  await store.putSeen({ d80: START_MS - 1, d587: START_MS - 1 });
  const findingOn = async (port: number): Promise<Finding> => {
    if (port === 80) return down;
    await clock.sleep(2500);
    return hung;
  };
  const answer = async (region: string, { suspects }: Parameters<ConfirmPorts["voters"]["ask"]>[1]) => {
    await clock.sleep(3000);
    const votes = suspects.map((one) => ({ ...one, region, finding: down, answeredMs: clock.nowMs() }));
    return { region, votes };
  };
  /** At each waking for lb1: the checks that a quorum of votes had down. */
  const woken: string[][] = [];
  const wake = async (ids: readonly string[]): Promise<void> => {
    const votes = (await store.ownSuspicion(0))?.votes.filter(({ finding }) => finding.kind === "down") ?? [];
    const byCheck = [...Map.groupBy(votes, ({ check }) => check)];
    if (ids.includes("lb1")) woken.push(byCheck.flatMap(([check, ones]) => (ones.length >= 2 ? [check] : [])).sort());
  };
  const ports: ConfirmPorts = {
    config,
    region: HERE,
    clock,
    store,
    wake: { wake },
    voters: createFakeVoters(Object.fromEntries(OTHERS.map((region) => [region, (ask) => answer(region, ask)]))),
    log: createFakeLog(),
    prober: {
      probe: async ({ port }, address) => (address === config.boxes["lb1"]?.address ? findingOn(port) : up),
    },
  };
  const message = { kind: "slot", shard: 0, slot: 1, dueMs: START_MS } as const;
  await clock.run(probeSlot(message, ports, new AbortController().signal));
  expect(woken).toEqual([["web"], ["mail", "web"]]);
});
