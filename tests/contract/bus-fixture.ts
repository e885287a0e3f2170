// A bus on a free port, real SDK clients for it, and an inbox for what its callbacks get. All end with the test.
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { SNSClient } from "@aws-sdk/client-sns";
import { SQSClient } from "@aws-sdk/client-sqs";
import { onTestFinished } from "vitest";
import type { Bus, BusOptions } from "../../local/embedded/bus.ts";
import { serveBus } from "../../local/embedded/bus.ts";

export const region = "eu-west-1";
export const credentials = { accessKeyId: "local", secretAccessKey: "local" };

/** A queue `slots`, a topic `alerts` and a function `probe`, in two regions. */
export async function startBus(options: Partial<BusOptions> = {}): Promise<Bus> {
  const named = { regions: [region, "us-east-1"], queues: ["slots"], topics: ["alerts"], functions: ["probe"] };
  const bus = await serveBus({ ...named, ...options });
  onTestFinished(() => bus.close());
  return bus;
}

export function clientsOf(bus: Bus, inRegion = region) {
  const config = { endpoint: bus.url, region: inRegion, credentials, maxAttempts: 1 };
  const clients = {
    sqs: new SQSClient(config),
    sns: new SNSClient(config),
    events: new EventBridgeClient(config),
    lambda: new LambdaClient(config),
  };
  onTestFinished(() => {
    for (const client of Object.values(clients)) client.destroy();
  });
  return clients;
}

/** What a callback is called with, to be awaited in order. */
export function inbox<T>() {
  const items: T[] = [];
  const readers: ((item: T) => void)[] = [];
  return {
    items,
    put(item: T): void {
      const reader = readers.shift();
      if (reader === undefined) items.push(item);
      else reader(item);
    },
    next(): Promise<T> {
      const item = items.shift();
      return item === undefined ? new Promise((resolve) => readers.push(resolve)) : Promise.resolve(item);
    },
  };
}
