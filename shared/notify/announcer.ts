import type { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import type { SNSClient } from "@aws-sdk/client-sns";
import { SoftError } from "../model/errors.ts";
import type { Message } from "../model/event.ts";
import type { Announcer, Log } from "../ports.ts";
import { putEvent } from "./eventbridge.ts";
import { publish, regionOf } from "./sns.ts";

/**
 * Announces to people (SNS) and to machines (EventBridge) at the same time:
 *
 * | first topic | second topic | EventBridge | announce |
 * | ----------- | ------------ | ----------- | -------- |
 * | takes it    | not asked    | takes it    | resolves |
 * | fails       | takes it     | takes it    | resolves, and logs the first's failure |
 * | fails       | fails, or there is none | any | rejects with a SoftError |
 * | as above    | as above     | fails       | as above, and logs EventBridge's failure |
 */
export function createAnnouncer(options: {
  /** ARNs; the first is preferred, the next stand in for it. */
  topics: readonly string[];
  clientFor: (region: string) => SNSClient;
  events: EventBridgeClient;
  bus: string;
  log: Log;
}): Announcer {
  const { topics, clientFor, events, bus, log } = options;
  const tell = async (message: Message): Promise<void> => {
    const faults: unknown[] = [];
    for (const topic of topics) {
      try {
        await publish(clientFor(regionOf(topic)), topic, message);
        return;
      } catch (error) {
        faults.push(error);
        log.warn("a topic did not take the message", { topic, error });
      }
    }
    throw new SoftError(`no topic took '${message.subject}'`, { cause: new AggregateError(faults) });
  };
  return {
    async announce(event, message) {
      const put = putEvent(events, bus, event).catch((error: unknown) =>
        log.warn("EventBridge did not take the event", { id: event.id, error }),
      );
      await Promise.all([tell(message), put]);
    },
  };
}
