// One suite over the snapshots and tokens of the table, through the real SDK, and over their fakes; and what only the
// table has: sizes, orphans, broken contents.
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type DynamoDBDocumentClient, DeleteCommand, ScanCommand } from "@aws-sdk/lib-dynamodb";
import { describe, expect, test } from "vitest";
import { SoftError } from "../../shared/model/errors.ts";
import { CONTENT_MOST_BYTES, type Manifest } from "../../shared/model/manifest.ts";
import type { Snapshots, Tokens } from "../../shared/ports.ts";
import { keys, TTL_ATTRIBUTE } from "../../shared/store/keys.ts";
import { createSnapshots } from "../../shared/store/snapshots.ts";
import { createTokens } from "../../shared/store/tokens.ts";
import { createFakeSnapshots, createFakeTokens } from "../fakes/snapshots.ts";
import { clientOf, startDb, TableName } from "./dynamodb-fixture.ts";

const NOW_MS = 1_760_000_000_000;
const HERE = "eu-west-1";

type Draft = Omit<Manifest, "packed">;

function draftOf(over: Partial<Draft> & { at?: number } = {}): Draft {
  const { at = 0, ...rest } = over;
  const digest = String(at % 10).repeat(64);
  return {
    id: `${NOW_MS + at}-${digest.slice(0, 12)}`,
    box: "lb1",
    takenMs: NOW_MS + at,
    who: "lb1",
    digest,
    product: "zen",
    version: "3.10",
    farms: 3,
    files: 12,
    unknown: { files: 0, lines: 2 },
    problems: 0,
    changedMs: NOW_MS - 1000,
    changes: { configuration: 1, operator: 0, run: 0 },
    summary: ["farm web: port"],
    ...rest,
  };
}

async function real(): Promise<{ snapshots: Snapshots; tokens: Tokens }> {
  const { url } = await startDb();
  const options = { client: clientOf(url), table: TableName, region: HERE, nowMs: () => NOW_MS };
  return { snapshots: createSnapshots(options), tokens: createTokens(options) };
}

const fake = async (): Promise<{ snapshots: Snapshots; tokens: Tokens }> => ({
  snapshots: createFakeSnapshots(() => NOW_MS),
  tokens: createFakeTokens(HERE),
});

