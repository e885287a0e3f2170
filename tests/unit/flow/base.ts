// Failover's flows over fakes: one region, one pool of three load balancers on two islands.
import type { SteerPorts } from "../../../shared/flow/decision.ts";
import { failover } from "../../../shared/flow/failover.ts";
import type { ConfigInput } from "../../../shared/model/config.ts";
import type { FailoverEvent } from "../../../shared/model/failover-call.ts";
import type { Finding } from "../../../shared/model/finding.ts";
import type { DnsRecord } from "../../../shared/model/record.ts";
import type { Report } from "../../../shared/model/report.ts";
import type { Resolved } from "../../../shared/model/resolved.ts";
import { resolveConfig } from "../../../shared/resolve/resolve.ts";
import { createFakeClock, type FakeClock } from "../../fakes/clock.ts";
import {
  createFakeAnnouncer,
  createFakeLog,
  createFakeVoters,
  createFakeWake,
  type FakeAnnouncer,
  type FakeWake,
} from "../../fakes/ports.ts";
import { createFakeTable, type FakeTable } from "../../fakes/store.ts";
import { createFakeZone, type FakeZone } from "../../fakes/zone.ts";

export const NAME = "lb.example.com";
export const START_MS = 1_790_000_000_000;
const DOWN: Finding = { kind: "down", ms: 1, reason: "refused", phase: "connect", detail: "connection refused" };

export type World = {
  config: Resolved;
  clock: FakeClock;
  table: FakeTable;
  zone: FakeZone;
  announcer: FakeAnnouncer;
  wake: FakeWake;
  ports(region?: string): SteerPorts;
  run(event: FailoverEvent, region?: string): Promise<unknown>;
  /** Every region reports now, each into its own replica (`to`: all into that one); these boxes are down everywhere, all others settled up. */
  report(down?: readonly string[], more?: Partial<Report>, to?: string): Promise<void>;
  weights(name?: string): Record<string, number | undefined>;
  records(name?: string): DnsRecord[];
  /** Weights events so far, as `lb1 1>0`. */
  told(): string[];
  /** Conditions so far, as `kind subject on`. */
  conditions(): string[];
};

/** `lagMs`: how long a write takes to the other regions. `zones`: of each domain the hosted zone; else all is in Z1. */
export function createWorld(
  change: (config: ConfigInput) => ConfigInput = (config) => config,
  { lagMs = 0, zones = { "example.com": "Z1" } }: { lagMs?: number; zones?: Record<string, string> } = {},
): World {
  const input: ConfigInput = {
    owner: "acme",
    home: "eu-west-1",
    regions: ["eu-west-1", "eu-central-1", "us-east-1"],
    checks: { web: { protocol: "http" } },
    islands: { north: {}, south: {} },
    pools: [
      {
        id: "web",
        names: [NAME],
        checks: ["web"],
        loadBalancers: [
          { id: "lb1", island: "north", address: "4.1.1.1" },
          { id: "lb2", island: "north", address: "4.1.1.2" },
          { id: "lb3", island: "north", address: "4.1.1.3" },
          { id: "lb4", island: "south", address: "4.1.2.1" },
        ],
      },
    ],
  };
  const { resolved: config } = resolveConfig(change(input), {
    cfg: START_MS / 1000 - 3600,
    zones: (name) => ({ zoneId: zones[name.split(".").slice(-2).join(".")] ?? "Z1" }),
  });
  const clock = createFakeClock({ startMs: START_MS });
  const table = createFakeTable({ nowMs: () => clock.nowMs(), lagMs: () => lagMs });
  const zone = createFakeZone(Object.fromEntries(Object.entries(zones).map(([domain, id]) => [id, domain])));
  const announcer = createFakeAnnouncer();
  const wake = createFakeWake();
  const log = createFakeLog();
  const digest = config.checks["web"]?.digest ?? "";
  const ports = (region = config.home): SteerPorts => {
    const store = table.storeFor(region);
    const replicas = {
      putFacts: async (facts: Parameters<typeof store.putFacts>[0]) => store.putFacts(facts).then(() => []),
    };
    return { config, region, clock, zone, announcer, wake, log, store, replicas, voters: createFakeVoters() };
  };
  const records = (name = NAME): DnsRecord[] => zone.records("Z1").filter((record) => record.name === name);
  return {
    config,
    clock,
    table,
    zone,
    announcer,
    wake,
    ports,
    records,
    run: (event, region) => clock.run(failover(event, ports(region), new AbortController().signal)),
    report: async (down = [], more = {}, to) => {
      const nowMs = clock.nowMs();
      const slot = Math.floor(nowMs / (config.intervalS * 1000));
      const observation = { digest, finding: DOWN, answeredMs: nowMs, sinceMs: nowMs, successes: 0 };
      const boxes = Object.fromEntries(down.map((box) => [box, { web: observation }]));
      const asked = config.asked[0] ?? "";
      for (const region of config.regions) {
        const report: Report = {
          region,
          shard: 0,
          slot,
          startedMs: nowMs,
          answeredMs: nowMs,
          cfg: config.cfg,
          asked,
          blind: false,
          unreached: [],
          boxes,
          lateMs: 0,
          ...more,
        };
        await table.storeFor(to ?? region).putReport(report);
      }
    },
    weights: (name) =>
      Object.fromEntries(records(name).map(({ setIdentifier = "simple", weight }) => [setIdentifier, weight])),
    told: () =>
      announcer.announced.flatMap(({ event }) =>
        event.type === "weights" ? event.moved.map(({ box, before, after }) => `${box} ${before}>${after}`) : [],
      ),
    conditions: () =>
      announcer.announced.flatMap(({ event }) =>
        event.type === "condition" ? [`${event.kind} ${event.subject} ${event.on ? "on" : "over"}`] : [],
      ),
  };
}

export function reconcile(world: World): FailoverEvent {
  return { kind: "reconcile", scheduledMs: world.clock.nowMs() };
}

/** A reconcile of the region whose turn it is. */
export async function reconcileInTurn(world: World): Promise<void> {
  const { regions } = world.config;
  const region = regions[Math.floor(world.clock.nowMs() / 60_000) % regions.length];
  await world.run(reconcile(world), region);
}
