// The load balancers as they really are, and what each region's probes meet there.
import type { Check } from "../../shared/model/check.ts";
import type { Finding } from "../../shared/model/finding.ts";
import type { Resolved } from "../../shared/model/resolved.ts";
import type { Prober } from "../../shared/ports.ts";
import type { Chance } from "./chance.ts";
import type { Loop } from "./loop.ts";
import type { Weather } from "./weather.ts";

/** `status`: connections are made, and http says 500. */
export type Ailment = "refuse" | "hang" | "status";

type Stretch = { fromMs: number; toMs: number };

export type Fleet = {
  /** What ails a box, everywhere or for some regions only; undefined: it is well. */
  set(box: string, ailment: Ailment | undefined, regions?: readonly string[]): void;
  /** Whether a region's probe of a check would fail now for the box's own sake. */
  fails(box: string, check: Check, region: string): boolean;
  /** The last times at which it did, newest last. */
  stretches(box: string, check: string, region: string): readonly Stretch[];
  proberFor(region: string, onFinding: (check: Check, address: string, finding: Finding) => void): Prober;
  /** When a box last changed, anywhere. */
  changedMs(box: string): number;
  /** Port and region between which nothing ever passes. */
  blocked: { port: number; region: string } | undefined;
};

const KEPT = 40;
const RETRY_MS = 1000;

type Ports = {
  loop: Loop;
  chance: Chance;
  weather: Weather;
  regions: readonly string[];
  configs: () => readonly Resolved[];
};

export function createFleet({ loop, chance, weather, regions, configs }: Ports): Fleet {
  const ill = new Map<string, Ailment>();
  const stretches = new Map<string, Stretch[]>();
  const boxAt = new Map<string, string>();
  const cutOff = new Set<string>();
  const changed = new Map<string, number>();
  const nameOf = (address: string): string | undefined => {
    if (!boxAt.has(address) && !cutOff.has(address)) {
      for (const { boxes } of configs()) for (const box of Object.values(boxes)) boxAt.set(box.address, box.id);
      if (!boxAt.has(address)) cutOff.add(address);
    }
    return boxAt.get(address);
  };
  const fails = (box: string, check: Check, region: string): boolean =>
    (check.protocol === "http" && check.path === "/wrong") || ails(box, check, region);
  const ails = (box: string, check: Check, region: string): boolean => {
    const ailment = ill.get(`${box} ${region}`);
    return ailment !== undefined && (ailment !== "status" || check.protocol === "http");
  };
  const fleet: Fleet = {
    blocked: undefined,
    set(box, ailment, where = regions) {
      const checks = new Map(configs().flatMap((config) => Object.entries(config.checks)));
      for (const region of where) {
        const before = new Map([...checks].map(([name, { check }]) => [name, ails(box, check, region)]));
        if (ailment) ill.set(`${box} ${region}`, ailment);
        else ill.delete(`${box} ${region}`);
        for (const [name, { check }] of checks) {
          const is = ails(box, check, region);
          if (is === before.get(name)) continue;
          changed.set(box, loop.nowMs());
          const key = `${box} ${name} ${region}`;
          const list = stretches.get(key) ?? [];
          const last = list.at(-1);
          if (is) list.push({ fromMs: loop.nowMs(), toMs: Number.POSITIVE_INFINITY });
          else if (last) last.toMs = loop.nowMs();
          stretches.set(key, list.slice(-KEPT));
        }
      }
    },
    fails,
    stretches: (box, check, region) => stretches.get(`${box} ${check} ${region}`) ?? [],
    changedMs: (box) => changed.get(box) ?? 0,
    proberFor(region, onFinding) {
      return {
        async probe(check, address, signal) {
          const { finding, ms } = meet(check, address, region);
          const told = await answer(finding, ms, signal, () => meet(check, address, region));
          onFinding(check, address, told);
          return told;
        },
      };
    },
  };
  const meet = (check: Check, address: string, region: string): { finding: Finding; ms: number } => {
    const box = nameOf(address);
    const timeout = { finding: down("timeout", "connect", check.timeoutMs), ms: check.timeoutMs };
    if (weather.blind.has(region)) return timeout;
    if (weather.slow.has(region) && chance.is(0.5))
      return { finding: { kind: "unknown", detail: "the event loop stood still", late: true }, ms: 400 };
    if (weather.loss > 0 && chance.is(weather.loss)) return timeout;
    const ms = 40;
    if (box === undefined) return { finding: { kind: "up", ms }, ms };
    if (fleet.blocked && fleet.blocked.region === region && fleet.blocked.port === check.port) return timeout;
    if (!fails(box, check, region)) return { finding: UP, ms };
    const ailment = ill.get(`${box} ${region}`);
    if (ailment === "refuse") return { finding: down("refused", "connect", ms), ms };
    return ailment === "hang" ? timeout : { finding: down("status", "response", ms), ms };
  };
  /** A short answer comes before any deadline that a flow sets; a long one may be cut off. */
  const answer = (
    finding: Finding,
    ms: number,
    signal: AbortSignal,
    again: () => { finding: Finding; ms: number },
  ): Promise<Finding> => {
    const late: Finding = { kind: "unknown", detail: "out of time" };
    if (signal.aborted) return Promise.resolve(late);
    return new Promise((resolve) => {
      const abort = (): void => {
        timer.run = undefined;
        resolve(late);
      };
      const end = (): void => {
        if (ms > 100) signal.removeEventListener("abort", abort);
        resolve(finding);
      };
      // A connection that nobody answers is asked for again after a second, as TCP does.
      const retry = (): void => {
        const second = again();
        if (second.finding.kind !== "up") timer = loop.after(ms - RETRY_MS, end);
        else timer = loop.after(second.ms, () => ((finding = second.finding), end()));
      };
      let timer = ms > RETRY_MS ? loop.after(RETRY_MS, retry) : loop.after(ms, end);
      if (ms > 100) signal.addEventListener("abort", abort, { once: true });
    });
  };
  return fleet;
}

const UP: Finding = Object.freeze({ kind: "up", ms: 40 });

function down(reason: "timeout" | "refused" | "status", phase: "connect" | "response", ms: number): Finding {
  return { kind: "down", ms, reason, phase, detail: reason };
}
