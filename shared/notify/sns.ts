import { type MessageAttributeValue, PublishCommand, type SNSClient } from "@aws-sdk/client-sns";
import { SoftError } from "../model/errors.ts";
import type { Gathered } from "../model/event.ts";

/** The region of a topic's ARN: its client must be that region's. */
export function regionOf(topicArn: string): string {
  return topicArn.split(":")[3] ?? "";
}

/** Publishes to one topic. Rejects with a SoftError when SNS does not take it. */
export async function publish(client: SNSClient, topicArn: string, message: Gathered): Promise<void> {
  const attributes = Object.entries(message.attributes)
    // SNS refuses the whole message for an attribute without a value.
    .filter(([, value]) => value.length > 0)
    .map(([name, value]) => [name, attributeOf(value)] as const);
  const command = new PublishCommand({
    TopicArn: topicArn,
    Subject: subjectOf(message.subject),
    Message: message.body,
    MessageAttributes: Object.fromEntries(attributes),
  });
  try {
    await client.send(command);
  } catch (cause) {
    throw new SoftError(`${topicArn}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
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
