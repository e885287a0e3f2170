// What the API answers, as Lambda takes it: through the embedded Lambda, whose limits are Lambda's own.
import { LambdaClient } from "@aws-sdk/client-lambda";
import { expect, onTestFinished, test } from "vitest";
import * as z from "zod";
import { type ApiAnswer, serve } from "../../functions/http.ts";
import { invoke } from "../../shared/call/invoke.ts";
import { systemClock } from "../../shared/runtime/clock.ts";
import { createTokens } from "../../shared/store/tokens.ts";
import { createFakeLog } from "../fakes/ports.ts";
import { credentials, region, startBus } from "./bus-fixture.ts";
import { clientOf, TableName } from "./dynamodb-fixture.ts";

const answerSchema = z.object({ statusCode: z.int(), body: z.string() });

const event = {
  version: "2.0",
  headers: {},
  requestContext: { http: { method: "GET", path: "/v1/openapi.json" } },
};

/** The way of a request to the API's function and back, whatever it is asked for. */
async function answered(answer: ApiAnswer): Promise<z.output<typeof answerSchema>> {
  const give = async (): Promise<ApiAnswer> => answer;
  // Nobody is asked who may read what is open to all.
  const tokens = createTokens({ client: clientOf("http://127.0.0.1:1"), table: TableName, region });
  const handler = serve(
    "api",
    {
      openapi: give,
      uploadSnapshot: give,
      listSnapshots: give,
      diffSnapshots: give,
      getSnapshot: give,
      getSnapshotFiles: give,
      getDrift: give,
      getChecks: give,
    },
    { clock: systemClock, tokens, tokenKey: new Uint8Array(32), log: createFakeLog() },
  );
  const context = { awsRequestId: "r1", getRemainingTimeInMillis: () => 29_000 };
  const bus = await startBus({ onInvoke: (_region, _name, payload) => handler(payload, context) });
  const client = new LambdaClient({ region, endpoint: bus.url, credentials, maxAttempts: 1 });
  onTestFinished(() => client.destroy());
  return answerSchema.parse(await invoke(client, "probe", event, AbortSignal.timeout(20_000)));
}

/** `""` and a comma are three characters, and five in the answer of the function, which holds the body as a text. */
test.each([
  ["small", 1000, 200, /^\["",/],
  ["not much smaller than Lambda takes", 1_080_000, 200, /^\["",/],
  ["larger than Lambda takes once it is a text", 1_400_000, 422, /larger than an answer may be/],
])("an answer that is %s", async (_what, texts, status, says) => {
  const { statusCode, body } = await answered({ status: 200, json: Array.from({ length: texts }, () => "") });
  expect(statusCode).toBe(status);
  expect(body.slice(0, 500)).toMatch(says);
});
