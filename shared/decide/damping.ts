// How a box that keeps failing is kept out for longer. Rooms: model, and decide itself.
import type { Departure } from "../model/fence.ts";
import { own } from "./own.ts";

/** Points, seconds and the 60 min: RFC 2439 (route flap damping) as Cisco and Juniper set it; here for boxes. */
const PENALTY = 1000;
const SUPPRESS_ABOVE = 1500;
const REUSE_BELOW = 750;
const HALF_LIFE_S = 900;
const MAX_S = 3600;

/** RFC 2439 section 4.8.6 forgets a route whose figure has decayed below half of the reuse threshold. */
const FORGET_BELOW = REUSE_BELOW / 2;

/** What has left within so many seconds and what would leave now are judged together. */
export const VELOCITY_WINDOW_S = 60;

/** The departure to remember of a box that leaves now by verdict (s): its decayed score and 1000 more. */
export function depart(before: Departure | undefined, nowS: number): Departure {
  return { atS: nowS, score: Math.round(before ? scoreAt(before, nowS) : 0) + PENALTY };
}

/**
 * The departure to remember of a box that leaves as fail open ends, where only an order brings it back: it counts for
 * neither velocity nor damping, to which a score of 0 is nothing. One of the minute before still does: fail open, which
 * served it meanwhile, must not make room for others.
 */
export function departUncounted(before: Departure | undefined, nowS: number): Departure {
  return before && leftLately(before, nowS) ? before : { atS: nowS, score: 0 };
}

/**
 * Until when (s) the way back is barred; undefined where it never was.
 *
 * | score when it left | barred until                                          |
 * | ------------------ | ----------------------------------------------------- |
 * | ≤ 1500             | never                                                 |
 * | > 1500             | the score is below 750, or 60 min have passed if that is sooner |
 */
export function barredUntilS({ atS, score }: Departure): number | undefined {
  if (score <= SUPPRESS_ABOVE) return undefined;
  const decayS = Math.floor(HALF_LIFE_S * Math.log2(score / REUSE_BELOW)) + 1;
  return atS + Math.min(MAX_S, decayS);
}

/** The departures of these boxes that still matter to velocity or damping, or are to be kept. */
export function pruned(
  left: Readonly<Record<string, Departure>>,
  boxes: readonly string[],
  nowS: number,
  keep: ReadonlySet<string> = new Set(),
): Record<string, Departure> {
  const kept = boxes.flatMap((box): [string, Departure][] => {
    const departure = own(left, box);
    return departure && (keep.has(box) || matters(departure, nowS)) ? [[box, departure]] : [];
  });
  return Object.fromEntries(kept);
}

/** Whether it left within the window that velocity looks at, and counts there. Another region's clock may be ahead. */
export function leftLately({ atS, score }: Departure, nowS: number): boolean {
  return score > 0 && Math.abs(nowS - atS) < VELOCITY_WINDOW_S;
}

function matters(departure: Departure, nowS: number): boolean {
  if (leftLately(departure, nowS)) return true;
  return scoreAt(departure, nowS) >= FORGET_BELOW || nowS < (barredUntilS(departure) ?? 0);
}

function scoreAt({ atS, score }: Departure, nowS: number): number {
  return score * 2 ** (-Math.max(0, nowS - atS) / HALF_LIFE_S);
}
