import {
  bothFamilies,
  differenceOf,
  isDue,
  isSure,
  newestSighting,
  newestView,
  stepSighting,
} from "../decide/follows.ts";
import { own } from "../decide/own.ts";
import { freshRegions } from "../decide/peers.ts";
import { formatUtc } from "../message/time.ts";
import type { Followed, Sighting } from "../model/follow.ts";
import type { Pool, Resolved } from "../model/resolved.ts";
import type { View } from "../model/view.ts";
import type { Clock, Log, ProbeStore, Resolver } from "../ports.ts";
import type { AnnouncePorts } from "./announce.ts";
import { type Holding, tendConditions } from "./conditions.ts";
import { within } from "./deadline.ts";

/** For one name, both families, every try of the resolver's included. */
const ASK_MS = 8000;

/** An answer older than this says nothing of now: nobody has been able to ask. */
const STALE_MS = 3 * 3_600_000;

export type FollowPorts = {
  config: Resolved;
  region: string;
  clock: Clock;
  store: ProbeStore;
  resolver: Resolver;
  log: Log;
};

/** What is known before asking. */
type Known = { followed: Followed[]; views: View[]; rank: number };

/**
 * Probe's part: asks for the names elsewhere that are due, and writes down what they answered. Never rejects: it stands
 * beside the probing and must not take it down.
 */
export async function askFollowed(ports: FollowPorts, signal: AbortSignal): Promise<void> {
  const { config, store, log } = ports;
  const pools = following(config);
  if (pools.length === 0) return;
  try {
    const ids = pools.map(({ id }) => id);
    const [followed, views] = await Promise.all([
      store.followed(ids, config.regions),
      store.views(ids, config.regions),
    ]);
    const first = { followed, views, rank: 0 };
    if (!pools.some((pool) => dueNames(pool, first, ports).length > 0)) return;
    const known = { ...first, rank: await rankOf(ports) };
    await Promise.all(pools.map((pool) => askPool(pool, known, ports, signal)));
  } catch (error) {
    log.warn("names elsewhere could not be asked for", { error });
  }
}

/** Failover's part: tells which of them do not answer as their pool does, and which do again. */
export async function tellFollowed(ports: AnnouncePorts): Promise<void> {
  const { config, clock, store } = ports;
  const pools = following(config);
  const ids = pools.map(({ id }) => id);
  const [followed, views] = await Promise.all([store.followed(ids, config.regions), store.views(ids, config.regions)]);
  const nowMs = clock.nowMs();
  const silent = new Set<string>();
  const holding = pools.flatMap((pool) =>
    (pool.follows ?? []).flatMap((name): Holding[] => {
      const newest = newestSighting(followed, pool.id, name);
      if (!newest || nowMs - newest.seen.atMs > STALE_MS) silent.add(name);
      if (!newest || silent.has(name)) return [];
      const { region, sighting, seen } = newest;
      const view = newestView(views, pool.id);
      const difference = differenceOf({ pool, resolution: seen.resolution, view, nowMs }, config);
      if (!difference) return [];
      // Seen once is not told, and is no end of what was told either.
      if (!isSure(sighting, pool.ttlS)) silent.add(name);
      if (silent.has(name)) return [];
      const detail = `Pool ${pool.id}: ${difference.detail}.\n${region} asked at ${formatUtc(seen.atMs)}.`;
      return [{ kind: "follows", subject: name, detail, page: difference.page }];
    }),
  );
  // A name that nobody follows any more ends as well.
  const judged = (kind: string, subject: string): boolean => kind === "follows" && !silent.has(subject);
  await tendConditions({ holding, judged, rank: 0 }, ports);
}

function following({ pools }: Resolved): Pool[] {
  return pools.filter(({ follows = [] }) => follows.length > 0);
}

/** How many regions stand before this one among those that send reports. */
async function rankOf({ config, region, clock, store }: FollowPorts): Promise<number> {
  const reports = await store.reports(config.regions, config.shards);
  const fresh = freshRegions({ config, reports, nowMs: clock.nowMs() });
  return fresh.filter((name) => config.regions.indexOf(name) < config.regions.indexOf(region)).length;
}

function dueNames(pool: Pool, known: Known, { config, region, clock }: FollowPorts): string[] {
  const nowMs = clock.nowMs();
  const { followed, views, rank } = known;
  const view = newestView(views, pool.id);
  const mine = followed.find((one) => one.pool === pool.id && one.region === region);
  return (pool.follows ?? []).filter((name) => {
    const newest = newestSighting(followed, pool.id, name);
    const differs =
      newest !== undefined &&
      differenceOf({ pool, resolution: newest.seen.resolution, view, nowMs }, config) !== undefined;
    const askedMs = own(mine?.names, name)?.askedMs;
    return isDue({ newestMs: newest?.seen.atMs, differs, askedMs, rank, deployedMs: config.cfg * 1000, nowMs });
  });
}

async function askPool(pool: Pool, known: Known, ports: FollowPorts, signal: AbortSignal): Promise<void> {
  const { region, store } = ports;
  const due = dueNames(pool, known, ports);
  if (due.length === 0) return;
  const mine = known.followed.find((one) => one.pool === pool.id && one.region === region);
  const asked = await Promise.all(
    due.map(async (name) => [name, await askName(name, pool, known, ports, signal)] as const),
  );
  const kept = Object.entries(mine?.names ?? {}).filter(([name]) => pool.follows?.includes(name));
  await store.putFollowed({ region, pool: pool.id, names: Object.fromEntries([...kept, ...asked]) });
}

async function askName(
  name: string,
  pool: Pool,
  { followed, views }: Known,
  { config, region, clock, resolver, log }: FollowPorts,
  signal: AbortSignal,
): Promise<Sighting> {
  const answers = await within(clock, ASK_MS, signal, (limit) =>
    Promise.all([resolver.resolve(name, "A", limit), resolver.resolve(name, "AAAA", limit)]),
  );
  const resolution = bothFamilies(...answers);
  const nowMs = clock.nowMs();
  const differs = differenceOf({ pool, resolution, view: newestView(views, pool.id), nowMs }, config) !== undefined;
  const mine = followed.find((one) => one.pool === pool.id && one.region === region);
  const was = own(mine?.names, name);
  // One line a transition.
  if (was?.seen?.resolution.kind !== resolution.kind || differs !== (was.differsSinceMs !== undefined))
    log.info("followed", { name, pool: pool.id, resolution, differs });
  return stepSighting(was, resolution, differs, nowMs);
}
