// People with opinions: they drain, pin, hold, freeze, and edit and delete what stands in the zone by hand.
import type { Intent } from "../../shared/model/fact.ts";
import { fenceNameOf } from "../../shared/model/fence.ts";
import type { DnsRecord } from "../../shared/model/record.ts";
import type { Resolved } from "../../shared/model/resolved.ts";
import { addressesOf, type Book, logOf } from "./book.ts";
import type { Chance } from "./chance.ts";
import type { Loop } from "./loop.ts";
import type { Regions } from "./regions.ts";
import type { Route53 } from "./route53.ts";

const MINUTE_MS = 60_000;

type Ports = {
  loop: Loop;
  chance: Chance;
  book: Book;
  regions: Regions;
  route53: Route53;
  config: () => Resolved;
  say: (what: () => string) => void;
};

export function startOperators(ports: Ports, meanMs: number, untilMs: number): void {
  const { loop, chance } = ports;
  const next = (): void => {
    if (loop.nowMs() >= untilMs) return;
    act(ports);
    loop.after(chance.wait(meanMs), next);
  };
  loop.after(chance.wait(meanMs) + 4 * MINUTE_MS, next);
}

function act(ports: Ports): void {
  const { chance, config } = ports;
  const box = chance.of(Object.keys(config().boxes));
  const kind = chance.of([
    "drain",
    "drain",
    "drain",
    "pin",
    "hold",
    "freeze",
    "edit",
    "edit",
    "stranger",
    "fence",
    "release",
    "apply",
    "cutover",
  ] as const);
  switch (kind) {
    case "drain":
    case "pin":
    case "hold":
      return order(box, kind, ports);
    case "freeze":
      return freeze(ports);
    case "edit":
      return edit(box, ports);
    case "stranger":
      return invite(ports);
    case "fence":
      // Rarely: the name is released for good.
      return chance.is(0.2) ? deleteFence(ports) : edit(box, ports);
    case "release":
      return release(ports);
    case "apply":
      return carryOut("apply", nameOf(ports), ports);
    case "cutover":
      return cutover(ports);
    default:
      return kind satisfies never;
  }
}

type Name = { name: string; zoneId: string; pool: string };

function nameOf({ chance, config }: Ports): Name {
  const pool = chance.of(config().pools);
  return { ...chance.of(pool.names), pool: pool.id };
}

/** A name is given back, and taken over again later, as often as it takes. */
function release(ports: Ports): void {
  const { loop, chance } = ports;
  const name = nameOf(ports);
  carryOut("release", name, ports);
  if (chance.is(0.8)) loop.after(chance.wait(8 * MINUTE_MS) + 30_000, () => adoptAnyway(name, ports));
}

function adoptAnyway(name: Name, ports: Ports): void {
  const { loop, chance, route53 } = ports;
  if (route53.state(name.zoneId, name.name).fence) return;
  carryOut("adopt", name, ports);
  loop.after(chance.wait(MINUTE_MS) + 20_000, () => adoptAnyway(name, ports));
}

/** Reviews through one region and has it done through another, some time later. */
function carryOut(what: "apply" | "adopt" | "release", { name, pool }: Name, ports: Ports): void {
  const { loop, chance, book, regions, config, say } = ports;
  const through = (): string => chance.of(config().regions);
  const simple = what === "release" && chance.is(0.5) ? { simple: true } : {};
  regions.operate(through(), { do: "plan", what, names: [name], ...simple }, ({ checksum }) => {
    if (checksum === undefined) return;
    loop.after(chance.wait(5000) + 500, () => {
      book.stirredMs = loop.nowMs();
      say(() => `-- an operator has ${what} of ${name} (${pool}) carried out`);
      regions.operate(through(), { do: "carry-out", what, names: [name], ...simple, checksum }, ({ ok, text }) => {
        book.stirredMs = loop.nowMs();
        say(() => `-- ${what} has returned${ok ? "" : " and not done all"}: ${text}`);
      });
    });
  });
}

/** A pool moves in steps from some load balancers to others, and as a rule back again. */
function cutover(ports: Ports): void {
  const { loop, chance, book, regions, config, say } = ports;
  const pool = chance.of(config().pools);
  const [first, ...others] = chance.some(pool.members, 0.8).map(({ box }) => box);
  if (first === undefined || others.length === 0) return;
  const from = [first, ...others.slice(1).filter(() => chance.is(0.4))];
  const to = others.filter((box) => !from.includes(box));
  const steps = { percent: chance.of([[50], [20, 60], [90]]), everyS: chance.of([60, 180]) };
  const command = { do: "cutover" as const, pool: pool.id, from, to, ...steps, why: "" };
  const through = (): string => chance.of(config().regions);
  const ordered = (says: string): void => {
    say(() => `-- ${says}`);
    book.stirredMs = loop.nowMs();
    book.cutoverMs.set(pool.id, loop.nowMs());
  };
  const back = (): void => {
    ordered(`an operator takes the cut-over of ${pool.id} back`);
    regions.operate(through(), { ...command, back: true }, ({ ok, text }) =>
      ordered(`the way back has returned${ok ? "" : " with a fault"}: ${text}`),
    );
  };
  regions.operate(through(), { ...command, back: false }, ({ checksum }) => {
    if (checksum === undefined) return;
    loop.after(chance.wait(5000) + 500, () => {
      ordered(`an operator moves ${pool.id} from ${from.join(" ")} to ${to.join(" ")}`);
      regions.operate(through(), { ...command, back: false, checksum }, ({ ok, text }) =>
        ordered(`the cut-over has returned${ok ? "" : " with a fault"}: ${text}`),
      );
    });
    if (chance.is(0.7)) loop.after(chance.wait(10 * MINUTE_MS) + 30_000, back);
  });
}

