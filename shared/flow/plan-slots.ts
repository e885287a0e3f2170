import type { Resolved } from "../model/resolved.ts";
import type { Clock, Log, ProbeStore, SlotMessage, Slots } from "../ports.ts";
import { dueMs, phaseMs, planFire } from "../schedule/slots.ts";

export type PlanSlotsPorts = {
  config: Resolved;
  region: string;
  clock: Clock;
  store: ProbeStore;
  slots: Slots;
  log: Log;
};

/**
 * What a fire of the Scheduler does: it plans the slots of the minute to come, for every shard, and returns those that
 * it must probe itself because the queue has evidently failed (epoch ms in, messages out).
 */
export async function planSlots(
  scheduledMs: number,
  ports: PlanSlotsPorts,
  signal: AbortSignal,
): Promise<SlotMessage[]> {
  const shards = Array.from({ length: ports.config.shards }, (_, shard) => shard);
  const now = await Promise.all(shards.map((shard) => planShard(shard, scheduledMs, ports, signal)));
  return now.flat();
}

/** Where in the interval (ms) a region probes a shard. */
export function phaseOf(shard: number, { intervalS, regions, shards }: Resolved, region: string): number {
  const [regionIndex, intervalMs] = [regions.indexOf(region), intervalS * 1000];
  return phaseMs({ regionIndex, regions: regions.length, intervalMs, shard, shards });
}

async function planShard(
  shard: number,
  scheduledMs: number,
  { config, region, clock, store, slots, log }: PlanSlotsPorts,
  signal: AbortSignal,
): Promise<SlotMessage[]> {
  const intervalMs = config.intervalS * 1000;
  const phase = phaseOf(shard, config, region);
  // A table that cannot be read must not stop the plan: without a report at hand more is enqueued, never less.
  const last = await store.ownReport(shard).catch((error: unknown) => {
    log.warn("the last report could not be read; planning as if there were none", { shard, error });
    return undefined;
  });
  // Slots are counted by interval: those of another configuration are not comparable.
  const reportedSlot = last?.cfg === config.cfg ? last.slot : undefined;
  const plan = planFire({ scheduledMs, nowMs: clock.nowMs(), intervalMs, phaseMs: phase, reportedSlot });
  const message = (slot: number): SlotMessage => ({ kind: "slot", slot, shard, dueMs: dueMs(slot, phase, intervalMs) });
  await clock.sleep(plan.waitMs, signal);
  await slots
    .enqueue(plan.enqueue.map(({ slot, delayS }) => ({ message: message(slot), delayS })))
    .catch((error: unknown) => log.error("the slots could not be enqueued", { shard, error }));
  return plan.probeNow === undefined ? [] : [message(plan.probeNow)];
}
