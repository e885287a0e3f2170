// What people do to the zone in the console, past the service.
import { fenceNameOf } from "../../shared/model/fence.ts";
import type { DnsRecord } from "../../shared/model/record.ts";
import type { Resolved } from "../../shared/model/resolved.ts";
import { addressesOf, type Book, logOf } from "./book.ts";
import type { Chance } from "./chance.ts";
import type { Loop } from "./loop.ts";
import type { Regions } from "./regions.ts";
import type { Route53 } from "./route53.ts";

/** What people have to do with. */
export type Ports = {
  loop: Loop;
  chance: Chance;
  book: Book;
  regions: Regions;
  route53: Route53;
  config: () => Resolved;
  say: (what: () => string) => void;
  /** They go home then. */
  untilMs: number;
};

export type Name = { name: string; zoneId: string; pool: string };

export function nameOf({ chance, config }: Ports): Name {
  const pool = chance.of(config().pools);
  return { ...chance.of(pool.names), pool: pool.id };
}

/** What stands at a name before anybody of ours comes: a weighted set, or a simple record. */
export function makeByHand(name: Name, { chance, book, config, route53, say }: Ports): void {
  const pool = config().pools.find(({ id }) => id === name.pool);
  const weighted = chance.is(0.5);
  const records = (pool?.members ?? []).map(({ box, setIdentifier, weight }): DnsRecord => {
    const values = [config().boxes[box]?.address ?? ""];
    const record = { name: name.name, type: "A" as const, ttlS: chance.of([60, 300]), values };
    return weighted ? { ...record, setIdentifier, weight: Math.max(1, weight) } : record;
  });
  const [first] = records;
  if (!first) return;
  const values = records.flatMap((record) => record.values);
  const made = weighted ? records.map((record) => ({ ...record, ttlS: first.ttlS })) : [{ ...first, values }];
  route53.fake.edit(name.zoneId, ...made.map((record) => ({ action: "CREATE" as const, record })));
  logOf(book, name.name, name.pool).releasedMs = 0;
  say(() => `-- ${name.name} has ${weighted ? "a weighted set" : "a simple record"} that somebody made by hand`);
}

/** A record of ours is lowered, raised, moved or deleted in the console. */
export function edit(box: string, ports: Ports): void {
  const { chance, config, route53 } = ports;
  const pool = chance.of(config().pools);
  const name = chance.of(pool.names);
  const setIdentifier = pool.members.find((member) => member.box === box)?.setIdentifier;
  const record = addressesOf(route53.state(name.zoneId, name.name)).find((one) => one.setIdentifier === setIdentifier);
  if (!record || record.weight === undefined) return;
  const how = chance.of(["lower", "raise", "delete", "move"] as const);
  const after: Record<typeof how, DnsRecord | undefined> = {
    lower: { ...record, weight: Math.max(0, record.weight - chance.whole(1, 10)) },
    raise: { ...record, weight: Math.min(255, record.weight + chance.whole(1, 3)) },
    move: { ...record, values: [`4.7.7.${chance.whole(1, 99)}`] },
    delete: undefined,
  };
  const wanted = after[how];
  const changes = wanted ? [{ action: "UPSERT" as const, record: wanted }] : [{ action: "DELETE" as const, record }];
  const where = { ...name, pool: pool.id };
  if (!byHand(where, changes, `${how}s ${setIdentifier} at ${name.name}`, ports)) return;
  const { strayed } = logOf(ports.book, name.name, pool.id);
  if (wanted && how !== "lower") strayed.set(record.setIdentifier ?? "", wanted);
  else strayed.delete(record.setIdentifier ?? "");
}

/** A record of somebody else's beside ours. */
export function invite(ports: Ports): void {
  const { chance, route53 } = ports;
  const name = nameOf(ports);
  const [sibling] = addressesOf(route53.state(name.zoneId, name.name));
  if (!sibling) return;
  const id = `stranger${chance.whole(1, 5)}`;
  const record = { ...sibling, setIdentifier: id, weight: chance.whole(0, 3), values: ["4.8.8.8"] };
  byHand(name, [{ action: "UPSERT", record }], `puts ${id} at ${name.name}`, ports);
}

/** The name is released, for good unless somebody is about to take it over. */
export function deleteFence(ports: Ports): void {
  const { route53, book, loop } = ports;
  const name = nameOf(ports);
  const { fence } = route53.state(name.zoneId, name.name);
  if (!fence) return;
  byHand(name, [{ action: "DELETE", record: fence }], `deletes ${fenceNameOf(name.name)}`, ports);
  logOf(book, name.name, name.pool).releasedMs = loop.nowMs();
}

function byHand(
  { name, zoneId, pool }: Name,
  changes: { action: "UPSERT" | "DELETE"; record: DnsRecord }[],
  says: string,
  { loop, book, route53, say }: Ports,
): boolean {
  try {
    route53.fake.edit(zoneId, ...changes);
  } catch {
    // Route 53 refuses it: a set of two TTLs, for one.
    return false;
  }
  route53.edits += 1;
  book.stirredMs = loop.nowMs();
  const log = logOf(book, name, pool);
  for (const { record } of changes)
    if (record.setIdentifier) {
      log.edited.add(record.setIdentifier);
      log.editedMs.set(record.setIdentifier, loop.nowMs());
    }
  say(() => `-- somebody ${says} by hand`);
  return true;
}
