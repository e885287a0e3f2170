import { once } from "node:events";
import { connect } from "node:net";
import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  ListTablesCommand,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import { BatchWriteCommand, DeleteCommand, PutCommand, QueryCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { describe, expect, test } from "vitest";
import { serveDynamoDb, throttled } from "../../local/embedded/dynamodb.ts";
import type { Fault } from "../../local/embedded/loopback.ts";
import { UserError } from "../../shared/model/errors.ts";
import { clientOf, get, startDb, TableName } from "./dynamodb-fixture.ts";

describe("tables", () => {
  test("are ready once created, on demand, with expiresS as their time to live", async () => {
    const db = await startDb();
    const client = clientOf(db.url);
    const { Table } = await client.send(new DescribeTableCommand({ TableName }));
    expect(Table).toMatchObject({ TableStatus: "ACTIVE", BillingModeSummary: { BillingMode: "PAY_PER_REQUEST" } });
    expect(Table?.KeySchema).toEqual([
      { AttributeName: "pk", KeyType: "HASH" },
      { AttributeName: "sk", KeyType: "RANGE" },
    ]);
    const { TimeToLiveDescription } = await client.send(new DescribeTimeToLiveCommand({ TableName }));
    expect(TimeToLiveDescription).toEqual({ TimeToLiveStatus: "ENABLED", AttributeName: "expiresS" });
    await expect(db.createTable(TableName)).resolves.toBeUndefined();
  });

  test("are made and deleted through the API", async () => {
    const client = clientOf((await startDb()).url);
    const made = await client.send(
      new CreateTableCommand({
        TableName: "other",
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
        KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      }),
    );
    expect(made.TableDescription?.TableStatus).toBe("CREATING");
    await waitUntilTableExists({ client, maxWaitTime: 30 }, { TableName: "other" });
    expect((await client.send(new ListTablesCommand({}))).TableNames).toEqual([TableName, "other"]);
    await client.send(new DeleteTableCommand({ TableName: "other" }));
    expect((await client.send(new ListTablesCommand({}))).TableNames).toEqual([TableName]);
    await expect(client.send(new DescribeTableCommand({ TableName: "other" }))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
  });

  test("an operation that is not there is refused by name", async () => {
    const client = clientOf((await startDb()).url);
    await expect(client.send(new DescribeContinuousBackupsCommand({ TableName }))).rejects.toMatchObject({
      name: "UnknownOperationException",
      message: expect.stringContaining("DescribeContinuousBackups"),
    });
  });
});

describe("items", () => {
  test("conditional writes: of ten at once one wins, and the losers are shown the item", async () => {
    const client = clientOf((await startDb()).url);
    const claim = (owner: number) =>
      client.send(
        new PutCommand({
          TableName,
          Item: { pk: "lock", sk: "a", owner },
          ConditionExpression: "attribute_not_exists(pk)",
          ReturnValuesOnConditionCheckFailure: "ALL_OLD",
        }),
      );
    const results = await Promise.allSettled(Array.from({ length: 10 }, (_, owner) => claim(owner)));
    const winner = results.findIndex((result) => result.status === "fulfilled");
    const losers = results.filter((result) => result.status === "rejected");
    expect(losers).toHaveLength(9);
    for (const { reason } of losers) {
      expect(reason).toMatchObject({
        name: "ConditionalCheckFailedException",
        message: "The conditional request failed",
      });
      expect(reason.Item).toEqual({ pk: { S: "lock" }, sk: { S: "a" }, owner: { N: String(winner) } });
    }
    expect(await get(client, "lock")).toEqual({ pk: "lock", sk: "a", owner: winner });
  });

  test("update, query by prefix in both orders with paging, batch write, delete", async () => {
    const client = clientOf((await startDb()).url);
    const puts = Array.from({ length: 12 }, (_, at) => ({
      PutRequest: { Item: { pk: "box", sk: `step#${String(at).padStart(2, "0")}`, at } },
    }));
    await client.send(new BatchWriteCommand({ RequestItems: { [TableName]: puts } }));
    const updated = await client.send(
      new UpdateCommand({
        TableName,
        Key: { pk: "box", sk: "step#03" },
        UpdateExpression: "SET #at = #at + :one, note = :note",
        ConditionExpression: "#at = :three",
        ExpressionAttributeNames: { "#at": "at" },
        ExpressionAttributeValues: { ":one": 1, ":three": 3, ":note": "naïve ☃" },
        ReturnValues: "ALL_NEW",
      }),
    );
    expect(updated.Attributes).toEqual({ pk: "box", sk: "step#03", at: 4, note: "naïve ☃" });
    const page = {
      TableName,
      KeyConditionExpression: "pk = :pk AND begins_with(sk, :step)",
      ExpressionAttributeValues: { ":pk": "box", ":step": "step#" },
      Limit: 5,
    };
    const first = await client.send(new QueryCommand(page));
    const second = await client.send(new QueryCommand({ ...page, ExclusiveStartKey: first.LastEvaluatedKey }));
    expect([...(first.Items ?? []), ...(second.Items ?? [])].map(({ at }) => at)).toEqual([
      0, 1, 2, 4, 4, 5, 6, 7, 8, 9,
    ]);
    const last = await client.send(new QueryCommand({ ...page, ScanIndexForward: false, Limit: 1 }));
    expect(last.Items?.[0]).toMatchObject({ sk: "step#11" });
    await client.send(new DeleteCommand({ TableName, Key: { pk: "box", sk: "step#11" } }));
    expect(await get(client, "box", "step#11")).toBeUndefined();
  });

  test("a malformed expression is a ValidationException and the server lives on", async () => {
    const client = clientOf((await startDb()).url);
    const wrong = new UpdateCommand({ TableName, Key: { pk: "x", sk: "a" }, UpdateExpression: "SET a = = 1" });
    await expect(client.send(wrong)).rejects.toMatchObject({ name: "ValidationException" });
    await expect(client.send(new PutCommand({ TableName, Item: { pk: "x" } }))).rejects.toMatchObject({
      name: "ValidationException",
    });
    expect(await get(client, "x")).toBeUndefined();
  });
});

describe("time to live", () => {
  test("deletes what has expired, and nothing else", async () => {
    const nowS = 1_800_000_000;
    const db = await startDb({ nowMs: () => nowS * 1000 });
    const client = clientOf(db.url);
    const items = {
      expired: nowS - 1,
      due: nowS,
      later: nowS + 60,
      ancient: nowS - 5 * 365 * 86_400 - 1,
      text: String(nowS - 1),
      none: undefined,
    };
    for (const [pk, expiresS] of Object.entries(items)) {
      await client.send(new PutCommand({ TableName, Item: { pk, sk: "a", ...(expiresS && { expiresS }) } }));
    }
    expect(await db.sweep()).toBe(1);
    const left = await Promise.all(Object.keys(items).map((pk) => get(client, pk)));
    expect(left.map((item) => item !== undefined)).toEqual([false, true, true, true, true, true]);
  });

  test("is set once, and switched off", async () => {
    const client = clientOf((await startDb()).url);
    const set = (Enabled: boolean) =>
      client.send(
        new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: { AttributeName: "expiresS", Enabled } }),
      );
    await expect(set(true)).rejects.toMatchObject({
      name: "ValidationException",
      message: "TimeToLive is already enabled",
    });
    await set(false);
    const { TimeToLiveDescription } = await client.send(new DescribeTimeToLiveCommand({ TableName }));
    expect(TimeToLiveDescription).toEqual({ TimeToLiveStatus: "DISABLED" });
  });
});

