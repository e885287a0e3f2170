import { makeAlarms } from "./alarms.ts";
import { makeChannels, route, subscribe } from "./announce.ts";
import { makeApi } from "./api.ts";
import { type Deployment, readDeployment } from "./deployment.ts";
import { makeFunction } from "./function.ts";
import { type FunctionPlan, functions } from "./functions.ts";
import { functionName, pascal, topicArn } from "./names.ts";
import { packPolicies } from "./policy.ts";
import { makeRegions, type Region } from "./regions.ts";
import { feed, makeQueue, makeSchedules } from "./schedule.ts";
import { makeStore } from "./store.ts";

/** Everything that a stage has in AWS. Returns what the CLI must know, which SST keeps in `.sst/outputs.json`. */
export async function build(plans: readonly FunctionPlan[] = functions) {
  const deployment = await readDeployment();
  const regions = makeRegions(deployment.resolved.regions);
  const tables = makeStore(deployment, regions);
  const shared = { dns: makeDnsPolicies(deployment, plans), secrets: makeSecrets(deployment, plans) };
  const apis: Record<string, $util.Output<string>> = {};
  for (const region of regions) {
    const table = tables.get(region.name);
    if (!table) throw new Error(`there is no replica in ${region.name}`);
    Object.assign(apis, makeRegion(deployment, plans, region, table, shared));
  }
  return outputs(deployment, apis);
}

/** By the name of a function: what stands once and is used in every region. */
type Shared = {
  dns: ReadonlyMap<string, readonly aws.iam.Policy[]>;
  secrets: ReadonlyMap<string, Record<string, $util.Output<string>>>;
};

function makeRegion(
  deployment: Deployment,
  plans: readonly FunctionPlan[],
  region: Region,
  table: $util.Output<string>,
  { dns, secrets }: Shared,
): Record<string, $util.Output<string>> {
  const { resolved, topicRegions } = deployment;
  const { topic, texts, bus } = makeChannels(deployment, region);
  subscribe(deployment, region, topic, texts);
  const queues = new Map(
    plans.flatMap((plan) =>
      plan.takes ? [[plan.takes, makeQueue(deployment, region, plan.takes, plan.timeoutS(resolved))] as const] : [],
    ),
  );
  const slots = queues.get("slots");
  if (!slots) throw new Error("no function takes the slots");
  const topics = topicRegions.map((name) => topicArn(deployment, name)).join(",");
  const textTopics = deployment.site(region.name).textTopics.join(",");
  const values = { table, queueUrl: slots.queue.url, topics, textTopics, bus: bus.name };
  const made = plans
    .filter((plan) => !plan.http || topicRegions.includes(region.name))
    .map((plan) => {
      const own = { ...values, secrets: secrets.get(plan.name) ?? {} };
      return { plan, target: makeFunction(deployment, plan, region, own, dns.get(plan.name) ?? []) };
    });
  for (const { plan, target } of made) {
    const queue = plan.takes && queues.get(plan.takes)?.queue;
    if (queue) feed(plan.name, queue, target, region);
  }
  const events = queues.get("events");
  if (events) route(bus, events.queue, region);
  makeSchedules(deployment, region, made);
  const dead = [...queues].map(([name, { dead: queue }]) => ({ name, queue }));
  makeAlarms(deployment, region, texts ? [topic, texts] : [topic], made, dead);
  return Object.fromEntries(
    made.flatMap(({ plan, target }) => (plan.http ? [[region.name, makeApi(deployment, plan, target, region)]] : [])),
  );
}

/** The values that `sst secret set` keeps: LIFEBOAT_KEY is the secret LifeboatKey. Each goes to its functions only. */
function makeSecrets({ resolved }: Deployment, plans: readonly FunctionPlan[]): Shared["secrets"] {
  const made = new Map<string, sst.Secret>();
  return new Map(
    plans.map((plan) => {
      const entries = (plan.secrets?.(resolved) ?? []).map((variable) => {
        const secret = made.get(variable) ?? new sst.Secret(pascal(variable.toLowerCase().replaceAll("_", "-")));
        made.set(variable, secret);
        return [variable, secret.value] as const;
      });
      return [plan.name, Object.fromEntries(entries)];
    }),
  );
}

/** What may be changed in DNS is the same from every region, so these policies stand once, at home. */
function makeDnsPolicies(deployment: Deployment, plans: readonly FunctionPlan[]): Map<string, aws.iam.Policy[]> {
  const { resolved, prefix } = deployment;
  return new Map(
    plans.map((plan) => {
      const documents = packPolicies(plan.grants.dns?.(deployment.site(resolved.home)) ?? []);
      const policies = documents.map((document, at) => {
        const name = `${prefix}-${plan.name}-dns-${at + 1}`;
        const description = `Lifeboat: the names that ${plan.name} may change`;
        return new aws.iam.Policy(`Dns${pascal(plan.name)}${at + 1}`, {
          name,
          description,
          policy: JSON.stringify(document),
        });
      });
      return [plan.name, policies];
    }),
  );
}

function outputs(deployment: Deployment, apis: Record<string, $util.Output<string>>) {
  const { resolved, account, prefix, topicRegions } = deployment;
  return {
    account,
    stage: $app.stage,
    owner: resolved.owner,
    home: resolved.home,
    regions: resolved.regions,
    configuration: { digest: resolved.digest, cfg: resolved.cfg },
    table: prefix,
    functions: {
      probe: functionName(deployment, "probe"),
      failover: functionName(deployment, "failover"),
    },
    topics: topicRegions.map((name) => topicArn(deployment, name)),
    bus: prefix,
    zones: deployment.site(resolved.home).zones.map(({ zoneId, names }) => ({ zoneId, names })),
    apis,
  };
}
