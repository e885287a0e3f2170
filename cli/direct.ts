// The operator's way when the service is dead: the same flow, here, with the operator's own AWS credentials.
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { Route53Client } from "@aws-sdk/client-route-53";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { SteerPorts } from "../shared/flow/decision.ts";
import { failover } from "../shared/flow/failover.ts";
import { operate } from "../shared/flow/operate.ts";
import { messageOf, SoftError, UserError } from "../shared/model/errors.ts";
import type { Fact, OrderFact } from "../shared/model/fact.ts";
import type { Command, OperateOutcome } from "../shared/model/operate.ts";
import type { Resolved } from "../shared/model/resolved.ts";
import type { View } from "../shared/model/view.ts";
import type { Log, Replicas, Store } from "../shared/ports.ts";
import { ownerOf } from "../shared/resolve/owner.ts";
import { namesToLookUp, resolveConfig, type ZoneLookup } from "../shared/resolve/resolve.ts";
import { lookUpIn } from "../shared/resolve/zone-lookup.ts";
import { createZone } from "../shared/route53/zone.ts";
import { clientOptions } from "../shared/runtime/clients.ts";
import { loadConfig } from "../shared/runtime/load-config.ts";
import { systemClock } from "../shared/runtime/clock.ts";
import { wireDeploy } from "../shared/runtime/wire-deploy.ts";
import { createStore } from "../shared/store/store.ts";
import { newestCfg, watched, withoutZone } from "./direct-zone.ts";
import { forgiving } from "./forgiving.ts";

/** Nothing here is called by Lambda; what takes longer is told as unreachable. */
const LIMIT_MS = 55_000;
/** A table that has not answered by then is done without. */
const TABLE_MS = 5000;

type Place = { file: string; stage: string; region: string | undefined };
type Note = (text: string) => void;

/**
 * Does it from this machine, the steering as well. The table is read and written if it answers and done without if it does
 * not: then nothing is known of the load balancers, so that every weight stays as it is but what was ordered. A zone that
 * cannot be read keeps only its own names from it. Fences keep their `cfg`.
 */
export async function operateDirectly(order: { who: string; command: Command }, place: Place): Promise<OperateOutcome> {
  const notes = new Set<string>();
  const ports = await portsOf(place, (text) => notes.add(`note: ${text}`));
  const signal = AbortSignal.timeout(LIMIT_MS);
  const outcome = await operate(order, ports, (boxes) => steer(boxes, ports, signal), signal).catch(
    (error: unknown) => {
      if (!(error instanceof SoftError)) throw error;
      const known = [...notes].filter((one) => !one.includes(error.message));
      throw new UserError([...known, `--direct: ${error.message}.${remedyOf(order.command)}`], { cause: error });
    },
  );
  const lost = !outcome.ok && ports.orders.forgotten ? [FORGOTTEN] : [];
  return { ...outcome, text: [...notes, outcome.text, ...lost].join("\n") };
}

/** The last word on an order that the flow takes for kept. */
const FORGOTTEN =
  "! Nobody remembers this order, so no later minute tries it again. Once what stands in its way is mended, give it again.";

function remedyOf({ do: what }: Command): string {
  const isPlanned = what === "plan" || what === "carry-out";
  return isPlanned ? " Nothing was written. With --name only the pools of those names are read." : "";
}

/** What was ordered in this call, and whether no replica of the table has any of it. */
type Orders = { given: OrderFact[]; forgotten: boolean };

type DirectPorts = SteerPorts & { zone: ReturnType<typeof watched>; note: Note; orders: Orders };

/** What a wake of failover does, here. Rejects with what could not be written. */
async function steer(boxes: readonly string[], ports: DirectPorts, signal: AbortSignal): Promise<void> {
  await failover({ kind: "wake", boxes: [...boxes] }, ports, signal).catch((error: unknown) => {
    // Each on its own: an AggregateError only counts them.
    const faults: unknown[] = error instanceof AggregateError ? error.errors : [error];
    throw new SoftError(faults.map(messageOf).join("; "));
  });
  const unwritten = ports.zone.unwritten();
  if (unwritten.length > 0) throw new SoftError(unwritten.join("; "));
  if (ports.zone.written() === 0)
    ports.note(
      "nothing was changed in DNS: it is so already, nothing is known that would change it, or it is refused (`lifeboat plan --direct`)",
    );
}

