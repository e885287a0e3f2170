// An embedded DynamoDB on a free port with one table, and real SDK clients for it. All end with the test.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb";
import { onTestFinished } from "vitest";
import type { DynamoDb, DynamoDbOptions } from "../../local/embedded/dynamodb.ts";
import { serveDynamoDb } from "../../local/embedded/dynamodb.ts";

export const TableName = "lifeboat";

export async function startDb(options: DynamoDbOptions = {}): Promise<DynamoDb> {
  const db = await serveDynamoDb(options);
  onTestFinished(() => db.close());
  await db.createTable(TableName);
  return db;
}

export function clientOf(url: string, region = "eu-west-1"): DynamoDBDocumentClient {
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const client = new DynamoDBClient({ endpoint: url, region, credentials, maxAttempts: 1 });
  onTestFinished(() => client.destroy());
  return DynamoDBDocumentClient.from(client);
}

export async function directory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "embedded-dynamodb-"));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** One item as it is now, or undefined. */
export async function get(client: DynamoDBDocumentClient, pk: string, sk = "a"): Promise<unknown> {
  return (await client.send(new GetCommand({ TableName, Key: { pk, sk }, ConsistentRead: true }))).Item;
}
