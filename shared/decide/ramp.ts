// How a box that comes back takes up its weight in steps. Rooms: model.
import type { Pool } from "../model/resolved.ts";

/**
 * What a box serves `sinceS` seconds after it came back (HAProxy's slowstart, in steps that DNS can show).
 *
 * | percent  | everyS | full | since | serves            |
 * | -------- | ------ | ---- | ----- | ----------------- |
 * | none     |        | w    | any   | w                 |
 * | [10, 50] | 300    | 20   | 0     | 2                 |
 * | [10, 50] | 300    | 20   | 300   | 10                |
 * | [10, 50] | 300    | 20   | 600   | 20                |
 * | [10, 50] | 300    | 1    | any   | 1: never less than one |
 */
export function rampWeight(full: number, ramp: Pool["restore"]["ramp"], sinceS: number): number {
  const percent = ramp?.percent[Math.floor(Math.max(0, sinceS) / ramp.everyS)];
  return percent === undefined ? full : Math.max(1, Math.round((full * percent) / 100));
}