describe("faults", () => {
  test("the hook sees operation, region and table; throttles, fails, drops, and loses answers", async () => {
    const seen: string[] = [];
    let fault: Fault | undefined;
    const db = await startDb({
      onRequest: (operation, { region, table }) => {
        seen.push(`${region} ${operation} ${table}`);
        return fault;
      },
    });
    const client = clientOf(db.url, "ap-south-1");
    const put = (pk: string) => client.send(new PutCommand({ TableName, Item: { pk, sk: "a" } }));
    fault = throttled;
    await expect(put("throttled")).rejects.toMatchObject({ name: "ProvisionedThroughputExceededException" });
    fault = { kind: "error", code: "InternalServerError", message: "no", status: 500 };
    await expect(put("failed")).rejects.toMatchObject({
      name: "InternalServerError",
      $metadata: { httpStatusCode: 500 },
    });
    fault = { kind: "drop" };
    await expect(put("dropped")).rejects.toThrow(/hang up|ECONNRESET/);
    fault = { kind: "drop", after: true };
    await expect(put("lost")).rejects.toThrow(/hang up|ECONNRESET/);
    fault = undefined;
    const kept = await Promise.all(["throttled", "failed", "dropped", "lost"].map((pk) => get(client, pk)));
    expect(kept.map((item) => item !== undefined)).toEqual([false, false, false, true]);
    expect(seen).toContain(`ap-south-1 PutItem ${TableName}`);
  });

  test("a client that aborts in the middle of its body harms nobody", async () => {
    const db = await startDb();
    const socket = connect(db.port, "127.0.0.1");
    await once(socket, "connect");
    socket.write(`POST / HTTP/1.1\r\nhost: 127.0.0.1:${db.port}\r\ncontent-length: 1000\r\n\r\n{`);
    socket.resetAndDestroy();
    await once(socket, "close");
    const client = clientOf(db.url);
    await client.send(new PutCommand({ TableName, Item: { pk: "after", sk: "a" } }));
    expect(await get(client, "after")).toEqual({ pk: "after", sk: "a" });
  });

  test.each([
    ["no signature", {}, "{}", "MissingAuthenticationTokenException"],
    [
      "a body that is no object",
      { authorization: "AWS4-HMAC-SHA256 Credential=a/20260101/eu-west-1/dynamodb/aws4_request" },
      "[]",
      "SerializationException",
    ],
  ])("%s is refused", async (_, headers, body, code) => {
    const db = await startDb();
    const response = await fetch(db.url, { method: "POST", body, headers });
    expect(response.ok).toBe(false);
    expect(await response.json()).toMatchObject({ __type: expect.stringContaining(code) });
  });

  test("a taken port is said with the flag that changes it", async () => {
    const db = await startDb();
    const second = serveDynamoDb({ port: db.port, flag: "--dynamodb-port" });
    await expect(second).rejects.toThrow(`port ${db.port} of 127.0.0.1 is taken; choose another with --dynamodb-port`);
    await expect(second).rejects.toBeInstanceOf(UserError);
  });
});
