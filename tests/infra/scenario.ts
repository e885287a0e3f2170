// What a deployment lives through: its first minutes, calm, an outage, a topic that is down, a deploy that has not reached
// a region, an operator's orders, uploads to the API. Everything goes through the deployed functions.
import { createServer } from "node:net";
import { once } from "node:events";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { type DemoServer, startDemoServer } from "../../local/demo-servers.ts";
import { deriveKey } from "../../shared/model/secret.ts";
import { formatToken, hashToken } from "../../shared/model/token.ts";
import type { ConfigInput } from "../../shared/model/config.ts";
import type { Resolved } from "../../shared/model/resolved.ts";
import { resolveConfig } from "../../shared/resolve/resolve.ts";
import { createTokens } from "../../shared/store/tokens.ts";
import { suffixOf } from "../../stacks/names.ts";
import { backupOf } from "../api/world.ts";
import { filesOf } from "../zen/fixtures.ts";
import type { Asked } from "./calls.ts";
import { config, secrets, zones } from "./configs.ts";
import { type Deployed, startDeployed } from "./deployed.ts";
import type { Evaluation } from "./program.ts";

const { regions } = config;
const [home = "", second = "", third = ""] = regions;

type Counts = { consistent: number; eventual: number; writes: number };

export type Lived = {
  deployed: Deployed;
  /** The weights of lb.example.com while its first load balancer was dead. */
  withdrawn: Record<string, number | undefined>;
  /** What a calm deployment asks of the table in one slot, and in one reconcile out of turn and in turn. */
  calm: Record<"slot" | "reconcile" | "turn", Counts>;
  /** What the API answered. */
  statuses: number[];
  close(): Promise<void>;
};

/** The deployed configuration, over load balancers of this machine. */
function localConfig(ports: { http: number; tcp: number }, cfg: number): Resolved {
  const local: ConfigInput = {
    ...config,
    intervalS: 5,
    allowLocal: true,
    canaries: [{ address: "127.0.0.1", port: ports.tcp }],
    confirm: { attempts: 1, spreadS: 0.5 },
    checks: {
      web: { protocol: "http", path: "/test.txt", port: ports.http, host: "lb.example.com", timeoutMs: 1000 },
      https: { protocol: "tcp", port: ports.tcp, timeoutMs: 1000 },
    },
    pools: config.pools.map((pool) => ({
      ...pool,
      // What is up again is settled with its next answer.
      restore: { afterS: 0, successes: 1 },
      loadBalancers: pool.loadBalancers.map((box) => ({ ...box, address: box.address.replace("11.", "127.") })),
    })),
  };
  const lookUp = (name: string): { zoneId: string } => {
    return { zoneId: Object.entries(zones).find(([, zone]) => name.endsWith(zone))?.[0] ?? "" };
  };
  return resolveConfig({ ...local, owner: "acme.test" }, { cfg, zones: lookUp }).resolved;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const bound = server.address();
  server.close();
  return typeof bound === "object" && bound ? bound.port : 0;
}

/** As Scheduler writes it. */
const textOf = (time: Date): string => `${time.toISOString().slice(0, 19)}Z`;

async function inOrder(list: readonly string[], work: (region: string) => Promise<unknown>): Promise<void> {
  for (const region of list) await work(region);
}

export async function liveThrough(evaluation: Evaluation): Promise<Lived> {
  const ports = { http: await freePort(), tcp: await freePort() };
  const boxes = new Map<string, DemoServer>();
  for (const address of ["127.0.0.1", "127.0.0.2", "127.0.0.3"])
    boxes.set(address, await startDemoServer(address, ports));
  // Deployed a while ago, so that a region without a report counts as silent; the second region a second earlier.
  const cfg = Math.floor(Date.now() / 1000) - 1000;
  const configs = Object.fromEntries(
    regions.map((region) => [region, localConfig(ports, region === second ? cfg - 1 : cfg)]),
  );
  const suffixes = Object.fromEntries(regions.map((region) => [region, suffixOf(region)]));
  const faults: { down?: (asked: Asked) => boolean } = {};
  const down = (asked: Asked): boolean => faults.down?.(asked) ?? false;
  const deployed = await startDeployed(evaluation, configs, suffixes, { zones, down });
  const life = lifeOf(deployed);
  await life.begin();
  const calm = await life.beCalm();
  const withdrawn = await life.suffer(boxes.get("127.0.0.1"), faults);
  await life.obey();
  const statuses = await life.serve();
  return {
    deployed,
    withdrawn,
    calm,
    statuses,
    close: async () => {
      await deployed.close();
      await Promise.all([...boxes.values()].map((box) => box.close()));
    },
  };
}

