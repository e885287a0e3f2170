// The operator's way when the service is dead: the same flow, here, with the operator's own AWS credentials.
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { Route53Client } from "@aws-sdk/client-route-53";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { SteerPorts } from "../shared/flow/decision.ts";
import { operate } from "../shared/flow/operate.ts";
import { SoftError } from "../shared/model/errors.ts";
import type { Command, OperateOutcome } from "../shared/model/operate.ts";
import type { Resolved } from "../shared/model/resolved.ts";
import { fenceOf } from "../shared/plan/fence.ts";
import type { Log, Store, Zone } from "../shared/ports.ts";
import { ownerOf } from "../shared/resolve/owner.ts";
import { namesToLookUp, resolveConfig } from "../shared/resolve/resolve.ts";
import { lookUpIn } from "../shared/resolve/zone-lookup.ts";
import { createZone } from "../shared/route53/zone.ts";
import { loadConfig } from "../shared/runtime/load-config.ts";
import { systemClock } from "../shared/runtime/clock.ts";
import { wireDeploy } from "../shared/runtime/wire-deploy.ts";
import { createStore } from "../shared/store/store.ts";
import { forgiving } from "./forgiving.ts";

/** Nothing here is called by Lambda; what takes longer is told as unreachable. */
const LIMIT_MS = 55_000;

/**
 * Does it from this machine. The table is read and written if it answers and done without if it does not: then nothing is
 * known of the load balancers, so that every weight stays as it is but what was ordered. Fences keep their `cfg`.
 */
export async function operateDirectly(
  order: { who: string; command: Command },
  place: { file: string; stage: string; region: string | undefined },
): Promise<OperateOutcome> {
  const input = await loadConfig(place.file, undefined);
  const deploy = wireDeploy(place.region ?? "us-east-1");
  const zones = namesToLookUp(input).length > 0 ? await deploy.hostedZones() : [];
  const { resolved } = resolveConfig(input, { cfg: 0, zones: lookUpIn(zones), examples: true });
  const region = place.region ?? resolved.home;
  const route53 = { region, maxAttempts: 4 };
  const writes = new Route53Client({ ...route53, maxAttempts: 1 });
  const zone = createZone({ reads: new Route53Client(route53), writes });
  const config = { ...resolved, owner: ownerOf(resolved.owner, place.stage), cfg: await newestCfg(resolved, zone) };
  const notes: string[] = [];
  const ports = portsOf(config, region, zone, `lifeboat-${place.stage}`, (note) => notes.push(note));
  const signal = AbortSignal.timeout(LIMIT_MS);
  const outcome = await operate(
    order,
    ports,
    () => Promise.reject(new Error("the functions steer, not --direct")),
    signal,
  );
  return { ...outcome, text: [...new Set(notes), outcome.text].join("\n") };
}

/** The deploy that wrote last: this is no deploy, and must neither outrank one nor be outranked. */
async function newestCfg({ pools }: Resolved, zone: Zone): Promise<number> {
  const byZone = Map.groupBy(
    pools.flatMap(({ names }) => names),
    ({ zoneId }) => zoneId,
  );
  const read = await Promise.all(
    [...byZone].map(([zoneId, names]) =>
      zone.read(
        zoneId,
        names.map(({ name }) => name),
      ),
    ),
  );
  const written = read.flatMap((states) => [...states.values()].flatMap((state) => fenceOf(state)?.cfg ?? []));
  return Math.max(0, ...written);
}

function portsOf(
  config: Resolved,
  region: string,
  zone: Zone,
  table: string,
  note: (text: string) => void,
): SteerPorts {
  const storeIn = (to: string): Store => {
    const client = DynamoDBDocumentClient.from(new DynamoDBClient({ region: to, maxAttempts: 1 }));
    return createStore({ client, table, region: to });
  };
  const log: Log = { info: () => undefined, warn: () => undefined, error: (message) => note(`note: ${message}`) };
  const absent = (): Promise<never> => Promise.reject(new SoftError("--direct calls no function"));
  return {
    config,
    region,
    zone,
    log,
    clock: systemClock,
    store: forgiving(storeIn(region), (error) => note(`note: ${error.message}`)),
    voters: { ask: absent, ping: absent },
    wake: { wake: absent },
    announcer: {
      announce: async (event) => note(`note: nobody was told of ${event.id}; this is not announced by --direct`),
    },
    replicas: {
      // Whoever adopts or gives back without a table has said that it may be dead; any other order must be kept by one.
      async putFacts(facts) {
        const written = await Promise.all(
          config.regions.map((to) =>
            storeIn(to)
              .putFacts(facts)
              .then(
                () => [],
                (error: unknown) => [{ region: to, error }],
              ),
          ),
        );
        const lost = written.flat();
        if (facts.some(({ kind }) => kind !== "ownership")) return lost;
        for (const { region: to, error } of lost)
          note(`note: ${to} has no note of what was found: release will not put it back (${String(error)})`);
        return [];
      },
    },
  };
}
