// SNS's Publish (Query protocol, XML answers). Nothing is sent: what a subscriber would get is recorded and shown.
// Source: Amazon SNS API reference, Publish (subject, size, attributes).
import { randomUUID } from "node:crypto";
import type { Reply, Service } from "./bus-service.ts";
import { keepNewest } from "./bus-service.ts";
import { AwsError, localAccount } from "./loopback.ts";

const messageLimitBytes = 256 * 1024;

/** One message as a subscriber would get it. */
export type Published = {
  messageId: string;
  region: string;
  topic: string;
  topicArn: string;
  subject: string | undefined;
  message: string;
  attributes: Record<string, { type: string; value: string }>;
  /** ISO 8601. */
  timestamp: string;
};

export type SnsOptions = {
  regions: readonly string[];
  topics?: readonly string[];
  onSns?: (region: string, message: Published) => void;
};

export type Sns = Service & { published(): readonly Published[] };

export function createSns(options: SnsOptions): Sns {
  const published: Published[] = [];
  const publish = (message: Published): Reply => {
    keepNewest(published, message);
    options.onSns?.(message.region, message);
    return xmlReply("Publish", `<MessageId>${message.messageId}</MessageId>`);
  };
  return {
    name: "sns",
    takes: (request) => request.headers["content-type"]?.startsWith("application/x-www-form-urlencoded") === true,
    read: (region, _request, body) => {
      const form = new URLSearchParams(body.toString("utf8"));
      const operation = form.get("Action") ?? "";
      if (operation !== "Publish") throw new AwsError("InvalidAction", `The embedded SNS does not know ${operation}`);
      const topic = topicOf(options, region, form.get("TopicArn") ?? form.get("TargetArn") ?? "");
      return { operation, target: topic, run: () => publish(readMessage(region, topic, form)) };
    },
    refuse: (error) => {
      const type = error.status < 500 ? "Sender" : "Receiver";
      const text = `<Type>${type}</Type><Code>${escapeXml(error.code)}</Code><Message>${escapeXml(error.message)}</Message>`;
      return xml(error.status, "ErrorResponse", `<Error>${text}</Error><RequestId>${randomUUID()}</RequestId>`);
    },
    published: () => published,
  };
}

/** The topic's name. Its region must be the one that was signed for, as AWS's hosts enforce. */
function topicOf({ regions, topics = [] }: SnsOptions, region: string, arn: string): string {
  const parts = arn.split(":");
  const [, , service, arnRegion, account, name] = parts;
  if (parts.length !== 6 || service !== "sns" || arnRegion !== region) throw invalid("TopicArn");
  if (account === localAccount && regions.includes(region) && name !== undefined && topics.includes(name)) return name;
  throw new AwsError("NotFound", "Topic does not exist", 404);
}

function readMessage(region: string, topic: string, form: URLSearchParams): Published {
  const message = form.get("Message") ?? "";
  const subject = form.get("Subject") ?? undefined;
  const attributes = readAttributes(form);
  if (message === "") throw invalid("Empty message");
  const attributeBytes = Object.entries(attributes).flatMap(([name, { type, value }]) => [name, type, value]);
  const bytes = [message, ...attributeBytes].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (bytes > messageLimitBytes) throw invalid("Message too long");
  if (subject !== undefined && !isSubject(subject)) throw invalid("Subject");
  return {
    messageId: randomUUID(),
    region,
    topic,
    topicArn: `arn:aws:sns:${region}:${localAccount}:${topic}`,
    subject,
    message,
    attributes,
    timestamp: new Date().toISOString(),
  };
}

/** At most 100 ASCII characters, no line breaks or other control characters, and no blank in front. */
function isSubject(subject: string): boolean {
  return /^[!-~][ -~]{0,99}$/.test(subject);
}

function readAttributes(form: URLSearchParams): Published["attributes"] {
  const attributes: Published["attributes"] = {};
  for (let at = 1; form.has(`MessageAttributes.entry.${at}.Name`); at += 1) {
    const entry = `MessageAttributes.entry.${at}`;
    const name = form.get(`${entry}.Name`) ?? "";
    const type = form.get(`${entry}.Value.DataType`) ?? "";
    const value = form.get(`${entry}.Value.StringValue`) ?? form.get(`${entry}.Value.BinaryValue`) ?? "";
    if (value === "") {
      const text = `The message attribute '${name}' must contain non-empty message attribute value for message attribute type '${type}'.`;
      throw new AwsError("ParameterValueInvalid", text);
    }
    attributes[name] = { type, value };
  }
  return attributes;
}

function invalid(what: string): AwsError {
  return new AwsError("InvalidParameter", `Invalid parameter: ${what}`);
}

function xmlReply(operation: string, result: string): Reply {
  const metadata = `<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata>`;
  return xml(200, `${operation}Response`, `<${operation}Result>${result}</${operation}Result>${metadata}`);
}

function xml(status: number, root: string, content: string): Reply {
  const body = `<${root} xmlns="http://sns.amazonaws.com/doc/2010-03-31/">${content}</${root}>`;
  return { status, headers: { "content-type": "text/xml" }, body };
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
