// An embedded DynamoDB: our own HTTP front over dynalite's storage, validation and expressions. dynalite's own front dies
// with a client that aborts and knows no transactions, no time to live and no ReturnValuesOnConditionCheckFailure.
// One table serves every region: it stands for a global table without replication lag.
import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { crc32 } from "node:zlib";
import type { Item, Store } from "dynalite/db/index.js";
import { createKey } from "dynalite/db/index.js";
import * as z from "zod";
import { TTL_ATTRIBUTE } from "../../shared/store/keys.ts";
import type { Input, Operation } from "./dynamodb-engine.ts";
import { checkInput, isOperation, openStage, readTable } from "./dynamodb-engine.ts";
import type { Lock } from "./dynamodb-store.ts";
import { createLock, openStore, settled } from "./dynamodb-store.ts";
import type { Transactions } from "./dynamodb-transactions.ts";
import { createTransactions } from "./dynamodb-transactions.ts";
import type { TimeToLive } from "./dynamodb-ttl.ts";
import { openTimeToLive } from "./dynamodb-ttl.ts";
import type { Fault, Hooked, Loopback } from "./loopback.ts";
import { AwsError, Dropped, listen, parseObject, readBody, signedRegion, underFault } from "./loopback.ts";

const bodyLimitBytes = 16 * 1024 * 1024;
const sweepEveryMs = 60_000;

/** What a hook is told of a request before it is carried out. */
export type DynamoDbRequest = { region: string; table: string | undefined; input: Record<string, unknown> };

export type DynamoDbOptions = {
  /** 0, the default: any free port. */
  port?: number;
  host?: string;
  /** A directory that outlives the process; without it everything is in memory. */
  path?: string | undefined;
  /** The command-line flag that changes the port, for the message that says it is taken. */
  flag?: string;
  nowMs?: () => number;
  sweepMs?: number;
  onRequest?: (operation: string, request: DynamoDbRequest) => Hooked;
};

export type DynamoDb = Loopback & {
  /** A table with pk and sk (strings), on demand, `expiresS` as its time to live. One that is there is left as it is. */
  createTable(name: string): Promise<void>;
  /** Deletes what has expired now; how many items. Happens by itself once a minute. */
  sweep(): Promise<number>;
};

/** A fault for `onRequest`: what an overloaded on-demand table answers. */
export const throttled: Fault = {
  kind: "error",
  code: "ProvisionedThroughputExceededException",
  message:
    "The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level with the UpdateTable API.",
};

const dynaliteError = z.object({
  body: z.looseObject({ __type: z.string(), message: z.string().optional(), Message: z.string().optional() }),
});

type Engine = { store: Store; lock: Lock; timeToLive: TimeToLive; transactions: Transactions };

/** Opens the store, then listens. Throws a UserError when the directory is in use by another copy or the port is taken. */
export async function serveDynamoDb(options: DynamoDbOptions = {}): Promise<DynamoDb> {
  const nowMs = options.nowMs ?? Date.now;
  const store = await openStore(options.path);
  const lock = createLock();
  const timeToLive = await openTimeToLive(store, lock, nowMs);
  const engine: Engine = { store, lock, timeToLive, transactions: createTransactions(store, nowMs) };
  const closeStore = (): Promise<void> => lock(() => store.lifecycleManager.gracefulClose());

  const where = { host: options.host, port: options.port, what: "DynamoDB", flag: options.flag };
  const server = await listen(
    where,
    (request, response) => void serve(engine, options.onRequest, request, response),
  ).catch(async (error: unknown) => {
    await closeStore();
    throw error;
  });
  let sweeping: Promise<unknown> = Promise.resolve();
  const sweep = (): Promise<number> => {
    const swept = sweeping.then(() => timeToLive.sweep());
    sweeping = swept.catch(() => undefined);
    return swept;
  };
  const timer = setInterval(() => void sweep().catch(() => undefined), options.sweepMs ?? sweepEveryMs).unref();
  return {
    url: server.url,
    port: server.port,
    createTable: (name) => createTable(engine, name),
    sweep,
    close: async () => {
      clearInterval(timer);
      await server.close();
      await sweeping;
      await closeStore();
    },
  };
}

async function serve(
  engine: Engine,
  onRequest: DynamoDbOptions["onRequest"],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const input = await readBody(request, bodyLimitBytes).then(parseObject);
    const region = signedRegion(request);
    const operation = /^DynamoDB_20120810\.(\w+)$/.exec(String(request.headers["x-amz-target"]))?.[1] ?? "";
    const table = typeof input["TableName"] === "string" ? input["TableName"] : undefined;
    const fault = await onRequest?.(operation, { region, table, input });
    answer(response, 200, await underFault(fault, () => carryOut(engine, operation, input)));
  } catch (error) {
    if (error instanceof Dropped) request.socket.destroy();
    else answerError(response, error);
  }
}

