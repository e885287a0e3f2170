import { InvokeCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import { messageOf, SoftError } from "../model/errors.ts";

/**
 * Calls a function and waits for what it answers (JSON). Rejects with a SoftError when it cannot be reached, throws, is
 * ended by Lambda, or when the signal aborts.
 */
export async function invoke(
  client: LambdaClient,
  functionName: string,
  payload: unknown,
  signal: AbortSignal,
): Promise<unknown> {
  const command = new InvokeCommand({ FunctionName: functionName, Payload: Buffer.from(JSON.stringify(payload)) });
  try {
    const { FunctionError, Payload } = await client.send(command, { abortSignal: signal });
    const text = Payload?.transformToString() ?? "";
    if (FunctionError) throw new Error(`it failed: ${text.slice(0, 500)}`);
    return JSON.parse(text || "null");
  } catch (cause) {
    throw new SoftError(`${functionName} could not be called: ${messageOf(cause)}`, { cause });
  }
}
