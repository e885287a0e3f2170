// What lasts longer than anybody's patience: Route 53 that refuses on and on, facts that cannot be read, a home that dies.
import type { Worker } from "node:worker_threads";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import * as z from "zod";
import { throttled } from "../../local/embedded/dynamodb.ts";
import { type ServiceEvent, TABLE } from "../../local/service.ts";
import { partitions } from "../../shared/store/keys.ts";
import { createStore } from "../../shared/store/store.ts";
import { isLine, isMessage, NAME, REGIONS, startWorld, type World } from "./world.ts";

/** A second's interval, three seconds of asking again, eight of being too early, and a slow machine. */
const OUT_MS = 25_000;
const MESSAGE_MS = 25_000;
const PATIENCE_MS = 8000;
/** Before a batch is sent again, the first time, the second and ever after, before luck makes half or half as much again of it. */
const PAUSES_MS = [250, 500, 1000];

vi.setConfig({ testTimeout: 90_000 });

let world: World;
afterEach(() => world.close());

const batchSchema = z.object({
  message: z.literal("batch"),
  timestamp: z.iso.datetime(),
  region: z.string(),
  changes: z.int(),
  applied: z.object({ kind: z.string(), detail: z.string().optional() }),
});
const weightsSchema = z.object({
  weights: z.record(z.string(), z.int()),
  moved: z.array(z.object({ box: z.string(), after: z.int() })),
});

/** The batches that moved somebody, or were to, as failover logged them. The first of all only creates. */
function batches(): z.output<typeof batchSchema>[] {
  const lines = world.events.filter(isLine(/"message":"batch".*"changes":1,/));
  return lines.flatMap((event) => (event.kind === "log" ? [batchSchema.parse(JSON.parse(event.line))] : []));
}

const tooEarlySchema = z.object({ timestamp: z.iso.datetime(), region: z.string() });

/** Each refusal of a batch that was sent, or sent again. */
function tooEarly(): z.output<typeof tooEarlySchema>[] {
  const lines = world.events.filter(isLine(/"message":"a batch came too early"/));
  return lines.flatMap((event) => (event.kind === "log" ? [tooEarlySchema.parse(JSON.parse(event.line))] : []));
}

/** What machines were told of one load balancer: the weights of the whole set each time. */
function toldOf(box: string): Record<string, number>[] {
  const said = world.weights().flatMap((event) => (event.kind === "events" ? [weightsSchema.parse(event.detail)] : []));
  return said.filter(({ moved }) => moved.some((one) => one.box === box)).map(({ weights }) => weights);
}

function weightOf(box: string): number | undefined {
  const sets = [...(world.service.zones.find(NAME)?.sets.values() ?? [])];
  return sets.find(({ type, setIdentifier }) => type === "A" && setIdentifier === box)?.weight;
}

/** Waits until it is out of the answers, and people and machines were told. */
async function goneAndTold(place: string): Promise<void> {
  const box = place.split("/")[1] ?? "";
  await world.dns.until(NAME, (seen) => !seen.has(world.address(box)), OUT_MS);
  await world.event(isMessage(new RegExp(`^lifeboat: ${place} is out`)), MESSAGE_MS);
  await world.event(() => toldOf(box).length > 0, MESSAGE_MS);
}

/** What the Scheduler does once a minute, now, in each of these regions. */
async function reconcile(regions: readonly string[]): Promise<void> {
  const event = { kind: "reconcile", scheduledTime: `${new Date().toISOString().slice(0, 19)}Z` };
  await Promise.allSettled(regions.map((region) => world.service.call(region, "failover", event)));
}

/** Nobody who looks again finds anything left to write or to tell. */
async function wakeAll(regions: readonly string[], box: string): Promise<void> {
  await Promise.all(regions.map((region) => world.service.call(region, "failover", { kind: "wake", boxes: [box] })));
}

function isCondition(kind: string, subject: string, on: boolean): (event: ServiceEvent) => boolean {
  const schema = z.object({ kind: z.literal(kind), subject: z.literal(subject), on: z.literal(on) });
  return (event) =>
    event.kind === "events" && event.detailType === "lifeboat.condition.v1" && schema.safeParse(event.detail).success;
}

/** The embedded Route 53's own limit is not what is tested: at this interval many slots look at once. */
const PACE = { burst: 1000, perS: 1000 };

describe("while Route 53 throttles every change", () => {
  it("each region sends its batch again for 8 s, further and further apart, and says so; then one batch and one message", async () => {
    let refuses = false;
    world = await startWorld({
      route53: {
        pace: PACE,
        fault: ({ name }) => (refuses && name === "ChangeResourceRecordSets" ? { kind: "throttle" } : undefined),
      },
    });
    await world.settled();
    refuses = true;
    await world.boxes.get("lb1")?.set("kill");
    await world.event(isMessage(/lb1 could not be changed in DNS/), MESSAGE_MS);
    expect(weightOf("lb1")).toBe(1);
    expect(toldOf("lb1")).toEqual([]);
    for (const { applied } of batches()) expect(applied).toEqual({ kind: "busy", detail: "Throttling: Rate exceeded" });
    const [gaveUp] = batches();
    const tries = tooEarly().filter(({ region }) => region === gaveUp?.region);
    const triesMs = tries.map(({ timestamp }) => Date.parse(timestamp));
    const [firstMs = 0] = triesMs;
    expect((triesMs.at(-1) ?? 0) - firstMs).toBeGreaterThanOrEqual(PATIENCE_MS - 2);
    const patient = triesMs.filter((atMs) => atMs - firstMs < PATIENCE_MS);
    expect(patient.length).toBeGreaterThan(PAUSES_MS.length);
    for (const [at, atMs] of patient.slice(1).entries()) {
      const pauseMs = PAUSES_MS[Math.min(at, PAUSES_MS.length - 1)] ?? 0;
      expect(atMs - (patient[at] ?? 0)).toBeGreaterThanOrEqual(pauseMs / 2 - 2);
    }

    refuses = false;
    await reconcile(REGIONS);
    await goneAndTold("north/lb1");
    await world.event(isCondition("dns-refuses", "lb lb1", false), MESSAGE_MS);
    await wakeAll(REGIONS, "lb1");
    expect(batches().filter(({ applied }) => applied.kind === "accepted")).toHaveLength(1);
    expect(toldOf("lb1")).toEqual([{ lb1: 0, lb2: 1, lb3: 1, lb4: 1 }]);
  });
});

