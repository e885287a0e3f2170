// Which pools a load balancer serves: it may stand in several, with other checks in each. Rooms: model.
import type { Pool } from "../model/resolved.ts";

/** The pools that have a box, in the order given. */
export function poolsWith<P extends Pick<Pool, "members">>(pools: readonly P[], box: string): P[] {
  return pools.filter(({ members }) => members.some((member) => member.box === box));
}
