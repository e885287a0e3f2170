import type { Followed, Resolution, Sighting } from "../model/follow.ts";
import type { Box, Pool, Resolved } from "../model/resolved.ts";
import type { View } from "../model/view.ts";
import { own } from "./own.ts";

const MINUTE_MS = 60_000;

/** A name that answers as its pool does is asked so often. */
const HOUR_MS = 60 * MINUTE_MS;

/** One that does not is asked again after this, and so is one whose answer our own resolver could not give. */
const AGAIN_MS = 5 * MINUTE_MS;

/** Each next fresh region leaves a name to the ones before it for this much longer. */
const RANK_STEP_MS = 10 * MINUTE_MS;

/** What was decided longer ago than this says nothing of now. */
const VIEW_MS = 10 * MINUTE_MS;

/** Besides the TTL for which a resolver may go on with an old answer. */
const SLACK_MS = MINUTE_MS;

/** How an answer differs from what the pool serves; `page`: clients are sent to what does not answer. */
export type Difference = { detail: string; page: boolean };

/**
 * Whether a name answers as its pool does. What it answers with by itself is judged: a name may well answer with fewer
 * load balancers than the pool has.
 *
 * | it answers                                          | weight decided | differs               |
 * | --------------------------------------------------- | -------------- | --------------------- |
 * | nothing: it does not resolve                        |                | yes, page             |
 * | with an address that no load balancer of it has     |                | yes                   |
 * | with a load balancer of the pool                    | above 0        | no                    |
 * | … a standby (configured weight 0) that is not out   | 0              | no                    |
 * | … one that a name of the pool answers with as yet   | 0              | no: frozen, observed, or refused by Route 53 |
 * | … any other                                         | 0              | yes, page             |
 * | … and nothing was decided within ten minutes        |                | no                    |
 * | we do not know what                                 |                | no                    |
 */
export function differenceOf(
  { pool, resolution, view, nowMs }: { pool: Pool; resolution: Resolution; view: View | undefined; nowMs: number },
  config: Resolved,
): Difference | undefined {
  if (resolution.kind === "unknown") return undefined;
  if (resolution.kind === "none") return { detail: `it does not resolve (${resolution.detail})`, page: true };
  const fresh = view && nowMs - view.atMs <= VIEW_MS ? view : undefined;
  const found = resolution.addresses.flatMap((address): Difference[] => {
    const member = pool.members.find(({ box }) => isAt(own(config.boxes, box), address));
    if (!member) return [{ detail: `${address} is no load balancer of pool ${pool.id}`, page: false }];
    const decided = fresh && own(fresh.boxes, member.box);
    if (!decided || decided.weight > 0 || (member.weight === 0 && decided.verdict !== "out")) return [];
    if (isServed(own(config.boxes, member.box), fresh)) return [];
    const because = decided.because === "" ? "" : ` (${decided.because})`;
    return [{ detail: `${address} is ${member.box}, which is out of the answer${because}`, page: true }];
  });
  if (found.length === 0) return undefined;
  return { detail: found.map(({ detail }) => detail).join("; "), page: found.some(({ page }) => page) };
}

/** Whether a name of the pool still answers with a box, as it was read last. */
function isServed(box: Box | undefined, { names }: View): boolean {
  const values = names.flatMap(({ records }) => records.flatMap((one) => (one.weight === 0 ? [] : one.values)));
  return values.some((value) => isAt(box, value));
}

function isAt(box: Box | undefined, address: string): boolean {
  return [box?.address, box?.address6].some((own) => own !== undefined && oneForm(own) === oneForm(address));
}

/** IPv6 as the URL standard spells it (RFC 5952), so that the same address is the same text; anything else as it is. */
function oneForm(address: string): string {
  const url = `http://[${address}]/`;
  return address.includes(":") && URL.canParse(url) ? new URL(url).hostname : address;
}

