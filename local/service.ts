import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { APIGatewayProxyEventV2, APIGatewayProxyResultV2 } from "aws-lambda";
import { statusOf } from "../shared/decide/status.ts";
import { UserError } from "../shared/model/errors.ts";
import type { Resolved } from "../shared/model/resolved.ts";
import type { Status } from "../shared/model/status.ts";
import { createStore } from "../shared/store/store.ts";
import { createTokens } from "../shared/store/tokens.ts";
import { type BusOptions, serveBus } from "./embedded/bus.ts";
import { type DynamoDbOptions, serveDynamoDb } from "./embedded/dynamodb.ts";
import { serveDns } from "./embedded/route53/dns.ts";
import { type Route53Options, serveRoute53 } from "./embedded/route53/endpoint.ts";
import { createZones, type Zones } from "./embedded/route53/zones.ts";
import { startScheduler } from "./embedded/scheduler.ts";
import { seededRandom } from "./random.ts";
import type { LocalFunction } from "./region.ts";
import { type LocalRegion, type RegionState, startRegion } from "./regions.ts";
import { resolveLocally } from "./resolve.ts";
import { localToken, readSecret } from "./secret.ts";

export const TABLE = "lifeboat";
const QUEUE = "slots";

export type ServiceEvent =
  | { kind: "sns"; region: string; topic: string; subject: string; message: string }
  | { kind: "events"; region: string; detailType: string; detail: unknown }
  | { kind: "log"; region: string; line: string }
  | { kind: "note"; text: string };

export type ServiceOptions = {
  /** What `lifeboat.config.ts` exports. */
  config: unknown;
  seed: number;
  ports?: { dns?: number; route53?: number; dynamodb?: number };
  data?: string | undefined;
  /** Instead of LIFEBOAT_KEY, or of one that is made. */
  key?: string;
  onEvent?: (event: ServiceEvent) => void;
  /** Luck of the queue: up to 1.5 s late, sometimes doubled. */
  bus?: Partial<BusOptions>;
  dynamodb?: Partial<DynamoDbOptions>;
  route53?: Partial<Route53Options>;
  /** When (epoch ms) the configuration counts as deployed; by default now. A region is not missed sooner than minutes later. */
  deployedMs?: number;
  /** Called with the zones before the regions start: for records that are there already. */
  prepare?: (zones: Zones, config: Resolved) => Promise<void>;
};

export type Service = {
  config: Resolved;
  warnings: readonly string[];
  zones: Zones;
  addresses: { dns: number; route53: string; dynamodb: string; bus: string };
  status(): Promise<Status>;
  workers(): Record<string, RegionState>;
  setRegion(region: string, state: RegionState): Promise<void>;
  /** Puts another configuration of the same regions in place, as a deploy does: the functions start anew with it. */
  redeploy(config: unknown): Promise<void>;
  /** Calls a function of a region directly, as the console's test button would. */
  call(region: string, name: LocalFunction, payload: unknown): Promise<unknown>;
  /** What an operator orders, done by the failover of the first region that is up. */
  operate(order: object): Promise<unknown>;
  /** Calls the API as its HTTP front does: at home, or where home is down in the next region that is up. */
  api(event: APIGatewayProxyEventV2): Promise<APIGatewayProxyResultV2>;
  /** A token of the API that may do everything. */
  token: string;
  note(text: string): void;
  close(): Promise<void>;
};

async function makeDirectory(data: string): Promise<void> {
  try {
    await mkdir(data, { recursive: true });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new UserError(`--data: ${data} is no directory to write to (${why}); choose another one`, { cause });
  }
}

