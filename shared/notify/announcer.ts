import type { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import type { SNSClient } from "@aws-sdk/client-sns";
import { SoftError } from "../model/errors.ts";
import type { Gathered } from "../model/event.ts";
import type { Announcer, Clock, Log } from "../ports.ts";
import { putEvent } from "./eventbridge.ts";
import { createGatherer } from "./gather.ts";
import { type Publish, publishMessage, publishText, regionOf } from "./sns.ts";

/**
 * Announces to people (SNS) and to machines (EventBridge) at the same time. EventBridge gets every event at once, by
 * itself. While much happens SNS gets several messages as one, within 2 s ({@link createGatherer}); then each line is of
 * that one, and of every announce that is in it, for the topics of whole messages and for those of texts alike:
 *
 * | first topic | second topic | EventBridge | announce |
 * | ----------- | ------------ | ----------- | -------- |
 * | takes it    | not asked    | takes it    | resolves |
 * | fails       | takes it     | takes it    | resolves, and logs the first's failure |
 * | fails       | fails, or there is none | any | rejects with a SoftError |
 * | as above    | as above     | fails       | as above, and logs EventBridge's failure |
 *
 * Phones have topics of their own because SNS drops the attributes, by which people filter, from a message that differs by
 * protocol (developer guide, "Message attributes"). An announce that one kind of topics took and the other did not rejects:
 * it comes once more to those who have it rather than never to the others.
 */
export function createAnnouncer(options: {
  /** ARNs; the first is preferred, the next stand in for it. */
  topics: readonly string[];
  /** The same of the topics that phones are subscribed to, if there are any. */
  textTopics?: readonly string[];
  clientFor: (region: string) => SNSClient;
  events: EventBridgeClient;
  bus: string;
  clock: Pick<Clock, "nowMs" | "sleep">;
  log: Log;
}): Announcer {
  const { topics, textTopics = [], clientFor, events, bus, clock, log } = options;
  const sendTo = async (list: readonly string[], publish: Publish, message: Gathered): Promise<void> => {
    const faults: unknown[] = [];
    for (const topic of list) {
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
  const send = async (message: Gathered): Promise<void> => {
    const texts = textTopics.length === 0 ? [] : [sendTo(textTopics, publishText, message)];
    const sent = await Promise.allSettled([sendTo(topics, publishMessage, message), ...texts]);
    for (const one of sent) if (one.status === "rejected") throw one.reason;
  };
  const tell = createGatherer({ clock, send });
  return {
    async announce(event, message) {
      const put = putEvent(events, bus, event).catch((error: unknown) =>
        log.warn("EventBridge did not take the event", { id: event.id, error }),
      );
      await Promise.all([tell(message), put]);
    },
  };
}
