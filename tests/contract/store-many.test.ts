// Many pools ask the table at once, with the deadlines that the functions' clients have.
import { setTimeout as pause } from "node:timers/promises";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { expect, onTestFinished, test } from "vitest";
import { clientOptions } from "../../shared/runtime/clients.ts";
import { createStore } from "../../shared/store/store.ts";
import { credentials } from "./bus-fixture.ts";
import { startDb, TableName } from "./dynamodb-fixture.ts";
import { HERE } from "./store-samples.ts";

const POOLS = 250;
/** As long as a small Lambda may need for 50 requests side by side, and well within the deadline of one. */
const ANSWERS_MS = 600;

test("more than there are connections for are answered one after another, and none for want of a connection", async () => {
  const db = await startDb({
    onRequest: async () => {
      await pause(ANSWERS_MS);
      return undefined;
    },
  });
  const options = clientOptions(HERE, { requestMs: 2000, attempts: 3 });
  const client = new DynamoDBClient({ ...options, endpoint: db.url, credentials });
  onTestFinished(() => client.destroy());
  const store = createStore({ client: DynamoDBDocumentClient.from(client), table: TableName, region: HERE });
  const pools = Array.from({ length: POOLS }, (_, at) => `pool${at}`);
  const asked = await Promise.allSettled(pools.map((pool) => store.announced([pool], [HERE])));
  const refused = asked.flatMap((one) => (one.status === "rejected" ? [String(one.reason)] : []));
  expect(refused).toEqual([]);
}, 30_000);
