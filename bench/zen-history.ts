// How long a page of a long history takes: 10,000 snapshots of one box in the embedded DynamoDB, read as the API reads.
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { BatchWriteCommand, DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { serveDynamoDb } from "../local/embedded/dynamodb.ts";
import { listSnapshots, type ReadPorts } from "../shared/flow/snapshots.ts";
import type { Manifest } from "../shared/model/manifest.ts";
import { resolveConfig } from "../shared/resolve/resolve.ts";
import { systemClock } from "../shared/runtime/clock.ts";
import { pack } from "../shared/store/item.ts";
import { keys } from "../shared/store/keys.ts";
import { createSnapshots } from "../shared/store/snapshots.ts";

const TABLE = "lifeboat";
const SNAPSHOTS = 10_000;
const BATCH = 25;
const START_MS = 1_700_000_000_000;

export const PAGE = 50;
export const PAGE_BOUND_MS = 50;

function manifestOf(at: number): Manifest {
  const digest = at.toString(16).padStart(64, "0");
  const summary = Array.from(
    { length: 5 },
    (_, line) => `farm web-${line}, backend 10.0.0.${at % 250}:80: weight (1 to 2)`,
  );
  return {
    id: `${START_MS + at * 1000}-${digest.slice(-12)}`,
    box: "lb1",
    takenMs: START_MS + at * 1000,
    who: "lb1",
    digest,
    packed: { digest, bytes: 20_000, chunks: 1 },
    product: "zevenet",
    version: "5.0",
    farms: 20,
    files: 60,
    unknown: { files: 0, lines: 0 },
    problems: 0,
    changedMs: START_MS,
    changes: { configuration: 5, operator: 0, run: 0 },
    summary,
  };
}

const { resolved: config } = resolveConfig(
  {
    owner: "bench",
    home: "eu-west-1",
    regions: ["eu-west-1"],
    checks: { web: { protocol: "http" } },
    islands: { north: {} },
    pools: [
      {
        id: "web",
        names: ["lb.example.com"],
        checks: ["web"],
        loadBalancers: [{ id: "lb1", island: "north", address: "192.0.2.1" }],
      },
    ],
  },
  { cfg: 1, examples: true, zones: () => ({ zoneId: "Z1" }) },
);

/** Milliseconds of every page from the newest to the oldest snapshot. */
export async function pagesOfHistory(): Promise<{ samples: number[]; snapshots: number }> {
  const db = await serveDynamoDb({});
  await db.createTable(TABLE);
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const client = DynamoDBDocumentClient.from(
    new DynamoDBClient({ endpoint: db.url, region: "eu-west-1", credentials }),
  );
  try {
    for (let from = 0; from < SNAPSHOTS; from += BATCH) {
      const puts = Array.from({ length: BATCH }, async (_, at) => {
        const manifest = manifestOf(from + at);
        return { PutRequest: { Item: { ...keys.snapshot("lb1", manifest.id), ...(await pack(manifest)) } } };
      });
      await client.send(new BatchWriteCommand({ RequestItems: { [TABLE]: await Promise.all(puts) } }));
    }
    const snapshots = createSnapshots({ client, table: TABLE, region: "eu-west-1" });
    const tarballs = { read: () => Promise.reject(new Error("no")), write: () => Promise.reject(new Error("no")) };
    const ports: ReadPorts = { config, clock: systemClock, snapshots, tarballs };
    const samples: number[] = [];
    let cursor: string | undefined;
    let count = 0;
    do {
      const from = performance.now();
      const page = await listSnapshots({ box: "lb1", limit: PAGE, cursor }, ports);
      samples.push(performance.now() - from);
      count += page.snapshots.length;
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    if (count !== SNAPSHOTS) throw new Error(`${count} of ${SNAPSHOTS} snapshots were listed`);
    return { samples, snapshots: count };
  } finally {
    client.destroy();
    await db.close();
  }
}