/** Everything that one machine needs instead of AWS, and the deployed functions in a worker a region. */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { seed, data, ports = {} } = options;
  const say = options.onEvent ?? (() => undefined);
  const closers: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).toReversed()) await closer();
  };
  try {
    if (data) await makeDirectory(data);
    const dynamodb = await serveDynamoDb({
      port: ports.dynamodb ?? 0,
      flag: "--dynamodb-port",
      path: data && join(data, "table"),
      ...options.dynamodb,
    });
    closers.push(() => dynamodb.close());
    await dynamodb.createTable(TABLE);
    const zones = await createZones(data ? { file: join(data, "zones.journal") } : {});
    closers.push(() => zones.close());
    let { resolved, warnings } = await resolveLocally(options.config, zones, options.deployedMs);
    await options.prepare?.(zones, resolved);
    const route53 = await serveRoute53(zones, { port: ports.route53 ?? 0, flag: "--route53-port", ...options.route53 });
    closers.push(() => route53.close());
    const dns = await serveDns(zones, { port: ports.dns ?? 0, flag: "--dns-port", random: seededRandom(seed + 1) });
    closers.push(() => dns.close());
    const regions = new Map<string, LocalRegion>();
    const call = async (region: string, name: string, payload: unknown): Promise<unknown> => {
      const found = regions.get(region);
      if (!found || !isFunction(name)) throw new Error(`no function ${name} in ${region}`);
      return found.call(name, payload);
    };
    const bus = await serveBus({
      regions: resolved.regions,
      queues: [QUEUE],
      topics: ["lifeboat"],
      functions: ["probe", "failover"],
      random: seededRandom(seed + 2),
      lateMs: 1500,
      duplicateRate: 0.02,
      onSqs: async (region, _queue, event) => void (await call(region, "probe", event)),
      onInvoke: (region, name, payload) => call(region, name, payload),
      onSns: (region, { topicArn, subject = "", message }) =>
        say({ kind: "sns", region, topic: topicArn, subject, message }),
      onEvents: (region, event) =>
        say({ kind: "events", region, detailType: event["detail-type"], detail: event.detail }),
      ...options.bus,
    });
    closers.push(() => bus.close());
    const folder = await mkdtemp(join(tmpdir(), "lifeboat-"));
    closers.push(() => rm(folder, { recursive: true, force: true }));
    const configFile = join(folder, "resolved.json");
    await writeFile(configFile, JSON.stringify(resolved));
    const endpoints = { dynamodb: dynamodb.url, route53: route53.url, bus: bus.url };
    const secret = await readSecret(data, options.key);
    const startOne = async (region: string): Promise<LocalRegion> => {
      const env = regionEnv({
        configFile,
        endpoints,
        secret,
        queueUrl: bus.queueUrl(region, QUEUE),
        topics: topicsOf(resolved, (name, topic) => bus.topicArn(name, topic)),
      });
      const started = await startRegion({
        region,
        env,
        endpointPorts: [dynamodb.port, route53.port, bus.port],
        onLine: (from, line) => say({ kind: "log", region: from, line }),
        onDeath: (from, error) => say({ kind: "note", text: `region ${from} has died: ${error.message}` }),
      });
      closers.push(() => started.close());
      return started;
    };
    // Home first and alone, so that names have an answer soon: it makes the records while the others start.
    const { home } = resolved;
    regions.set(home, await startOne(home));
    const first = call(home, "failover", { kind: "wake", boxes: Object.keys(resolved.boxes) }).catch(() => undefined);
    // All at once, each awaited also when another one fails: whatever has started is closed.
    const starts = await Promise.allSettled(resolved.regions.filter((region) => region !== home).map(startOne));
    for (const start of starts) {
      if (start.status === "rejected") throw start.reason;
      regions.set(start.value.region, start.value);
    }
    await first;
    const scheduler = startScheduler({
      schedules: resolved.regions.flatMap((region) => [
        {
          name: "probe",
          region,
          input: JSON.stringify({ kind: "plan", scheduledTime: "<aws.scheduler.scheduled-time>" }),
        },
        {
          name: "failover",
          region,
          input: JSON.stringify({ kind: "reconcile", scheduledTime: "<aws.scheduler.scheduled-time>" }),
        },
      ]),
      random: seededRandom(seed + 3),
      deliver: (schedule, payload) => call(schedule.region, schedule.name, payload),
    });
    closers.push(async () => scheduler.close());
    const client = DynamoDBDocumentClient.from(
      new DynamoDBClient({
        region: resolved.home,
        endpoint: dynamodb.url,
        credentials: { accessKeyId: "local", secretAccessKey: "local" },
      }),
    );
    closers.push(async () => client.destroy());
    const store = createStore({ client, table: TABLE, region: resolved.home });
    const { text: token, token: fact } = localToken(secret, Date.now());
    await createTokens({ client, table: TABLE, region: resolved.home }).putToken(fact);
    const firstUp = (): string => {
      const up = [resolved.home, ...resolved.regions].find((name) => regions.get(name)?.state !== "dropped");
      return up ?? resolved.home;
    };
    return {
      get config() {
        return resolved;
      },
      get warnings() {
        return warnings;
      },
      zones,
      addresses: { dns: dns.port, route53: route53.url, dynamodb: dynamodb.url, bus: bus.url },
      status: async () => {
        const pools = resolved.pools.map(({ id }) => id);
        const [reports, views, orders] = await Promise.all([
          store.reports(resolved.regions, resolved.shards),
          store.views(pools, resolved.regions),
          store.orders().catch(() => undefined),
        ]);
        return statusOf({ config: resolved, reports, views, orders, nowMs: Date.now() });
      },
      workers: () => Object.fromEntries([...regions].map(([name, { state }]) => [name, state])),
      setRegion: async (name, state) => {
        const region = regions.get(name);
        if (!region) throw new UserError(`no region '${name}': there are ${[...regions.keys()].join(", ")}`);
        await region.set(state);
        say({ kind: "note", text: `region ${name} is ${state}` });
      },
      redeploy: async (config) => {
        ({ resolved, warnings } = await resolveLocally(config, zones));
        await writeFile(configFile, JSON.stringify(resolved));
        for (const region of regions.values()) {
          await region.set("dropped");
          await region.set("up");
        }
      },
      call: (region, name, payload) => call(region, name, payload),
      operate: (order) => call(firstUp(), "failover", { ...order, kind: "operate" }),
      // What the deployed API answers is what API Gateway takes.
      api: async (event) => (await call(firstUp(), "api", event)) as APIGatewayProxyResultV2,
      token,
      note: (text) => say({ kind: "note", text }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function isFunction(name: string): name is LocalFunction {
  return name === "probe" || name === "failover" || name === "api";
}

/** The environment that the stack gives the functions in AWS, with loopback addresses and keys that open nothing. */
function regionEnv(options: {
  configFile: string;
  endpoints: { dynamodb: string; route53: string; bus: string };
  queueUrl: string;
  topics: string;
  secret: string;
}): Record<string, string> {
  const { configFile, endpoints, queueUrl, topics, secret } = options;
  return {
    LIFEBOAT_CONFIG_FILE: configFile,
    LIFEBOAT_TABLE: TABLE,
    LIFEBOAT_QUEUE_URL: queueUrl,
    LIFEBOAT_PROBE_FUNCTION: "probe",
    LIFEBOAT_FAILOVER_FUNCTION: "failover",
    LIFEBOAT_TOPICS: topics,
    LIFEBOAT_BUS: "default",
    LIFEBOAT_KEY: secret,
    AWS_ENDPOINT_URL: endpoints.bus,
    AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
    AWS_ENDPOINT_URL_ROUTE_53: endpoints.route53,
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_EC2_METADATA_DISABLED: "true",
    ...given(["LIFEBOAT_HEARTBEAT_URL", "LIFEBOAT_PROBE_SECRET"]),
  };
}

/** What the operator set for the functions, where it is set. */
function given(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}

/** The topics of two regions: where people subscribe. */
function topicsOf(config: Resolved, arn: (region: string, name: string) => string): string {
  return config.regions
    .slice(0, 2)
    .map((region) => arn(region, "lifeboat"))
    .join(",");
}