function lifeOf(deployed: Deployed) {
  let slot = Math.floor(Date.now() / 5000);
  const settle = async (region: string, name: string, event: object): Promise<unknown> => {
    const result = await deployed.call(region, name, event);
    await deployed.idle();
    return result;
  };
  /** A slot's message as the queue hands it over. */
  const probeSlot = (region: string): Promise<unknown> => {
    slot += 1;
    const body = JSON.stringify({ kind: "slot", slot, shard: 0, dueMs: Date.now() });
    return settle(region, "probe", { Records: [{ body }] });
  };
  /** For the newest minute in which it is the region's turn to read, or so many minutes before it. */
  const reconcile = (region: string, before = 0): Promise<unknown> => {
    const now = Math.floor(Date.now() / 60_000);
    const ago = (((now - regions.indexOf(region)) % regions.length) + regions.length) % regions.length;
    const minute = new Date((now - ago - before) * 60_000);
    return settle(region, "failover", { kind: "reconcile", scheduledTime: textOf(minute) });
  };
  const order = (command: object): Promise<unknown> =>
    settle(home, "failover", { kind: "operate", who: "tester", command });
  const count = async (work: () => Promise<unknown>): Promise<Counts> => {
    const before = deployed.front.calls.length;
    await work();
    const made = deployed.front.calls.slice(before);
    const reads = made.filter(({ action }) => /:(GetItem|Query)$/.test(action));
    const consistent = reads.filter((read) => read.consistent).length;
    const writes = made.filter(({ action }) => /^dynamodb:(Put|Update|Delete)Item$/.test(action)).length;
    return { consistent, eventual: reads.length - consistent, writes };
  };
  return {
    async begin(): Promise<void> {
      // Nobody has sent a report yet: the others are silent.
      await reconcile(home);
      const plan = { kind: "plan", scheduledTime: textOf(new Date()) };
      await inOrder(regions, (region) => deployed.call(region, "probe", plan));
      await inOrder([home, third, second], probeSlot);
      await inOrder([home, third, home, third], (region) => reconcile(region));
    },

    async beCalm(): Promise<Lived["calm"]> {
      await probeSlot(third);
      const slotCounts = await count(() => probeSlot(third));
      const reconcileCounts = await count(() => reconcile(third, 1));
      return { slot: slotCounts, reconcile: reconcileCounts, turn: await count(() => reconcile(third)) };
    },

    async suffer(lead: DemoServer | undefined, faults: { down?: (asked: Asked) => boolean }) {
      await reconcile(second);
      await lead?.set("kill");
      faults.down = ({ action, region }) => action === "sns:Publish" && region === home;
      // The first of them again: what is long down there it leaves to the others, whose reports it reads.
      await inOrder([home, third, home], probeSlot);
      delete faults.down;
      await inOrder([home, third, second], (region) => reconcile(region));
      const withdrawn = weightsIn(deployed);
      await lead?.set("mend");
      return withdrawn;
    },

    /** Orders go to every replica at once; the review of a plan writes nothing. */
    async obey(): Promise<void> {
      await order({ do: "intent", box: "lb2", order: "hold", why: "a test" });
      await order({ do: "plan", what: "apply" });
      await order({ do: "freeze", on: true, why: "a test" });
      await order({ do: "freeze", on: false, why: "a test" });
    },

    /** A backup is uploaded and read in both regions of the API. */
    async serve(): Promise<number[]> {
      const token = await makeToken(deployed);
      const statuses: number[] = [];
      const ask = async (region: string, method: string, path: string, body?: Uint8Array): Promise<void> => {
        const answer = await settle(region, "api", requestOf(method, path, token, body));
        // An HTTP function answers with a status.
        statuses.push((answer as { statusCode: number }).statusCode);
      };
      const snapshots = "/v1/load-balancers/lb1/snapshots";
      const backup = await backupOf(filesOf("zen-3.10-a"));
      for (const region of [home, second]) {
        await ask(region, "POST", snapshots, backup);
        await ask(region, "POST", snapshots, await backupOf(filesOf(region === home ? "zen-3.02" : "zen-3.10-b")));
        for (const rest of ["", "/latest", "/diff", "/latest/files"]) await ask(region, "GET", `${snapshots}${rest}`);
        await ask(region, "GET", "/v1/islands/north/drift");
      }
      return statuses;
    },
  };
}

/** What lb.example.com answers with. */
function weightsIn(deployed: Deployed): Record<string, number | undefined> {
  const sets = [...deployed.front.zones.get("Z0EXAMPLECOM").sets.values()];
  const records = sets.filter(({ type, name }) => type === "A" && name === "lb.example.com");
  return Object.fromEntries(records.map(({ setIdentifier = "", weight }) => [setIdentifier, weight]));
}

/** As `lifeboat token create` writes it into the table. */
async function makeToken({ front, table }: Deployed): Promise<string> {
  const secret = new Uint8Array(32).fill(7);
  const token = formatToken("testing", secret);
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const client = new DynamoDBClient({ endpoint: front.dynamodb.url, region: home, credentials });
  const tokens = createTokens({ client: DynamoDBDocumentClient.from(client), table, region: home });
  const hash = hashToken(deriveKey(secrets.LifeboatKey, "tokens"), Buffer.from(secret).toString("base64url"));
  await tokens.putToken({ id: "testing", name: "tester", scope: "admin", hash, createdMs: Date.now() });
  client.destroy();
  return token;
}

/** An event of API Gateway's, payload format 2.0. */
function requestOf(method: string, path: string, token: string, body?: Uint8Array): object {
  return {
    version: "2.0",
    rawPath: path,
    headers: { authorization: `Bearer ${token}`, ...(body ? { "content-type": "application/gzip" } : {}) },
    requestContext: { http: { method, path } },
    ...(body ? { body: Buffer.from(body).toString("base64"), isBase64Encoded: true } : { isBase64Encoded: false }),
  };
}
