// The configuration of this stage, looked over before anything is created.
import { mkdir, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import input from "../lifeboat.config.ts";
import type { Config } from "../shared/model/config.ts";
import type { Resolved } from "../shared/model/resolved.ts";
import { PRODUCTION } from "../shared/resolve/owner.ts";
import { wireDeploy } from "../shared/runtime/wire-deploy.ts";
import { textTopicArn } from "./names.ts";
import type { Site } from "./permissions.ts";
import { preflight, zoneNames } from "./preflight.ts";

export type Deployment = {
  config: Config;
  resolved: Resolved;
  production: boolean;
  account: string;
  prefix: string;
  /** Whose topics people subscribe to: the first two. */
  topicRegions: readonly string[];
  /** The resolved configuration, from the project's folder. */
  configFile: string;
  site: (region: string) => Site;
};

/** Topics and the API stand in this many regions, so that one of them may be lost. */
const PUBLIC_REGIONS = 2;

/** @throws UserError with everything that stands in the way; then nothing has been created. */
export async function readDeployment(): Promise<Deployment> {
  const prefix = `${$app.name}-${$app.stage}`;
  const cfg = Math.floor(Date.now() / 1000);
  const region = $app.providers?.aws.region;
  const stage = { name: $app.stage, prefix, cfg };
  const { account, config, resolved, warnings } = await preflight(input, stage, wireDeploy(region));
  for (const warning of warnings) console.warn(`warning: ${warning}`);
  const topicRegions = resolved.regions.slice(0, PUBLIC_REGIONS);
  const zones = zoneNames(resolved);
  const textRegions = config.notify.sms.length > 0 ? topicRegions : [];
  const textTopics = textRegions.map((name) => textTopicArn({ account, prefix }, name));
  return {
    config,
    resolved,
    production: $app.stage === PRODUCTION,
    account,
    prefix,
    topicRegions,
    configFile: await writeResolved(resolved),
    site: (region) => ({ account, prefix, region, regions: resolved.regions, topicRegions, textTopics, zones }),
  };
}

/** Written where SST works, and copied from there into each bundle. */
async function writeResolved(resolved: Resolved): Promise<string> {
  const folder = join($cli.paths.work, "lifeboat", $app.stage);
  await mkdir(folder, { recursive: true });
  const file = join(folder, "resolved.json");
  await writeFile(file, JSON.stringify(resolved));
  return relative($cli.paths.root, file);
}
