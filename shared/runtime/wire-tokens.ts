// The tokens' part of the table, for an operator with AWS credentials of their own.
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { Tokens } from "../ports.ts";
import { createTokens } from "../store/tokens.ts";
import { clientOptions } from "./clients.ts";

/** `endpoint`: an embedded DynamoDB, which takes any credentials. Without it the SDK's own environment decides. */
export function wireTokens(where: { table: string; region: string; endpoint?: string }): {
  tokens: Tokens;
  close: () => void;
} {
  const { table, region, endpoint } = where;
  const local = endpoint && { endpoint, credentials: { accessKeyId: "local", secretAccessKey: "local" } };
  const client = new DynamoDBClient({ ...clientOptions(region, { requestMs: 5000, attempts: 3 }), ...local });
  const tokens = createTokens({ client: DynamoDBDocumentClient.from(client), table, region });
  return { tokens, close: () => client.destroy() };
}
