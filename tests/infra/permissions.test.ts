import { createServer } from "node:net";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { reconcileReads, slotRequests, turnReads, turnWrites } from "../../cli/bill.ts";
import { type DemoServer, startDemoServer } from "../../local/demo-servers.ts";
import type { ConfigInput } from "../../shared/model/config.ts";
import type { Resolved } from "../../shared/model/resolved.ts";
import { resolveConfig } from "../../shared/resolve/resolve.ts";
import { suffixOf } from "../../stacks/names.ts";
import { failoverGrants, probeGrants, type Statement } from "../../stacks/permissions.ts";
import { account } from "./aws-answers.ts";
import type { Asked } from "./calls.ts";
import { config, zones } from "./configs.ts";
import { type Deployed, plans, startDeployed } from "./deployed.ts";
import { allows, type Granted, grantsIn, grantsOf } from "./iam.ts";
import { evaluateBefore } from "./stack.ts";

const { regions } = config;
const [home = "", second = "", third = ""] = regions;
const suffixes = Object.fromEntries(regions.map((region) => [region, suffixOf(region)]));
const evaluations = evaluateBefore({ test: { config } });

const boxes = new Map<string, DemoServer>();
let deployed: Deployed;
let down: ((asked: Asked) => boolean) | undefined;

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
const inOrder = async (list: readonly string[], work: (region: string) => Promise<unknown>): Promise<void> => {
  for (const region of list) await work(region);
};

let slot = Math.floor(Date.now() / 5000);
/** A slot's message as the queue hands it over. */
async function probeSlot(region: string): Promise<void> {
  slot += 1;
  const body = JSON.stringify({ kind: "slot", slot, shard: 0, dueMs: Date.now() });
  await deployed.call(region, "probe", { Records: [{ body }] });
  await deployed.idle();
}

/** For the newest minute in which it is the region's turn to read, or so many minutes before it. */
async function reconcile(region: string, before = 0): Promise<void> {
  const now = Math.floor(Date.now() / 60_000);
  const ago = (((now - regions.indexOf(region)) % regions.length) + regions.length) % regions.length;
  const minute = new Date((now - ago - before) * 60_000);
  await deployed.call(region, "failover", { kind: "reconcile", scheduledTime: textOf(minute) });
  await deployed.idle();
}

let withdrawn: Record<string, number | undefined>;
/** What lb.example.com answers with. */
function weights(): Record<string, number | undefined> {
  const sets = [...deployed.front.zones.get("Z0EXAMPLECOM").sets.values()];
  const records = sets.filter(({ type, name }) => type === "A" && name === "lb.example.com");
  return Object.fromEntries(records.map(({ setIdentifier = "", weight }) => [setIdentifier, weight]));
}

/** The first minutes of a deployment. */
async function begin(): Promise<void> {
  // Nobody has sent a report yet: the others are silent.
  await reconcile(home);
  await inOrder(regions, (region) =>
    deployed.call(region, "probe", { kind: "plan", scheduledTime: textOf(new Date()) }),
  );
  await inOrder([home, third, second], probeSlot);
  await inOrder([home, third, home, third], (region) => reconcile(region));
}

/** A deploy that has not reached the second region, an outage, a topic that is down. */
async function live(): Promise<void> {
  const lead = boxes.get("127.0.0.1");
  await reconcile(second);
  await lead?.set("kill");
  down = ({ action, region }) => action === "sns:Publish" && region === home;
  // The first of them again: what is long down there it leaves to the others, whose reports it reads.
  await inOrder([home, third, home], probeSlot);
  down = undefined;
  await inOrder([home, third, second], (region) => reconcile(region));
  withdrawn = weights();
  await lead?.set("mend");
}

/** What a calm deployment asks of the table in one slot, and in one reconcile out of turn and in turn. */
const calm: Record<"slot" | "reconcile" | "turn", { consistent: number; eventual: number; writes: number }> = {
  slot: { consistent: 0, eventual: 0, writes: 0 },
  reconcile: { consistent: 0, eventual: 0, writes: 0 },
  turn: { consistent: 0, eventual: 0, writes: 0 },
};

async function count(what: keyof typeof calm, work: () => Promise<void>): Promise<void> {
  const before = deployed.front.calls.length;
  await work();
  const made = deployed.front.calls.slice(before);
  const reads = made.filter(({ action }) => /:(GetItem|Query)$/.test(action));
  const consistent = reads.filter((read) => read.consistent).length;
  const writes = made.filter(({ action }) => /^dynamodb:(Put|Update|Delete)Item$/.test(action)).length;
  calm[what] = { consistent, eventual: reads.length - consistent, writes };
}

