// The looks that deploying takes at AWS, through the SDK, before the embedded endpoints.
import { rmSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { writeFence } from "../../shared/plan/fence.ts";
import { config, zones } from "./configs.ts";
import { evaluate } from "./evaluate.ts";
import { type Front, startFront } from "./front.ts";
import { ensurePlatform } from "./platform.ts";
import { bundleProgram } from "./program.ts";

let front: Front;
let bundle: string;

beforeAll(async () => {
  await ensurePlatform();
  bundle = await bundleProgram();
  front = await startFront({
    regions: config.regions,
    zones,
    concurrency: { "us-east-1": 9 },
    tags: { "lifeboat:home": "us-west-2" },
  });
  await front.dynamodb.createTable("lifeboat-test");
  const memory = { open: false, left: {}, frozen: false, held: [], repairs: [], nonces: ["n"], sum: "s" };
  const { name, type, ttlS, values } = writeFence("lb.example.com", {
    ...memory,
    owner: "umbrella",
    pool: "web",
    epoch: 1,
    cfg: 1,
    region: "eu-west-1",
    atS: 1,
  });
  await front.zones.change("Z0EXAMPLECOM", [{ action: "CREATE", record: { name, type, ttlS, values } }]);
}, 12 * 60_000);

afterAll(async () => {
  for (const file of [bundle, `${bundle}.map`]) rmSync(file, { force: true });
  await front.close();
});

it("what AWS says stands in the way is told at once, and nothing is created", async () => {
  const said = await evaluate(bundle, front, { config }).then(
    () => "it was deployed",
    (error: unknown) => String(error),
  );
  expect(said).toContain("us-east-1: Lambda grants 9 concurrent executions, and 10 are needed");
  expect(said).toContain("home: the table 'lifeboat-test' was made with home us-west-2");
  expect(said).toContain("pools: web: 'lb.example.com' is held by 'umbrella', not by 'acme.test'");
  // Only questions were asked: a program that throws leaves the engine nothing to create.
  const actions = new Set(front.calls.map(({ action }) => action));
  expect([...actions].sort()).toEqual([
    "dynamodb:DescribeTable",
    "dynamodb:ListTagsOfResource",
    "lambda:GetAccountSettings",
    "route53:ListHostedZones",
    "route53:ListResourceRecordSets",
    "sts:GetCallerIdentity",
  ]);
});