/**
 * What a name answers to both families. AAAA may be missing; a fault of ours in either is one of the whole.
 *
 * | A         | AAAA      | together  |
 * | --------- | --------- | --------- |
 * | unknown   | any       | unknown   |
 * | any       | unknown   | unknown   |
 * | none      | known     | none      |
 * | addresses | none      | those     |
 * | addresses | addresses | both's    |
 */
export function bothFamilies(a: Resolution, aaaa: Resolution): Resolution {
  if (a.kind === "unknown") return a;
  if (aaaa.kind === "unknown") return aaaa;
  if (a.kind === "none") return a;
  const more = aaaa.kind === "addresses" ? aaaa.addresses : [];
  return { kind: "addresses", addresses: [...a.addresses, ...more].toSorted() };
}

/** What a region knows of a name after it has asked again. An unknown answer changes nothing but when it was asked. */
export function stepSighting(
  previous: Sighting | undefined,
  resolution: Resolution,
  differs: boolean,
  nowMs: number,
): Sighting {
  if (resolution.kind === "unknown") return { ...previous, askedMs: nowMs };
  const seen = { atMs: nowMs, resolution };
  return { askedMs: nowMs, seen, ...(differs ? { differsSinceMs: previous?.differsSinceMs ?? nowMs } : {}) };
}

/** Whichever region saw it: the newest known answer of a name. */
export function newestSighting(
  followed: readonly Followed[],
  pool: string,
  name: string,
): { region: string; sighting: Sighting; seen: NonNullable<Sighting["seen"]> } | undefined {
  const all = followed.flatMap((one) => {
    const sighting = one.pool === pool ? own(one.names, name) : undefined;
    return sighting?.seen ? [{ region: one.region, sighting, seen: sighting.seen }] : [];
  });
  return all.toSorted((one, other) => other.seen.atMs - one.seen.atMs)[0];
}

export type Asking = {
  /** The newest known answer of any region (epoch ms), and whether it differs now. */
  newestMs: number | undefined;
  differs: boolean;
  /** When this region asked last, whatever came of it. */
  askedMs: number | undefined;
  /** How many fresh regions stand before this one. */
  rank: number;
  /** When the configuration was deployed (epoch ms). */
  deployedMs: number;
  nowMs: number;
};

/**
 * Whether this region asks for a name now: the first fresh one, and the next when an answer does not come.
 *
 * | newest known answer             | this region asked last   | asks |
 * | ------------------------------- | ------------------------ | ---- |
 * | any                             | less than 5 min ago      | no   |
 * | 1 h + rank · 10 min old         | longer ago, or never     | yes  |
 * | differs, 5 min + rank · 10 min  | longer ago, or never     | yes  |
 * | none, deployed rank · 10 min ago | longer ago, or never    | yes  |
 * | else                            |                          | no   |
 */
export function isDue({ newestMs, differs, askedMs, rank, deployedMs, nowMs }: Asking): boolean {
  if (askedMs !== undefined && nowMs - askedMs < AGAIN_MS) return false;
  const waitMs = rank * RANK_STEP_MS;
  if (newestMs === undefined) return nowMs - deployedMs >= waitMs;
  return nowMs - newestMs >= (differs ? AGAIN_MS : HOUR_MS) + waitMs;
}

/**
 * A difference is told once it was seen twice, further apart than a resolver may go on with an old answer: a name that
 * follows the pool by CNAME answers with what was withdrawn for the length of its TTL.
 */
export function isSure({ seen, differsSinceMs }: Sighting, ttlS: number): boolean {
  if (!seen || differsSinceMs === undefined) return false;
  return seen.atMs - differsSinceMs >= Math.max(AGAIN_MS - SLACK_MS, ttlS * 1000 + SLACK_MS);
}

/** The view that was written last, of whichever region. */
export function newestView(views: readonly View[], pool: string): View | undefined {
  return views.filter((view) => view.pool === pool).toSorted((one, other) => other.atMs - one.atMs)[0];
}
