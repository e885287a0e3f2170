// An island with a hundred pools goes, and Route 53 answers the whole account five times a second.
import { expect, it } from "vitest";
import { failover } from "../../../shared/flow/failover.ts";
import type { FailoverEvent } from "../../../shared/model/failover-call.ts";
import { SoftError } from "../../../shared/model/errors.ts";
import type { Zone } from "../../../shared/ports.ts";
import { paced } from "../../../shared/route53/paced.ts";
import { createWorld, type World } from "./base.ts";

const POOLS = 100;
/** Requests a second and account (AWS: Route 53 quotas), all of which may come at once. */
const RATE = 5;
/** A call's way there and back. */
const LATENCY_MS = 200;
/** What Lambda gives a run, less what its signal leaves to wind up. */
const RUN_MS = 28_000;

/** Route 53 for all regions: a bucket of requests, and a client that tries a reading three times as the SDK does. */
function limited(world: World): { zoneFor: (region: string) => Zone; requests: () => number } {
  const { clock } = world;
  let [tokens, atMs, requests] = [RATE, clock.nowMs(), 0];
  const take = async (): Promise<boolean> => {
    await clock.sleep(LATENCY_MS);
    requests += 1;
    tokens = Math.min(RATE, tokens + ((clock.nowMs() - atMs) / 1000) * RATE);
    atMs = clock.nowMs();
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
  const takeWithRetries = async (): Promise<void> => {
    for (let attempt = 0; attempt < 3; attempt += 1) {
      if (await take()) return;
      await clock.sleep(clock.random() * 500 * 2 ** attempt);
    }
    throw new SoftError("Throttling: Rate exceeded");
  };
  const zones = new Map<string, Zone>();
  const zoneFor = (region: string): Zone => {
    const known = zones.get(region);
    if (known) return known;
    const zone: Zone = {
      ...world.zone,
      read: async (zoneId, names) => {
        for (let page = 0; page < (names.length === 1 ? 2 : 4); page += 1) await takeWithRetries();
        return world.zone.read(zoneId, names);
      },
      apply: async (batch) =>
        (await take()) ? world.zone.apply(batch) : { kind: "busy", detail: "Throttling: Rate exceeded" },
      status: async (id) => takeWithRetries().then(() => world.zone.status(id)),
    };
    const made = paced(zone, world.ports(region));
    zones.set(region, made);
    return made;
  };
  return { zoneFor, requests: () => requests };
}

it("all are out within a minute, each is told once, and nobody is paged because Route 53 is busy", async () => {
  const ids = Array.from({ length: POOLS }, (_, at) => at);
  const world = createWorld((config) => ({
    ...config,
    checks: { web: { protocol: "http", host: "lb.example.com" } },
    pools: ids.map((at) => ({
      id: `p${at}`,
      names: [`lb${at}.example.com`],
      checks: ["web"],
      loadBalancers: [
        { id: `n${at}`, island: "north", address: `4.1.0.${at + 1}` },
        { id: `s${at}`, island: "south", address: `4.2.0.${at + 1}` },
      ],
    })),
  }));
  const { clock } = world;
  await world.report();
  await world.run({ kind: "reconcile", scheduledMs: 0 });
  world.zone.settle();
  for (let turn = 0; turn < 11; turn += 1) {
    await clock.advance(60_000);
    await world.report();
    await world.run({ kind: "reconcile", scheduledMs: clock.nowMs() });
  }
  await clock.advance(30_000);
  const route53 = limited(world);
  const down = ids.map((at) => `n${at}`);
  await world.report(down);
  const startedMs = clock.nowMs();
  const run = async (event: FailoverEvent, region: string, afterMs: number): Promise<number> => {
    await clock.sleep(afterMs);
    const [abort, ended] = [new AbortController(), new AbortController()];
    void clock.sleep(RUN_MS, ended.signal).then(() => abort.abort());
    const beganMs = clock.nowMs();
    await failover(event, { ...world.ports(region), zone: route53.zoneFor(region) }, abort.signal);
    ended.abort();
    return clock.nowMs() - beganMs;
  };
  const woken = world.config.regions.map((region, at) => run({ kind: "wake", boxes: down }, region, at * 10_000));
  const tookMs = await clock.run(Promise.all(woken));
  expect(clock.nowMs() - startedMs).toBeLessThan(60_000);
  const weights = world.zone.records("Z1").filter(({ setIdentifier = "" }) => down.includes(setIdentifier));
  expect(weights.map(({ weight }) => weight)).toEqual(ids.map(() => 0));
  expect(world.told().toSorted()).toEqual(down.map((id) => `${id} 1>0`).toSorted());
  expect(world.conditions()).toEqual([]);
  // Within what Lambda gives after the signal.
  for (const ms of tookMs) expect(ms).toBeLessThan(RUN_MS + 2000);
  expect(route53.requests()).toBeLessThan(3.5 * POOLS);
});
