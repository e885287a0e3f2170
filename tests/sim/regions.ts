// The regions: their functions, and all that calls them. The flows are the deployed ones; functions/*.ts is mirrored here.
import { answerAsk } from "../../shared/flow/ask.ts";
import type { SteerPorts } from "../../shared/flow/decision.ts";
import { failover } from "../../shared/flow/failover.ts";
import { planSlots } from "../../shared/flow/plan-slots.ts";
import { probeSlot } from "../../shared/flow/probe.ts";
import type { FailoverEvent } from "../../shared/model/failover-call.ts";
import type { Command, OperateOutcome } from "../../shared/model/operate.ts";
import { SoftError } from "../../shared/model/errors.ts";
import type { LifeboatEvent } from "../../shared/model/event.ts";
import type { Fact } from "../../shared/model/fact.ts";
import type { Resolved } from "../../shared/model/resolved.ts";
import type { Answer, Ask } from "../../shared/model/suspicion.ts";
import type { Announcer, Log, SlotMessage, Slots, Store, Voters, Wake } from "../../shared/ports.ts";
import { paced } from "../../shared/route53/paced.ts";
import type { FakeTable } from "../fakes/store.ts";
import type { Chance } from "./chance.ts";
import type { Ledger } from "./evidence.ts";
import type { Fleet } from "./fleet.ts";
import { clockOf, type Fate, guard, type Invocation, invoke, pause } from "./lambda.ts";
import type { Loop } from "./loop.ts";
import type { Route53 } from "./route53.ts";
import type { Weather } from "./weather.ts";

/** An event of a function, as it can be replayed. */
export type Event =
  | { kind: "plan"; scheduledMs: number }
  | SlotMessage
  | { kind: "ask"; ask: Ask }
  | Exclude<FailoverEvent, { kind: "operate" }>;

export type Regions = {
  call(region: string, event: Event): void;
  /** Fires both schedules of every region for the minute at hand, each at its own second of it. */
  fire(minuteMs: number): void;
  /** The store of a region as somebody with AWS credentials sees it. */
  store(region: string): Store;
  putEverywhere(facts: readonly Fact[]): Promise<{ region: string; error: unknown }[]>;
  /** What an operator asks a region's failover for; `done` hears nothing if the call dies or fails. */
  operate(region: string, command: Command, done: (outcome: OperateOutcome) => void): void;
  /** The ports of a region's failover, for whoever only looks. */
  look(region: string): SteerPorts;
  /** How many calls of functions have begun. */
  begun(): number;
  /** Calls a function once more with one of the last events. */
  replay(): void;
  /** What was announced, in order. */
  announced: { region: string; atMs: number; event: LifeboatEvent }[];
};

export type RegionPorts = {
  loop: Loop;
  chance: Chance;
  weather: Weather;
  fleet: Fleet;
  ledger: Ledger;
  table: FakeTable;
  route53: Route53;
  skews: ReadonlyMap<string, number>;
  configOf: (region: string) => Resolved;
  regions: readonly string[];
  say: (what: () => string) => void;
  told: (event: LifeboatEvent, sure: boolean) => void;
};

const PAST = 300;
/** Most calls make so many port calls, so that one of them can be the last. */
const CALLS = 30;

