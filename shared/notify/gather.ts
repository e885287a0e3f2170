import { gatherMessages } from "../message/gathered.ts";
import type { Gathered, Message } from "../model/event.ts";
import type { Clock } from "../ports.ts";

/**
 * So many messages go out as they come. SNS disables an e-mail subscription above ten a second, and no process knows of
 * another's: three regions that tell in the same second stay below it.
 */
const BURST = 3;

/**
 * And one more every so long: what follows an ordinary incident, such as the return, comes minutes later and finds the
 * bucket full, while a mass event, whose gathered messages come every 2 s and take from it too, finds it empty to its end.
 */
const REFILL_MS = 10_000;

/**
 * What waits goes out when nobody has come for so long. Of an island's pools Route 53 takes some batches a second, so the
 * next one comes sooner; and whoever tells one thing after another has only this to wait for each time.
 */
const QUIET_MS = 500;

/** But no later than so long after the last one went out: Lambda ends a run after 30 s. */
const LONGEST_MS = 2000;

type Waiting = { message: Message; ended: PromiseWithResolvers<void> };

/**
 * Gathers what is told to people while much happens. A bucket holds {@link BURST} messages and one more every
 * {@link REFILL_MS}; whatever goes out takes one, as far as there is one:
 *
 * | others wait | in the bucket | the last one went out | a message                     |
 * | ----------- | ------------- | --------------------- | ----------------------------- |
 * | no          | one or more   | any                   | goes out at once              |
 * | no          | none          | 2 s ago or longer     | goes out at once              |
 * | no          | none          | less than 2 s ago     | waits for others: until none has come for {@link QUIET_MS}, or those 2 s are over |
 * | yes         | any           | any                   | goes out with them            |
 *
 * Then all that page go out as one and all the others as another. Each call resolves or rejects with the message that
 * its own was in; one that rejects leaves nothing behind. Without anything waiting there is no timer, because Lambda
 * freezes a process between two calls.
 */
export function createGatherer({
  clock,
  send,
}: {
  clock: Pick<Clock, "nowMs" | "sleep">;
  send: (message: Gathered) => Promise<void>;
}): (message: Message) => Promise<void> {
  let waiting: Waiting[] = [];
  /** When the bucket would be full again (epoch ms). */
  let fullMs = Number.NEGATIVE_INFINITY;
  let lastMs = Number.NEGATIVE_INFINITY;

  const sendNow = (message: Gathered): Promise<void> => {
    lastMs = clock.nowMs();
    fullMs = Math.min(Math.max(fullMs, lastMs), lastMs + (BURST - 1) * REFILL_MS) + REFILL_MS;
    return send(message);
  };

  const sendAll = async (all: readonly Waiting[]): Promise<void> => {
    const [first, ...others] = all.map(({ message }) => message);
    if (!first) return;
    try {
      await sendNow(gatherMessages(first, others));
      for (const { ended } of all) ended.resolve();
    } catch (error) {
      for (const { ended } of all) ended.reject(error);
    }
  };

  const sendWaiting = async (withinMs: number): Promise<void> => {
    // Counted by what was slept, because the clock may be set meanwhile.
    for (let [leftMs, known] = [withinMs, 0]; leftMs > 0 && known < waiting.length; leftMs -= QUIET_MS) {
      known = waiting.length;
      await clock.sleep(Math.min(leftMs, QUIET_MS));
    }
    const all = waiting;
    waiting = [];
    await Promise.all([true, false].map((page) => sendAll(all.filter(({ message }) => isPage(message) === page))));
  };

  return (message) => {
    const nowMs = clock.nowMs();
    // A clock that is set back must not make anybody wait for longer.
    const waitMs = Math.min(lastMs + LONGEST_MS - nowMs, LONGEST_MS);
    const hasOne = fullMs - nowMs <= (BURST - 1) * REFILL_MS;
    if (waiting.length === 0 && (hasOne || waitMs <= 0)) return sendNow(message);
    const ended = Promise.withResolvers<void>();
    waiting.push({ message, ended });
    if (waiting.length === 1) void sendWaiting(waitMs);
    return ended.promise;
  };
}

/** Whether a subscription that wakes somebody is filtered for it. */
function isPage({ attributes }: Message): boolean {
  return attributes["page"] === "true";
}
