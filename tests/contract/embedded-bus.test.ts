import { PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { InvokeCommand } from "@aws-sdk/client-lambda";
import type { PublishCommandInput } from "@aws-sdk/client-sns";
import { PublishCommand } from "@aws-sdk/client-sns";
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import { describe, expect, test, vi } from "vitest";
import type { BusEvent } from "../../local/embedded/bus-events.ts";
import type { Published } from "../../local/embedded/bus-sns.ts";
import type { Fault } from "../../local/embedded/loopback.ts";
import { clientsOf, inbox, region, startBus } from "./bus-fixture.ts";

describe("SNS", () => {
  test("what is published is recorded and handed over, with its attributes", async () => {
    const messages = inbox<Published>();
    const bus = await startBus({ onSns: (_, message) => messages.put(message) });
    const TopicArn = bus.topicArn(region, "alerts");
    const Message = "lb1 is down & <out>\nundo: lifeboat pin lb1 ☃";
    const sent = await clientsOf(bus).sns.send(
      new PublishCommand({
        TopicArn,
        Subject: "[a] lb1 down",
        Message,
        MessageAttributes: {
          pool: { DataType: "String", StringValue: "web" },
          epoch: { DataType: "Number", StringValue: "12" },
        },
      }),
    );
    const message = await messages.next();
    expect(message).toMatchObject({
      messageId: sent.MessageId,
      region,
      topic: "alerts",
      topicArn: TopicArn,
      subject: "[a] lb1 down",
      message: Message,
      attributes: { pool: { type: "String", value: "web" }, epoch: { type: "Number", value: "12" } },
    });
    expect(bus.published()).toEqual([message]);
  });

  const send = async (input: Omit<PublishCommandInput, "TopicArn">) => {
    const bus = await startBus();
    await clientsOf(bus).sns.send(new PublishCommand({ TopicArn: bus.topicArn(region, "alerts"), ...input }));
    return bus.published();
  };

  test.each([
    ["a subject of 100 characters", { Subject: "x".repeat(100), Message: "x" }],
    ["a message of 256 KiB", { Message: "x".repeat(262_144) }],
  ])("%s is taken", async (_, input) => {
    expect(await send(input)).toHaveLength(1);
  });

  const attribute = (StringValue: string) => ({ a: { DataType: "String", StringValue } });
  test.each([
    ["a subject of 101 characters", { Subject: "x".repeat(101), Message: "x" }, "Invalid parameter: Subject"],
    ["a subject with a line break", { Subject: "a\nb", Message: "x" }, "Invalid parameter: Subject"],
    ["a subject with a tab", { Subject: "a\tb", Message: "x" }, "Invalid parameter: Subject"],
    ["a subject beyond ASCII", { Subject: "naïve", Message: "x" }, "Invalid parameter: Subject"],
    ["a subject with a blank in front", { Subject: " a", Message: "x" }, "Invalid parameter: Subject"],
    ["no message", { Message: "" }, "Invalid parameter: Empty message"],
    ["a byte over 256 KiB", { Message: "x".repeat(262_145) }, "Invalid parameter: Message too long"],
    [
      "256 KiB and an attribute",
      { Message: "x".repeat(262_144), MessageAttributes: attribute("b") },
      "Invalid parameter: Message too long",
    ],
  ])("%s is refused", async (_, input, message) => {
    await expect(send(input)).rejects.toMatchObject({ name: "InvalidParameterException", message });
  });

  test("an empty attribute is refused", async () => {
    await expect(send({ Message: "x", MessageAttributes: attribute("") })).rejects.toMatchObject({
      name: "InvalidParameterValueException",
    });
  });

  test("a topic must exist, in the region that was signed for", async () => {
    const bus = await startBus();
    const { sns } = clientsOf(bus);
    const publish = (TopicArn: string) => sns.send(new PublishCommand({ TopicArn, Message: "x" }));
    await expect(publish(bus.topicArn(region, "other"))).rejects.toMatchObject({ name: "NotFoundException" });
    await expect(publish(bus.topicArn("us-east-1", "alerts"))).rejects.toMatchObject({
      name: "InvalidParameterException",
    });
  });
});

describe("EventBridge", () => {
  const entry = { Source: "lifeboat", DetailType: "lifeboat.withdrawn.1", Detail: '{"box":"lb1"}' };

  test("events are handed over, and a bad entry fails alone", async () => {
    const events = inbox<BusEvent>();
    const bus = await startBus({ onEvents: (_, event) => events.put(event) });
    const Time = new Date("2026-03-04T05:06:07.890Z");
    const result = await clientsOf(bus).events.send(
      new PutEventsCommand({
        Entries: [
          { ...entry, Time, Resources: ["lb.example.test"] },
          { ...entry, Detail: "{" },
          { ...entry, Detail: "[]" },
          { Source: "lifeboat", Detail: "{}" },
        ],
      }),
    );
    expect(result.FailedEntryCount).toBe(3);
    expect(result.Entries?.map(({ ErrorCode }) => ErrorCode)).toEqual([
      undefined,
      "MalformedDetail",
      "MalformedDetail",
      "InvalidArgument",
    ]);
    expect(await events.next()).toEqual({
      version: "0",
      id: result.Entries?.[0]?.EventId,
      "detail-type": "lifeboat.withdrawn.1",
      source: "lifeboat",
      account: "000000000000",
      time: "2026-03-04T05:06:07Z",
      region,
      resources: ["lb.example.test"],
      detail: { box: "lb1" },
    });
    expect(events.items).toHaveLength(0);
  });

  test.each([
    ["no entries", []],
    ["eleven entries", Array.from({ length: 11 }, () => entry)],
    ["256 KiB", [{ ...entry, Detail: JSON.stringify({ x: "x".repeat(262_144) }) }]],
  ])("%s are refused", async (_, Entries) => {
    const onEvents = vi.fn();
    const bus = await startBus({ onEvents });
    await expect(clientsOf(bus).events.send(new PutEventsCommand({ Entries }))).rejects.toMatchObject({
      name: "ValidationException",
    });
    expect(onEvents).not.toHaveBeenCalled();
  });
});

describe("faults", () => {
  test("the hook sees service, operation, region and target; it fails, drops, delays and loses answers", async () => {
    const calls: string[] = [];
    let fault: Fault | undefined;
    const onEvents = vi.fn();
    const bus = await startBus({
      onEvents,
      onRequest: async ({ service, operation, region: inRegion, target }) => {
        calls.push([service, operation, inRegion, target].join(" "));
        return fault;
      },
    });
    const { sqs, sns, events, lambda } = clientsOf(bus);
    const put = () => events.send(new PutEventsCommand({ Entries: [{ Source: "s", DetailType: "t", Detail: "{}" }] }));
    fault = { kind: "error", code: "ThrottlingException", message: "Rate exceeded" };
    await expect(put()).rejects.toMatchObject({ name: "ThrottlingException", message: "Rate exceeded" });
    const publish = new PublishCommand({ TopicArn: bus.topicArn(region, "alerts"), Message: "x" });
    await expect(sns.send(publish)).rejects.toMatchObject({ name: "ThrottlingException", message: "Rate exceeded" });
    fault = { kind: "error", code: "ServiceUnavailable", message: "no", status: 503 };
    const send = new SendMessageCommand({ QueueUrl: bus.queueUrl(region, "slots"), MessageBody: "x" });
    await expect(sqs.send(send)).rejects.toMatchObject({ $metadata: { httpStatusCode: 503 } });
    fault = { kind: "drop" };
    await expect(lambda.send(new InvokeCommand({ FunctionName: "probe" }))).rejects.toThrow(/hang up|ECONNRESET/);
    await expect(put()).rejects.toThrow(/hang up|ECONNRESET/);
    expect(onEvents).not.toHaveBeenCalled();
    fault = { kind: "drop", after: true };
    await expect(put()).rejects.toThrow(/hang up|ECONNRESET/);
    expect(onEvents).toHaveBeenCalledTimes(1);
    expect(new Set(calls)).toEqual(
      new Set([
        "events PutEvents eu-west-1 default",
        "sns Publish eu-west-1 alerts",
        "sqs SendMessage eu-west-1 slots",
        "lambda Invoke eu-west-1 probe",
      ]),
    );
  });

  test.each([
    ["nothing that a service takes", {}, "", 404],
    ["no signature", { "x-amz-target": "AmazonSQS.SendMessage" }, "{}", 403],
    [
      "no JSON",
      { "x-amz-target": "AmazonSQS.SendMessage", authorization: "Credential=a/20260101/eu-west-1/sqs/aws4_request" },
      "x",
      400,
    ],
  ])("a request with %s is refused", async (_, headers, body, status) => {
    const bus = await startBus();
    expect((await fetch(bus.url, { method: "POST", headers, body })).status).toBe(status);
  });
});
