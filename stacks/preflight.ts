// What is looked at before anything is created. Pure but for its ports; needs model, resolve, plan and the names of things.
import { type Config, configSchema } from "../shared/model/config.ts";
import { UserError } from "../shared/model/errors.ts";
import { fenceNameOf } from "../shared/model/fence.ts";
import type { Resolved } from "../shared/model/resolved.ts";
import type { HostedZone } from "../shared/model/survey.ts";
import { parseFence } from "../shared/plan/fence.ts";
import { isOfOtherPartition } from "../shared/resolve/aws-regions.ts";
import { ownerOf } from "../shared/resolve/owner.ts";
import { resolveConfig } from "../shared/resolve/resolve.ts";
import { judgeZoneIds, lookUpIn } from "../shared/resolve/zone-lookup.ts";
import { PREFIX_MAX } from "./names.ts";
import { judgePolicies, type ZoneNames } from "./permissions.ts";

/** What is asked of AWS, and never changed. Each rejects with an error that says what could not be asked. */
export type PreflightPorts = {
  /** Whose credentials these are. */
  account(): Promise<string>;
  hostedZones(): Promise<readonly HostedZone[]>;
  /** Concurrent executions that Lambda grants the account in a region and that no function has reserved. */
  concurrency(region: string): Promise<number>;
  /** The tag that tells a table's home region; undefined: there is no such table. */
  homeOfTable(region: string, table: string): Promise<{ home: string | undefined } | undefined>;
  /** The values of a TXT record in a hosted zone; undefined: there is none. */
  text(zoneId: string, name: string): Promise<readonly string[] | undefined>;
};

export type Cleared = { account: string; config: Config; resolved: Resolved; warnings: string[] };

/**
 * Resolves the configuration of a stage and looks whether AWS has room for it, before anything is created.
 * `cfg`: epoch seconds. @throws UserError with every fault there is, each a sentence with its remedy.
 */
export async function preflight(
  input: unknown,
  stage: { name: string; prefix: string; cfg: number },
  ports: PreflightPorts,
): Promise<Cleared> {
  const account = await ports.account();
  refuse(judgeAccount(input, account));
  const zones = await ports.hostedZones();
  const { resolved, warnings } = resolveConfig(ownedBy(input, stage.name), {
    cfg: stage.cfg,
    zones: lookUpIn(zones),
  });
  const config = configSchema.parse(input);
  const faults = [
    judgeStage(stage, resolved.owner),
    judgePlaces(config),
    judgeZoneIds(resolved, zones),
    judgePolicies(zoneNames(resolved)),
  ].flat();
  const asked = await Promise.all([
    ...resolved.regions.map((region) => judgeConcurrency(region, resolved, ports)),
    judgeHome(resolved, stage.prefix, ports),
    judgeFences(resolved, zones, ports),
  ]);
  refuse([...faults, ...asked.flat()]);
  return { account, config, resolved, warnings };
}

function refuse(faults: readonly string[]): void {
  if (faults.length > 0) throw new UserError(faults);
}

function ownedBy(input: unknown, stage: string): unknown {
  if (typeof input !== "object" || input === null || !("owner" in input)) return input;
  return typeof input.owner === "string" ? { ...input, owner: ownerOf(input.owner, stage) } : input;
}

function judgeAccount(input: unknown, account: string): string[] {
  const wanted = typeof input === "object" && input !== null && "account" in input ? input.account : undefined;
  if (wanted === undefined)
    return [
      `account: is missing, and these credentials are those of ${account}; if that is the one, add account: "${account}"`,
    ];
  if (wanted === account) return [];
  return [
    `account: is ${JSON.stringify(wanted)}, and these credentials are those of ${account}; choose others (AWS_PROFILE), or correct it`,
  ];
}

function judgeStage({ name, prefix }: { name: string; prefix: string }, owner: string): string[] {
  const faults: string[] = [];
  if (prefix.length > PREFIX_MAX)
    faults.push(
      `stage: '${name}' makes names too long for AWS; choose one of at most ${PREFIX_MAX - (prefix.length - name.length)} characters`,
    );
  if (owner.length > 64)
    faults.push(`owner: '${owner}' (owner and stage) is longer than 64 characters; shorten one of them`);
  return faults;
}

