// What goes wrong, when, and for how long. All of it is drawn from the seed.
import type { Chance } from "./chance.ts";
import type { Loop } from "./loop.ts";
import type { Weather } from "./weather.ts";

const MINUTE_MS = 60_000;

/** One kind of trouble of ours: begins and says what it was, ends. */
type Fault = { name: string; begin: () => string; end: () => void };

export type Faults = {
  /** Storms follow calms until the end. `onStorm`, `onCalm`: one has begun. */
  start(untilMs: number): void;
  /** No fault of ours has been at work since then; undefined: one is. */
  calmSinceMs(): number | undefined;
  /** Kinds that this world knows. */
  kinds: readonly string[];
};

export type FaultPorts = {
  loop: Loop;
  chance: Chance;
  weather: Weather;
  regions: readonly string[];
  replicate: () => void;
  deploy: () => string;
  stir: () => void;
  say: (what: () => string) => void;
};

export function createFaults(ports: FaultPorts): Faults {
  const { loop, chance, stir, say } = ports;
  const all = faultsOf(ports);
  const quiet = chance.is(0.15);
  const known = quiet ? [] : all.filter(() => chance.is(0.35));
  const active = new Set<Fault>();
  let calmSinceMs = loop.nowMs();
  let stormEndsMs = 0;
  const end = (fault: Fault): void => {
    if (!active.delete(fault)) return;
    fault.end();
    stir();
    calmSinceMs = loop.nowMs();
    say(() => `-- over: ${fault.name}`);
  };
  const begin = (): void => {
    const free = known.filter((fault) => !active.has(fault));
    if (free.length === 0) return;
    const fault = chance.of(free);
    const lastsMs = Math.min(chance.wait(6 * MINUTE_MS) + 5000, stormEndsMs - loop.nowMs());
    if (lastsMs <= 0) return;
    active.add(fault);
    const what = fault.begin();
    stir();
    say(() => `-- ${fault.name}${what && `: ${what}`} for ${Math.round(lastsMs / 1000)} s`);
    loop.after(lastsMs, () => end(fault));
  };
  const storm = (untilMs: number): void => {
    if (loop.nowMs() > untilMs) return;
    stormEndsMs = loop.nowMs() + chance.between(10, 35) * MINUTE_MS;
    const meanMs = chance.of([1, 3, 6]) * MINUTE_MS;
    const next = (): void => {
      if (loop.nowMs() >= stormEndsMs) return;
      begin();
      loop.after(chance.wait(meanMs), next);
    };
    next();
    loop.at(stormEndsMs, () => loop.after(chance.between(8, 16) * MINUTE_MS, () => storm(untilMs)));
  };
  return {
    kinds: known.map(({ name }) => name),
    start: (untilMs) => void loop.after(chance.between(4, 9) * MINUTE_MS, () => storm(untilMs)),
    calmSinceMs: () => (active.size > 0 ? undefined : calmSinceMs),
  };
}

function faultsOf({ loop, chance, weather, regions, replicate, deploy }: FaultPorts): Fault[] {
  const { route53 } = weather;
  const inOne = (name: string, set: Set<string>): Fault => {
    let region = "";
    return {
      name,
      begin: () => {
        region = chance.of(regions);
        set.add(region);
        if (set === weather.blind) weather.blindMs = loop.nowMs();
        return region;
      },
      end: () => void set.delete(region),
    };
  };
  const share = (name: string, set: (p: number) => void, from: number, to: number): Fault => ({
    name,
    begin: () => {
      const p = chance.between(from, to);
      set(p);
      return `${Math.round(p * 100)} %`;
    },
    end: () => set(0),
  });
  return [
    inOne("a region is lost", weather.lost),
    inOne("a region is blind", weather.blind),
    inOne("a region is slow", weather.slow),
    inOne("a region cannot reach its table", weather.tableless),
    share("the table throttles", (p) => (weather.tableFaults = p), 0.02, 0.3),
    {
      name: "replication lags",
      begin: () => {
        weather.lagMs = chance.of([3000, 15_000, 40_000, 120_000, 7_200_000]);
        return `${weather.lagMs / 1000} s`;
      },
      end: () => {
        weather.lagMs = 0;
        replicate();
      },
    },
    share("messages are lost", (p) => (weather.dropped = p), 0.05, 0.5),
    share("messages are doubled", (p) => (weather.doubled = Math.max(0.02, p)), 0.1, 0.6),
    {
      name: "messages are late",
      begin: () => `${(weather.lateMs = chance.of([3000, 10_000, 45_000])) / 1000} s`,
      end: () => (weather.lateMs = 0),
    },
    share("Lambda ends calls", (p) => (weather.killed = p), 0.02, 0.4),
    share("packets are lost", (p) => (weather.loss = p), 0.02, 0.2),
    share("Route 53 throttles", (p) => (route53.throttled = p), 0.1, 0.8),
    share("Route 53 says PriorRequestNotComplete", (p) => (route53.prior = p), 0.1, 0.7),
    share("Route 53 does not answer changes", (p) => (route53.before = p), 0.1, 0.6),
    share("Route 53 says 500 and has applied", (p) => (route53.after = p), 0.1, 0.8),
    {
      name: "Route 53 has no control plane",
      begin: () => ((route53.down = true), ""),
      end: () => (route53.down = false),
    },
    {
      name: "Route 53 strands changes",
      begin: () => ((route53.stranded = true), ""),
      end: () => (route53.stranded = false),
    },
    share("no topic takes messages", (p) => (weather.topicFaults = p), 0.2, 1),
    share("topics do not answer", (p) => (weather.topicSilent = p), 0.1, 0.5),
    share("the Scheduler leaves out", (p) => (weather.missed = p), 0.1, 0.7),
    share("the Scheduler fires twice", (p) => (weather.twice = Math.max(0.03, p)), 0.2, 0.9),
    { name: "a deploy", begin: deploy, end: () => undefined },
  ];
}
