// SQS, SNS, EventBridge and Lambda's Invoke on one loopback port, in the SDK's own wire formats. What they carry goes to
// the callbacks: the one-machine mode calls the deployed handlers with it, a test looks at it.
import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import type { BusEvent } from "./bus-events.ts";
import { createEvents } from "./bus-events.ts";
import type { InvocationType } from "./bus-lambda.ts";
import { createLambda } from "./bus-lambda.ts";
import type { Call, Reply, Service } from "./bus-service.ts";
import type { Published } from "./bus-sns.ts";
import { createSns } from "./bus-sns.ts";
import type { DeadLetter } from "./bus-sqs.ts";
import { createSqs } from "./bus-sqs.ts";
import type { Hooked, Loopback } from "./loopback.ts";
import { AwsError, Dropped, listen, localAccount, readBody, signedRegion, underFault } from "./loopback.ts";

const bodyLimitBytes = 8 * 1024 * 1024;

export type BusOptions = {
  /** 0, the default: any free port. */
  port?: number;
  host?: string;
  /** What exists: each queue, topic and function by name, in each of these regions. */
  regions: readonly string[];
  queues?: readonly string[];
  topics?: readonly string[];
  functions?: readonly string[];
  /** In [0, 1). From it come the queue's lateness and its duplicates. */
  random?: () => number;
  /** A message may be up to this much later than its delay asks. */
  lateMs?: number;
  /** The share of messages that are delivered twice. */
  duplicateRate?: number;
  /** What is older than this (counted from sending) is never delivered. */
  retentionS?: number;
  /** Invocations of one function in one region at once; above it synchronous callers are refused, others wait. */
  concurrency?: number;
  /** A rejection, or a reported item failure, moves the message to the dead letters. */
  onSqs?: (region: string, queue: string, event: SQSEvent) => Promise<SQSBatchResponse | void>;
  onSns?: (region: string, message: Published) => void;
  onEvents?: (region: string, event: BusEvent) => void;
  /** Throws what the handler threw; an AwsError instead is answered as Lambda's own. */
  onInvoke?: (region: string, functionName: string, payload: unknown, type: InvocationType) => Promise<unknown>;
  onRequest?: (call: Call) => Hooked;
};

export type Bus = Loopback & {
  /** A loopback URL: the SDK prefers a queue URL's host to AWS_ENDPOINT_URL_SQS. */
  queueUrl(region: string, name: string): string;
  topicArn(region: string, name: string): string;
  /** What a consumer failed on, oldest first, the last 1,000. */
  deadLetters(): readonly DeadLetter[];
  /** What was published, oldest first, the last 1,000. */
  published(): readonly Published[];
};

/** Listens. Throws a UserError when the port is taken. */
export async function serveBus(options: BusOptions): Promise<Bus> {
  let url = "";
  const queueUrl = (region: string, name: string): string => `${url}/${localAccount}/${region}/${name}`;
  const sqs = createSqs({ ...options, queueUrl });
  const sns = createSns(options);
  const services: Service[] = [sqs, sns, createEvents(options), createLambda(options)];
  const where = { host: options.host, port: options.port, what: "SQS, SNS, EventBridge and Lambda" };
  const server = await listen(where, (request, response) => void serve(services, options, request, response));
  url = server.url;
  return {
    url,
    port: server.port,
    queueUrl,
    topicArn: (region, name) => `arn:aws:sns:${region}:${localAccount}:${name}`,
    deadLetters: () => sqs.deadLetters(),
    published: () => sns.published(),
    close: async () => {
      sqs.close();
      await server.close();
    },
  };
}

async function serve(
  services: readonly Service[],
  options: BusOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  let service: Service | undefined;
  try {
    const body = await readBody(request, bodyLimitBytes);
    service = services.find((candidate) => candidate.takes(request));
    if (service === undefined)
      throw new AwsError("UnknownOperationException", "No embedded service takes this request", 404);
    const region = signedRegion(request);
    const { operation, target, run } = service.read(region, request, body);
    const fault = await options.onRequest?.({ service: service.name, operation, region, target });
    answer(response, await underFault(fault, run));
  } catch (error) {
    if (error instanceof Dropped) request.socket.destroy();
    else answer(response, service?.refuse(asAwsError(error)) ?? plainRefusal(asAwsError(error)));
  }
}

function asAwsError(error: unknown): AwsError {
  if (error instanceof AwsError) return error;
  return new AwsError("InternalFailure", error instanceof Error ? error.message : String(error), 500);
}

function plainRefusal(error: AwsError): Reply {
  return { status: error.status, headers: { "content-type": "text/plain" }, body: `${error.code}: ${error.message}\n` };
}

function answer(response: ServerResponse, reply: Reply): void {
  const body = Buffer.from(reply.body);
  response.writeHead(reply.status, {
    ...reply.headers,
    ...(reply.status === 204 ? {} : { "content-length": body.length }),
    "x-amzn-requestid": randomUUID(),
  });
  response.end(body);
}
