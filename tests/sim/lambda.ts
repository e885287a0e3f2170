// One call of a function: its ports, each of which is a moment at which Lambda may end it.
import type { Resolved } from "../../shared/model/resolved.ts";
import type { Fact } from "../../shared/model/fact.ts";
import type { Clock } from "../../shared/ports.ts";
import type { Loop } from "./loop.ts";

/** Lambda's own limit as deployed; the signal aborts `WIND_UP_MS` before (functions/middleware.ts). */
const TIMEOUT_MS = 30_000;
const WIND_UP_MS = 2000;

/** Where a call is ended by force: before or after the effect of the port call that is counted down to. */
export type Fate = { calls: number; after: boolean } | undefined;

export type Invocation = {
  id: number;
  region: string;
  what: string;
  config: Resolved;
  signal: AbortSignal;
  /** How far the region's clock is ahead. */
  skewMs: number;
  dead: boolean;
  /** Its event has been answered before. */
  replayed: boolean;
  /** Virtual time at which it was called. */
  startedMs: number;
  /** Virtual time at which the evidence was read last, and what was read. */
  evidenceMs: number;
  orders: readonly Fact[];
  /** Edits by hand that there had been when the records were read last. */
  edits: number;
  /** A port call: hangs for ever if the call is dead by then or dies of it. */
  call<T>(what: string, work: () => Promise<T>, delayMs?: number): Promise<T>;
};

export type LambdaOptions = {
  loop: Loop;
  region: string;
  what: string;
  config: Resolved;
  skewMs: number;
  fate: Fate;
  replayed: boolean;
  id: number;
  onDeath: (why: string) => void;
};

/** Runs a flow as Lambda would: with a deadline, and dead once its fate or its time has come. Never rejects. */
export function invoke<T>(
  options: LambdaOptions,
  flow: (invocation: Invocation) => Promise<T>,
  ended: (result: { value: T } | { error: unknown }) => void,
): void {
  const { loop, region, what, config, skewMs, replayed, id, onDeath } = options;
  const abort = new AbortController();
  let calls = options.fate?.calls ?? Number.POSITIVE_INFINITY;
  const die = (why: string): void => {
    if (invocation.dead) return;
    invocation.dead = true;
    onDeath(why);
  };
  const invocation: Invocation = {
    id,
    region,
    what,
    config,
    signal: abort.signal,
    skewMs,
    dead: false,
    replayed,
    startedMs: loop.nowMs(),
    evidenceMs: loop.nowMs(),
    orders: [],
    edits: 0,
    call(name, work, delayMs = 0) {
      if (invocation.dead) return hanging();
      calls -= 1;
      const dies = calls < 0;
      if (dies && !options.fate?.after) {
        die(`before ${name}`);
        return hanging();
      }
      const done = delayMs > 0 ? pause(loop, delayMs).then(work) : work();
      if (!dies) return new Promise((resolve, reject) => void done.then(unlessDead(resolve), unlessDead(reject)));
      die(`after ${name}`);
      void done.catch(() => undefined);
      return hanging();
    },
  };
  const unlessDead =
    <V>(settle: (value: V) => void) =>
    (value: V): void => {
      if (!invocation.dead) settle(value);
    };
  const windUp = loop.after(TIMEOUT_MS - WIND_UP_MS, () => abort.abort());
  const end = loop.after(TIMEOUT_MS, () => die("of its time"));
  const close = (result: { value: T } | { error: unknown }): void => {
    windUp.run = undefined;
    end.run = undefined;
    if (!invocation.dead) ended(result);
  };
  void flow(invocation).then(
    (value) => close({ value }),
    (error: unknown) => close({ error }),
  );
}

function hanging<T>(): Promise<T> {
  return new Promise(() => undefined);
}

export function pause(loop: Loop, ms: number): Promise<void> {
  return new Promise((resolve) => void loop.after(ms, resolve));
}

/** The clock of a region, for one call. */
export function clockOf(loop: Loop, invocation: Invocation, random: () => number, id: () => string): Clock {
  return {
    nowMs: () => loop.nowMs() + invocation.skewMs,
    sleep(ms, signal) {
      if (signal?.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        const wake = (): void => {
          timer.run = undefined;
          signal?.removeEventListener("abort", wake);
          if (!invocation.dead) resolve();
        };
        const timer = loop.after(Math.max(0, ms), wake);
        signal?.addEventListener("abort", wake);
      });
    },
    random,
    id,
  };
}

/** Ports of an object whose every method is a port call of the invocation. */
export function guard<P extends object>(
  ports: P,
  invocation: Invocation,
  around: (method: string, work: () => Promise<unknown>) => Promise<unknown>,
): P {
  const make = shapes.get(ports) ?? shapeOf(ports);
  shapes.set(ports, make);
  // The copy has every method of P under its own name, with the same parameters and result.
  return make(invocation, around) as P;
}

type Around = (method: string, work: () => Promise<unknown>) => Promise<unknown>;
type Make = (invocation: Invocation, around: Around) => object;
const shapes = new WeakMap<object, Make>();

/** Made once for all calls: methods on a prototype, because a table has thirty of them and most calls use four. */
function shapeOf(ports: object): Make {
  class Guarded {
    readonly invocation: Invocation;
    readonly around: Around;
    constructor(invocation: Invocation, around: Around) {
      this.invocation = invocation;
      this.around = around;
    }
  }
  for (const method of Object.keys(ports)) {
    Object.defineProperty(Guarded.prototype, method, {
      value(this: Guarded, ...args: unknown[]): Promise<unknown> {
        const run = (): Promise<unknown> => Reflect.apply(Reflect.get(ports, method), ports, args);
        return this.invocation.call(method, () => this.around(method, run));
      },
    });
  }
  return (invocation, around) => new Guarded(invocation, around);
}
