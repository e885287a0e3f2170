// Small fakes that remember what they were told: Voters, Wake, Slots, Announcer, Log.
import { SoftError } from "../../shared/model/errors.ts";
import type { LifeboatEvent, Message } from "../../shared/model/event.ts";
import type { Answer, Ask } from "../../shared/model/suspicion.ts";
import type { Announcer, Log, SlotMessage, Slots, Voters, Wake } from "../../shared/ports.ts";

export type FakeVoters = Voters & { asked: { region: string; ask: Ask }[]; pinged: string[] };

/**
 * The other regions, as functions that answer (flow/ask over the same fake table makes a whole one). A region without
 * one cannot be reached, as one whose answer the signal cuts off.
 */
export function createFakeVoters(
  answers: Readonly<Record<string, (ask: Ask, signal: AbortSignal) => Promise<Answer>>> = {},
): FakeVoters {
  const asked: FakeVoters["asked"] = [];
  const pinged: string[] = [];
  return {
    asked,
    pinged,
    async ask(region, ask, signal) {
      asked.push({ region, ask });
      const answer = answers[region];
      if (!answer) throw new SoftError(`${region} cannot be reached`);
      return Promise.race([answer(ask, signal), cutOff(region, signal)]);
    },
    async ping(region) {
      pinged.push(region);
      if (!answers[region]) throw new SoftError(`${region} cannot be reached`);
    },
  };
}

function cutOff(region: string, signal: AbortSignal): Promise<never> {
  const late = (): SoftError => new SoftError(`${region} did not answer in time`);
  if (signal.aborted) return Promise.reject(late());
  return new Promise((_, reject) => signal.addEventListener("abort", () => reject(late()), { once: true }));
}

export type FakeWake = Wake & { woken: { boxes: readonly string[]; region: string | undefined }[] };

export function createFakeWake(): FakeWake {
  const woken: FakeWake["woken"] = [];
  return {
    woken,
    async wake(boxes, region) {
      woken.push({ boxes, region });
    },
  };
}

export type FakeSlots = Slots & { enqueued: { message: SlotMessage; delayS: number }[]; broken: boolean };

export function createFakeSlots(): FakeSlots {
  const slots: FakeSlots = {
    enqueued: [],
    broken: false,
    async enqueue(messages) {
      if (slots.broken) throw new SoftError("the queue is broken");
      slots.enqueued.push(...messages);
    },
  };
  return slots;
}

export type FakeAnnouncer = Announcer & { announced: { event: LifeboatEvent; message: Message }[]; broken: boolean };

export function createFakeAnnouncer(): FakeAnnouncer {
  const announcer: FakeAnnouncer = {
    announced: [],
    broken: false,
    async announce(event, message) {
      if (announcer.broken) throw new SoftError("no topic took it");
      announcer.announced.push({ event, message });
    },
  };
  return announcer;
}

export type Line = { level: "info" | "warn" | "error"; message: string; fields: Record<string, unknown> };
export type FakeLog = Log & { lines: Line[] };

export function createFakeLog(): FakeLog {
  const lines: Line[] = [];
  const at =
    (level: Line["level"]) =>
    (message: string, fields: Record<string, unknown> = {}): void =>
      void lines.push({ level, message, fields });
  return { lines, info: at("info"), warn: at("warn"), error: at("error") };
}
