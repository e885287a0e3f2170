// What works, but badly, of pools. Pure; needs model.
import type { Config } from "../model/config.ts";
import type { Resolved } from "../model/resolved.ts";
import { canonical6 } from "./address6.ts";
import type { Note, Path } from "./path.ts";

type Pool = Config["pools"][number];

/** A client may keep an answer this long after it was withdrawn; more, and the TTL is the longest part of an outage. */
const TTL_S = 60;

/** Each pool's own first, then what its load balancers share with others. */
export function warnPools(config: Config, { boxes }: Resolved): Note[] {
  return [
    ...config.pools.flatMap((pool, index) => warnPool(pool, ["pools", index], boxes)),
    ...warnAddresses(config, "address", ({ address }) => address),
    ...warnAddresses(config, "address6", ({ address6 }) => address6 && canonical6(address6)),
    ...warnVips(config),
  ];
}

function warnPool(pool: Pool, path: Path, boxes: Resolved["boxes"]): Note[] {
  const notes: Note[] = [];
  if (pool.ttlS > TTL_S)
    notes.push({
      path: [...path, "ttlS"],
      text: `clients keep a withdrawn address for up to ${pool.ttlS} s; ${TTL_S} is the usual`,
    });
  notes.push(...warnFloor(pool, [...path, "floor"]));
  const islands = new Set(pool.loadBalancers.map(({ island }) => island));
  if (islands.size === 1 && pool.loadBalancers.length > 1)
    notes.push({
      path: [...path, "loadBalancers"],
      text: `all stand on island '${[...islands].join("")}' and share its fate; a second island would survive it`,
    });
  return [...notes, ...warnSix(pool, [...path, "loadBalancers"], boxes)];
}

/**
 * A floor that keeps what should leave.
 *
 * | floor                                                  | never withdrawn            |
 * | ------------------------------------------------------ | -------------------------- |
 * | `count`: as many as there are load balancers           | any                        |
 * | `weight`: more than is left without any one of them    | any                        |
 * | `weight`: more than is left without some of them       | those                      |
 */
function warnFloor({ floor, loadBalancers }: Pool, path: Path): Note[] {
  if (floor.count === loadBalancers.length)
    return [{ path, text: `${floorSentence(floor.count)}, so nothing will ever be withdrawn` }];
  const serving = loadBalancers.filter(({ weight }) => weight > 0);
  // A standby that the floor needs serves at weight 1.
  const sum = loadBalancers.reduce((total, { weight }) => total + Math.max(1, weight), 0);
  const kept = serving.filter(({ weight }) => floor.weight > sum - weight);
  if (kept.length === 0) return [];
  const most = sum - Math.max(...kept.map(({ weight }) => weight));
  const text =
    kept.length === serving.length
      ? `whichever leaves, less than ${floor.weight} is left, so nothing will ever be withdrawn; set ${most} or less`
      : `without ${kept.map(({ id }) => `'${id}'`).join(" or ")} less than ${floor.weight} is left, so it will never be withdrawn; set ${most} or less`;
  return [{ path: [...path, "weight"], text }];
}

function floorSentence(count: number): string {
  return count === 1 ? "the floor keeps the only load balancer" : `the floor keeps all ${count} load balancers`;
}

/** Of the resolved boxes, as one may have its address6 from another pool. */
function warnSix({ loadBalancers }: Pool, path: Path, boxes: Resolved["boxes"]): Note[] {
  const without = loadBalancers.filter(({ id }) => boxes[id]?.address6 === undefined);
  const [first] = without;
  if (!first || without.length === loadBalancers.length) return [];
  const number = loadBalancers.length - without.length;
  const text = `IPv6 clients have only ${number} of the ${loadBalancers.length}, as '${first.id}'${without.length > 1 ? " and others have" : " has"} no address6; give it to all, or to none`;
  return [{ path, text }];
}

/** `vips` are what NAT hides. */
function warnVips({ pools }: Config): Note[] {
  return pools.flatMap((pool, index) =>
    pool.loadBalancers.flatMap(({ address, vips }, place) => {
      const at = vips.indexOf(address);
      const path = ["pools", index, "loadBalancers", place, "vips", at];
      return at < 0 ? [] : [{ path, text: `'${address}' is its public address, which is counted anyway; remove it` }];
    }),
  );
}

function warnAddresses(
  { pools }: Config,
  field: "address" | "address6",
  read: (loadBalancer: Pool["loadBalancers"][number]) => string | undefined,
): Note[] {
  const first = new Map<string, string>();
  const said = new Set<string>();
  return pools.flatMap((pool, index) =>
    pool.loadBalancers.flatMap((loadBalancer, place) => {
      const { id } = loadBalancer;
      const address = read(loadBalancer);
      if (address === undefined) return [];
      const other = first.get(address) ?? id;
      first.set(address, other);
      if (other === id || said.has(id)) return [];
      said.add(id);
      const text = `'${address}' is also the ${field} of '${other}': ${field === "address" ? "they are probed twice and fail together" : "clients meet the same one under both"}`;
      return [{ path: ["pools", index, "loadBalancers", place, field], text }];
    }),
  );
}
