import { createServer } from "node:net";
import { once } from "node:events";
import type { ConfigInput } from "../../shared/model/config.ts";
import { type DemoServer, startDemoServer } from "../../local/demo-servers.ts";
import { type Service, type ServiceEvent, type ServiceOptions, startService } from "../../local/service.ts";
import { createResolver, type Resolver } from "./resolver.ts";

export const NAME = "lb.example.test";
export const REGIONS = ["eu-west-1", "us-east-1", "ap-southeast-1"];

export type World = {
  service: Service;
  /** What was resolved at the start. */
  input: ConfigInput;
  dns: Resolver;
  boxes: Map<string, DemoServer>;
  address: (box: string) => string;
  events: ServiceEvent[];
  /** The subjects of all that people were told so far, one by one. */
  subjects(): string[];
  /** Waits until every region has seen every load balancer up, and all are served: before that nobody votes. */
  settled(): Promise<void>;
  /** Weights events so far. */
  weights(): ServiceEvent[];
  /** Waits for an event that fits, also one that has happened already. */
  event(fits: (event: ServiceEvent) => boolean, withinMs: number): Promise<ServiceEvent>;
  close(): Promise<void>;
};

const SETTLES_MS = 30_000;

/** A message to people whose subject fits, or that of one that is gathered in it. */
export function isMessage(subject: RegExp): (event: ServiceEvent) => boolean {
  return (event) => subjectsOf(event).some((one) => subject.test(one));
}

/** The subject of a message to people; of a gathered one those that it lists. */
function subjectsOf(event: ServiceEvent): string[] {
  if (event.kind !== "sns") return [];
  if (!/^lifeboat: \d+ changes: /.test(event.subject)) return [event.subject];
  const [, list = ""] = event.message.split("\n\n");
  return list.split("\n").map((line) => `lifeboat: ${line.trim()}`);
}

/** A line that a function logged and that fits. */
export function isLine(fits: RegExp): (event: ServiceEvent) => boolean {
  return (event) => event.kind === "log" && fits.test(event.line);
}

/** The island of each load balancer. */
const LAYOUT = { lb1: "north", lb2: "north", lb3: "south", lb4: "south" };

/** Two islands of two load balancers, one http check, interval 1 s, and a restore rule of 2 s. */
export function configOf({
  address,
  canary,
  ports,
}: {
  address: (box: string) => string;
  canary: string;
  ports: { http: number; tcp: number };
}): ConfigInput {
  return {
    owner: "test",
    home: "eu-west-1",
    regions: REGIONS,
    intervalS: 1,
    allowLocal: true,
    canaries: [{ address: canary, port: ports.tcp }],
    checks: { web: { protocol: "http", port: ports.http, host: NAME, contains: "ok", timeoutMs: 600 } },
    islands: { north: {}, south: {} },
    pools: [
      {
        id: "lb",
        names: [NAME],
        checks: ["web"],
        restore: { afterS: 2, successes: 2 },
        loadBalancers: Object.entries(LAYOUT).map(([id, island]) => ({ id, island, address: address(id) })),
      },
    ],
  };
}

/** Each world stands on loopback addresses of its own, so that worlds of one test file do not meet. */
let worlds = 0;

/**
 * The whole service at interval 1 s over real load balancers: by default two islands of two. `change` alters the
 * configuration before it is resolved.
 */
export async function startWorld(
  options: {
    change?: (config: ConfigInput, ports: { http: number; tcp: number }) => ConfigInput;
  } & Partial<ServiceOptions> = {},
): Promise<World> {
  const net = newNet();
  const ports = { http: await freePort(`${net}.1`), tcp: await freePort(`${net}.1`) };
  const boxes = new Map<string, DemoServer>();
  for (const [index, id] of Object.keys(LAYOUT).entries())
    boxes.set(id, await startDemoServer(`${net}.${index + 1}`, ports));
  const canary = await startDemoServer(`${net}.9`, ports);
  const base = configOf({ address: (id) => boxes.get(id)?.address ?? "", canary: canary.address, ports });
  const { change = (config: ConfigInput) => config, ...rest } = options;
  const events: ServiceEvent[] = [];
  const listeners = new Set<() => void>();
  const input = change(base, ports);
  const service = await startService({
    config: input,
    seed: 1,
    onEvent: (event) => {
      events.push(event);
      for (const listener of listeners) listener();
    },
    ...rest,
  });
  const dns = await createResolver(service.addresses.dns);
  return {
    service,
    input,
    dns,
    boxes,
    address: (box) => service.config.boxes[box]?.address ?? "",
    events,
    settled: async () => {
      await dns.until(NAME, (seen) => seen.size >= boxes.size, SETTLES_MS);
      for (const endMs = Date.now() + SETTLES_MS; ; ) {
        const { pools, regions } = await service.status();
        const up = pools.every((pool) => pool.boxes.every(({ seen }) => seen.every(({ state }) => state === "up")));
        if (up && regions.every(({ reportAgeS }) => reportAgeS !== undefined)) return;
        if (Date.now() > endMs) throw new Error(`the service did not settle: ${JSON.stringify(pools)}`);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },
    weights: () => events.filter((event) => event.kind === "events" && event.detailType === "lifeboat.weights.v1"),
    subjects: () => events.flatMap(subjectsOf),
    event: async (fits, withinMs) => {
      const { promise, resolve, reject } = Promise.withResolvers<ServiceEvent>();
      const look = (): void => {
        const found = events.find(fits);
        if (found) resolve(found);
      };
      const timer = setTimeout(() => {
        const seen = events.filter(({ kind }) => kind !== "log").map((event) => JSON.stringify(event));
        reject(new Error(`no such event within ${withinMs} ms; there were:\n${seen.join("\n")}`));
      }, withinMs);
      listeners.add(look);
      look();
      return promise.finally(() => {
        listeners.delete(look);
        clearTimeout(timer);
      });
    },
    close: async () => {
      dns.close();
      await service.close();
      await Promise.all([...boxes.values(), canary].map((server) => server.close()));
    },
  };
}

/** The first three bytes of loopback addresses that no other world has. */
export function newNet(): string {
  return `127.${10 + (process.pid % 200)}.${worlds++}`;
}

export async function freePort(address: string): Promise<number> {
  const server = createServer().listen(0, address);
  await once(server, "listening");
  const bound = server.address();
  server.close();
  await once(server, "close");
  return typeof bound === "object" && bound ? bound.port : 0;
}
