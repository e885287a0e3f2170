// Who may do what, read from what the stack would create.
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fenceNameOf } from "../../shared/model/fence.ts";
import { suffixOf } from "../../stacks/names.ts";
import {
  apiGrants,
  failoverGrants,
  judgePolicies,
  normalised,
  probeGrants,
  type Site,
  type ZoneNames,
} from "../../stacks/permissions.ts";
import { packPolicies } from "../../stacks/policy.ts";
import { account } from "./aws-answers.ts";
import type { Asked } from "./calls.ts";
import { config } from "./configs.ts";
import { named, of } from "./evaluate.ts";
import { allows, grantsIn, grantsOf } from "./iam.ts";
import type { Evaluation } from "./program.ts";
import { evaluateBefore } from "./stack.ts";

const { regions, home } = config;
const evaluations = evaluateBefore({
  test: { config },
  attached: { config, program: join(import.meta.dirname, "attached.config.mjs") },
});

type Statement = { Action: string | string[]; Resource?: string | string[]; Principal?: unknown; Condition?: unknown };

/** Every policy document that the stack holds anywhere, parsed. */
function documents({ resources }: Evaluation): { name: string; statements: Statement[] }[] {
  const texts = (value: unknown, name: string): { name: string; text: string }[] => {
    if (typeof value === "string") return value.includes('"Statement"') ? [{ name, text: value }] : [];
    if (typeof value !== "object" || value === null) return [];
    return Object.values(value).flatMap((one) => texts(one, name));
  };
  return resources
    .filter(({ read }) => !read)
    .flatMap(({ name, inputs }) => texts(inputs, name))
    .map(({ name, text }) => {
      const { Statement }: { Statement: Statement[] } = JSON.parse(text);
      return { name, statements: Statement };
    });
}

const list = (value: string | string[] = []): string[] => (Array.isArray(value) ? value : [value]);

/** What may stand with a `*`: from the written reasons, for this site. */
function excused(region: string): string[] {
  const site: Site = {
    account,
    prefix: "lifeboat-test",
    region,
    regions,
    topicRegions: [],
    textTopics: [],
    zones: [{ zoneId: "Z", names: ["a"], active: ["a"] }],
  };
  return [probeGrants, failoverGrants, apiGrants].flatMap(({ region: grants }) => {
    return grants(site).flatMap(({ wildcard, resources }) => (wildcard === undefined ? [] : resources));
  });
}

describe("every policy", () => {
  it("has no * but those with a written reason", () => {
    const reasons = new Set(regions.flatMap(excused));
    expect([...reasons].filter((one) => !one.includes("*"))).toEqual([]);
    const all = [evaluations.test, evaluations.attached].flatMap(documents);
    expect(all.length).toBeGreaterThan(30);
    const stars = all.flatMap(({ name, statements }) =>
      statements.flatMap(({ Action, Resource, Principal }) =>
        [...list(Action), ...list(Resource), JSON.stringify(Principal ?? "")]
          .filter((text) => text.includes("*"))
          .map((text) => `${name}: ${text}`),
      ),
    );
    expect(stars.filter((star) => ![...reasons].some((reason) => star.endsWith(`: ${reason}`)))).toEqual([]);
    expect(stars.length).toBeGreaterThan(0);
  });

  it("lets no one take a role but the service that it is for", () => {
    const roles = of(evaluations.test, "aws:iam/role:Role").filter(({ read }) => !read);
    // Probe, failover and the schedules in every region, the API in two.
    expect(roles.length).toBe(3 * regions.length + 2);
    const trusts = roles.map(({ name, inputs }) => {
      const { Statement }: { Statement: { Principal: unknown; Action: string }[] } = JSON.parse(
        String(inputs["assumeRolePolicy"]),
      );
      return [
        /^Role(Probe|Failover|Api|Schedule)/.exec(name)?.[1],
        Statement.map(({ Principal, Action }) => [Principal, Action]),
      ];
    });
    const lambda = [[{ Service: "lambda.amazonaws.com" }, "sts:AssumeRole"]];
    for (const [kind, trust] of trusts) {
      expect([kind, trust]).toEqual([
        kind,
        kind === "Schedule" ? [[{ Service: "scheduler.amazonaws.com" }, "sts:AssumeRole"]] : lambda,
      ]);
    }
    // SST's own roles would trust the account's root; none of them is made.
    expect(JSON.stringify(documents(evaluations.attached))).not.toContain(":root");
  });

  it.each(regions)("lets the schedules of %s call that region's two functions, and nothing else", (region) => {
    const arn = (name: string): string => `arn:aws:lambda:${region}:${account}:function:lifeboat-test-${name}`;
    const grants = grantsOf(evaluations.test, `RoleSchedule${suffixOf(region)}`);
    expect(grants.map(({ action, resource }) => [action, resource])).toEqual([
      ["lambda:InvokeFunction", arn("probe")],
      ["lambda:InvokeFunction", arn("failover")],
    ]);
  });

  it.each([
    ...regions.map((region) => ["TopicPolicy", region, "lifeboat-test"] as const),
    ...regions.slice(0, 2).map((region) => ["TextTopicPolicy", region, "lifeboat-test_sms"] as const),
  ])("%s lets only CloudWatch publish to the topic of %s from outside", (resource, region, topic) => {
    const { policy } = named(evaluations.test, `${resource}${suffixOf(region)}`).inputs;
    expect(JSON.parse(String(policy)).Statement).toEqual([
      {
        Effect: "Allow",
        Principal: { Service: "cloudwatch.amazonaws.com" },
        Action: "sns:Publish",
        Resource: `arn:aws:sns:${region}:${account}:${topic}`,
        Condition: { StringEquals: { "aws:SourceAccount": account } },
      },
    ]);
  });
});

