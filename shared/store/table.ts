// The table as the nouns use it: get, query, put, update, remove. Every failure of DynamoDB's is a SoftError, what has
// expired is not there, and a condition that does not hold is an answer.
import { TransactionCanceledException } from "@aws-sdk/client-dynamodb";
import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import type * as z from "zod/mini";
import { SoftError } from "../model/errors.ts";
import { atMost } from "./at-most.ts";
import { pack, unpack } from "./item.ts";
import { type Key, keyCondition, labelOf, NOT_THERE, type Range, THERE, TTL_ATTRIBUTE } from "./keys.ts";

export type StoreOptions = {
  client: DynamoDBDocumentClient;
  table: string;
  /** The region whose replica the client talks to, and whose items this store writes. */
  region: string;
  nowMs?: () => number;
  /** Told of items that are left out because this Lifeboat cannot read them. */
  onUnreadable?: (error: unknown) => void;
};

type Item = Record<string, unknown>;

/** A condition expression in named pieces. */
export type Condition = { text: string; names?: Record<string, string>; values?: Item };

/** Nothing is there yet: what makes a fact a fact. */
export const absent: Condition = { text: NOT_THERE };

export type Put = {
  /** Stored as JSON. */
  value: unknown;
  /** Attributes beside it that a condition looks at. */
  fields?: Record<string, number>;
  /** Whole seconds from now; without it the item stays. */
  keepS?: number;
  condition?: Condition;
};

export type Table = {
  region: string;
  nowMs(): number;
  get(key: Key): Promise<Item | undefined>;
  /** In the order of the sort keys. `consistent`: also what was written here a moment ago. */
  query(partition: string, options: { range?: Range; consistent: boolean }): Promise<Item[]>;
  /** The greatest sort keys first, those below `below` if it is given, at most `limit`. */
  page(partition: string, options: { below?: string | undefined; limit: number }): Promise<Item[]>;
  /** False when the condition does not hold. */
  put(key: Key, put: Put): Promise<boolean>;
  /** Writes bytes that expire after `keepS`, unless the same stand there for good already. */
  putBytes(key: Key, bytes: Uint8Array, keepS: number): Promise<void>;
  /**
   * Writes an item and lets others, which would have expired, stay for good: all or nothing. False when an item of the
   * key is there already; rejects when one of the others is not.
   */
  putAndKeep(key: Key, put: Pick<Put, "value">, kept: readonly Key[]): Promise<boolean>;
  /** Sets each of these numbers unless it is set already. */
  setOnce(key: Key, numbers: Readonly<Record<string, number>>): Promise<void>;
  remove(key: Key): Promise<void>;
  /** The values of items. Rejects with a SoftError if one of them cannot be read. */
  all<T>(items: readonly Item[], schema: z.ZodMiniType<T>): Promise<T[]>;
  /** The same, without those that cannot be read: for what the rules take for silence. */
  known<T>(items: readonly Item[], schema: z.ZodMiniType<T>): Promise<T[]>;
};

/**
 * Requests under way at once: fewer than the SDK has connections (50). To its deadline for connecting the time counts for which
 * a request waits for a connection, so that of hundreds of pools that ask at once most would fail on a small Lambda.
 */
const IN_FLIGHT = 45;

