import { TransactionCanceledException } from "@aws-sdk/client-dynamodb";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { PutCommand, TransactGetCommand, TransactWriteCommand } from "@aws-sdk/lib-dynamodb";
import { describe, expect, test } from "vitest";
import { clientOf, get, startDb, TableName } from "./dynamodb-fixture.ts";

describe("transactions", () => {
  const put = (pk: string, more: object = {}) => ({ Put: { TableName, Item: { pk, sk: "a" }, ...more } });
  const write = (client: DynamoDBDocumentClient, TransactItems: object[], ClientRequestToken?: string) =>
    client.send(new TransactWriteCommand({ TransactItems, ClientRequestToken }));

  test("all or nothing, with a reason for each item", async () => {
    const client = clientOf((await startDb()).url);
    await client.send(new PutCommand({ TableName, Item: { pk: "there", sk: "a", n: 1 } }));
    const failure = await write(client, [
      put("new"),
      put("there", { ConditionExpression: "attribute_not_exists(pk)", ReturnValuesOnConditionCheckFailure: "ALL_OLD" }),
      { Delete: { TableName, Key: { pk: "gone", sk: "a" }, ConditionExpression: "attribute_exists(pk)" } },
    ]).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(TransactionCanceledException);
    // lib-dynamodb leaves the items of an error as they came.
    const item = { pk: { S: "there" }, sk: { S: "a" }, n: { N: "1" } };
    expect(failure).toMatchObject({
      message:
        "Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed, ConditionalCheckFailed]",
      CancellationReasons: [
        { Code: "None" },
        { Code: "ConditionalCheckFailed", Message: "The conditional request failed", Item: item },
        { Code: "ConditionalCheckFailed", Message: "The conditional request failed" },
      ],
    });
    expect(await get(client, "new")).toBeUndefined();
  });

  test("put, update, delete and check in one", async () => {
    const client = clientOf((await startDb()).url);
    for (const pk of ["old", "counter"]) await client.send(new PutCommand({ TableName, Item: { pk, sk: "a", n: 1 } }));
    const key = (pk: string) => ({ TableName, Key: { pk, sk: "a" } });
    await write(client, [
      put("new"),
      {
        Update: {
          ...key("counter"),
          UpdateExpression: "ADD #n :two",
          ExpressionAttributeNames: { "#n": "n" },
          ExpressionAttributeValues: { ":two": 2 },
        },
      },
      { Delete: key("old") },
      { ConditionCheck: { ...key("absent"), ConditionExpression: "attribute_not_exists(pk)" } },
    ]);
    const read = await client.send(
      new TransactGetCommand({
        TransactItems: ["new", "counter", "old", "absent"].map((pk) => ({ Get: key(pk) })),
      }),
    );
    expect(read.Responses).toEqual([
      { Item: { pk: "new", sk: "a" } },
      { Item: { pk: "counter", sk: "a", n: 3 } },
      {},
      {},
    ]);
  });

  test("a token makes it idempotent for ten minutes and refuses another request", async () => {
    let nowMs = 1_000_000;
    const client = clientOf((await startDb({ nowMs: () => nowMs })).url);
    const once = [put("a", { ConditionExpression: "attribute_not_exists(pk)" })];
    await write(client, once, "token");
    await expect(write(client, once, "token")).resolves.toBeDefined();
    await expect(write(client, [put("b")], "token")).rejects.toMatchObject({
      name: "IdempotentParameterMismatchException",
    });
    nowMs += 600_000;
    await expect(write(client, once, "token")).rejects.toBeInstanceOf(TransactionCanceledException);
  });

  test("a late fault (a type in an update) undoes the earlier items", async () => {
    const client = clientOf((await startDb()).url);
    await client.send(new PutCommand({ TableName, Item: { pk: "text", sk: "a", n: "not a number" } }));
    const add = { UpdateExpression: "ADD n :one", ExpressionAttributeValues: { ":one": 1 } };
    const attempt = write(client, [put("first"), { Update: { TableName, Key: { pk: "text", sk: "a" }, ...add } }]);
    await expect(attempt).rejects.toMatchObject({
      CancellationReasons: [{ Code: "None" }, { Code: "ValidationError" }],
    });
    expect(await get(client, "first")).toBeUndefined();
  });

  test.each([
    ["no items", [], "greater than or equal to 1"],
    ["101 items", Array.from({ length: 101 }, (_, at) => put(String(at))), "less than or equal to 100"],
    ["one item twice", [put("a"), put("a")], "multiple operations on one item"],
  ])("%s are refused", async (_, items, words) => {
    const client = clientOf((await startDb()).url);
    await expect(write(client, items)).rejects.toMatchObject({
      name: "ValidationException",
      message: expect.stringContaining(words),
    });
  });
});
