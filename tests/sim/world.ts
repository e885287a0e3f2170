// One world from its seed: everything that is real in it, and everything that happens to it.
import { decide } from "../../shared/flow/decision.ts";
import { reasonsOf } from "../../shared/flow/standing.ts";
import type { ConfigInput } from "../../shared/model/config.ts";
import type { Fact } from "../../shared/model/fact.ts";
import type { NameState } from "../../shared/model/record.ts";
import type { Resolved } from "../../shared/model/resolved.ts";
import { createFakeTable } from "../fakes/store.ts";
import { asMoved, type Book, fenceIn, logOf, type Violation, weightsOf } from "./book.ts";
import { createChance } from "./chance.ts";
import { createLedger } from "./evidence.ts";
import { createFaults } from "./faults.ts";
import { createFleet } from "./fleet.ts";
import { forgetSent, judgeBatch, judgeSent } from "./judge-batch.ts";
import { explains, GRACE_MS, isRight, truthOf, untold } from "./judge-calm.ts";
import { createTold } from "./judge-told.ts";
import { changeConfig, drawConfig, resolveAt } from "./layout.ts";
import { startLives } from "./lives.ts";
import { createLoop } from "./loop.ts";
import { settle, startOperators } from "./operators.ts";
import { createRegions, messageOf } from "./regions.ts";
import { createRoute53 } from "./route53.ts";
import { calmWeather } from "./weather.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** A whole minute, as the Scheduler fires by the minute. */
const START_MS = 1_790_000_040_000;
const LOOK_MS = 30_000;
/** Nothing has happened for so long that nobody may have a reason left to write. */
const STILL_MS = 12 * MINUTE_MS;
/** Rules that end by themselves. An event that comes once more may be the first to see that one has. */
const PASSING = new Set(["damped", "waiting", "rising"]);
/** Quiet at the end of every world, in which all must come right. */
const TAIL_MS = 14 * MINUTE_MS;

export type WorldResult = {
  seed: number;
  hours: number;
  violation?: Violation;
  /** The figures of a summary. */
  calls: number;
  batches: number;
  announced: number;
  kinds: readonly string[];
};

export type WorldOptions = { seed: number; hours: number; mutant?: string | undefined; tell?: (line: string) => void };

