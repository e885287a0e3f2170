import { messageOf } from "../model/errors.ts";
import type { Plan } from "../model/plan.ts";
import type { NameState } from "../model/record.ts";
import { batchOf } from "../plan/batch.ts";
import { fenceOf } from "../plan/fence.ts";
import { freezePlan } from "../plan/freeze.ts";
import { leadIsOurs } from "../plan/lead.ts";
import type { Decision, SteerPorts } from "./decision.ts";
import { backOff, ROUNDS } from "./patience.ts";
import type { Outcome } from "./write-names.ts";

/** A frozen pool: fences that are not frozen yet are swapped, and nothing else is written. */
export async function keepFrozen({ pool, states }: Decision, ports: SteerPorts): Promise<Outcome> {
  const open = states.filter((state) => isOurs(state, pool.id, ports) && !fenceOf(state)?.frozen);
  const swaps = await Promise.all(open.map((state) => swap(state, pool.id, true, ports)));
  const lost = swaps.find(({ kind }) => kind !== "done");
  return lost ? { kind: "again", detail: lost.detail } : { kind: "settled", detail: "frozen" };
}

/**
 * Fences that are still frozen although a later order thawed them are swapped; then the round is to be repeated.
 * A frozen fence that no order explains stays as it is: orders may not have arrived.
 */
export async function thawWhatIsThawed(
  { pool, states, orders }: Decision,
  ports: SteerPorts,
): Promise<Outcome | undefined> {
  const thaw = orders.lastFreeze?.on === false ? orders.lastFreeze : undefined;
  if (!thaw) return undefined;
  const frozen = states.filter((state) => {
    const fence = fenceOf(state);
    return fence?.frozen && isOurs(state, pool.id, ports) && thaw.atMs >= fence.atS * 1000;
  });
  if (frozen.length === 0) return undefined;
  const swaps = await Promise.all(frozen.map((state) => swap(state, pool.id, false, ports)));
  const refused = swaps.find(({ kind }) => kind === "refused");
  return { kind: refused ? "refused" : "late", detail: refused?.detail ?? "thawed" };
}

/**
 * Freezes or thaws every name of the configuration, reading each anew until its fence is as wanted: from then on no batch
 * that was read before can win. Returns the names that could not be reached, each with why, and those without a fence:
 * nothing is written there before they are adopted or made, and whoever does that must know the order.
 */
export async function freezeAll(
  on: boolean,
  ports: SteerPorts,
  signal: AbortSignal,
): Promise<{ failed: { name: string; detail: string }[]; unfenced: string[] }> {
  const unfenced: string[] = [];
  // A zone that could not be read in all rounds has kept the others long enough: its other names are tried once.
  const unread = new Set<string>();
  const names = ports.config.pools.flatMap((pool) => pool.names.map((one) => ({ ...one, pool: pool.id })));
  const swapOne = async ({ name, zoneId, pool }: (typeof names)[number]) => {
    let detail = "out of time";
    const rounds = unread.has(zoneId) ? 1 : ROUNDS;
    for (let round = 0; round < rounds && !signal.aborted; round++) {
      // Half as hasty as a writer: whoever was first here may be writing still.
      if (round > 0) await backOff(round + 1, ports.clock, signal);
      const done = await readAndSwap(name, zoneId, pool, on, ports).catch(
        (error: unknown) => ({ kind: "unread", detail: messageOf(error) }) as const,
      );
      if (done.kind === "done") return [];
      if (done.kind === "unfenced") {
        unfenced.push(name);
        return [];
      }
      detail = done.detail;
      if (done.kind === "refused") break;
      if (done.kind === "unread" && round === ROUNDS - 1) unread.add(zoneId);
    }
    return [{ name, detail }];
  };
  // A few at a time: Route 53 takes ten requests a second, and other programs are to have their share.
  const failed: { name: string; detail: string }[] = [];
  for (let at = 0; at < names.length; at += 4) {
    failed.push(...(await Promise.all(names.slice(at, at + 4).map(swapOne))).flat());
  }
  return { failed, unfenced };
}

async function readAndSwap(
  name: string,
  zoneId: string,
  pool: string,
  on: boolean,
  ports: SteerPorts,
): Promise<Swap | { kind: "unfenced" }> {
  const state = (await ports.zone.read(zoneId, [name])).get(name);
  if (!state?.fence) return { kind: "unfenced" };
  return swap(state, pool, on, ports);
}

type Swap = { kind: "done" | "lost" | "refused"; detail: string };

async function swap(
  state: NameState,
  pool: string,
  on: boolean,
  { config, region, clock, zone, log }: SteerPorts,
): Promise<Swap> {
  const writer = { region, nowS: Math.floor(clock.nowMs() / 1000), nonce: clock.id() };
  const planned: Plan = freezePlan(state, writer, on, { owner: config.owner, pool, cfg: config.cfg });
  const [refusal] = planned.refused;
  if (refusal) return { kind: "refused", detail: refusal.detail };
  if (!planned.fence) return { kind: "done", detail: "" };
  const applied = await zone.apply(batchOf(planned));
  log.info(on ? "frozen" : "thawed", { name: state.name, epoch: planned.fence.epoch, applied });
  if (applied.kind === "accepted") return { kind: "done", detail: "" };
  return { kind: applied.kind === "refused" ? "refused" : "lost", detail: applied.detail };
}

function isOurs(state: NameState, pool: string, { config }: SteerPorts): boolean {
  const fence = fenceOf(state);
  return fence !== undefined && leadIsOurs(fence, config.owner, pool);
}