export function openTable({ client, table: TableName, region, nowMs = Date.now, onUnreadable }: StoreOptions): Table {
  const fresh = (item: Item): boolean => {
    const expiresS = item[TTL_ATTRIBUTE];
    return typeof expiresS !== "number" || expiresS * 1000 > nowMs();
  };
  const inTurn = atMost(IN_FLIGHT);
  const softly = <T>(what: string, send: () => Promise<T>): Promise<T> => inTurn(() => sendSoftly(what, send));
  return {
    region,
    nowMs,
    async get(Key) {
      const command = new GetCommand({ TableName, Key, ConsistentRead: true });
      const { Item } = await softly(`${labelOf(Key)} could not be read`, () => client.send(command));
      return Item && fresh(Item) ? Item : undefined;
    },
    async query(partition, { range, consistent }) {
      const items: Item[] = [];
      let from: Item | undefined;
      do {
        const command = new QueryCommand({
          TableName,
          ...keyCondition(partition, range),
          ConsistentRead: consistent,
          ExclusiveStartKey: from,
        });
        const page = await softly(`${partition} could not be read`, () => client.send(command));
        items.push(...(page.Items ?? []).filter(fresh));
        from = page.LastEvaluatedKey;
      } while (from);
      return items;
    },
    async put(key, { value, fields, keepS, condition }) {
      const expires = keepS === undefined ? {} : { [TTL_ATTRIBUTE]: Math.ceil(nowMs() / 1000 + keepS) };
      const command = new PutCommand({
        TableName,
        Item: { ...key, ...fields, ...expires, ...(await pack(value)) },
        ...(condition && expressionOf(condition)),
      });
      return softly(`${labelOf(key)} could not be written`, () => client.send(command).then(held, unheld));
    },
    async page(partition, { below, limit }) {
      const items: Item[] = [];
      let from: Item | undefined;
      do {
        const command = new QueryCommand({
          TableName,
          ...keyCondition(partition, below === undefined ? undefined : { below }),
          ConsistentRead: true,
          ScanIndexForward: false,
          Limit: limit - items.length,
          ExclusiveStartKey: from,
        });
        const page = await softly(`${partition} could not be read`, () => client.send(command));
        items.push(...(page.Items ?? []).filter(fresh));
        from = page.LastEvaluatedKey;
      } while (from && items.length < limit);
      return items;
    },
    async putBytes(key, bytes, keepS) {
      const expires = { [TTL_ATTRIBUTE]: Math.ceil(nowMs() / 1000 + keepS) };
      const command = new PutCommand({
        TableName,
        Item: { ...key, ...expires, bytes },
        ...expressionOf({ text: `${NOT_THERE} OR attribute_exists(#expires)`, names: { "#expires": TTL_ATTRIBUTE } }),
      });
      await softly(`${labelOf(key)} could not be written`, () => client.send(command).then(held, unheld));
    },
    async putAndKeep(key, { value }, kept) {
      const Item = { ...key, ...(await pack(value)) };
      const stay = {
        UpdateExpression: "REMOVE #expires",
        ExpressionAttributeNames: { "#expires": TTL_ATTRIBUTE },
        ConditionExpression: THERE,
      };
      const TransactItems = [
        { Put: { TableName, Item, ConditionExpression: NOT_THERE } },
        ...kept.map((Key) => ({ Update: { TableName, Key, ...stay } })),
      ];
      const command = new TransactWriteCommand({ TransactItems });
      return softly(`${labelOf(key)} could not be written`, () => client.send(command).then(held, firstUnheld));
    },
    async setOnce(key, numbers) {
      for (const part of chunks(Object.entries(numbers), 50)) {
        const command = new UpdateCommand({ TableName, Key: key, ...setExpression(part) });
        await softly(`${labelOf(key)} could not be written`, () => client.send(command));
      }
    },
    async remove(Key) {
      const command = new DeleteCommand({ TableName, Key });
      await softly(`${labelOf(Key)} could not be deleted`, () => client.send(command));
    },
    all: (items, schema) => Promise.all(items.map((item) => unpack(item, schema))),
    async known(items, schema) {
      const read = await Promise.allSettled(items.map((item) => unpack(item, schema)));
      for (const one of read) if (one.status === "rejected") onUnreadable?.(one.reason);
      return read.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    },
  };
}

function expressionOf({ text, names, values }: Condition) {
  return {
    ConditionExpression: text,
    ...(names && { ExpressionAttributeNames: names }),
    ...(values && { ExpressionAttributeValues: values }),
  };
}

function setExpression(numbers: readonly (readonly [string, number])[]) {
  return {
    UpdateExpression: `SET ${numbers.map((_, at) => `#n${at} = if_not_exists(#n${at}, :n${at})`).join(", ")}`,
    ExpressionAttributeNames: Object.fromEntries(numbers.map(([name], at) => [`#n${at}`, name])),
    ExpressionAttributeValues: Object.fromEntries(numbers.map(([, value], at) => [`:n${at}`, value])),
  };
}

function chunks<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, at) => list.slice(at * size, (at + 1) * size));
}

function held(): boolean {
  return true;
}

function unheld(error: unknown): boolean {
  if (error instanceof Error && error.name === "ConditionalCheckFailedException") return false;
  throw error;
}

/** Of a transaction: its first condition did not hold. The others' are no answer but a failure. */
function firstUnheld(error: unknown): boolean {
  if (error instanceof TransactionCanceledException) {
    if (error.CancellationReasons?.[0]?.Code === "ConditionalCheckFailed") return false;
  }
  throw error;
}

async function sendSoftly<T>(what: string, send: () => Promise<T>): Promise<T> {
  try {
    return await send();
  } catch (cause) {
    throw new SoftError(`the table: ${what}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
