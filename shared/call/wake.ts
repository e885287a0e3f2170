import { InvokeCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import { SoftError } from "../model/errors.ts";
import type { Wake } from "../ports.ts";

/** Failover, called and not waited for: it takes the call at once and runs by itself. */
export function createWake(options: {
  clientFor: (region: string) => LambdaClient;
  /** Whose failover is woken when no other region is named. */
  region: string;
  functionName: string;
}): Wake {
  const { clientFor, functionName } = options;
  return {
    async wake(boxes, region = options.region) {
      const payload = Buffer.from(JSON.stringify({ kind: "wake", boxes }));
      const command = new InvokeCommand({ FunctionName: functionName, InvocationType: "Event", Payload: payload });
      try {
        await clientFor(region).send(command);
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new SoftError(`${functionName} in ${region} could not be woken: ${reason}`, { cause });
      }
    },
  };
}
