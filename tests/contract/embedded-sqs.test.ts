import {
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import type { SQSEvent } from "aws-lambda";
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { clientsOf, credentials, inbox, region, startBus } from "./bus-fixture.ts";

afterEach(() => {
  vi.useRealTimers();
});

describe("SQS", () => {
  type Delivery = { region: string; queue: string; event: SQSEvent };
  const consumer = () => {
    const deliveries = inbox<Delivery>();
    const onSqs = async (inRegion: string, queue: string, event: SQSEvent) =>
      deliveries.put({ region: inRegion, queue, event });
    return { deliveries, onSqs };
  };

  test("a message reaches the consumer of its region as Lambda would hand it over", async () => {
    const { deliveries, onSqs } = consumer();
    const bus = await startBus({ onSqs });
    const { sqs } = clientsOf(bus, "us-east-1");
    const QueueUrl = bus.queueUrl("us-east-1", "slots");
    const sent = await sqs.send(
      new SendMessageCommand({
        QueueUrl,
        MessageBody: '{"slot":7,"note":"☃"}',
        MessageAttributes: { kind: { DataType: "String", StringValue: "slot" } },
      }),
    );
    const { region: inRegion, queue, event } = await deliveries.next();
    expect([inRegion, queue]).toEqual(["us-east-1", "slots"]);
    expect(event.Records).toHaveLength(1);
    expect(event.Records[0]).toMatchObject({
      messageId: sent.MessageId,
      body: '{"slot":7,"note":"☃"}',
      attributes: { ApproximateReceiveCount: "1" },
      messageAttributes: { kind: { dataType: "String", stringValue: "slot" } },
      eventSource: "aws:sqs",
      eventSourceARN: "arn:aws:sqs:us-east-1:000000000000:slots",
      awsRegion: "us-east-1",
    });
  });

  test("the queue's URL alone leads the SDK here", async () => {
    const { deliveries, onSqs } = consumer();
    const bus = await startBus({ onSqs });
    vi.stubEnv("AWS_ENDPOINT_URL_SQS", "http://127.0.0.1:1");
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    const logger = { debug() {}, info() {}, warn: vi.fn(), error() {} };
    const sqs = new SQSClient({ region, credentials, maxAttempts: 1, logger });
    onTestFinished(() => sqs.destroy());
    await sqs.send(new SendMessageCommand({ QueueUrl: bus.queueUrl(region, "slots"), MessageBody: "here" }));
    expect((await deliveries.next()).event.Records[0]?.body).toBe("here");
  });

  test("a delay is waited for, and lateness comes on top of it", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
    const { deliveries, onSqs } = consumer();
    const bus = await startBus({ onSqs, random: () => 0.5, lateMs: 1500 });
    const { sqs } = clientsOf(bus);
    const QueueUrl = bus.queueUrl(region, "slots");
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "later", DelaySeconds: 30 }));
    const attributes = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] });
    expect((await sqs.send(attributes)).Attributes).toEqual({
      QueueArn: "arn:aws:sqs:eu-west-1:000000000000:slots",
      ApproximateNumberOfMessages: "0",
      ApproximateNumberOfMessagesDelayed: "1",
      MessageRetentionPeriod: "300",
    });
    vi.advanceTimersByTime(30_749);
    expect(deliveries.items).toHaveLength(0);
    vi.advanceTimersByTime(1);
    expect((await deliveries.next()).event.Records[0]?.body).toBe("later");
  });

  test("what is older than the retention when it is due is never delivered", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
    const { deliveries, onSqs } = consumer();
    const bus = await startBus({ onSqs });
    const { sqs } = clientsOf(bus);
    const QueueUrl = bus.queueUrl(region, "slots");
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "expired", DelaySeconds: 301 }));
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "kept", DelaySeconds: 300 }));
    vi.advanceTimersByTime(301_000);
    expect((await deliveries.next()).event.Records[0]?.body).toBe("kept");
    expect(deliveries.items).toHaveLength(0);
    expect(bus.deadLetters()).toHaveLength(0);
  });

  test("some come twice, with the same id and another receipt", async () => {
    const { deliveries, onSqs } = consumer();
    const bus = await startBus({ onSqs, random: () => 0.1, duplicateRate: 0.2 });
    await clientsOf(bus).sqs.send(
      new SendMessageCommand({ QueueUrl: bus.queueUrl(region, "slots"), MessageBody: "x" }),
    );
    const [first, second] = [await deliveries.next(), await deliveries.next()].map(({ event }) => event.Records[0]);
    expect(second?.messageId).toBe(first?.messageId);
    expect(second?.receiptHandle).not.toBe(first?.receiptHandle);
  });

  test.each([
    ["throws", () => Promise.reject(new Error("broken")), "broken"],
    [
      "reports the item",
      async () => ({ batchItemFailures: [{ itemIdentifier: "x" }] }),
      "the consumer reported the item as failed",
    ],
  ])("a consumer that %s makes a dead letter, at once", async (_, onSqs, error) => {
    const consumed = vi.fn(onSqs);
    const bus = await startBus({ onSqs: consumed });
    await clientsOf(bus).sqs.send(
      new SendMessageCommand({ QueueUrl: bus.queueUrl(region, "slots"), MessageBody: "x" }),
    );
    await vi.waitFor(() =>
      expect(bus.deadLetters()).toMatchObject([{ region, queue: "slots", error, record: { body: "x" } }]),
    );
    expect(consumed).toHaveBeenCalledTimes(1);
  });

  test("a batch succeeds and fails entry by entry", async () => {
    const { deliveries, onSqs } = consumer();
    const bus = await startBus({ onSqs });
    const { sqs } = clientsOf(bus);
    const Entries = [
      { Id: "a", MessageBody: "first" },
      { Id: "b", MessageBody: "too late", DelaySeconds: 901 },
    ];
    const result = await sqs.send(new SendMessageBatchCommand({ QueueUrl: bus.queueUrl(region, "slots"), Entries }));
    expect(result.Successful?.map(({ Id }) => Id)).toEqual(["a"]);
    expect(result.Failed).toEqual([
      {
        Id: "b",
        SenderFault: true,
        Code: "InvalidParameterValue",
        Message: "Value 901 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.",
      },
    ]);
    expect((await deliveries.next()).event.Records[0]?.body).toBe("first");
  });

  const entries = (ids: string[]) => ids.map((Id) => ({ Id, MessageBody: "x" }));
  test.each([
    ["none", [], "EmptyBatchRequest"],
    ["eleven", entries("abcdefghijk".split("")), "TooManyEntriesInBatchRequest"],
    ["the same id twice", entries(["a", "a"]), "BatchEntryIdsNotDistinct"],
    ["an id with a dot", entries(["a.b"]), "InvalidBatchEntryId"],
    [
      "over 1 MiB together",
      [0, 1].map((at) => ({ Id: `${at}`, MessageBody: "x".repeat(600_000) })),
      "BatchRequestTooLong",
    ],
  ])("a batch with %s is refused", async (_, Entries, name) => {
    const bus = await startBus();
    const sent = clientsOf(bus).sqs.send(
      new SendMessageBatchCommand({ QueueUrl: bus.queueUrl(region, "slots"), Entries }),
    );
    await expect(sent).rejects.toMatchObject({ name, Code: `AWS.SimpleQueueService.${name}` });
  });

  test.each([
    ["a delay of 901 s", { MessageBody: "x", DelaySeconds: 901 }, "InvalidParameterValue"],
    ["a delay of -1 s", { MessageBody: "x", DelaySeconds: -1 }, "InvalidParameterValue"],
    ["no body", { MessageBody: "" }, "MissingParameter"],
  ])("a message with %s is refused", async (_, message, name) => {
    const bus = await startBus();
    const sent = clientsOf(bus).sqs.send(
      new SendMessageCommand({ QueueUrl: bus.queueUrl(region, "slots"), ...message }),
    );
    await expect(sent).rejects.toMatchObject({ name });
  });

  test("an unknown queue, and a queue of another region than the signed one, do not exist", async () => {
    const bus = await startBus();
    const { sqs } = clientsOf(bus);
    for (const QueueUrl of [bus.queueUrl(region, "other"), bus.queueUrl("us-east-1", "slots"), "nonsense"]) {
      await expect(sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "x" }))).rejects.toMatchObject({
        name: "QueueDoesNotExist",
        Code: "AWS.SimpleQueueService.NonExistentQueue",
      });
    }
    const found = await sqs.send(new GetQueueUrlCommand({ QueueName: "slots" }));
    expect(found.QueueUrl).toBe(bus.queueUrl(region, "slots"));
  });
});