export function createRegions(world: RegionPorts): Regions {
  const { loop, chance, weather, fleet, ledger, table, route53, say } = world;
  const stores = new Map(world.regions.map((region) => [region, table.storeFor(region)]));
  const seconds = new Map(
    world.regions.map((region) => [region, [chance.between(0, 59_000), chance.between(0, 59_000)]]),
  );
  const past: { region: string; event: Event }[] = [];
  const announced: Regions["announced"] = [];
  let begun = 0;
  let ids = 0;
  const store = (region: string): Store => {
    const found = stores.get(region);
    if (!found) throw new Error(`no region ${region}`);
    return found;
  };

  const start = <T>(
    region: string,
    what: string,
    flow: (invocation: Invocation) => Promise<T>,
    { ended, replayed = false }: { ended?: (value: T) => void; replayed?: boolean } = {},
  ): void => {
    const id = ++begun;
    say(() => `${region} #${id} ${what}${replayed ? ", once more" : ""}`);
    const fate: Fate = chance.is(weather.killed) ? { calls: chance.whole(0, CALLS), after: chance.is(0.5) } : undefined;
    const skewMs = world.skews.get(region) ?? 0;
    const onDeath = (why: string): void => say(() => `${region} #${id} dies ${why}`);
    const options = { loop, region, what, config: world.configOf(region), skewMs, fate, replayed, id, onDeath };
    invoke(options, flow, (result) => {
      if ("value" in result) ended?.(result.value);
      else say(() => `${region} #${id} fails: ${messageOf(result.error)}`);
    });
  };

  /** The table's luck around one call of it. */
  const tableAround =
    (invocation: Invocation) =>
    (method: string, call: () => Promise<unknown>): Promise<unknown> => {
      // Latencies are nobody's evidence: written in name only.
      const work = method === "putHistory" ? nothing : method === "putSeen" ? noteSeen(invocation, call) : call;
      const { tableless, tableFaults, slow } = weather;
      const unlucky = tableFaults > 0 || tableless.has(invocation.region);
      const delayed = chance.is(slow.has(invocation.region) ? 0.3 : 0.04);
      const done = unlucky || delayed ? unluckily(invocation, method, work, delayed) : work();
      return method === "orders" ? done.then((result) => noteOrders(invocation, result)) : done;
    };
  const unluckily = async (
    { region }: Invocation,
    method: string,
    work: () => Promise<unknown>,
    delayed: boolean,
  ): Promise<unknown> => {
    if (weather.tableless.has(region)) {
      await pause(loop, 4000);
      throw new SoftError(`${method}: the table cannot be reached`);
    }
    if (delayed) await pause(loop, chance.between(5, 80));
    if (weather.tableFaults > 0 && chance.is(weather.tableFaults)) {
      if (chance.is(0.5)) await work();
      throw new SoftError(`${method}: throttled`);
    }
    return work();
  };
  const noteSeen =
    ({ region }: Invocation, call: () => Promise<unknown>) =>
    async (): Promise<void> => {
      await call();
      ledger.met(region, await store(region).seen());
    };
  const noteOrders = (invocation: Invocation, result: unknown): unknown => {
    invocation.evidenceMs = loop.nowMs();
    // `orders` of the store gives facts.
    invocation.orders = result as Fact[];
    return result;
  };

  const portsOf = (invocation: Invocation) => {
    const { region, config, id } = invocation;
    const clock = clockOf(
      loop,
      invocation,
      () => chance.next(),
      () => `${region}-${++ids}`,
    );
    const line = (message: string, fields: Record<string, unknown> = {}): void =>
      say(() => `${region} #${id} says: ${message} ${JSON.stringify(fields, plain)}`);
    const log: Log = { info: line, warn: line, error: line };
    const prober = fleet.proberFor(region, (check, address, finding) => {
      ledger.note(region, check, address, finding, loop.nowMs());
      if (finding.kind !== "up") say(() => `${region} #${id} finds ${address} ${finding.kind} on ${check.protocol}`);
    });
    return {
      region,
      config,
      clock,
      log,
      store: guard(store(region), invocation, tableAround(invocation)),
      prober: {
        probe: (...args: Parameters<typeof prober.probe>) =>
          invocation.dead ? hanging<never>() : prober.probe(...args),
      },
      voters: votersOf(invocation),
      wake: wakeOf(invocation),
      slots: slotsOf(invocation),
      announcer: announcerOf(invocation),
      zone: paced(route53.zoneFor(invocation), { clock, log }),
      replicas: { putFacts: (facts: readonly Fact[]) => invocation.call("replicas", () => putEverywhere(facts)) },
    };
  };

  /** To every replica that can be reached, as an operator's order goes out. */
  const putEverywhere = async (facts: readonly Fact[]): Promise<{ region: string; error: unknown }[]> => {
    const failed: { region: string; error: unknown }[] = [];
    for (const region of world.regions) {
      if (weather.lost.has(region) || weather.tableless.has(region))
        failed.push({ region, error: new SoftError(`the table of ${region} cannot be reached`) });
      else await store(region).putFacts(facts);
    }
    return failed;
  };

  const votersOf = (invocation: Invocation): Voters => {
    const reach = <T>(
      to: string,
      what: string,
      run: (done: (value: T) => void) => void,
      signal: AbortSignal,
    ): Promise<T> =>
      invocation.call(what, () => {
        const { promise, resolve, reject } = Promise.withResolvers<T>();
        const late = (): void => reject(new SoftError(`${to} did not answer in time`));
        if (signal.aborted) late();
        signal.addEventListener("abort", late, { once: true });
        const gone = weather.lost.has(to) || chance.is(weather.dropped);
        if (!gone) loop.after(journey(), () => run((value) => void loop.after(journey(), () => resolve(value))));
        return promise.finally(() => signal.removeEventListener("abort", late));
      });
    return {
      ask: (to, ask, signal) =>
        reach<Answer>(
          to,
          "ask",
          (ended) =>
            start(to, `is asked by ${ask.from}`, (other) => answerAsk(ask, portsOf(other), other.signal), { ended }),
          signal,
        ),
      ping: (to, signal) =>
        reach<void>(to, "ping", (ended) => start(to, "is pinged", async () => undefined, { ended }), signal),
    };
  };

  const wakeOf = (invocation: Invocation): Wake => ({
    wake: (boxes, to = invocation.region) =>
      invocation.call("wake", async () => {
        if (weather.lost.has(to)) throw new SoftError(`${to} cannot be reached`);
        post(() => call(to, { kind: "wake", boxes: [...boxes] }), chance.between(20, 80));
      }),
  });

  const slotsOf = (invocation: Invocation): Slots => ({
    enqueue: (messages) =>
      invocation.call("enqueue", async () => {
        for (const { message, delayS } of messages)
          post(() => call(invocation.region, message), delayS * 1000 + chance.between(0, 1500));
      }),
  });

  /** A message with its luck: lost, late, doubled. */
  const post = (deliver: () => void, inMs: number): void => {
    if (chance.is(weather.dropped)) return;
    loop.after(inMs + lateness(), deliver);
    if (chance.is(weather.doubled)) loop.after(inMs + lateness() + chance.between(0, 3000), deliver);
  };
  const lateness = (): number => (weather.lateMs > 0 ? chance.between(0, weather.lateMs) : 0);
  const journey = (): number => chance.between(40, 120) + (weather.lateMs > 0 ? chance.between(0, 2000) : 0);

  const announcerOf = (invocation: Invocation): Announcer => ({
    announce: (event) =>
      invocation.call("announce", async () => {
        if (chance.is(weather.topicFaults)) throw new SoftError("no topic took it");
        announced.push({ region: invocation.region, atMs: loop.nowMs(), event });
        say(() => `${invocation.region} #${invocation.id} announces ${event.id}`);
        const silent = chance.is(weather.topicSilent);
        world.told(event, !silent);
        if (silent) throw new SoftError("the topic did not answer");
      }),
  });

  const call = (region: string, event: Event, replayed = false): void => {
    if (weather.lost.has(region)) return;
    past[begun % PAST] = { region, event };
    const once = { replayed };
    switch (event.kind) {
      case "plan":
        return start(
          region,
          "plans slots",
          async (invocation) => {
            const ports = portsOf(invocation);
            for (const slot of await planSlots(event.scheduledMs, ports, invocation.signal))
              await probeSlot(slot, ports, invocation.signal);
          },
          once,
        );
      case "slot":
        return start(
          region,
          `probes slot ${event.slot}`,
          (invocation) => probeSlot(event, portsOf(invocation), invocation.signal),
          once,
        );
      case "ask":
        return start(
          region,
          "is asked again",
          (invocation) => answerAsk(event.ask, portsOf(invocation), invocation.signal),
          once,
        );
      case "wake":
      case "reconcile":
        return start(
          region,
          event.kind === "wake" ? `is woken for ${event.boxes.join(" ")}` : "reconciles",
          (invocation) => failover(event, portsOf(invocation), invocation.signal),
          once,
        );
      default:
        return event satisfies never;
    }
  };

  return {
    call,
    store,
    putEverywhere,
    announced,
    replay() {
      const again = past[chance.whole(0, PAST - 1)];
      if (again) call(again.region, again.event, true);
    },
    look(region) {
      const looker = {
        id: 0,
        region,
        what: "",
        config: world.configOf(region),
        signal: never,
        skewMs: 0,
        dead: false,
        replayed: false,
      };
      return portsOf({ ...looker, startedMs: 0, evidenceMs: 0, orders: [], edits: 0, call: (_what, work) => work() });
    },
    operate(region, command, done) {
      if (weather.lost.has(region)) return;
      const what = "what" in command ? `is asked to ${command.do} ${command.what}` : `is asked to ${command.do}`;
      start(
        region,
        what,
        (invocation) => failover({ kind: "operate", who: "someone", command }, portsOf(invocation), invocation.signal),
        { ended: (outcome) => outcome && done(outcome) },
      );
    },
    begun: () => begun,
    fire(minuteMs) {
      for (const region of world.regions) {
        const usual = seconds.get(region) ?? [0, 0];
        for (const [index, event] of [{ kind: "plan" as const }, { kind: "reconcile" as const }].entries()) {
          const inMs = chance.is(0.05) ? chance.between(0, 59_000) : (usual[index] ?? 0) + chance.between(0, 900);
          const run = (): void => call(region, { ...event, scheduledMs: minuteMs });
          if (!chance.is(weather.missed)) loop.after(inMs, run);
          if (chance.is(weather.twice)) loop.after(Math.min(59_900, inMs + chance.between(0, 8000)), run);
        }
      }
    },
  };
}

const nothing = (): Promise<void> => Promise.resolve();

const never = new AbortController().signal;

function hanging<T>(): Promise<T> {
  return new Promise(() => undefined);
}

/** With the stack, where it is no fault that the service knows. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join("; ");
  return error instanceof Error
    ? error instanceof SoftError
      ? error.message
      : (error.stack ?? error.message)
    : String(error);
}

/** Errors have no fields of their own that JSON would show. */
function plain(_key: string, value: unknown): unknown {
  return value instanceof Error ? messageOf(value) : value;
}
