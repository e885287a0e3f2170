import assert from "node:assert/strict";
import { GetChangeCommand, type Route53Client } from "@aws-sdk/client-route-53";
import { SoftError } from "../model/errors.ts";
import type { Zone } from "../ports.ts";
import { applyBatch } from "./apply.ts";
import { readNames } from "./read.ts";
import { readSoa } from "./soa.ts";

const TIMEOUT_MS = 10_000;

/**
 * Route 53 as the flows see it. `reads` may retry as the SDK likes; `writes` must be a client with `maxAttempts: 1`. Give
 * both one `requestHandler`, so that they share their connections.
 */
export function createZone({ reads, writes }: { reads: Route53Client; writes: Route53Client }): Zone {
  return {
    read: (zoneId, names) => readNames(reads, zoneId, names),
    apply: (batch) => applyBatch(writes, batch),
    soa: (zoneId) => readSoa(reads, zoneId),
    status: (changeId) => readStatus(reads, changeId),
  };
}

async function readStatus(client: Route53Client, changeId: string): Promise<"PENDING" | "INSYNC"> {
  const command = new GetChangeCommand({ Id: changeId });
  const answer = await client
    .send(command, { abortSignal: AbortSignal.timeout(TIMEOUT_MS) })
    .catch((cause: unknown) => {
      const reason = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
      throw new SoftError(`change ${changeId} could not be followed: ${reason}`, { cause });
    });
  const status = answer.ChangeInfo?.Status;
  assert.ok(status === "PENDING" || status === "INSYNC", `Route 53 says ${status} of change ${changeId}`);
  return status;
}
