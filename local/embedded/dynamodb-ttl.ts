// Time to live: the API, and a sweeper that deletes what has expired. Kept in the same LevelDB as the tables.
// Source: DynamoDB developer guide, "Using time to live": numbers only, seconds, nothing older than five years.
import type { Item, Store } from "dynalite/db/index.js";
import * as z from "zod";
import type { Input } from "./dynamodb-engine.ts";
import { checkInput, openStage, readTable } from "./dynamodb-engine.ts";
import type { Lock } from "./dynamodb-store.ts";
import { AwsError } from "./loopback.ts";

const oldestS = 5 * 365 * 86_400;
const prefix = "ttl~";

const updateRequest = z.object({
  TableName: z.string(),
  TimeToLiveSpecification: z.object({ AttributeName: z.string().min(1).max(255), Enabled: z.boolean() }),
});
const describeRequest = z.object({ TableName: z.string() });

export type TimeToLive = {
  update(input: Input): Promise<object>;
  describe(input: Input): Promise<object>;
  attribute(table: string): string | undefined;
  forget(table: string): Promise<void>;
  /** Deletes what has expired in every table; how many items. */
  sweep(): Promise<number>;
};

/** `update` and `forget` must be called under the write lock; `sweep` takes it for each item. */
export async function openTimeToLive(store: Store, lock: Lock, nowMs: () => number): Promise<TimeToLive> {
  const attributes = new Map<string, string>();
  for await (const [key, value] of store.db.iterator({ gte: prefix, lt: `${prefix}\xff` })) {
    attributes.set(key.slice(prefix.length), String(value));
  }

  const update = async (input: Input): Promise<object> => {
    const { TableName: table, TimeToLiveSpecification: wanted } = parse(updateRequest, input);
    await readTable(store, table);
    if (attributes.has(table) === wanted.Enabled) {
      throw new AwsError("ValidationException", `TimeToLive is already ${wanted.Enabled ? "enabled" : "disabled"}`);
    }
    if (wanted.Enabled) {
      await store.db.put(prefix + table, wanted.AttributeName);
      attributes.set(table, wanted.AttributeName);
    } else await forget(table);
    return { TimeToLiveSpecification: wanted };
  };

  const forget = async (table: string): Promise<void> => {
    attributes.delete(table);
    await store.db.del(prefix + table);
  };

  const describe = async (input: Input): Promise<object> => {
    const { TableName: table } = parse(describeRequest, input);
    await readTable(store, table);
    const attribute = attributes.get(table);
    if (attribute === undefined) return { TimeToLiveDescription: { TimeToLiveStatus: "DISABLED" } };
    return { TimeToLiveDescription: { TimeToLiveStatus: "ENABLED", AttributeName: attribute } };
  };

  const sweep = async (): Promise<number> => {
    let deleted = 0;
    for (const [table, attribute] of attributes) deleted += await sweepTable(store, lock, table, attribute, nowMs());
    return deleted;
  };
  return { update, describe, attribute: (table) => attributes.get(table), forget, sweep };
}

async function sweepTable(store: Store, lock: Lock, table: string, attribute: string, nowMs: number): Promise<number> {
  const nowS = Math.floor(nowMs / 1000);
  let deleted = 0;
  let from: unknown;
  do {
    const page = await openStage(store).run("Scan", expiredScan(store, table, attribute, nowS, from));
    // Scan answers with items; its own types are not dynalite's to give.
    for (const item of (page["Items"] ?? []) as Item[]) {
      if (await lock(() => deleteExpired(store, table, attribute, item))) deleted += 1;
    }
    from = page["LastEvaluatedKey"];
  } while (from !== undefined);
  return deleted;
}

function expiredScan(store: Store, table: string, attribute: string, nowS: number, from: unknown): Input {
  return checkInput(store, "Scan", {
    TableName: table,
    FilterExpression: "attribute_type(#ttl, :number) AND #ttl < :now AND #ttl > :oldest",
    ExpressionAttributeNames: { "#ttl": attribute },
    ExpressionAttributeValues: {
      ":number": { S: "N" },
      ":now": { N: String(nowS) },
      ":oldest": { N: String(nowS - oldestS) },
    },
    ...(from === undefined ? {} : { ExclusiveStartKey: from }),
  });
}

/** False when somebody has prolonged or deleted it since it was read. */
async function deleteExpired(store: Store, table: string, attribute: string, item: Item): Promise<boolean> {
  const { KeySchema } = await readTable(store, table);
  const key = Object.fromEntries(KeySchema.map(({ AttributeName: name }) => [name, item[name]]));
  const stage = openStage(store);
  const request = {
    TableName: table,
    Key: key,
    ConditionExpression: "#ttl = :seen",
    ExpressionAttributeNames: { "#ttl": attribute },
    ExpressionAttributeValues: { ":seen": item[attribute] },
  };
  try {
    await stage.run("DeleteItem", checkInput(store, "DeleteItem", request));
  } catch {
    return false;
  }
  await stage.commit();
  return true;
}

function parse<T>(schema: z.ZodType<T>, input: Input): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new AwsError("ValidationException", `1 validation error detected: ${z.prettifyError(parsed.error)}`);
}
