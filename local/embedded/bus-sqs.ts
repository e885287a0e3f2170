// SQS (AWS JSON 1.0): messages go to a consumer in batches of one, late and twice as the options say, received at most
// once before they are dead letters. Source: Amazon SQS API reference, SendMessage and SendMessageBatch.
import { createHash, randomUUID } from "node:crypto";
import type { SQSBatchResponse, SQSEvent, SQSMessageAttributes, SQSRecord } from "aws-lambda";
import * as z from "zod";
import type { Read, Service } from "./bus-service.ts";
import { jsonOperation, jsonReply, keepNewest, readJson } from "./bus-service.ts";
import { AwsError, localAccount } from "./loopback.ts";

const messageLimitBytes = 1024 * 1024;

/** The codes of the older protocol where they differ; the SDK shows them as `Code`. */
const queryCodes: Record<string, string> = {
  QueueDoesNotExist: "AWS.SimpleQueueService.NonExistentQueue",
  EmptyBatchRequest: "AWS.SimpleQueueService.EmptyBatchRequest",
  TooManyEntriesInBatchRequest: "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
  BatchEntryIdsNotDistinct: "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
  InvalidBatchEntryId: "AWS.SimpleQueueService.InvalidBatchEntryId",
  BatchRequestTooLong: "AWS.SimpleQueueService.BatchRequestTooLong",
};

export type DeadLetter = { region: string; queue: string; record: SQSRecord; error: string };

export type SqsOptions = {
  regions: readonly string[];
  queues?: readonly string[];
  queueUrl: (region: string, name: string) => string;
  random?: () => number;
  lateMs?: number;
  duplicateRate?: number;
  retentionS?: number;
  onSqs?: (region: string, queue: string, event: SQSEvent) => Promise<SQSBatchResponse | void>;
};

const attribute = z.object({
  DataType: z.string(),
  StringValue: z.string().optional(),
  BinaryValue: z.string().optional(),
});
const message = z.object({
  MessageBody: z.string(),
  DelaySeconds: z.number().int().optional(),
  MessageAttributes: z.record(z.string(), attribute).optional(),
});
const sendRequest = message.extend({ QueueUrl: z.string() });
const batchRequest = z.object({
  QueueUrl: z.string(),
  Entries: z.array(message.extend({ Id: z.string() })).default([]),
});
const urlRequest = z.object({ QueueName: z.string() });
const attributesRequest = z.object({ QueueUrl: z.string(), AttributeNames: z.array(z.string()).default([]) });

type Message = z.infer<typeof message>;
type Queue = { region: string; name: string };

export type Sqs = Service & { deadLetters(): readonly DeadLetter[]; close(): void };

