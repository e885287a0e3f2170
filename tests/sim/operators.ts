// People with opinions: they drain, pin, hold, freeze, move pools, give names back and take them over, and edit by hand.
import type { Intent } from "../../shared/model/fact.ts";
import { logOf } from "./book.ts";
import { deleteFence, edit, invite, makeByHand, type Name, nameOf, type Ports } from "./by-hand.ts";

const MINUTE_MS = 60_000;

export function startOperators(ports: Ports, meanMs: number): void {
  const { loop, chance, untilMs } = ports;
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
    "clear",
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
    case "clear":
      return order(box, kind, ports);
    case "freeze":
      return freeze(ports);
    case "edit":
      return edit(box, ports);
    case "stranger":
      return invite(ports);
    case "fence":
      // Rarely.
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

/** A name is given back, and taken over again later, as often as it takes. */
function release(ports: Ports): void {
  const { loop, chance } = ports;
  const name = nameOf(ports);
  if (observes(name, ports)) return;
  carryOut("release", name, ports);
  if (chance.is(0.8)) loop.after(chance.wait(8 * MINUTE_MS) + 30_000, () => adoptAnyway(name, ports));
}

/** Before the first batch: a name is in use already, and is taken over later. */
export function settle(ports: Ports): void {
  const { loop, chance } = ports;
  const name = nameOf(ports);
  if (observes(name, ports)) return;
  makeByHand(name, ports);
  loop.after(chance.wait(10 * MINUTE_MS) + 10_000, () => adoptAnyway(name, ports));
}

function adoptAnyway(name: Name, ports: Ports): void {
  const { loop, chance, route53, untilMs } = ports;
  if (route53.state(name.zoneId, name.name).fence || loop.nowMs() > untilMs) return;
  carryOut("adopt", name, ports);
  loop.after(chance.wait(MINUTE_MS) + 20_000, () => adoptAnyway(name, ports));
}

/** Of a pool that only observes nothing is written. */
function observes({ pool }: Name, { config }: Ports): boolean {
  return config().pools.find(({ id }) => id === pool)?.mode === "observe";
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
    book.cutovers.add(pool.id);
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

let ids = 0;

function order(box: string, what: "drain" | "pin" | "hold" | "clear", ports: Ports): void {
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
  if (what === "clear") return give({ box, order: "clear" });
  const lastsMs = chance.wait(8 * MINUTE_MS) + 10_000;
  const weight = what === "pin" && chance.is(0.6) ? { weight: chance.whole(0, 3) } : {};
  const ends = chance.is(0.5);
  give({ box, order: what, ...weight, ...(ends ? { untilMs: Math.round(loop.nowMs() + lastsMs) } : {}) });
  if (!ends) loop.after(lastsMs, () => give({ box, order: "clear" }));
}

/** Freezes every name through a region's failover, and thaws it later. */
function freeze({ loop, chance, book, regions, config, say }: Ports): void {
  const region = chance.of(config().regions);
  const names = config().pools.flatMap((pool) => pool.names.map((one) => ({ ...one, pool: pool.id })));
  say(() => `-- an operator freezes through ${region}`);
  book.stirredMs = loop.nowMs();
  const { thaws } = book;
  regions.operate(region, { do: "freeze", on: true, why: "" }, ({ text }) => {
    if (book.thaws !== thaws) return;
    say(() => `-- freeze has returned: ${text}`);
    const misses = ["is not frozen", "has no fence and no replica took the order"];
    const frozen = names.filter(({ name }) => !misses.some((one) => text.includes(`${name} ${one}`)));
    for (const { name, pool } of frozen) logOf(book, name, pool).frozen = true;
  });
  loop.after(chance.wait(6 * MINUTE_MS) + 20_000, () => {
    book.thaws += 1;
    for (const log of book.names.values()) log.frozen = false;
    book.stirredMs = loop.nowMs();
    const through = chance.of(config().regions);
    say(() => `-- an operator thaws through ${through}`);
    regions.operate(through, { do: "freeze", on: false, why: "" }, () => (book.stirredMs = loop.nowMs()));
  });
}