export async function runWorld({ seed, hours, tell }: WorldOptions): Promise<WorldResult> {
  const chance = createChance(seed);
  const loop = createLoop(START_MS);
  const say = tell ? (what: () => string): void => tell(`${timeOf(loop.nowMs())}  ${what()}`) : (): void => undefined;
  const weather = calmWeather();
  const inputs: { input: ConfigInput; config: Resolved }[] = [];
  const first = drawConfig(chance);
  inputs.push({ input: first, config: resolveAt(first, START_MS / 1000 - 600) });
  const electorate = [...first.regions];
  const deployed = new Map(electorate.map((region) => [region, 0]));
  const configOf = (region: string): Resolved => at(deployed.get(region) ?? 0).config;
  const at = (index: number): (typeof inputs)[number] => {
    const found = inputs[index];
    if (!found) throw new Error(`no deploy ${index}`);
    return found;
  };
  const newest = (): Resolved => at(inputs.length - 1).config;
  const skews = new Map(electorate.map((region) => [region, chance.is(0.3) ? chance.between(-2000, 2000) : 0]));
  const baseLagMs = chance.of([200, 800, 1500, 1500]);
  const table = createFakeTable({
    nowMs: () => loop.nowMs(),
    lagMs: () => baseLagMs + (weather.lagMs > 0 ? chance.between(0.3, 1) * weather.lagMs : 0),
    share: true,
  });
  // What began before a region went blind may end after it.
  const ledger = createLedger((region) => !weather.blind.has(region) || loop.nowMs() - weather.blindMs < 10_000);
  const fleet = createFleet({
    loop,
    chance,
    weather,
    regions: electorate,
    configs: () => inputs.map(({ config }) => config),
  });
  ledger.learn(newest());
  const leadOf = (pool: Resolved["pools"][number]): NameState => {
    const states = pool.names.map(({ name, zoneId }) => route53.state(zoneId, name));
    const lead = states.find((state) => fenceIn(state.fence)) ?? states[0];
    if (!lead) throw new Error(`${pool.id} has no name`);
    return lead;
  };
  let violation: Violation | undefined;
  let batches = 0;
  const book: Book = {
    loop,
    fleet,
    ledger,
    weather,
    skewMs: 2 * Math.max(...[...skews.values()].map(Math.abs)),
    names: new Map(),
    sent: new Set(),
    stirredMs: START_MS,
    thaws: 0,
    cutovers: new Set(),
    calmMs: () => 0,
    leadWeight: (pool, box) => weightsOf(leadOf(pool), pool).get(box) ?? 0,
    leadHolds: (pool, box) => fenceIn(leadOf(pool).fence)?.held.includes(box) ?? false,
    accuse(invariant, says) {
      violation ??= { invariant, atMs: loop.nowMs(), says };
      say(() => `!! invariant ${invariant}: ${says}`);
      loop.stop();
    },
    edits: () => route53.edits,
  };
  const route53 = createRoute53(
    { loop, chance, weather },
    {
      sent: (_invocation, batch) => judgeSent(batch, book),
      tooEarly: (batch) => forgetSent(batch, book),
      written: (written) => {
        batches += 1;
        judgeBatch(written, book);
      },
      say,
    },
  );
  const once = { still: true };
  const told = createTold(book, () => once.still);
  const regions = createRegions({
    loop,
    chance,
    weather,
    fleet,
    ledger,
    table,
    route53,
    skews,
    configOf,
    regions: electorate,
    say,
    told: (...heard) => told.hear(...heard),
  });
  const faults = createFaults({
    loop,
    chance,
    weather,
    regions: electorate,
    replicate: () => table.replicate(),
    stir: () => {
      book.stirredMs = loop.nowMs();
      if (weather.killed > 0 || weather.topicSilent > 0 || weather.lagMs > 10_000 || weather.tableFaults > 0)
        once.still = false;
      if (weather.topicFaults > 0) once.still = false;
      if (weather.lost.size + weather.tableless.size > 0 || weather.dropped > 0) once.still = false;
    },
    deploy: () => {
      const { input, says } = changeConfig(chance, at(inputs.length - 1).input);
      inputs.push({ input, config: resolveAt(input, Math.floor(loop.nowMs() / 1000)) });
      ledger.learn(newest());
      const index = inputs.length - 1;
      for (const region of electorate)
        loop.after(chance.between(0, 120_000), () => {
          book.stirredMs = loop.nowMs();
          deployed.set(region, Math.max(index, deployed.get(region) ?? 0));
          say(() => `-- ${region} has the new configuration`);
        });
      return says;
    },
    say,
  });
  say(
    () =>
      `${first.regions.join(", ")}; every ${newest().intervalS} s; quorum ${newest().quorum}; faults: ${faults.kinds.join(", ")}`,
  );
  say(() => JSON.stringify(newest().pools));

  const endMs = START_MS + hours * HOUR_MS;
  const quietMs = Math.max(START_MS, endMs - TAIL_MS);
  if (electorate.length > 2 && chance.is(0.1)) fleet.blocked = { port: 25, region: chance.of(electorate) };
  faults.start(quietMs - 40 * MINUTE_MS);
  startLives({ loop, chance, fleet, config: newest, say }, chance.of([5, 10, 20, 40]) * MINUTE_MS, quietMs);
  const people = { loop, chance, book, regions, route53, config: newest, say, untilMs: quietMs };
  if (chance.is(0.1)) settle(people);
  if (chance.is(0.6)) startOperators(people, chance.of([8, 15, 30]) * MINUTE_MS);
  const everyMinute = (): void => {
    regions.fire(loop.nowMs());
    if (loop.nowMs() + MINUTE_MS <= endMs) loop.after(MINUTE_MS, everyMinute);
  };
  loop.after(0, everyMinute);
  const looker = createLooker();
  const look = (): void => {
    void looker().catch((error: unknown) => book.accuse(0, `the judge failed: ${messageOf(error)}`));
    loop.after(LOOK_MS, look);
  };
  loop.after(5 * MINUTE_MS, look);
  await loop.run(endMs).catch((error: unknown) => book.accuse(0, `the world failed: ${messageOf(error)}`));
  return {
    seed,
    hours: (loop.nowMs() - START_MS) / HOUR_MS,
    ...(violation ? { violation } : {}),
    calls: regions.begun(),
    batches,
    announced: regions.announced.length,
    kinds: faults.kinds,
  };

  /** Looks at the world from outside, and accuses what nothing explains. */
  function createLooker(): () => Promise<void> {
    const odds = new Map<string, number>();
    return async () => {
      const calmMs = faults.calmSinceMs();
      const rolledOut = [...deployed.values()].every((index) => index === inputs.length - 1);
      if (calmMs === undefined || !rolledOut) return odds.clear();
      const config = newest();
      const orders = await regions.store(config.home).orders();
      const boxes = Object.keys(config.boxes).map((box) => fleet.changedMs(box));
      let still = loop.nowMs() - Math.max(calmMs, book.stirredMs, ...boxes) > STILL_MS;
      for (const configured of config.pools) {
        if (configured.mode === "observe") continue;
        const pool = asMoved(configured, orders, loop.nowMs());
        const lead = leadOf(pool);
        const weights = weightsOf(lead, pool);
        const wrong = pool.members.filter(
          ({ box, weight }) => !isRight(truthOf(box, pool, config, book), weights.get(box) ?? 0, weight),
        );
        const log = logOf(book, lead.name, pool.id);
        const fence = fenceIn(lead.fence);
        const silent = fence && !fence.frozen && log.edited.size === 0 && untold(lead, pool, told.newest(pool.id));
        const keys = new Set<string>();
        still &&= wrong.length === 0 && fence?.repairs.length === 0 && log.edited.size + log.strayed.size === 0;
        if (wrong.length > 0) {
          const opinion = await opinionOf(configured);
          for (const { box, weight } of wrong) {
            const forMs = loop.nowMs() - Math.max(calmMs, fleet.changedMs(box));
            const about = {
              pool,
              opinion,
              orders,
              state: lead,
              log,
              forMs,
              nowMs: loop.nowMs(),
              intervalS: config.intervalS,
            };
            const is = weights.get(box) ?? 0;
            const because = opinion.choice.because[box];
            if (explains(box, is, about) === undefined && forMs > GRACE_MS)
              keys.add(
                `4 ${box} is ${truthOf(box, pool, config, book)}/${weight} and at ${is} at ${lead.name}, and nothing says why: ${because}`,
              );
          }
        }
        if (silent) keys.add(`6 ${silent}`);
        judge(pool.id, keys, { calmMs, fencedMs: (fence?.atS ?? 0) * 1000 });
      }
      if (still && (await isSettled(config, orders))) regions.replay();
    };

    /** All is as the service would decide, and no more time than has passed makes it decide otherwise. */
    async function isSettled({ pools }: Resolved, orders: readonly Fact[]): Promise<boolean> {
      for (const configured of pools.filter(({ mode }) => mode !== "observe")) {
        const pool = asMoved(configured, orders, loop.nowMs());
        const { choice } = await opinionOf(configured);
        const served = weightsOf(leadOf(pool), pool);
        if (choice.rules.some(({ kind }) => PASSING.has(kind))) return false;
        if (pool.members.some(({ box }) => (served.get(box) ?? 0) !== choice.weights[box])) return false;
      }
      return true;
    }

    function judge(
      pool: string,
      keys: ReadonlySet<string>,
      { calmMs, fencedMs }: { calmMs: number; fencedMs: number },
    ): void {
      const nowMs = loop.nowMs();
      const ids = new Set([...keys].map((key) => idOf(pool, key)));
      for (const id of odds.keys()) if (id.startsWith(`${pool} `) && !ids.has(id)) odds.delete(id);
      for (const key of keys) {
        const sinceMs = odds.get(idOf(pool, key)) ?? nowMs;
        odds.set(idOf(pool, key), sinceMs);
        // While batches follow each other nobody catches up with what an earlier one did not tell.
        const told = key.startsWith("6");
        const startMs = Math.max(sinceMs, calmMs, told ? fencedMs : 0);
        if (nowMs - startMs > (told ? GRACE_MS + MINUTE_MS : GRACE_MS)) book.accuse(told ? 6 : 4, key.slice(2));
      }
    }
  }

  async function opinionOf(pool: Resolved["pools"][number]) {
    const [region = ""] = electorate;
    const store = regions.store(region);
    const config = newest();
    const [reports, suspicions, orders] = await Promise.all([
      store.reports(config.regions, config.shards),
      store.suspicions(config.regions, config.shards),
      store.orders(),
    ]);
    const states = new Map(pool.names.map(({ name, zoneId }) => [name, route53.state(zoneId, name)]));
    const look = regions.look(region);
    const decision = decide(pool, states, { reports, suspicions, orders }, look);
    // As `explain` says it. The looker makes no name that a writer would have had.
    const clock = { ...look.clock, id: () => "looker" };
    const { why } = await reasonsOf(decision, { ...look, clock, store });
    const { choice, verdicts } = decision;
    return { choice, verdicts, frozen: decision.orders.frozen !== undefined, why };
  }
}

function idOf(pool: string, key: string): string {
  return `${pool} ${key.split(" ").slice(0, 4).join(" ")}`;
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString().slice(11, 23);
}
