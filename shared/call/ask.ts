import type { LambdaClient } from "@aws-sdk/client-lambda";
import * as z from "zod/mini";
import { SoftError } from "../model/errors.ts";
import { answerSchema } from "../model/suspicion.ts";
import type { Voters } from "../ports.ts";
import { invoke } from "./invoke.ts";

const pongSchema = z.object({ region: z.string() });

/** The probe function of other regions, called and waited for: the signal is the deadline, of all attempts together. */
export function createVoters(options: { clientFor: (region: string) => LambdaClient; functionName: string }): Voters {
  const call = async <T>(
    region: string,
    payload: unknown,
    schema: z.ZodMiniType<T>,
    signal: AbortSignal,
  ): Promise<T> => {
    const answer = schema.safeParse(await invoke(options.clientFor(region), options.functionName, payload, signal));
    if (answer.success) return answer.data;
    throw new SoftError(`${region} answered what is no answer: ${z.prettifyError(answer.error)}`);
  };
  return {
    ask: (region, ask, signal) => call(region, ask, answerSchema, signal),
    async ping(region, signal) {
      const { region: from } = await call(region, { kind: "ping" }, pongSchema, signal);
      if (from !== region) throw new SoftError(`${region} was called and ${from} answered`);
    },
  };
}
