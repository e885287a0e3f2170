// Bad luck with AWS, on the embedded endpoints: what Route 53 and DynamoDB do to their callers, and a region that dies.
import { setTimeout as pause } from "node:timers/promises";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Fault } from "../../local/embedded/route53/faults.ts";
import { TABLE } from "../../local/service.ts";
import { fenceNameOf } from "../../shared/model/fence.ts";
import { parseFence, writeFence } from "../../shared/plan/fence.ts";
import { createStore } from "../../shared/store/store.ts";
import { isLine, isMessage, NAME, REGIONS, startWorld, type World } from "./world.ts";

/** A second's interval, three seconds of asking again, and the back-off of six rounds. */
const OUT_MS = 25_000;
const ATTEMPTS_MAX = 6 * REGIONS.length;
const MESSAGE_MS = 10_000;

vi.setConfig({ testTimeout: 90_000 });

let world: World;
afterEach(() => world.close());

/** The batches that moved somebody, or were to, as failover logged them. The first of all only creates. */
function batches(): string[] {
  return linesOf(/"message":"batch".*"changes":1,/);
}

function linesOf(pattern: RegExp): string[] {
  return world.events.filter(isLine(pattern)).flatMap((event) => (event.kind === "log" ? [event.line] : []));
}

function lb1Outs(): number {
  return world.events.filter(isMessage(/north\/lb1 is out/)).length;
}

/** Waits until it is out of the answers, and people and machines were told. */
async function goneAndTold(): Promise<void> {
  await world.dns.until(NAME, (seen) => !seen.has(world.address("lb1")), OUT_MS);
  await world.event(isMessage(/north\/lb1 is out/), MESSAGE_MS);
  await world.event((event) => event.kind === "events" && event.detailType === "lifeboat.weights.v1", MESSAGE_MS);
}

describe("Route 53", () => {
  /** What becomes of the next change calls, in order; afterwards all are well. */
  let luck: (Fault | (() => Promise<void>))[] = [];
  let changes = 0;
  beforeEach(async () => {
    luck = [];
    world = await startWorld({
      route53: {
        fault: async ({ name }) => {
          if (name !== "ChangeResourceRecordSets") return undefined;
          changes += 1;
          const next = luck.shift();
          if (typeof next !== "function") return next;
          await next();
          return undefined;
        },
      },
    });
    await world.settled();
    changes = 0;
  });

  it("throttles, is still busy, answers 500 for nothing: it is tried again, a bounded number of times, and told once", async () => {
    luck = [{ kind: "throttle" }, { kind: "busy" }, { kind: "500-before" }];
    await world.boxes.get("lb1")?.set("kill");
    await goneAndTold();
    expect(luck).toEqual([]);
    expect(changes).toBeLessThanOrEqual(ATTEMPTS_MAX);
    expect(linesOf(/came too early.*Rate exceeded/)).toHaveLength(1);
    // The zone itself says this as well, to whoever writes while another region's change is taken.
    expect(linesOf(/came too early.*PriorRequestNotComplete/)).not.toEqual([]);
    expect(batches().filter((line) => /"uncertain".*InternalFailure/.test(line))).toHaveLength(1);
    expect(batches().filter((line) => /"accepted"/.test(line))).toHaveLength(1);
    expect(world.weights()).toHaveLength(1);
    expect(lb1Outs()).toBe(1);
  });

  it.each(["500-after", "reset-after"] as const)(
    "%s: it has done it, and whoever finds that out tells of it, once",
    async (kind) => {
      luck = [{ kind }];
      await world.boxes.get("lb1")?.set("kill");
      await goneAndTold();
      expect(batches().filter((line) => /"uncertain"/.test(line))).toHaveLength(1);
      // What was applied is not applied again.
      expect(batches().filter((line) => /"accepted"/.test(line))).toEqual([]);
      expect(world.weights()).toEqual([
        expect.objectContaining({ detail: expect.objectContaining({ weights: { lb1: 0, lb2: 1, lb3: 1, lb4: 1 } }) }),
      ]);
      expect(lb1Outs()).toBe(1);
    },
  );

  it("refuses the batch because somebody else wrote: it is planned anew on what they left", async () => {
    const theirs = { name: NAME, type: "A", setIdentifier: "theirs", weight: 7, ttlS: 60, values: ["192.0.2.7"] };
    luck = [
      async () => {
        const zone = world.service.zones.find(NAME);
        const before = [...(zone?.sets.values() ?? [])].find(({ name }) => name === fenceNameOf(NAME));
        if (!zone || !before) throw new Error("no fence");
        const read = parseFence(before);
        if (read.kind !== "fence") throw new Error(read.kind);
        const { fence } = read;
        const after = writeFence(NAME, { ...fence, epoch: fence.epoch + 1, nonces: ["theirs", ...fence.nonces] });
        await world.service.zones.change(zone.id, [
          { action: "DELETE", record: before },
          { action: "CREATE", record: after },
          { action: "CREATE", record: theirs },
        ]);
      },
    ];
    await world.boxes.get("lb1")?.set("kill");
    await goneAndTold();
    expect(batches().some((line) => /"lost"/.test(line))).toBe(true);
    expect(await world.dns.sample(NAME)).toContain("192.0.2.7");
    expect(world.weights()).toHaveLength(1);
  });
});

