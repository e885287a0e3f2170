// Which partitions of the table probe and api may write, against all that their stores write, over the real SDK.
import { describe, expect, it } from "vitest";
import { createProbeStore } from "../../shared/store/probe-store.ts";
import { createSnapshots } from "../../shared/store/snapshots.ts";
import { keys } from "../../shared/store/keys.ts";
import { createStore } from "../../shared/store/store.ts";
import { createTokens } from "../../shared/store/tokens.ts";
import { tableArn } from "../../stacks/names.ts";
import { apiGrants, type Grants, partitionsOf, probeGrants } from "../../stacks/permissions.ts";
import { policyOf } from "../../stacks/policy.ts";
import { clientOf, startDb } from "../contract/dynamodb-fixture.ts";
import { conditionOf, followedOf, historyOf, NOW_MS, reportOf, suspicionOf } from "../contract/store-samples.ts";
import { account } from "./aws-answers.ts";
import { type Asked, callsOf } from "./calls.ts";
import { allows, type Granted, grantsIn } from "./iam.ts";

const region = "eu-west-1";
const place = { account, prefix: "lifeboat" };
const site = { ...place, region, regions: [region], topicRegions: [], textTopics: [], zones: [] };
const WRITES = /^dynamodb:(Put|Update|Delete)Item$/;

function writesOf({ region: grants }: Grants): Granted[] {
  const document = policyOf(grants(site));
  return grantsIn(JSON.parse(JSON.stringify(document))).filter(({ action }) => WRITES.test(action));
}

/** What a store asks of the table, as IAM judges it. */
async function recorded() {
  const asked: Asked[] = [];
  const { url } = await startDb({
    onRequest: (operation, { input }) => {
      const headers = { "x-amz-target": `DynamoDB_20120810.${operation}` };
      const request = { service: "dynamodb", region, method: "POST", url: "/", headers, body: JSON.stringify(input) };
      asked.push(...callsOf(request).filter(({ action }) => WRITES.test(action)));
      return undefined;
    },
  });
  return { asked, options: { client: clientOf(url), table: "lifeboat", region, nowMs: () => NOW_MS } };
}

const probe = async (): Promise<Asked[]> => {
  const { asked, options } = await recorded();
  const store = createProbeStore(options);
  await store.putReport(reportOf());
  await store.putSuspicion(suspicionOf());
  await store.putSeen({ "lb1 web": NOW_MS });
  await store.putHistory(historyOf());
  await store.putFollowed(followedOf());
  return asked;
};

const api = async (): Promise<Asked[]> => {
  const { asked, options } = await recorded();
  const [store, snapshots, tokens] = [createStore(options), createSnapshots(options), createTokens(options)];
  await store.putCondition({ region, condition: conditionOf() });
  await tokens.putUse("abcde", NOW_MS);
  const draft = {
    id: "1",
    box: "lb1",
    takenMs: NOW_MS,
    who: "lb1",
    digest: "d",
    product: "zen" as const,
    version: "3.10",
    farms: 1,
    files: 1,
    unknown: { files: 0, lines: 0 },
    problems: 0,
    changedMs: null,
    changes: { configuration: 0, operator: 0, run: 0 },
    summary: [],
  };
  const manifest = await snapshots.putSnapshot(draft, Buffer.from("content"));
  await snapshots.putSighting({ box: "lb1", id: "1", region, atMs: NOW_MS, who: "lb1" });
  await snapshots.deleteSnapshot(manifest, false);
  return asked;
};

const functions = [
  ["probe", probeGrants, probe],
  ["api", apiGrants, api],
] as const;

describe.each(functions)("%s", (_name, grants, live) => {
  it("may write all that its code writes, and every partition that is named for it is one of these", async () => {
    const asked = await live();
    const granted = writesOf(grants);
    expect(asked.length).toBeGreaterThan(4);
    expect(asked.filter((one) => !granted.some((grant) => allows(grant, one)))).toEqual([]);
    const idle = granted.flatMap((grant) =>
      partitionsIn(grant).filter((only) => !asked.some((one) => allows({ ...grant, conditions: like(only) }, one))),
    );
    expect(idle).toEqual([]);
  });

  it.each([
    ["an order", keys.order("freeze").pk],
    ["a token", keys.token("abcde").pk],
    ["a revocation", keys.revocation("abcde").pk],
    ["a step", keys.step(NOW_MS, "1").pk],
    ["whose turn it is", keys.turn(region).pk],
    ["another region's report", keys.report("us-east-1", 0).pk],
    ["another region's conditions", keys.condition("us-east-1", "held", "web", false).pk],
    ["what is followed in Route 53", keys.pending(region, "C1").pk],
    ["nothing that is named", undefined],
  ])("may not write %s", (_what, pk) => {
    const asked = ["Put", "Update", "Delete"].map(
      (action): Asked => ({
        action: `dynamodb:${action}Item`,
        resource: tableArn(place, region),
        region,
        context: pk === undefined ? {} : { [KEY]: [pk] },
      }),
    );
    const granted = writesOf(grants);
    expect(asked.filter((one) => granted.some((grant) => allows(grant, one)))).toEqual([]);
  });

  it("names the partitions in its document as in its policy", () => {
    const named = grants.region(site).flatMap(partitionsOf);
    expect(new Set(named)).toEqual(new Set(writesOf(grants).flatMap(partitionsIn)));
  });
});

const TEST = "ForAllValues:StringLike";
const KEY = "dynamodb:LeadingKeys";

function like(pattern: string): Granted["conditions"] {
  return { [TEST]: { [KEY]: [pattern] } };
}

function partitionsIn({ conditions }: Granted): string[] {
  return conditions[TEST]?.[KEY] ?? [];
}
