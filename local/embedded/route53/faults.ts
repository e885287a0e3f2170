// Faults of Route 53 that a test or the demo asks for.
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { AwsError, Dropped } from "../loopback.ts";
import { busy } from "./zones.ts";

/**
 * Before or after: the request is not carried out, or it is and the caller does not learn it. Those two look the same
 * from outside. `slow` waits first and then answers rightly.
 */
export type Fault =
  | { kind: "throttle" | "busy" | "denied" }
  | { kind: "500-before" | "500-after" }
  | { kind: "hang-before" | "hang-after" }
  | { kind: "reset-before" | "reset-after" }
  | { kind: "slow"; ms: number }
  | { kind: "error"; code: string; message: string; status: number };

/** Runs a request under a fault. Throws an AwsError or Dropped as the fault says; a hang ends when the client leaves. */
export async function underFault<T>(
  fault: Fault | undefined,
  run: () => T | Promise<T>,
  response: ServerResponse,
): Promise<T> {
  if (fault === undefined) return run();
  if (fault.kind.endsWith("-after")) await run();
  switch (fault.kind) {
    case "throttle":
      throw new AwsError("Throttling", "Rate exceeded");
    case "busy":
      throw busy();
    case "denied":
      throw new AwsError("AccessDenied", "User is not authorized to perform this action", 403);
    case "500-before":
    case "500-after":
      throw new AwsError("InternalFailure", "We encountered an internal error. Please try again.", 500);
    case "hang-before":
    case "hang-after":
      await once(response, "close");
      throw new Dropped();
    case "reset-before":
    case "reset-after":
      throw new Dropped();
    case "slow":
      await new Promise((resolve) => setTimeout(resolve, fault.ms));
      return run();
    case "error":
      throw new AwsError(fault.code, fault.message, fault.status);
  }
}