export function createSqs(options: SqsOptions): Sqs {
  const { random = Math.random, lateMs = 0, duplicateRate = 0, retentionS = 300 } = options;
  const timers = new Set<NodeJS.Timeout>();
  const dead: DeadLetter[] = [];
  const waiting = new Map<string, number>();
  const keyOf = ({ region, name }: Queue): string => `${region} ${name}`;

  const deliver = async ({ region, name }: Queue, record: SQSRecord, sentMs: number): Promise<void> => {
    if (Date.now() - sentMs > retentionS * 1000) return;
    record.attributes.ApproximateFirstReceiveTimestamp = String(Date.now());
    try {
      const result = await options.onSqs?.(region, name, { Records: [record] });
      if ((result?.batchItemFailures.length ?? 0) > 0) throw new Error("the consumer reported the item as failed");
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      keepNewest(dead, { region, queue: name, record, error: text });
    }
  };

  const schedule = (queue: Queue, record: SQSRecord, delayS: number): void => {
    const sentMs = Date.now();
    const key = keyOf(queue);
    waiting.set(key, (waiting.get(key) ?? 0) + 1);
    const fire = (): void => {
      timers.delete(timer);
      waiting.set(key, (waiting.get(key) ?? 1) - 1);
      void deliver(queue, record, sentMs);
    };
    const timer = setTimeout(fire, delayS * 1000 + random() * lateMs);
    timers.add(timer);
  };

  const send = (queue: Queue, sent: Message): { MessageId: string; MD5OfMessageBody: string } => {
    const delayS = checkMessage(sent);
    const record = recordOf(queue, sent);
    schedule(queue, record, delayS);
    if (random() < duplicateRate) schedule(queue, { ...structuredClone(record), receiptHandle: randomUUID() }, delayS);
    return { MessageId: record.messageId, MD5OfMessageBody: record.md5OfBody };
  };

  /** The queue of a URL; its region must be the one that was signed for, as AWS's hosts enforce. */
  const queueOf = (region: string, url: string): Queue => {
    const [account, urlRegion, name] = URL.parse(url)?.pathname.slice(1).split("/") ?? [];
    const exists = account === localAccount && urlRegion === region && options.regions.includes(region);
    if (exists && name !== undefined && (options.queues ?? []).includes(name)) return { region, name };
    throw noQueue();
  };

  const operations: Record<string, (region: string, body: Buffer) => { target: string; run: () => object }> = {
    SendMessage: (region, body) => {
      const { QueueUrl, ...sent } = parse(sendRequest, body);
      const queue = queueOf(region, QueueUrl);
      return { target: queue.name, run: () => send(queue, sent) };
    },
    SendMessageBatch: (region, body) => {
      const { QueueUrl, Entries } = parse(batchRequest, body);
      const queue = queueOf(region, QueueUrl);
      return { target: queue.name, run: () => sendBatch(Entries, (entry) => send(queue, entry)) };
    },
    GetQueueUrl: (region, body) => {
      const { QueueName: name } = parse(urlRequest, body);
      const QueueUrl = options.queueUrl(region, name);
      return { target: queueOf(region, QueueUrl).name, run: () => ({ QueueUrl }) };
    },
    GetQueueAttributes: (region, body) => {
      const { QueueUrl, AttributeNames } = parse(attributesRequest, body);
      const queue = queueOf(region, QueueUrl);
      const all: Record<string, string> = {
        QueueArn: arnOf(queue),
        ApproximateNumberOfMessages: "0",
        ApproximateNumberOfMessagesDelayed: String(waiting.get(keyOf(queue)) ?? 0),
        MessageRetentionPeriod: String(retentionS),
      };
      const chosen = Object.entries(all).filter(
        ([key]) => AttributeNames.includes("All") || AttributeNames.includes(key),
      );
      return { target: queue.name, run: () => ({ Attributes: Object.fromEntries(chosen) }) };
    },
  };

  return {
    name: "sqs",
    takes: (request) => jsonOperation(request, "AmazonSQS") !== undefined,
    read: (region, request, body): Read => {
      const operation = jsonOperation(request, "AmazonSQS") ?? "";
      const handler = Object.hasOwn(operations, operation) ? operations[operation] : undefined;
      if (handler === undefined)
        throw new AwsError("UnsupportedOperation", `The embedded SQS does not know ${operation}`);
      const { target, run } = handler(region, body);
      return { operation, target, run: () => jsonReply("1.0", run()) };
    },
    refuse: (error) => {
      const reply = jsonReply(
        "1.0",
        { __type: `com.amazonaws.sqs#${error.code}`, message: error.message },
        error.status,
      );
      const fault = error.status < 500 ? "Sender" : "Receiver";
      reply.headers["x-amzn-query-error"] = `${queryCodes[error.code] ?? error.code};${fault}`;
      return reply;
    },
    deadLetters: () => dead,
    close: () => {
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
}

/** The delay in seconds. Throws as SQS does for an empty, too long or too late message. */
function checkMessage(sent: Message): number {
  if (sent.MessageBody === "") {
    throw new AwsError("MissingParameter", "The request must contain the parameter MessageBody.");
  }
  if (Buffer.byteLength(sent.MessageBody) > messageLimitBytes) {
    const message = `One or more parameters are invalid. Reason: Message must be shorter than ${messageLimitBytes} bytes.`;
    throw new AwsError("InvalidParameterValue", message);
  }
  const delayS = sent.DelaySeconds ?? 0;
  if (delayS >= 0 && delayS <= 900) return delayS;
  const text = `Value ${delayS} for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.`;
  throw new AwsError("InvalidParameterValue", text);
}

type Entry = Message & { Id: string };

/** Entries succeed and fail each for itself; a batch that is malformed as a whole is refused. */
function sendBatch(entries: readonly Entry[], send: (entry: Entry) => object): object {
  checkBatch(entries);
  const successful: object[] = [];
  const failed: object[] = [];
  for (const entry of entries) {
    try {
      successful.push({ Id: entry.Id, ...send(entry) });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      failed.push({ Id: entry.Id, SenderFault: true, Code: error.code, Message: error.message });
    }
  }
  return { Successful: successful, Failed: failed };
}

function checkBatch(entries: readonly Entry[]): void {
  const refuse = (name: string, text: string): never => {
    throw new AwsError(name, text);
  };
  if (entries.length === 0) {
    refuse("EmptyBatchRequest", "There should be at least one SendMessageBatchRequestEntry in the request.");
  }
  if (entries.length > 10) {
    const text = `Maximum number of entries per request are 10. You have sent ${entries.length}.`;
    refuse("TooManyEntriesInBatchRequest", text);
  }
  const ids = new Set<string>();
  for (const { Id } of entries) {
    if (!/^[A-Za-z0-9_-]{1,80}$/.test(Id)) {
      const text =
        "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.";
      refuse("InvalidBatchEntryId", text);
    }
    if (ids.has(Id)) refuse("BatchEntryIdsNotDistinct", `Id ${Id} repeated.`);
    ids.add(Id);
  }
  const bytes = entries.reduce((sum, entry) => sum + Buffer.byteLength(entry.MessageBody), 0);
  if (bytes > messageLimitBytes) {
    const text = `Batch requests cannot be longer than ${messageLimitBytes} bytes. You have sent ${bytes} bytes.`;
    refuse("BatchRequestTooLong", text);
  }
}

function recordOf(queue: Queue, sent: Message): SQSRecord {
  return {
    messageId: randomUUID(),
    receiptHandle: randomUUID(),
    body: sent.MessageBody,
    attributes: {
      ApproximateReceiveCount: "1",
      SentTimestamp: String(Date.now()),
      SenderId: localAccount,
      ApproximateFirstReceiveTimestamp: String(Date.now()),
    },
    messageAttributes: attributesOf(sent),
    md5OfBody: createHash("md5").update(sent.MessageBody).digest("hex"),
    eventSource: "aws:sqs",
    eventSourceARN: arnOf(queue),
    awsRegion: queue.region,
  };
}

function attributesOf(sent: Message): SQSMessageAttributes {
  const entries = Object.entries(sent.MessageAttributes ?? {}).map(([name, { DataType, StringValue, BinaryValue }]) => {
    const value = { stringValue: StringValue, binaryValue: BinaryValue, dataType: DataType };
    return [name, value] as const;
  });
  return Object.fromEntries(entries);
}

function arnOf({ region, name }: Queue): string {
  return `arn:aws:sqs:${region}:${localAccount}:${name}`;
}

function noQueue(): AwsError {
  return new AwsError("QueueDoesNotExist", "The specified queue does not exist.");
}

function parse<T>(schema: z.ZodType<T>, body: Buffer): T {
  return readJson(schema, body, "InvalidParameterValue");
}
