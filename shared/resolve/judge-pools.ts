// The faults of pools, alone and together. Pure; needs model.
import { canonicalName } from "../model/record.ts";
import { judgeAddress } from "./address.ts";
import { canonical6, judgeAddress6 } from "./address6.ts";
import { choose, type Draft, type DraftPool, type Env, present, repeats } from "./draft.ts";
import { judgeName } from "./name.ts";
import { formatPath, type Note, type Path } from "./path.ts";
import type { Loose } from "./shape.ts";

/** Route 53 answers from at most 100 weighted records of one name and type. */
const SET_MAX = 100;

/** Every fault of the pools, each pool's own first. */
export function judgePools(draft: Draft, env: Env): Note[] {
  const pools = present(draft.pools);
  return [...pools.flatMap(([pool, index]) => judgePool(draft, pool, ["pools", index], env)), ...judgeAcross(draft)];
}

function judgePool(draft: Draft, pool: DraftPool, path: Path, env: Env): Note[] {
  return [
    ...judgeNames(pool, path, env),
    ...judgePoolChecks(draft, pool, path),
    ...judgeMembers(draft, pool, path, env),
    ...judgeFloor(pool, path),
  ];
}

function judgeNames(pool: DraftPool, path: Path, { zones }: Env): Note[] {
  return present(pool.names).flatMap(([entry, index]) => {
    const at = [...path, "names", index];
    const name = typeof entry === "string" ? entry : entry.name;
    if (name === undefined) return [];
    const text = judgeName(canonicalName(name));
    if (text) return [{ path: at, text }];
    if (typeof entry !== "string" && "zoneId" in entry) return [];
    const zone = zones(canonicalName(name));
    return "fault" in zone ? [{ path: at, text: zone.fault }] : [];
  });
}

function judgePoolChecks({ checks }: Draft, pool: DraftPool, path: Path): Note[] {
  if (!checks) return [];
  const list = present(pool.checks).map(([check, index]) => ({ key: check, path: [...path, "checks", index] }));
  const notes = repeats(list).map(({ path, key, first }) => ({
    path,
    text: `'${key}' stands already at ${formatPath(first)}; remove one`,
  }));
  for (const { key, path } of list) {
    if (!Object.hasOwn(checks, key))
      notes.push({ path, text: `'${key}' is no check; ${choose(key, Object.keys(checks))}` });
  }
  const found = list.map(({ key }) => (Object.hasOwn(checks, key) ? checks[key] : undefined));
  if (found.length > 0 && found.every((check) => check?.votes === false)) {
    notes.push({
      path: [...path, "checks"],
      text: "none of them votes, so nothing could ever be withdrawn; list one whose `votes` is not false",
    });
  }
  return notes;
}

function judgeMembers({ islands, allowLocal }: Draft, pool: DraftPool, path: Path, { examples }: Env): Note[] {
  const members = present(pool.loadBalancers);
  const at = (index: number, field: string): Path => [...path, "loadBalancers", index, field];
  const notes: Note[] = [];
  for (const [member, index] of members) {
    const judged = { allowLocal: allowLocal ?? false, examples };
    const text = member.address === undefined ? undefined : judgeAddress(member.address, judged);
    if (text) notes.push({ path: at(index, "address"), text });
    const text6 = member.address6 === undefined ? undefined : judgeAddress6(member.address6, judged);
    if (text6) notes.push({ path: at(index, "address6"), text: text6 });
    notes.push(...judgeVips(member.vips, at(index, "vips")));
    if (member.island !== undefined && islands && !Object.hasOwn(islands, member.island))
      notes.push({
        path: at(index, "island"),
        text: `'${member.island}' is no island; ${choose(member.island, Object.keys(islands))}`,
      });
  }
  const ids = members.flatMap(([{ id }, index]) => (id === undefined ? [] : [{ key: id, path: at(index, "id") }]));
  const sets = members.flatMap(([{ id, setIdentifier }, index]) => {
    const key = setIdentifier ?? id;
    return key === undefined ? [] : [{ key, path: at(index, setIdentifier === undefined ? "id" : "setIdentifier") }];
  });
  for (const { path, key, first } of repeats(ids))
    notes.push({ path, text: `'${key}' stands already at ${formatPath(first)}; give each its own` });
  const twice = new Set(repeats(ids).map(({ path }) => formatPath(path)));
  for (const { path, key, first } of repeats(sets)) {
    if (!twice.has(formatPath(path)))
      notes.push({
        path,
        text: `'${key}' is the SetIdentifier of ${formatPath(first.slice(0, -1))} too; Route 53 wants one each`,
      });
  }
  if (members.length > SET_MAX)
    notes.push({
      path: [...path, "loadBalancers"],
      text: `there are ${members.length}; Route 53 answers from at most ${SET_MAX} records a name: make two pools`,
    });
  if (members.length > 0 && members.every(([{ weight }]) => weight === 0))
    notes.push({
      path: [...path, "loadBalancers"],
      text: "all have weight 0, which makes each a standby of nobody; give one a weight",
    });
  return notes;
}

