// The functions of an evaluated stack, bundled, each in a process of its own per region, before the embedded endpoints.
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { trackWork } from "./track.ts";
import type { Resolved } from "../../shared/model/resolved.ts";
import { bundleFunction } from "./bundle.ts";
import { named } from "./evaluate.ts";
import { type Front, type FrontOptions, startFront } from "./front.ts";
import { type Lambda, startLambda } from "./lambda.ts";
import type { Evaluation } from "./program.ts";

export type Deployed = {
  front: Front;
  table: string;
  call(region: string, name: string, event: unknown): Promise<unknown>;
  /** Waits until nothing that was woken still runs. */
  idle(): Promise<void>;
  lines(): string;
  close(): Promise<void>;
};

export const plans = [
  { name: "probe", resource: "Probe" },
  { name: "failover", resource: "Failover" },
  { name: "api", resource: "Api" },
];

/** Those that stand in a region: the API only in the first two. */
export function plansIn(evaluation: Evaluation, suffix: string): typeof plans {
  return plans.filter(({ resource }) =>
    evaluation.resources.some(({ name }) => name === `${resource}${suffix}Function`),
  );
}

/** `configs`: what stands beside each region's bundle in place of the deployed configuration, whose boxes are nobody's. */
export async function startDeployed(
  evaluation: Evaluation,
  configs: Readonly<Record<string, Resolved>>,
  suffixes: Readonly<Record<string, string>>,
  options: Omit<FrontOptions, "bus" | "regions">,
): Promise<Deployed> {
  const regions = Object.keys(configs);
  const lambdas = new Map<string, Lambda>();
  const running = trackWork();
  const call = async (region: string, name: string, event: unknown): Promise<unknown> => {
    const lambda = lambdas.get(`${name}@${region}`);
    if (!lambda) throw new Error(`there is no ${name} in ${region}`);
    return running.add(lambda.call(event));
  };
  const prefix = `${evaluation.app.name}-${evaluation.app.stage}`;
  const front = await startFront({
    ...options,
    regions,
    bus: {
      queues: [`${prefix}-slots`],
      topics: [prefix, `${prefix}_sms`],
      functions: plans.map(({ name }) => `${prefix}-${name}`),
      onSqs: async () => undefined,
      onInvoke: (region, name, payload) => call(region, name.slice(prefix.length + 1), payload),
    },
  });
  await front.dynamodb.createTable(prefix);
  const folder = await mkdtemp(join(tmpdir(), "lifeboat-deployed-"));
  for (const { name, resource } of plans) {
    const built = join(folder, name);
    await bundleFunction({ file: `functions/${name}.ts` }, built);
    await Promise.all(
      regions
        .filter((region) => plansIn(evaluation, suffixes[region] ?? "").some((plan) => plan.name === name))
        .map(async (region) => {
          const own = join(folder, `${name}-${region}`);
          await cp(built, own, { recursive: true });
          const { inputs } = named(evaluation, `${resource}${suffixes[region]}Function`);
          const { variables } = inputs["environment"] as { variables: Record<string, string> };
          await writeFile(join(own, variables["LIFEBOAT_CONFIG_FILE"] ?? ""), JSON.stringify(configs[region]));
          const caller = `${name}@${region}`;
          const timeoutS = Number(inputs["timeout"]);
          lambdas.set(caller, await startLambda({ caller, region, folder: own, env: variables, timeoutS, front }));
        }),
    );
  }
  return {
    front,
    table: prefix,
    call,
    idle: () => running.idle(),
    lines: () => [...lambdas].map(([caller, lambda]) => `── ${caller}\n${lambda.lines()}`).join("\n"),
    close: async () => {
      await Promise.all([...lambdas.values()].map((lambda) => lambda.close()));
      await front.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