describe.each([
  ["DynamoDB", real],
  ["the fake", fake],
])("over %s", (_name, start) => {
  test("an empty table has no snapshots, and says so", async () => {
    const { snapshots } = await start();
    expect(await snapshots.manifests("lb1", { limit: 10 })).toEqual([]);
    expect(await snapshots.manifest("lb1", draftOf().id)).toBeUndefined();
    expect(await snapshots.sightings("lb1", "0", "9")).toEqual([]);
  });

  test("a snapshot comes back as it was written, whatever its size", async () => {
    const { snapshots } = await start();
    for (const [at, size] of [0, 1, 350 * 1024, 350 * 1024 + 1, 3_800_000].entries()) {
      const bytes = randomBytes(size);
      const manifest = await snapshots.putSnapshot(draftOf({ at }), bytes);
      expect(manifest).toMatchObject({ ...draftOf({ at }), packed: { bytes: size } });
      expect(manifest.packed.chunks).toBe(Math.max(1, Math.ceil(size / (350 * 1024))));
      expect(await snapshots.manifest("lb1", manifest.id)).toEqual(manifest);
      expect(Buffer.compare(await snapshots.content(manifest), bytes)).toBe(0);
    }
  });

  test("pages are newest first, each box's own, and go on where the last one ended", async () => {
    const { snapshots } = await start();
    for (let at = 0; at < 25; at += 1) await snapshots.putSnapshot(draftOf({ at }), Buffer.from(`${at}`));
    await snapshots.putSnapshot(draftOf({ at: 99, box: "lb2" }), Buffer.from("other"));
    const pages: number[][] = [];
    let before: string | undefined;
    for (;;) {
      const page = await snapshots.manifests("lb1", { before, limit: 10 });
      if (page.length === 0) break;
      pages.push(page.map(({ takenMs }) => takenMs - NOW_MS));
      before = page.at(-1)?.id;
    }
    const all = Array.from({ length: 25 }, (_, at) => 24 - at);
    expect(pages).toEqual([all.slice(0, 10), all.slice(10, 20), all.slice(20)]);
  });

  test("a snapshot that is there already stays as it is", async () => {
    const { snapshots } = await start();
    await snapshots.putSnapshot(draftOf({ who: "first" }), Buffer.from("a"));
    await snapshots.putSnapshot(draftOf({ who: "second" }), Buffer.from("a"));
    expect((await snapshots.manifests("lb1", { limit: 9 })).map(({ who }) => who)).toEqual(["first"]);
  });

  test("sightings keep the last time of each region, whatever the order they come in", async () => {
    const { snapshots } = await start();
    const { id } = await snapshots.putSnapshot(draftOf(), Buffer.from("a"));
    const seen = (region: string, atMs: number) => ({ region, box: "lb1", id, atMs, who: `at ${atMs}` });
    for (const atMs of [10, 30, 20]) await snapshots.putSighting(seen(HERE, atMs));
    await snapshots.putSighting(seen("us-east-1", 5));
    const all = await snapshots.sightings("lb1", id, id);
    expect(all.sort((a, b) => b.atMs - a.atMs)).toEqual([seen(HERE, 30), seen("us-east-1", 5)]);
    expect(await snapshots.sightings("lb1", "2", "3")).toEqual([]);
    expect(await snapshots.sightings("lb2", id, id)).toEqual([]);
  });

  test("a deleted snapshot is gone with its content and sightings; one that shares the content keeps it", async () => {
    const { snapshots } = await start();
    const [first, second] = [
      await snapshots.putSnapshot(draftOf({ at: 1 }), Buffer.from("same")),
      await snapshots.putSnapshot(draftOf({ at: 2 }), Buffer.from("same")),
    ];
    await snapshots.putSighting({ region: HERE, box: "lb1", id: first.id, atMs: 1, who: "x" });
    await snapshots.deleteSnapshot(first, true);
    await snapshots.deleteSnapshot(first, true);
    expect(await snapshots.manifests("lb1", { limit: 9 })).toEqual([second]);
    expect(await snapshots.sightings("lb1", first.id, first.id)).toEqual([]);
    expect(String(Buffer.from(await snapshots.content(second)))).toBe("same");
    await snapshots.deleteSnapshot(second, false);
    await expect(snapshots.content(second)).rejects.toBeInstanceOf(SoftError);
  });

  test("a token is what it was first, and revoked once anybody says so", async () => {
    const { tokens } = await start();
    const token = { id: "abcde", name: "lb1", scope: "snapshot:lb1", hash: "f".repeat(64), createdMs: NOW_MS };
    expect(await tokens.token("abcde")).toBeUndefined();
    await tokens.putToken(token);
    await tokens.putToken({ ...token, scope: "admin" });
    expect(await tokens.token("abcde")).toEqual({ token, revoked: false });
    await tokens.putRevocation({ id: "abcde", atMs: NOW_MS, who: "ann" });
    await tokens.putRevocation({ id: "abcde", atMs: NOW_MS + 1, who: "bob" });
    expect(await tokens.token("abcde")).toEqual({ token, revoked: true });
    await tokens.putUse("abcde", NOW_MS);
    await tokens.putUse("abcde", NOW_MS + 599_999);
    expect(await tokens.tokens()).toEqual({
      tokens: [token],
      revocations: [{ id: "abcde", atMs: NOW_MS, who: "ann" }],
      uses: [{ id: "abcde", region: HERE, atMs: NOW_MS }],
    });
    await tokens.putUse("abcde", NOW_MS + 600_000);
    expect((await tokens.tokens()).uses).toEqual([{ id: "abcde", region: HERE, atMs: NOW_MS + 600_000 }]);
  });
});

