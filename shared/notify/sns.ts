import {
  type MessageAttributeValue,
  PublishCommand,
  type PublishCommandInput,
  type SNSClient,
} from "@aws-sdk/client-sns";
import { SoftError } from "../model/errors.ts";
import type { Gathered } from "../model/event.ts";

/** The region of a topic's ARN: its client must be that region's. */
export function regionOf(topicArn: string): string {
  return topicArn.split(":")[3] ?? "";
}

/** Publishes to one topic. Rejects with a SoftError when SNS does not take it. */
export type Publish = (client: SNSClient, topicArn: string, message: Gathered) => Promise<void>;

/** The whole message, to those who read. */
export const publishMessage: Publish = (client, topicArn, message) =>
  send(client, {
    TopicArn: topicArn,
    Subject: subjectOf(message.subject),
    Message: message.body,
    MessageAttributes: attributesOf(message),
  });

/**
 * The subject alone, to phones: SNS cuts what is longer into parts of 160 characters, each of them paid, and sends no more
 * than 1,600 (API reference, Publish). A backtick would make the parts shorter: phones' own alphabet has none.
 */
export const publishText: Publish = (client, topicArn, message) =>
  send(client, {
    TopicArn: topicArn,
    Message: subjectOf(message.subject).replaceAll("`", "'"),
    MessageAttributes: { ...attributesOf(message), [SMS_TYPE]: attributeOf("Transactional") },
  });

/** Sent with the highest reliability instead of the lowest price (developer guide, "Publishing SMS messages"). */
const SMS_TYPE = "AWS.SNS.SMS.SMSType";

async function send(client: SNSClient, input: PublishCommandInput & { TopicArn: string }): Promise<void> {
  try {
    await client.send(new PublishCommand(input));
  } catch (cause) {
    throw new SoftError(`${input.TopicArn}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

function attributesOf({ attributes }: Gathered): Record<string, MessageAttributeValue> {
  // SNS refuses the whole message for an attribute without a value.
  const given = Object.entries(attributes).filter(([, value]) => value.length > 0);
  return Object.fromEntries(given.map(([name, value]) => [name, attributeOf(value)]));
}

/** A filter matches an array when it matches one of its values (developer guide, "String value matching"). */
function attributeOf(value: string | readonly string[]): MessageAttributeValue {
  return typeof value === "string"
    ? { DataType: "String", StringValue: value }
    : { DataType: "String.Array", StringValue: JSON.stringify(value) };
}

/** The message's own subject fits already; one that did not must not cost the alert, so it is made to. */
function subjectOf(subject: string): string {
  return (
    subject
      .replace(/[^ -~]/gu, "?")
      .trimStart()
      .slice(0, 100) || "lifeboat"
  );
}
