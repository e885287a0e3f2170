// What every function of a region needs: the functions of this region and the others, and the way to the table.
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { createVoters } from "../call/ask.ts";
import { createWake } from "../call/wake.ts";
import type { Log } from "../ports.ts";
import type { StoreOptions } from "../store/table.ts";
import { clientOptions, perRegion } from "./clients.ts";
import { systemClock } from "./clock.ts";
import { createLog } from "./log.ts";
import type { Settings } from "./settings.ts";

export function wireRegion(settings: Settings, name: string) {
  const { region, config } = settings;
  const log = createLog({ region, function: name });
  // "Lambda purges idle connections over time", and the first call on one fails (developer guide, "Best practices"): one slot
  // may leave two behind, and so the third attempt at the latest has a new one. The caller's signal is the deadline of all.
  const askers = perRegion((to) => new LambdaClient(clientOptions(to, { attempts: 3 })));
  const wakers = perRegion((to) => new LambdaClient(clientOptions(to, { requestMs: 2000, attempts: 2 })));
  return {
    region,
    config,
    log,
    clock: systemClock,
    voters: createVoters({ clientFor: askers, functionName: settings.probeFunction }),
    wake: createWake({ clientFor: wakers, region, functionName: settings.failoverFunction }),
  };
}

/** The table's replica in a region, at its own endpoint: each function makes of it the nouns that it needs. */
export function tableIn(region: string, settings: Settings, log: Log): StoreOptions {
  return {
    client: DynamoDBDocumentClient.from(new DynamoDBClient(clientOptions(region, { requestMs: 2000, attempts: 3 }))),
    table: settings.table,
    region,
    onUnreadable: (error) => log.warn("an item of the table cannot be read and is left out", { error }),
  };
}