describe("in the table", () => {
  const itemsOf = async (client: DynamoDBDocumentClient) =>
    (await client.send(new ScanCommand({ TableName, ConsistentRead: true }))).Items ?? [];

  test("no item is over 400 KB, and what a whole snapshot has never expires", async () => {
    const { url } = await startDb();
    const client = clientOf(url);
    const snapshots = createSnapshots({ client, table: TableName, region: HERE, nowMs: () => NOW_MS });
    await snapshots.putSnapshot(draftOf(), randomBytes(900_000));
    const items = await itemsOf(client);
    expect(items).toHaveLength(4);
    expect(items.filter((item) => TTL_ATTRIBUTE in item)).toEqual([]);
    const sizes = items.map(({ bytes }) => (bytes instanceof Uint8Array ? bytes.length : 0));
    expect(Math.max(...sizes)).toBeLessThan(390_000);
  });

  test("the largest content that is kept is written two chunks at a time, and whole", async () => {
    let [writing, most] = [0, 0];
    const { url } = await startDb({
      onRequest: async (operation) => {
        if (operation !== "PutItem") return undefined;
        writing += 1;
        most = Math.max(most, writing);
        await sleep(20);
        writing -= 1;
        return undefined;
      },
    });
    const snapshots = createSnapshots({ client: clientOf(url), table: TableName, region: HERE, nowMs: () => NOW_MS });
    const bytes = randomBytes(CONTENT_MOST_BYTES);
    const manifest = await snapshots.putSnapshot(draftOf(), bytes);
    expect(manifest.packed.chunks).toBe(11);
    expect(most).toBe(2);
    expect(Buffer.compare(await snapshots.content(manifest), bytes)).toBe(0);
  });

  test("what an upload left that died before its manifest expires; the same upload again is whole", async () => {
    const refused: string[] = [];
    let broken = true;
    const { url } = await startDb({
      onRequest: (operation) => {
        if (!broken || operation !== "TransactWriteItems") return undefined;
        refused.push(operation);
        return { kind: "error", code: "InternalServerError", message: "no", status: 500 };
      },
    });
    const client = clientOf(url);
    const snapshots = createSnapshots({ client, table: TableName, region: HERE, nowMs: () => NOW_MS });
    const bytes = randomBytes(400_000);
    await expect(snapshots.putSnapshot(draftOf(), bytes)).rejects.toBeInstanceOf(SoftError);
    expect(refused.length).toBeGreaterThan(0);
    expect(await snapshots.manifests("lb1", { limit: 9 })).toEqual([]);
    expect((await itemsOf(client)).map((item) => item[TTL_ATTRIBUTE])).toEqual([
      NOW_MS / 1000 + 86_400,
      NOW_MS / 1000 + 86_400,
    ]);
    broken = false;
    const manifest = await snapshots.putSnapshot(draftOf(), bytes);
    expect(Buffer.compare(await snapshots.content(manifest), bytes)).toBe(0);
    expect((await itemsOf(client)).filter((item) => TTL_ATTRIBUTE in item)).toEqual([]);
    // A later upload of the same content does not make it expire again.
    await snapshots.putSnapshot(draftOf({ at: 5 }), bytes);
    expect((await itemsOf(client)).filter((item) => TTL_ATTRIBUTE in item)).toEqual([]);
  });

  test("a content that lost a chunk is an error, never a shorter one", async () => {
    const { url } = await startDb();
    const client = clientOf(url);
    const snapshots = createSnapshots({ client, table: TableName, region: HERE });
    const manifest = await snapshots.putSnapshot(draftOf(), randomBytes(800_000));
    const Key = keys.chunk("lb1", manifest.packed.digest, 1);
    await client.send(new DeleteCommand({ TableName, Key }));
    await expect(snapshots.content(manifest)).rejects.toBeInstanceOf(SoftError);
  });
});