const batch = (zone: string, names: string[], types: string[], actions: string[]): Asked => ({
  action: "route53:ChangeResourceRecordSets",
  resource: `arn:aws:route53:::hostedzone/${zone}`,
  region: "us-east-1",
  context: {
    "route53:ChangeResourceRecordSetsNormalizedRecordNames": names,
    "route53:ChangeResourceRecordSetsRecordTypes": types,
    "route53:ChangeResourceRecordSetsActions": actions,
  },
});

describe("DNS", () => {
  it("may be changed by failover only", () => {
    const changing = of(evaluations.test, "aws:iam/role:Role")
      .filter(({ read }) => !read)
      .filter(({ name }) =>
        grantsOf(evaluations.test, name).some(({ action }) => action === "route53:ChangeResourceRecordSets"),
      );
    expect(changing.map(({ name }) => name).sort()).toEqual(
      regions.map((region) => `RoleFailover${suffixOf(region)}`).sort(),
    );
    for (const region of regions) {
      const dns = grantsOf(evaluations.test, `RoleProbe${suffixOf(region)}`).filter(({ action }) =>
        action.startsWith("route53:"),
      );
      expect(dns).toEqual([]);
    }
  });

  it.each([
    [
      "its name and fence",
      batch(
        "Z0EXAMPLECOM",
        ["lb.example.com", "_lifeboat.lb.example.com"],
        ["A", "TXT"],
        ["DELETE", "CREATE", "UPSERT"],
      ),
      true,
    ],
    ["an apex", batch("Z0EXAMPLECOM", ["example.com", "_lifeboat.example.com"], ["A", "TXT"], ["UPSERT"]), true],
    [
      "a wildcard",
      batch("Z0EXAMPLECOM", ["\\052.apps.example.com", "_lifeboat-any.apps.example.com"], ["A", "TXT"], ["UPSERT"]),
      true,
    ],
    ["another name", batch("Z0EXAMPLECOM", ["www.example.com"], ["A"], ["UPSERT"]), false],
    [
      "another name beside its own",
      batch("Z0EXAMPLECOM", ["lb.example.com", "www.example.com"], ["A"], ["UPSERT"]),
      false,
    ],
    ["a mail record", batch("Z0EXAMPLECOM", ["lb.example.com"], ["MX"], ["UPSERT"]), false],
    ["another zone", batch("Z0EXAMPLENET", ["lb.example.com"], ["A"], ["UPSERT"]), false],
    ["a name that is only observed", batch("Z0EXAMPLENET", ["trial.example.net"], ["A"], ["UPSERT"]), false],
    ["a request without names", { ...batch("Z0EXAMPLECOM", [], [], []), context: {} }, false],
  ])("%s", (_case, asked, allowed) => {
    const grants = grantsOf(evaluations.test, `RoleFailover${suffixOf(home)}`);
    expect(grants.some((granted) => allows(granted, asked))).toBe(allowed);
  });

  it("may be read in every zone, and not changed while all its pools observe", () => {
    const observing: ZoneNames[] = [{ zoneId: "Z1", names: ["a.example.com"], active: [] }];
    const site: Site = {
      account,
      prefix: "lifeboat-test",
      region: home,
      regions,
      topicRegions: [home],
      textTopics: [],
      zones: observing,
    };
    const granted = [...failoverGrants.region(site), ...(failoverGrants.dns?.(site) ?? [])].flatMap(
      ({ actions }) => actions,
    );
    expect(granted.filter((action) => action.startsWith("route53:"))).toEqual(["route53:ListResourceRecordSets"]);
  });
});

describe("many names", () => {
  const zone = (count: number, length = 40): ZoneNames[] => {
    const active = Array.from({ length: count }, (_, at) => `${String(at).padStart(length - 12, "n")}.example.com`);
    return [{ zoneId: "Z1", names: active, active }];
  };
  const packed = (zones: ZoneNames[]) => {
    const site: Site = {
      account,
      prefix: "lifeboat-test",
      region: home,
      regions,
      topicRegions: [],
      textTopics: [],
      zones,
    };
    return packPolicies(failoverGrants.dns?.(site) ?? []);
  };

  it.each([
    [1, 1],
    [40, 1],
    [100, 2],
    [400, 8],
  ])("%i names fit %i policies, each small enough, each name with its fence", (count, policies) => {
    const zones = zone(count);
    const documents = packed(zones);
    expect(documents.length).toBe(policies);
    for (const document of documents) expect(JSON.stringify(document).length).toBeLessThanOrEqual(6144);
    const grants = documents.flatMap((document) => grantsIn(JSON.parse(JSON.stringify(document))));
    for (const name of zones[0]?.active ?? []) {
      const asked = batch("Z1", [name, fenceNameOf(name)], ["A", "TXT"], ["CREATE"]);
      expect(grants.some((granted) => allows(granted, asked))).toBe(true);
    }
    expect(judgePolicies(zones)).toEqual([]);
  });

  it("more than IAM has room for are refused, with the way out", () => {
    expect(judgePolicies(zone(2000))).toEqual([
      expect.stringMatching(/^pools: 2000 names need \d+ policies, .* split the pools/),
    ]);
  });

  it.each([
    ["LB.Example.COM.", "lb.example.com"],
    ["*.example.com", "\\052.example.com"],
    ["_lifeboat.a-b.example", "_lifeboat.a-b.example"],
  ])("%s is compared as %s", (name, wanted) => expect(normalised(name)).toBe(wanted));
});
