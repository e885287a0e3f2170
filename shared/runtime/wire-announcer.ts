import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { SNSClient } from "@aws-sdk/client-sns";
import { createAnnouncer } from "../notify/announcer.ts";
import type { Announcer, Clock, Log } from "../ports.ts";
import { clientOptions, perRegion } from "./clients.ts";
import type { Settings } from "./settings.ts";

/** SNS in the topics' regions, EventBridge in this one. One a process: it counts what goes out. */
export function wireAnnouncer(
  { region, topics, textTopics, bus }: Settings,
  { clock, log }: { clock: Clock; log: Log },
): Announcer {
  const clientFor = perRegion((to) => new SNSClient(clientOptions(to, { requestMs: 3000, attempts: 2 })));
  const events = new EventBridgeClient(clientOptions(region, { requestMs: 3000, attempts: 2 }));
  return createAnnouncer({ topics, textTopics, clientFor, events, bus, clock, log });
}