describe("DynamoDB", () => {
  it("cannot be reached: nothing is withdrawn; when it can, what is dead leaves", async () => {
    let dropped = 0;
    let broken = false;
    const missed = Promise.withResolvers<void>();
    world = await startWorld({
      dynamodb: {
        onRequest: () => {
          if (!broken) return undefined;
          dropped += 1;
          // Several slots of every region, the SDK's retries included.
          if (dropped === 60) missed.resolve();
          return { kind: "drop" };
        },
      },
    });
    await world.settled();
    broken = true;
    await world.boxes.get("lb1")?.set("kill");
    await missed.promise;
    expect((await world.dns.sample(NAME)).size).toBe(4);
    expect(batches()).toEqual([]);
    broken = false;
    await goneAndTold();
    expect(world.weights()).toHaveLength(1);
  });
});

describe("a region", () => {
  it("that dies: the others go on, and say so", async () => {
    world = await startWorld({ deployedMs: Date.now() - 600_000 });
    await world.settled();
    const [home = "", dead = ""] = REGIONS;
    await world.service.setRegion(dead, "dropped");
    await world.boxes.get("lb1")?.set("kill");
    await goneAndTold();
    expect(world.subjects()).toEqual([expect.stringMatching(/north\/lb1 is out .*2 of 3 regions/)]);

    // A silence is told after three minutes: its last report is made as old as that.
    const client = new DynamoDBClient({
      endpoint: world.service.addresses.dynamodb,
      region: dead,
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
    });
    const store = createStore({ client: DynamoDBDocumentClient.from(client), table: TABLE, region: dead });
    const last = await store.ownReport(0);
    if (!last) throw new Error(`${dead} has never reported`);
    await store.putReport({ ...last, slot: last.slot + 1, answeredMs: last.answeredMs - 300_000 });
    client.destroy();
    await world.service.call(home, "failover", { kind: "reconcile", scheduledTime: new Date().toISOString() });
    await world.event(isMessage(new RegExp(`${dead} is silent`)), MESSAGE_MS);
  });
});

describe("a machine that is slow while the service starts", () => {
  /** A slot is too late by 2 s at this interval, so that none of what is enqueued so slowly is probed. */
  const SLOW_MS = 2500;
  /** Well before the Scheduler fires again, wherever in its minute the service is started. */
  const REPORTS_MS = 20_000;

  it("enqueues a region's first slots too late for any of them: it reports soon all the same", async () => {
    const [, slow = ""] = REGIONS;
    let startedMs = Infinity;
    world = await startWorld({
      bus: {
        onRequest: async ({ operation, region }) => {
          if (operation !== "SendMessageBatch" || region !== slow) return undefined;
          startedMs = Math.min(startedMs, Date.now());
          if (Date.now() - startedMs < SLOW_MS) await pause(SLOW_MS);
          return undefined;
        },
      },
    });
    const reports = async (): Promise<boolean> =>
      (await world.service.status()).regions.some((one) => one.region === slow && one.reportAgeS !== undefined);
    await expect.poll(reports, { timeout: REPORTS_MS }).toBe(true);
    expect(startedMs).toBeLessThan(Infinity);
  });
});