/** Behind NAT any address will do that a box can have. */
function judgeVips(vips: Loose<string[]> | undefined, path: Path): Note[] {
  const list = present(vips).map(([vip, place]) => ({ key: vip, path: [...path, place] }));
  const wrong = list.flatMap(({ key, path }) => {
    const text = judgeAddress(key, { allowLocal: true, examples: true });
    return text ? [{ path, text }] : [];
  });
  const twice = repeats(list).map(({ path, key, first }) => ({
    path,
    text: `'${key}' stands already at ${formatPath(first)}; remove one`,
  }));
  return [...wrong, ...twice];
}

function judgeFloor({ floor, loadBalancers }: DraftPool, path: Path): Note[] {
  const total = loadBalancers?.length ?? 0;
  const members = present(loadBalancers);
  const weight = members.reduce((sum, [member]) => sum + (member.weight ?? 0), 0);
  const notes: Note[] = [];
  if (floor?.count !== undefined && total > 0 && floor.count > total)
    notes.push({
      path: [...path, "floor", "count"],
      text: `${floor.count} is more than the pool's load balancers, ${total}; lower it`,
    });
  if (floor?.weight !== undefined && members.length > 0 && members.length === total && floor.weight > weight)
    notes.push({
      path: [...path, "floor", "weight"],
      text: `${floor.weight} is more than the pool's weights together, ${weight}; lower it`,
    });
  return notes;
}

/** What two pools together get wrong. */
function judgeAcross({ pools }: Draft): Note[] {
  const list = present(pools);
  const ids = list.flatMap(([{ id }, index]) => (id === undefined ? [] : [{ key: id, path: ["pools", index, "id"] }]));
  const names = list.flatMap(([pool, index]) =>
    present(pool.names).flatMap(([entry, place]) => {
      const name = typeof entry === "string" ? entry : entry.name;
      return name === undefined ? [] : [{ key: canonicalName(name), path: ["pools", index, "names", place] }];
    }),
  );
  return [
    ...repeats(ids).map(({ path, key, first }) => ({
      path,
      text: `'${key}' stands already at ${formatPath(first)}; give each its own`,
    })),
    ...repeats(names).map(({ path, key, first }) => ({
      path,
      text:
        path[1] === first[1]
          ? `'${key}' stands already at ${formatPath(first)}; remove one`
          : `'${key}' is claimed already at ${formatPath(first)}; a name belongs to one pool`,
    })),
    ...judgeTwins(list),
  ];
}

/** A load balancer in two pools is one box: its evidence is shared, so what its pools say of it must agree. */
function judgeTwins(pools: [DraftPool, number][]): Note[] {
  const seen = new Map<string, { pool: number; path: Path; value: string }>();
  return pools.flatMap(([pool, index]) =>
    present(pool.loadBalancers).flatMap(([member, place]) => {
      const path = ["pools", index, "loadBalancers", place];
      return (["address", "address6", "island"] as const).flatMap((field): Note[] => {
        const { id, [field]: value } = member;
        if (id === undefined || value === undefined) return [];
        const first = seen.get(`${field} ${id}`);
        if (!first) seen.set(`${field} ${id}`, { pool: index, path, value });
        if (!first || first.pool === index || oneForm(value) === oneForm(first.value)) return [];
        const text = `'${value}' is not the '${first.value}' of ${formatPath(first.path)}, though both are '${id}'; make them agree, or choose another id`;
        return [{ path: [...path, field], text }];
      });
    }),
  );
}

/** An IPv6 address in its one form; anything else as it is. */
function oneForm(text: string): string {
  return text.includes(":") ? (canonical6(text) ?? text) : text;
}
