// A region without reports, from its peers' calls to the message.
import { expect, it } from "vitest";
import { watchPeers } from "../../../shared/flow/peers.ts";
import { createFakeVoters } from "../../fakes/ports.ts";
import { createWorld } from "./base.ts";

const never = new AbortController().signal;

/** What the first region has told, and noted, `afterS` after the third one's last report. */
async function toldAfter(afterS: number, answers: boolean): Promise<string[]> {
  const world = createWorld();
  await world.report();
  const { config, store } = { config: world.config, store: world.ports().store };
  await world.clock.advance(afterS * 1000);
  const nowMs = world.clock.nowMs();
  const reports = await store.reports(config.regions.slice(0, 2), config.shards);
  for (const report of reports) {
    await world.table.storeFor(report.region).putReport({ ...report, slot: report.slot + 1, answeredMs: nowMs });
  }
  const ping = () => (answers ? Promise.resolve() : Promise.reject(new Error("no answer")));
  const ports = { ...world.ports(), voters: { ...createFakeVoters(), ping } };
  await world.clock.run(watchPeers(ports, never));
  return world.announcer.announced.map(({ event }) =>
    event.type === "condition" ? `${event.kind} ${event.subject}: ${event.detail}` : event.type,
  );
}

it.each([
  [
    "does not answer: at once",
    181,
    false,
    [/^silent us-east-1: .* 181 s and does not answer\. The other regions go on;/],
  ],
  ["answers: not yet", 181, true, []],
  [
    "answers, and is long without a report",
    361,
    true,
    [/^silent us-east-1: us-east-1 answers a call, .* 361 s: look at/],
  ],
])("a region that reports nothing and %s", async (_what, afterS, answers, wanted) => {
  expect(await toldAfter(afterS, answers)).toEqual(wanted.map((one) => expect.stringMatching(one)));
});