async function beCalm(): Promise<void> {
  await probeSlot(third);
  await count("slot", () => probeSlot(third));
  await count("reconcile", () => reconcile(third, 1));
  await count("turn", () => reconcile(third));
}

async function operate(): Promise<void> {
  // An operator's orders go to every replica at once; the review of a plan writes nothing.
  await order({ do: "intent", box: "lb2", order: "hold", why: "a test" });
  await order({ do: "plan", what: "apply" });
  await order({ do: "freeze", on: true, why: "a test" });
  await order({ do: "freeze", on: false, why: "a test" });
}

async function order(command: object): Promise<void> {
  await deployed.call(home, "failover", { kind: "operate", who: "tester", command });
  await deployed.idle();
}

beforeAll(async () => {
  const ports = { http: await freePort(), tcp: await freePort() };
  for (const address of ["127.0.0.1", "127.0.0.2", "127.0.0.3"])
    boxes.set(address, await startDemoServer(address, ports));
  // Deployed a while ago, so that a region without a report counts as silent; the second region a second earlier.
  const cfg = Math.floor(Date.now() / 1000) - 1000;
  const configs = Object.fromEntries(
    regions.map((region) => [region, localConfig(ports, region === second ? cfg - 1 : cfg)]),
  );
  deployed = await startDeployed(evaluations.test, configs, suffixes, {
    zones,
    down: (asked) => down?.(asked) ?? false,
  });
  await begin();
  await beCalm();
  await live();
  await operate();
}, 180_000);

afterAll(async () => {
  await deployed.close();
  await Promise.all([...boxes.values()].map((box) => box.close()));
});

const callers = regions.flatMap((region) =>
  plans.map(({ name, resource }) => ({ name, region, role: `Role${resource}${suffixes[region]}` })),
);
const grantsFor = { probe: probeGrants, failover: failoverGrants };

/** An ARN as it reads in any region: this one is `here`, each other one `there`. */
function placed(arn: string, region: string): string {
  return arn.replaceAll(region, "here").replace(new RegExp(regions.join("|"), "g"), "there");
}

const callsBy = (name: string, region: string): Asked[] =>
  deployed.front.calls.filter(({ caller }) => caller === `${name}@${region}`);

describe("the functions, as bundled, before AWS's endpoints", () => {
  it("withdrew the dead load balancer's address, and told it through the second topic", () => {
    expect(withdrawn).toEqual({ lb1: 0, lb2: 1 });
    expect(deployed.front.bus.published().map(({ region }) => region)).toContain(second);
  });

  it.each(callers)("$name in $region called nothing that its role does not allow", ({ name, region, role }) => {
    const grants = grantsOf(evaluations.test, role);
    const made = callsBy(name, region);
    expect(made.length).toBeGreaterThan(0);
    const refused = made.filter((asked) => !grants.some((granted) => allows(granted, asked)));
    expect(refused.map(({ action, resource, context }) => ({ action, resource, context }))).toEqual([]);
  });

  it.each(plans)("$name was given nothing that it never calls, but for a written reason", ({ name, resource }) => {
    const made = regions.flatMap((region) =>
      callsBy(name, region).map((asked) => ({ ...asked, resource: placed(asked.resource, region) })),
    );
    const excused = new Set(
      regions.flatMap((region) =>
        excusedIn(grantsFor[name === "probe" ? "probe" : "failover"].region(site(region)), region),
      ),
    );
    const given = regions.flatMap((region) => {
      return grantsOf(evaluations.test, `Role${resource}${suffixes[region]}`).map((granted) => ({
        ...granted,
        resource: placed(granted.resource, region),
      }));
    });
    const idle = given.filter(
      (granted) => !excused.has(keyOf(granted)) && !made.some((asked) => allows(granted, asked)),
    );
    expect([...new Set(idle.map(keyOf))]).toEqual([]);
  });

  it("uses every name, record type and action that the conditions let through", () => {
    const [granted, ...more] = grantsOf(evaluations.test, `RoleFailover${suffixes[home]}`).filter(({ action }) => {
      return action === "route53:ChangeResourceRecordSets";
    });
    expect(more).toEqual([]);
    const made = deployed.front.calls.filter(({ action }) => action === "route53:ChangeResourceRecordSets");
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
    expect(calm).toEqual({
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