/** Before the first batch: a name is in use already, as somebody made it by hand, and is taken over later. */
export function settle(ports: Ports): void {
  const { loop, chance, book, config, route53, say } = ports;
  const name = nameOf(ports);
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
  loop.after(chance.wait(10 * MINUTE_MS) + 10_000, () => adoptAnyway(name, ports));
}

let ids = 0;

function order(box: string, what: "drain" | "pin" | "hold", ports: Ports): void {
  const { loop, chance, book, regions, config, say } = ports;
  const give = (intent: Omit<Intent, "id" | "kind" | "atMs" | "who" | "why">): void => {
    const fact: Intent = {
      ...intent,
      kind: "intent",
      id: `order-${++ids}`,
      atMs: loop.nowMs(),
      who: "someone",
      why: "",
    };
    say(
      () =>
        `-- an operator orders ${box} to ${fact.order}${fact.untilMs ? ` for ${(fact.untilMs - fact.atMs) / 1000} s` : ""}`,
    );
    book.stirredMs = loop.nowMs();
    void regions.putEverywhere([fact]);
    loop.after(300, () => regions.call(chance.of(config().regions), { kind: "wake", boxes: [box] }));
    if (fact.untilMs) loop.at(fact.untilMs, () => (book.stirredMs = loop.nowMs()));
  };
  const lastsMs = chance.wait(8 * MINUTE_MS) + 10_000;
  const weight = what === "pin" && chance.is(0.6) ? { weight: chance.whole(0, 3) } : {};
  const ends = chance.is(0.5);
  give({ box, order: what, ...weight, ...(ends ? { untilMs: Math.round(loop.nowMs() + lastsMs) } : {}) });
  if (!ends) loop.after(lastsMs, () => give({ box, order: "clear" }));
}

/** Freezes every name, through a region's failover as the command does, and thaws it later. */
function freeze({ loop, chance, book, regions, config, say }: Ports): void {
  const region = chance.of(config().regions);
  const names = config().pools.flatMap((pool) => pool.names.map((one) => ({ ...one, pool: pool.id })));
  say(() => `-- an operator freezes through ${region}`);
  book.stirredMs = loop.nowMs();
  let thawing = false;
  regions.freeze(region, true, (failed) => {
    if (thawing) return;
    const missed = new Set(failed);
    say(() => `-- freeze has returned${failed.length > 0 ? ` without ${failed.join(", ")}` : ""}`);
    for (const { name, pool } of names) if (!missed.has(name)) logOf(book, name, pool).frozen = true;
  });
  loop.after(chance.wait(6 * MINUTE_MS) + 20_000, () => {
    thawing = true;
    for (const log of book.names.values()) log.frozen = false;
    book.stirredMs = loop.nowMs();
    const through = chance.of(config().regions);
    say(() => `-- an operator thaws through ${through}`);
    regions.freeze(through, false, () => (book.stirredMs = loop.nowMs()));
  });
}

/** A record of ours is lowered, raised, moved, deleted or put back in the console. */
function edit(box: string, ports: Ports): void {
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
  if (!byHand(name, changes, `${how}s ${setIdentifier} at ${name.name}`, pool.id, ports)) return;
  const { strayed } = logOf(ports.book, name.name, pool.id);
  if (wanted && how !== "lower") strayed.set(record.setIdentifier ?? "", wanted);
  else strayed.delete(record.setIdentifier ?? "");
}

function invite(ports: Ports): void {
  const { chance, config, route53 } = ports;
  const pool = chance.of(config().pools);
  const name = chance.of(pool.names);
  const [sibling] = addressesOf(route53.state(name.zoneId, name.name));
  if (!sibling) return;
  const id = `stranger${chance.whole(1, 5)}`;
  const record = { ...sibling, setIdentifier: id, weight: chance.whole(0, 3), values: ["4.8.8.8"] };
  byHand(name, [{ action: "UPSERT", record }], `puts ${id} at ${name.name}`, pool.id, ports);
}

function deleteFence(ports: Ports): void {
  const { chance, config, route53, book, loop } = ports;
  const pool = chance.of(config().pools);
  const name = chance.of(pool.names);
  const { fence } = route53.state(name.zoneId, name.name);
  if (!fence) return;
  byHand(name, [{ action: "DELETE", record: fence }], `deletes ${fenceNameOf(name.name)}`, pool.id, ports);
  logOf(book, name.name, pool.id).releasedMs = loop.nowMs();
}

function byHand(
  name: { name: string; zoneId: string },
  changes: { action: "UPSERT" | "DELETE"; record: DnsRecord }[],
  says: string,
  pool: string,
  { loop, book, route53, say }: Ports,
): boolean {
  try {
    route53.fake.edit(name.zoneId, ...changes);
  } catch {
    // Route 53 refuses it: a set of two TTLs, for one.
    return false;
  }
  route53.edits += 1;
  book.stirredMs = loop.nowMs();
  const log = logOf(book, name.name, pool);
  for (const { record } of changes)
    if (record.setIdentifier) {
      log.edited.add(record.setIdentifier);
      log.editedMs.set(record.setIdentifier, loop.nowMs());
    }
  say(() => `-- somebody ${says} by hand`);
  return true;
}