function answer(response: ServerResponse, status: number, output: object): void {
  const body = Buffer.from(JSON.stringify(output));
  response.writeHead(status, {
    "content-type": "application/x-amz-json-1.0",
    "content-length": body.length,
    "x-amzn-requestid": randomUUID(),
    "x-amz-crc32": crc32(body),
  });
  response.end(body);
}

function answerError(response: ServerResponse, error: unknown): void {
  const fault = asAwsError(error);
  const type = fault.code.includes("#") ? fault.code : `com.amazonaws.dynamodb.v20120810#${fault.code}`;
  answer(response, fault.status, { __type: type, message: fault.message, Message: fault.message, ...fault.fields });
}

/** dynalite's errors carry AWS's body; anything else is a fault of this server. */
function asAwsError(error: unknown): AwsError {
  if (error instanceof AwsError) return error;
  const known = dynaliteError.safeParse(error);
  if (!known.success)
    return new AwsError("InternalServerError", error instanceof Error ? error.message : String(error), 500);
  const { __type: type, message, Message, ...fields } = known.data.body;
  return new AwsError(type, message ?? Message ?? "", 400, fields);
}

async function carryOut(engine: Engine, operation: string, input: Input): Promise<object> {
  const { lock, timeToLive, transactions } = engine;
  switch (operation) {
    case "TransactWriteItems":
      return lock(() => transactions.write(input));
    case "TransactGetItems":
      return lock(() => transactions.get(input));
    case "UpdateTimeToLive":
      return lock(() => timeToLive.update(input));
    case "DescribeTimeToLive":
      return timeToLive.describe(input);
    case "CreateTable":
    case "DeleteTable":
      return lock(() => changeTable(engine, operation, input));
    case "PutItem":
    case "UpdateItem":
    case "DeleteItem":
    case "BatchWriteItem":
      return lock(() => write(engine.store, operation, input));
    default:
      if (!isOperation(operation)) throw unknownOperation(operation);
      return openStage(engine.store).run(operation, checkInput(engine.store, operation, input));
  }
}

function unknownOperation(operation: string): AwsError {
  const message = `The embedded DynamoDB does not know ${operation === "" ? "this operation" : operation}`;
  return new AwsError("com.amazon.coral.service#UnknownOperationException", message);
}

/** One write, whole or not at all. A failed condition shows the item when the caller asked for it. */
async function write(store: Store, operation: Operation, input: Input): Promise<object> {
  const { ReturnValuesOnConditionCheckFailure: show, ...request } = input;
  const stage = openStage(store);
  const data = checkInput(store, operation, request);
  try {
    const output = await stage.run(operation, data);
    await stage.commit();
    return output;
  } catch (error) {
    const fault = asAwsError(error);
    if (show !== "ALL_OLD" || !fault.code.endsWith("#ConditionalCheckFailedException")) throw error;
    const table = await readTable(store, String(data["TableName"]));
    // The condition was judged, so the Key, or the Item with its key, is there and matches the schema.
    const old = await stage.read(table, createKey((data["Key"] ?? data["Item"]) as Item, table));
    throw new AwsError(fault.code, fault.message, 400, old === undefined ? {} : { Item: old });
  }
}

/** Answers as AWS does (CREATING, DELETING) once it is done, so that nobody has to wait. */
async function changeTable(engine: Engine, operation: "CreateTable" | "DeleteTable", input: Input): Promise<object> {
  const data = checkInput(engine.store, operation, input);
  const output = structuredClone(await openStage(engine.store).run(operation, data));
  const name = String(data["TableName"]);
  await settled(engine.store, name, operation === "CreateTable" ? "ACTIVE" : "GONE");
  if (operation === "DeleteTable") await engine.timeToLive.forget(name);
  return output;
}

async function createTable(engine: Engine, name: string): Promise<void> {
  const there = await readTable(engine.store, name).then(
    () => true,
    () => false,
  );
  if (!there) {
    await carryOut(engine, "CreateTable", {
      TableName: name,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [
        { AttributeName: "pk", AttributeType: "S" },
        { AttributeName: "sk", AttributeType: "S" },
      ],
      KeySchema: [
        { AttributeName: "pk", KeyType: "HASH" },
        { AttributeName: "sk", KeyType: "RANGE" },
      ],
    });
  }
  if (engine.timeToLive.attribute(name) !== undefined) return;
  await carryOut(engine, "UpdateTimeToLive", {
    TableName: name,
    TimeToLiveSpecification: { AttributeName: TTL_ATTRIBUTE, Enabled: true },
  });
}
