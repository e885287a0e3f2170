import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { reconcileReads, slotRequests, turnReads, turnWrites } from "../../cli/bill.ts";
import { suffixOf } from "../../stacks/names.ts";
import { functions } from "../../stacks/functions.ts";
import type { Statement } from "../../stacks/policy.ts";
import { account } from "./aws-answers.ts";
import type { Asked } from "./calls.ts";
import { config, zones } from "./configs.ts";
import { plans } from "./deployed.ts";
import { allows, type Granted, grantsIn, grantsOf } from "./iam.ts";
import { type Lived, liveThrough } from "./scenario.ts";
import { evaluateBefore } from "./stack.ts";

const { regions } = config;
const [home = "", second = ""] = regions;
const evaluations = evaluateBefore({ test: { config } });
let lived: Lived;

beforeAll(async () => {
  lived = await liveThrough(evaluations.test);
}, 240_000);
afterAll(() => lived.close());

const regionsOf = (name: string): readonly string[] => (name === "api" ? [home, second] : regions);
const roleOf = (resource: string, region: string): string => `Role${resource}${suffixOf(region)}`;
const callers = plans.flatMap(({ name, resource }) =>
  regionsOf(name).map((region) => ({ name, region, role: roleOf(resource, region) })),
);

/** An ARN as it reads in any region: this one is `here`, each other one `there`. */
function placed(arn: string, region: string): string {
  return arn.replaceAll(region, "here").replace(new RegExp(regions.join("|"), "g"), "there");
}

const callsBy = (name: string, region: string): Asked[] =>
  lived.deployed.front.calls.filter(({ caller }) => caller === `${name}@${region}`);

describe("the functions, as bundled, before AWS's endpoints", () => {
  it("withdrew the dead load balancer's address, and told it through the second topic", () => {
    expect(lived.withdrawn).toEqual({ lb1: 0, lb2: 1 });
    expect(lived.deployed.front.bus.published().map(({ region }) => region)).toContain(second);
  });

  it("answered every request to the API", () => {
    const once = [201, 201, 200, 200, 200, 200, 200];
    expect(lived.statuses).toEqual([...once, ...once]);
  });

  it.each(callers)("$name in $region called nothing that its role does not allow", ({ name, region, role }) => {
    const grants = grantsOf(evaluations.test, role);
    const made = callsBy(name, region);
    expect(made.length).toBeGreaterThan(0);
    const refused = made.filter((asked) => !grants.some((granted) => allows(granted, asked)));
    expect(refused.map(({ action, resource, context }) => ({ action, resource, context }))).toEqual([]);
  });

  it.each(plans)("$name was given nothing that it never calls, but for a written reason", ({ name, resource }) => {
    const grants = functions.find((plan) => plan.name === name)?.grants;
    const made = regionsOf(name).flatMap((region) =>
      callsBy(name, region).map((asked) => ({ ...asked, resource: placed(asked.resource, region) })),
    );
    const excused = new Set(regionsOf(name).flatMap((region) => excusedIn(grants?.region(site(region)) ?? [], region)));
    const given = regionsOf(name).flatMap((region) =>
      grantsOf(evaluations.test, roleOf(resource, region)).map((granted) => ({
        ...granted,
        resource: placed(granted.resource, region),
      })),
    );
    expect(given.length).toBeGreaterThan(3);
    const idle = given.filter(
      (granted) => !excused.has(keyOf(granted)) && !made.some((asked) => allows(granted, asked)),
    );
    expect([...new Set(idle.map(keyOf))]).toEqual([]);
  });

  it("uses every name, record type and action that the conditions let through", () => {
    const [granted, ...more] = grantsOf(evaluations.test, roleOf("Failover", home)).filter(({ action }) => {
      return action === "route53:ChangeResourceRecordSets";
    });
    expect(more).toEqual([]);
    const made = lived.deployed.front.calls.filter(({ action }) => action === "route53:ChangeResourceRecordSets");
    for (const [key, values] of Object.entries(granted?.conditions["ForAllValues:StringEquals"] ?? {})) {
      const used = new Set(made.flatMap(({ context }) => context[key] ?? []));
      expect([key, values.toSorted()]).toEqual([key, [...used].toSorted()]);
    }
  });
});

describe("the bill of a month", () => {
  it("rests on what the functions ask of the table while all is well", () => {
    const fleet = { regions: regions.length, activePools: 1, observingPools: 1 };
    const [each, turn] = [reconcileReads(fleet), turnReads(fleet)];
    expect(lived.calm).toEqual({
      slot: { consistent: slotRequests.reads, eventual: 0, writes: slotRequests.writes },
      reconcile: { ...each, writes: 0 },
      turn: {
        consistent: each.consistent + turn.consistent,
        eventual: each.eventual + turn.eventual,
        writes: turnWrites(fleet),
      },
    });
  });
});

function keyOf({ action, resource }: Pick<Granted, "action" | "resource">): string {
  return `${action} on ${resource}`;
}

function site(region: string) {
  const names = { names: [], active: [] };
  return {
    account,
    prefix: "lifeboat-test",
    region,
    regions,
    topicRegions: [home, second],
    textTopics: [],
    zones: Object.keys(zones).map((zoneId) => ({ zoneId, ...names })),
  };
}

/** What a statement says its function's own code never calls. */
function excusedIn(statements: readonly Statement[], region: string): string[] {
  return statements
    .filter(({ uncalled }) => uncalled !== undefined)
    .flatMap(({ actions, resources }) =>
      actions.flatMap((action) => resources.map((resource) => keyOf({ action, resource: placed(resource, region) }))),
    );
}

describe("the judge of permissions", () => {
  const policy = {
    Statement: [
      {
        Effect: "Allow",
        Action: ["route53:ChangeResourceRecordSets"],
        Resource: ["arn:aws:route53:::hostedzone/Z1"],
        Condition: {
          "ForAllValues:StringEquals": { names: ["a.example", "b.example"] },
          Null: { names: "false" },
        },
      },
    ],
  };
  const asked = (resource: string, context: Record<string, string[]>): Asked => {
    return { action: "route53:ChangeResourceRecordSets", resource, region: "", context };
  };
  it.each([
    ["a name of the list", "arn:aws:route53:::hostedzone/Z1", { names: ["a.example"] }, true],
    ["a name beside the list", "arn:aws:route53:::hostedzone/Z1", { names: ["a.example", "c.example"] }, false],
    ["no names at all", "arn:aws:route53:::hostedzone/Z1", {}, false],
    ["another zone", "arn:aws:route53:::hostedzone/Z2", { names: ["a.example"] }, false],
  ])("%s", (_case, resource, context, allowed) => {
    expect(grantsIn(policy).some((granted) => allows(granted, asked(resource, context)))).toBe(allowed);
  });
});