async function portsOf({ file, stage, region: asked }: Place, note: Note): Promise<DirectPorts> {
  const input = await loadConfig(file, undefined);
  const faults = new Map<string, string>();
  const zones = namesToLookUp(input).length > 0 ? await lookUp(asked ?? "us-east-1") : lookUpIn([]);
  const { resolved } = resolveConfig(input, { cfg: 0, zones: withoutZone(zones, faults) });
  const region = asked ?? resolved.home;
  const route53 = { region, maxAttempts: 4 };
  const reads = new Route53Client(route53);
  const writes = new Route53Client({ ...route53, maxAttempts: 1 });
  const zone = watched(createZone({ reads, writes }), faults);
  const config = { ...resolved, owner: ownerOf(resolved.owner, stage), cfg: await newestCfg(resolved, zone, note) };
  const storeIn = (to: string): Store => {
    // Asked once each: by now Route 53's answers have told how wrong this machine's clock is.
    const { systemClockOffset } = reads.config;
    const options = { ...clientOptions(to, { attempts: 1, requestMs: TABLE_MS }), systemClockOffset };
    const client = DynamoDBDocumentClient.from(new DynamoDBClient(options));
    return createStore({ client, table: `lifeboat-${stage}`, region: to });
  };
  const log: Log = { info: () => undefined, warn: () => undefined, error: (message) => note(message) };
  const absent = (): Promise<never> => Promise.reject(new SoftError("--direct calls no function"));
  const orders: Orders = { given: [], forgotten: false };
  return {
    config,
    region,
    zone,
    log,
    note,
    orders,
    clock: systemClock,
    store: storeOf(storeIn(region), config, orders.given, note),
    voters: { ask: absent, ping: absent },
    wake: { wake: absent },
    announcer: {
      announce: async (_event, { subject }) => note(`nobody is told of it by --direct: ${subject}`),
    },
    replicas: replicasOf(storeIn, config, orders, note),
  };
}

/** Without the account's zones only the names without a zoneId cannot be written. */
async function lookUp(region: string): Promise<ZoneLookup> {
  return wireDeploy(region)
    .hostedZones()
    .then(lookUpIn, (error: unknown) => {
      if (!(error instanceof UserError)) throw error;
      return () => ({ fault: error.message });
    });
}

/** What was ordered a moment ago counts, whoever keeps it. What is not told to anybody is not noted as told. */
function storeOf(store: Store, config: Resolved, given: readonly OrderFact[], note: Note): Store {
  const known = forgiving(store, (error) => note(error.message));
  return {
    ...known,
    orders: async () => [...(await known.orders()), ...given],
    views: (pools, regions) =>
      store.views(pools, regions).catch((error: unknown) => {
        if (!(error instanceof SoftError)) throw error;
        note(`${error.message}; a name without a fence is taken for one that was given back`);
        return pools.map((pool) => fencedView(pool, config));
      }),
    putAnnounced: async () => true,
    putCondition: async () => undefined,
  };
}

/** Unreadable is not empty: where nobody knows of a fence, one may have stood there, and nothing is written. */
function fencedView(pool: string, { home, pools }: Resolved): View {
  const names = pools.find(({ id }) => id === pool)?.names ?? [];
  const seen = names.map((name) => ({ ...name, hadFence: true, records: [] }));
  return { region: home, pool, atMs: 0, names: seen, boxes: {}, open: false };
}

/**
 * | no replica took      | then                                                                                  |
 * | -------------------- | ------------------------------------------------------------------------------------- |
 * | an adoption, release | it goes on: who does it without a table has said that it may be dead                   |
 * | an intent, cut-over  | it is carried out now, and it is noted that nobody remembers it                        |
 * | a freeze             | is answered: the fences keep it, and what they cannot keep is told                     |
 */
function replicasOf(storeIn: (region: string) => Store, { regions }: Resolved, orders: Orders, note: Note): Replicas {
  return {
    async putFacts(facts) {
      orders.given.push(...facts.filter(isOrder));
      const written = regions.map((to) =>
        storeIn(to)
          .putFacts(facts)
          .then(
            () => [],
            (error: unknown) => [{ region: to, error }],
          ),
      );
      const lost = (await Promise.all(written)).flat();
      const is = (...kinds: Fact["kind"][]): boolean => facts.every(({ kind }) => kinds.includes(kind));
      if (is("ownership")) {
        const isAdoption = facts.some((fact) => fact.kind === "ownership" && fact.did === "adopt");
        const what = isAdoption
          ? "what was found: release will not put it back"
          : "the release: the fence that is gone will be told as missing";
        for (const { region: to, error } of lost) note(`${to} has no note of ${what} (${messageOf(error)})`);
        return [];
      }
      if (lost.length < regions.length || !is("intent", "cutover")) return lost;
      orders.forgotten = true;
      note(
        `no replica of the table took the order: it is carried out now and remembered by nobody; give it again when the table answers (${messageOf(lost[0]?.error)})`,
      );
      return [];
    },
  };
}

function isOrder(fact: Fact): fact is OrderFact {
  return fact.kind !== "step";
}
