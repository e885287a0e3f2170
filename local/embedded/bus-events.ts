// EventBridge's PutEvents (AWS JSON 1.1). Source: Amazon EventBridge API reference, PutEvents, and the user guide's
// "Calculating PutEvents event entry size".
import { randomUUID } from "node:crypto";
import * as z from "zod";
import type { Service } from "./bus-service.ts";
import { jsonOperation, jsonReply, readJson } from "./bus-service.ts";
import { AwsError, localAccount } from "./loopback.ts";

const entriesLimitBytes = 256 * 1024;

/** An event as a rule's target would get it. */
export type BusEvent = {
  version: "0";
  id: string;
  "detail-type": string;
  source: string;
  account: string;
  /** ISO 8601, whole seconds. */
  time: string;
  region: string;
  resources: string[];
  detail: unknown;
};

export type EventsOptions = { regions: readonly string[]; onEvents?: (region: string, event: BusEvent) => void };

const entry = z.object({
  Source: z.string().default(""),
  DetailType: z.string().default(""),
  Detail: z.string().default(""),
  Time: z.number().optional(),
  Resources: z.array(z.string()).default([]),
  EventBusName: z.string().optional(),
});
const putRequest = z.object({ Entries: z.array(entry) });

type Entry = z.infer<typeof entry>;

export function createEvents(options: EventsOptions): Service {
  const put = (region: string, given: Entry): object => {
    const event = readEvent(region, given);
    if ("ErrorCode" in event) return event;
    options.onEvents?.(region, event);
    return { EventId: event.id };
  };
  return {
    name: "events",
    takes: (request) => jsonOperation(request, "AWSEvents") !== undefined,
    read: (region, request, body) => {
      const operation = jsonOperation(request, "AWSEvents") ?? "";
      if (operation !== "PutEvents") {
        throw new AwsError("UnknownOperationException", `The embedded EventBridge does not know ${operation}`);
      }
      const { Entries: entries } = readJson(putRequest, body, "ValidationException");
      checkEntries(entries);
      const run = () => {
        const results = entries.map((given) => put(region, given));
        const failed = results.filter((result) => "ErrorCode" in result).length;
        return jsonReply("1.1", { FailedEntryCount: failed, Entries: results });
      };
      return { operation, target: entries[0]?.EventBusName ?? "default", run };
    },
    refuse: (error) => jsonReply("1.1", { __type: error.code, message: error.message }, error.status),
  };
}

function checkEntries(entries: readonly Entry[]): void {
  const refuse = (bound: string): never => {
    const text = `1 validation error detected: Value at 'entries' failed to satisfy constraint: Member must have length ${bound}`;
    throw new AwsError("ValidationException", text);
  };
  if (entries.length === 0) refuse("greater than or equal to 1");
  if (entries.length > 10) refuse("less than or equal to 10");
  const bytes = entries.reduce((sum, given) => sum + entryBytes(given), 0);
  if (bytes >= entriesLimitBytes) {
    throw new AwsError("ValidationException", "Total size of the entries in the request is over the limit.");
  }
}

function entryBytes({ Time, Source, DetailType, Detail, Resources }: Entry): number {
  const texts = [Source, DetailType, Detail, ...Resources];
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), Time === undefined ? 0 : 14);
}

/** The event, or why this entry alone fails. */
function readEvent(region: string, given: Entry): BusEvent | { ErrorCode: string; ErrorMessage: string } {
  for (const name of ["Source", "DetailType", "Detail"] as const) {
    if (given[name] !== "") continue;
    const text = `Parameter ${name} is not valid. Reason: ${name} is a required argument.`;
    return { ErrorCode: "InvalidArgument", ErrorMessage: text };
  }
  const detail = readDetail(given.Detail);
  if (detail === undefined) return { ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed." };
  const timeMs = given.Time === undefined ? Date.now() : given.Time * 1000;
  return {
    version: "0",
    id: randomUUID(),
    "detail-type": given.DetailType,
    source: given.Source,
    account: localAccount,
    time: `${new Date(timeMs).toISOString().slice(0, 19)}Z`,
    region,
    resources: given.Resources,
    detail,
  };
}

/** EventBridge takes a JSON object and nothing else. */
function readDetail(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