describe("while Route 53 throttles the whole account", () => {
  it("what cannot be read for a moment is read again, and is nothing to tell anybody", async () => {
    let left = 0;
    world = await startWorld({
      route53: { pace: PACE, fault: () => (left > 0 && left-- > 0 ? { kind: "throttle" } : undefined) },
    });
    await world.settled();
    left = 12;
    await world.boxes.get("lb3")?.set("kill");
    await goneAndTold("south/lb3");
    await wakeAll(REGIONS, "lb3");
    expect(left).toBe(0);
    expect(world.subjects()).toHaveLength(1);
    expect(toldOf("lb3")).toEqual([{ lb1: 1, lb2: 1, lb3: 0, lb4: 1 }]);
  });
});

describe("while the orders cannot be read", () => {
  it("what all regions see down stays, because somebody may have pinned it; it leaves once they can be read", async () => {
    let unreadable = false;
    let refused = 0;
    world = await startWorld({
      dynamodb: {
        onRequest: (operation, { input }) => {
          const orders = operation === "Query" && JSON.stringify(input).includes(`"S":"${partitions.orders()}"`);
          if (!unreadable || !orders) return undefined;
          refused += 1;
          return throttled;
        },
      },
    });
    await world.settled();
    unreadable = true;
    await world.boxes.get("lb3")?.set("kill");
    const regionsDown = async (): Promise<number> => {
      const boxes = (await world.service.status()).pools.flatMap((pool) => pool.boxes);
      return boxes.find(({ id }) => id === "lb3")?.seen.filter(({ state }) => state === "down").length ?? 0;
    };
    await expect.poll(regionsDown, { timeout: OUT_MS }).toBe(REGIONS.length);
    await world.event(isLine(/"message":"failover failed".*order could not be read/), MESSAGE_MS);
    expect(refused).toBeGreaterThan(0);
    await reconcile(REGIONS);
    expect(weightOf("lb3")).toBe(1);
    expect(batches()).toEqual([]);
    expect(toldOf("lb3")).toEqual([]);

    unreadable = false;
    await reconcile(REGIONS);
    await goneAndTold("south/lb3");
    await wakeAll(REGIONS, "lb3");
    expect(toldOf("lb3")).toEqual([{ lb1: 1, lb2: 1, lb3: 0, lb4: 1 }]);
  });
});

describe("a home whose worker dies in the middle", () => {
  it("is not needed: the others withdraw, tell once although Route 53's answer is lost, and say that it is silent", async () => {
    const workers: Worker[] = [];
    const onWorker = (worker: Worker): void => void workers.push(worker);
    process.on("worker", onWorker);
    onTestFinished(() => void process.off("worker", onWorker));
    const lost: string[] = [];
    let loses = false;
    world = await startWorld({
      deployedMs: Date.now() - 600_000,
      route53: {
        fault: ({ name, zoneId }) => {
          if (!loses || name !== "ChangeResourceRecordSets" || lost.length > 0) return undefined;
          lost.push(zoneId ?? "");
          return { kind: "500-after" };
        },
      },
    });
    await world.settled();
    const [home = "", next = "", last = ""] = REGIONS;
    // The thread is stopped wherever it stands; nobody told its region that this would happen.
    await workers[0]?.terminate();
    await world.event((event) => event.kind === "note" && event.text.startsWith(`region ${home} has died`), MESSAGE_MS);
    expect(world.service.workers()).toEqual({ [home]: "dropped", [next]: "up", [last]: "up" });

    loses = true;
    await world.boxes.get("lb1")?.set("kill");
    await goneAndTold("north/lb1");
    await wakeAll([next, last], "lb1");
    expect(lost).toHaveLength(1);
    expect(batches().map(({ applied }) => applied.kind)).not.toContain("accepted");
    expect(batches().filter(({ applied }) => applied.kind === "uncertain")).toHaveLength(1);
    expect(world.events.some(isLine(/"message":"a batch that was answered by an error had been applied"/))).toBe(true);
    expect(toldOf("lb1")).toEqual([{ lb1: 0, lb2: 1, lb3: 1, lb4: 1 }]);

    // Until now nothing was silent, although none had ever reported when the first of them looked.
    expect(world.subjects()).toEqual([expect.stringMatching(/north\/lb1 is out/)]);
    await agesBy(home, 300_000);
    await reconcile([next]);
    await world.event(isMessage(new RegExp(`${home} is silent`)), MESSAGE_MS);
    await world.event(isCondition("silent", home, true), MESSAGE_MS);
  });
});

/** Makes a region's last report older, instead of three minutes' wait. */
async function agesBy(region: string, ms: number): Promise<void> {
  const client = new DynamoDBClient({
    endpoint: world.service.addresses.dynamodb,
    region,
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
  onTestFinished(() => client.destroy());
  const store = createStore({ client: DynamoDBDocumentClient.from(client), table: TABLE, region });
  const report = await store.ownReport(0);
  if (!report) throw new Error(`${region} has never reported`);
  await store.putReport({ ...report, slot: report.slot + 1, answeredMs: report.answeredMs - ms });
}
