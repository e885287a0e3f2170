// The functions there are: one entry attaches one. Pure; needs model.
import type { Resolved } from "../shared/model/resolved.ts";
import { apiGrants, failoverGrants, type Grants, probeGrants } from "./permissions.ts";
import { API_MB, API_TIMEOUT_S, FAILOVER_TIMEOUT_S, failoverMemoryMB, probeMemoryMB, probeTimeoutS } from "./sizes.ts";

export type FunctionPlan = {
  name: string;
  handler: string;
  description: string;
  grants: Grants;
  memoryMB: (config: Resolved) => number;
  timeoutS: (config: Resolved) => number;
  /** Called every minute with this kind of event and the scheduled time. */
  everyMinute?: string;
  /** Called with what this queue of its region holds. `events`: with what is announced on the bus, through a queue. */
  takes?: "slots" | "events";
  /** Secrets that are its alone, as the names of environment variables. */
  secrets?: (config: Resolved) => readonly string[];
  /** Stands behind the HTTP API, in the first two regions only. */
  http?: true;
};

/**
 * How SST bundles each of them. Names that esbuild keeps are set at run time, by one call for every function and closure:
 * about a tenth of probe's import. Errors name themselves; a stack tells line and column of the minified bundle.
 */
export const bundling = { minify: true, esbuild: { keepNames: false } };

/** A heartbeat of the schedule is watched for each that is called every minute. */
export const functions: readonly FunctionPlan[] = [
  {
    name: "probe",
    handler: "functions/probe.handler",
    description: "Asks the load balancers, and the other regions about new failures",
    grants: probeGrants,
    memoryMB: probeMemoryMB,
    timeoutS: probeTimeoutS,
    everyMinute: "plan",
    takes: "slots",
    secrets: ({ heartbeat, probeHeader }) => [
      ...(heartbeat ? ["LIFEBOAT_HEARTBEAT_URL"] : []),
      ...(probeHeader ? [probeHeader.secret] : []),
    ],
  },
  {
    name: "failover",
    handler: "functions/failover.handler",
    description: "Decides from what all regions saw, and changes DNS",
    grants: failoverGrants,
    memoryMB: failoverMemoryMB,
    timeoutS: () => FAILOVER_TIMEOUT_S,
    everyMinute: "reconcile",
  },
  {
    name: "api",
    handler: "functions/api.handler",
    description: "Answers people and load balancers: snapshots, drift",
    grants: apiGrants,
    memoryMB: () => API_MB,
    timeoutS: () => API_TIMEOUT_S,
    secrets: () => ["LIFEBOAT_KEY"],
    http: true,
  },
];

/** The event of a schedule: Scheduler fills in the time that the fire was for. */
export function scheduledInput(kind: string): string {
  return JSON.stringify({ kind, scheduledTime: "<aws.scheduler.scheduled-time>" });
}