function judgePlaces({ regions, allowLocal, intervalS }: Config): string[] {
  const other = regions.filter(isOfOtherPartition);
  return [
    ...other.map((region) => `regions: '${region}' is of another partition of AWS, which is not built; remove it`),
    ...(allowLocal
      ? ["allowLocal: is for a service on one machine; remove it, as no Lambda reaches such an address"]
      : []),
    ...(intervalS < 5 ? [`intervalS: ${intervalS} s is for a service on one machine; set 5 or more`] : []),
  ];
}

/** A slot, the one before it that still runs, asks of the other regions, and what the pages and failover need. */
export function concurrencyNeeded(shards: number): number {
  return 4 + 6 * shards;
}

async function judgeConcurrency(region: string, { shards }: Resolved, ports: PreflightPorts): Promise<string[]> {
  const needed = concurrencyNeeded(shards);
  const granted = await ports.concurrency(region);
  if (granted >= needed) return [];
  const link = `https://${region}.console.aws.amazon.com/servicequotas/home/services/lambda/quotas/L-B99A9384`;
  return [
    `${region}: Lambda grants ${granted} concurrent executions, and ${needed} are needed; ask for more at ${link} (usually granted within a day)`,
  ];
}

/** A home that moves would leave the table and SST's state behind. */
async function judgeHome({ regions, home }: Resolved, prefix: string, ports: PreflightPorts): Promise<string[]> {
  const tables = await Promise.all(regions.map((region) => ports.homeOfTable(region, prefix)));
  const elsewhere = tables.find((table) => table && table.home !== home);
  if (!elsewhere) return [];
  if (elsewhere.home === undefined)
    return [`home: there is a table '${prefix}' that is not Lifeboat's; rename it, or choose another stage`];
  return [
    `home: the table '${prefix}' was made with home ${elsewhere.home}, and removing its home would remove it and all that is known; set home: "${elsewhere.home}" and keep that region, or move it as "Moving home" in docs/deploy.md says`,
  ];
}

/** A fence of another owner, or of another stage, is a name that is claimed already. One after another: Route 53 is slow. */
async function judgeFences(
  { pools, owner }: Resolved,
  zones: readonly HostedZone[],
  ports: PreflightPorts,
): Promise<string[]> {
  const known = new Set(zones.map(({ id }) => id));
  const claims = pools.flatMap(({ id, names }) => names.map(({ name, zoneId }) => ({ pool: id, name, zoneId })));
  const faults: string[] = [];
  for (const { pool, name, zoneId } of claims.filter((claim) => known.has(claim.zoneId))) {
    const values = await ports.text(zoneId, fenceNameOf(name));
    if (values) faults.push(...judgeFence({ pool, name, owner }, values));
  }
  return faults;
}

function judgeFence(
  { pool, name, owner }: { pool: string; name: string; owner: string },
  values: readonly string[],
): string[] {
  const read = parseFence({ name: fenceNameOf(name), type: "TXT", values: [...values] });
  if (read.kind === "bad")
    return [`pools: ${pool}: the fence of '${name}' cannot be read: ${read.fault}; look at TXT ${fenceNameOf(name)}`];
  if (read.fence.owner === owner) return [];
  return [
    `pools: ${pool}: '${name}' is held by '${read.fence.owner}', not by '${owner}'; use another name, or release it there first`,
  ];
}

/** By hosted zone, in the order of the configuration. */
export function zoneNames({ pools }: Resolved): ZoneNames[] {
  const zones = new Map<string, { zoneId: string; names: string[]; active: string[] }>();
  for (const { mode, names } of pools)
    for (const { name, zoneId } of names) {
      const zone = zones.get(zoneId) ?? { zoneId, names: [], active: [] };
      zones.set(zoneId, zone);
      zone.names.push(name);
      if (mode === "active") zone.active.push(name);
    }
  return [...zones.values()];
}
