import type { Finding } from "../model/finding.ts";
import { unknown } from "./findings.ts";
import { LATE_MS, leave, wasLateSince, watch } from "./lateness.ts";
import type { Stop } from "./probe.ts";

/** Who waits for a caller's signal: one listener for all, because a signal looks through its whole list for each. */
type Waiting = { deadlines: Set<Deadline>; listener: () => void };
const waiting = new WeakMap<AbortSignal, Waiting>();

function join(signal: AbortSignal, deadline: Deadline): void {
  const known = waiting.get(signal);
  if (known) {
    known.deadlines.add(deadline);
    return;
  }
  const deadlines = new Set([deadline]);
  const listener = (): void => deadlines.forEach((each) => each.stop());
  waiting.set(signal, { deadlines, listener });
  signal.addEventListener("abort", listener);
}

function part(signal: AbortSignal, deadline: Deadline): void {
  const known = waiting.get(signal);
  if (!known?.deadlines.delete(deadline) || known.deadlines.size > 0) return;
  waiting.delete(signal);
  signal.removeEventListener("abort", known.listener);
}

/**
 * One probe's end, whichever comes first: its own timeout or the caller's signal. Listeners hear of both; `excuse` says
 * afterwards whether the fault was ours. `clear` leaves neither a timer nor a listener. Made for each probe, so it
 * makes little itself.
 */
export class Deadline implements Stop {
  readonly #caller: AbortSignal;
  readonly #nowMs: () => number;
  readonly #startedMs = performance.now();
  readonly #dueMs: number;
  readonly #timer: NodeJS.Timeout;
  #listener: (() => void) | undefined;
  #stopped = false;
  #giveUp: ((finding: Finding) => void) | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #lateMs = 0;

  constructor(timeoutMs: number, caller: AbortSignal, nowMs: () => number) {
    this.#caller = caller;
    this.#nowMs = nowMs;
    this.#dueMs = nowMs() + timeoutMs;
    this.#timer = setTimeout(Deadline.#fire, timeoutMs, this);
    join(caller, this);
    watch();
  }

  onStop(listener: () => void): void {
    const before = this.#listener;
    if (this.#stopped) listener();
    else if (!before) this.#listener = listener;
    else
      this.#listener = () => {
        before();
        listener();
      };
  }

  /** The probe's answer, or that it gave none within a turn of the loop after its end. */
  hold(answer: Promise<Finding>): Promise<Finding> {
    return new Promise((resolve, reject) => {
      this.#giveUp = resolve;
      answer.then(resolve, reject);
    });
  }

  /** Why the time's end is our own fault; undefined when it is not, or when it has not come. */
  excuse(): Finding | undefined {
    if (!this.#stopped) return undefined;
    if (this.#caller.aborted) return unknown("out of time before the answer could come");
    if (this.#lateMs <= LATE_MS && !wasLateSince(this.#startedMs)) return undefined;
    return { kind: "unknown", detail: "we were too busy to see an answer in time", late: true };
  }

  clear(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
    part(this.#caller, this);
    leave();
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#listener?.();
    this.#immediate = setImmediate(() => this.#giveUp?.(unknown("the probe did not stop at its deadline")));
  }

  /** What has arrived and waits to be read goes first: the end follows after one turn of the loop. */
  static #fire(this: void, deadline: Deadline): void {
    deadline.#lateMs = deadline.#nowMs() - deadline.#dueMs;
    deadline.#immediate = setImmediate(() => deadline.stop());
  }
}
