// What each function may do in AWS, and why: the one source of the roles and of docs/permissions.md.
// Pure; needs model, the names of things and the keys of the table.
import { fenceNameOf } from "../shared/model/fence.ts";
import { ANY, partitions } from "../shared/store/keys.ts";
import { busArn, functionArn, hostedZoneArn, logGroupArn, type Place, queueArn, tableArn, topicArn } from "./names.ts";
import { type Condition, packPolicies, POLICIES_MAX, POLICY_MAX, type Statement } from "./policy.ts";

/** One hosted zone: the names of all its pools, and of those that are active. */
export type ZoneNames = { zoneId: string; names: readonly string[]; active: readonly string[] };

export type Site = Place & {
  /** The region that the function runs in. */
  region: string;
  /** All that probe, this one included. */
  regions: readonly string[];
  /** Whose topics people subscribe to. */
  topicRegions: readonly string[];
  /** ARNs of the topics of phones; none where there are no phones. */
  textTopics: readonly string[];
  zones: readonly ZoneNames[];
};

/** A function's permissions in one region; those on DNS names apart, as they can outgrow an inline policy. */
export type Grants = { region: (site: Site) => Statement[]; dns?: (site: Site) => Statement[] };

const POLLER = "Lambda's own poller makes these calls with the function's role";

function log(site: Site, name: string): Statement {
  return {
    actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
    resources: [`${logGroupArn(site, site.region, name)}:log-stream:*`],
    why: "its log",
    uncalled: "Lambda itself writes the log with the function's role",
    wildcard: "Lambda chooses the names of the streams",
  };
}

function others({ regions, region }: Site): string[] {
  return regions.filter((one) => one !== region);
}

/** The partitions of the table that a statement is about: IAM compares the pk of all that a call names. */
const LEADING_KEYS = "dynamodb:LeadingKeys";

/**
 * Calls on this region's table, only in these partitions. What operators order, and who is let in, stands in the same table:
 * whoever takes over a function that talks to strangers must not be able to write it.
 */
function inPartitions(
  site: Site,
  actions: readonly string[],
  values: readonly string[],
  rest: Pick<Statement, "why" | "uncalled">,
): Statement {
  return {
    actions,
    resources: [tableArn(site, site.region)],
    conditions: [
      { test: "ForAllValues:StringLike", variable: LEADING_KEYS, values },
      // ForAllValues holds for a request without the key at all: it must have one.
      { test: "Null", variable: LEADING_KEYS, values: ["false"] },
    ],
    ...rest,
  };
}

/** The partitions in which a statement holds; none: in all. */
export function partitionsOf({ conditions = [] }: Statement): readonly string[] {
  return conditions.find(({ test, variable }) => test !== "Null" && variable === LEADING_KEYS)?.values ?? [];
}

function topics(site: Site): string[] {
  return [...site.topicRegions.map((region) => topicArn(site, region)), ...site.textTopics];
}

function probeOfOthers(site: Site, why: string): Statement[] {
  const resources = others(site).map((region) => functionArn(site, region, "probe"));
  return resources.length === 0 ? [] : [{ actions: ["lambda:InvokeFunction"], resources, why }];
}

export const probeGrants: Grants = {
  region: (site) => [
    log(site, "probe"),
    {
      actions: ["dynamodb:GetItem", "dynamodb:Query"],
      resources: [tableArn(site, site.region)],
      why: "reads the last reports and suspicions, what it has seen up, and what it follows",
    },
    inPartitions(
      site,
      ["dynamodb:PutItem"],
      [
        partitions.reports(site.region),
        partitions.suspicions(site.region),
        partitions.history(site.region, ANY),
        partitions.pool(ANY),
      ],
      { why: "writes its region's reports, suspicions and latencies, and what the names that a pool follows answer" },
    ),
    inPartitions(site, ["dynamodb:UpdateItem"], [partitions.seen()], { why: "notes what it has seen up" }),
    {
      actions: ["sqs:SendMessage"],
      resources: [queueArn(site, site.region, "slots")],
      why: "enqueues the slots of the minutes to come",
    },
    {
      actions: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
      resources: [queueArn(site, site.region, "slots")],
      why: "is called with the slots",
      uncalled: POLLER,
    },
    ...probeOfOthers(site, "asks the other regions about a new failure"),
    {
      actions: ["lambda:InvokeFunction"],
      resources: [functionArn(site, site.region, "failover")],
      why: "wakes failover when something changed",
    },
  ],
};

export const failoverGrants: Grants = {
  region: (site) => [
    log(site, "failover"),
    {
      actions: ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem", "dynamodb:DeleteItem"],
      resources: [tableArn(site, site.region)],
      why: "reads reports, suspicions, facts; writes what it decided, told and follows",
    },
    ...others(site).map(
      (region): Statement => ({
        actions: ["dynamodb:PutItem"],
        resources: [tableArn(site, region)],
        why: "writes an operator's order to every replica at once",
      }),
    ),
    ...probeOfOthers(site, "asks a silent region whether it lives"),
    ...others(site).map(
      (region): Statement => ({
        actions: ["lambda:InvokeFunction"],
        resources: [functionArn(site, region, "failover")],
        why: "wakes the failover of the region that a newer deploy has already reached",
      }),
    ),
    {
      actions: ["sns:Publish"],
      resources: topics(site),
      why: "tells people: the first topic, or the second when the first does not take it",
    },
    { actions: ["events:PutEvents"], resources: [busArn(site, site.region)], why: "tells machines" },
    {
      actions: ["route53:ListResourceRecordSets"],
      resources: site.zones.map(({ zoneId }) => hostedZoneArn(zoneId)),
      why: "reads the fences and records of its names",
    },
    ...(site.zones.some(({ active }) => active.length > 0)
      ? [
          {
            actions: ["route53:GetChange"],
            resources: ["arn:aws:route53:::change/*"],
            why: "follows its changes until all of Route 53's servers have them",
            wildcard: "Route 53 chooses the ids of changes",
          },
        ]
      : []),
  ],
  dns: ({ zones }) => zones.flatMap(changes),
};

/** Old snapshots are deleted when they have been replaced for a day, so no test sees it. */
const SWEEP = "Old snapshots, and the content of failed uploads, are deleted a day later at the earliest";

const snapshots = [partitions.snapshots(ANY), partitions.chunks(ANY, ANY), partitions.sightings(ANY)];

export const apiGrants: Grants = {
  region: (site) => [
    log(site, "api"),
    {
      actions: ["dynamodb:GetItem", "dynamodb:Query"],
      resources: [tableArn(site, site.region)],
      why: "looks at tokens, reads snapshots, what was told, and incidents",
    },
    inPartitions(site, ["dynamodb:PutItem"], [...snapshots, partitions.conditions(site.region), partitions.uses()], {
      why: "stores snapshots, and notes what it told and when a token was used",
    }),
    inPartitions(site, ["dynamodb:UpdateItem"], [partitions.chunks(ANY, ANY)], {
      why: "lets the content of a whole upload stay",
    }),
    inPartitions(site, ["dynamodb:DeleteItem"], snapshots, {
      why: "keeps no more snapshots than configured",
      uncalled: SWEEP,
    }),
    {
      actions: ["sns:Publish"],
      resources: topics(site),
      why: "tells people what an upload shows: the first topic, or the second when the first does not take it",
    },
    { actions: ["events:PutEvents"], resources: [busArn(site, site.region)], why: "tells machines the same" },
  ],
};

/**
 * The record types of our batches: addresses, and the fence. AAAA also where no load balancer has an IPv6 address (any
 * more): what was served before must be taken out of the answer.
 */
const TYPES = ["A", "AAAA", "TXT"];
const ACTIONS = ["CREATE", "DELETE", "UPSERT"];
const KEY = "route53:ChangeResourceRecordSets";

/** Characters of names in one statement: so that it fits a policy with all that stands around them. */
const NAMES_MAX = 5000;

/** A zone whose pools all observe may not be changed at all. */
function changes({ zoneId, active }: ZoneNames): Statement[] {
  return groups(active).map((values) => {
    const keys: [string, readonly string[]][] = [
      [`${KEY}NormalizedRecordNames`, values],
      [`${KEY}RecordTypes`, TYPES],
      [`${KEY}Actions`, ACTIONS],
    ];
    return {
      actions: ["route53:ChangeResourceRecordSets"],
      resources: [hostedZoneArn(zoneId)],
      conditions: [
        ...keys.map(([variable, list]): Condition => ({ test: "ForAllValues:StringEquals", variable, values: list })),
        // ForAllValues holds for a request without the key at all: it must have one.
        ...keys.map(([variable]): Condition => ({ test: "Null", variable, values: ["false"] })),
      ],
      why: "changes the addresses of its names, and their fences",
    };
  });
}

/** As IAM compares record names: lower case, no final dot, `*` and its like as octal. */
export function normalised(name: string): string {
  return name
    .toLowerCase()
    .replace(/\.$/, "")
    .replace(/[^a-z0-9._-]/g, (one) => `\\${one.charCodeAt(0).toString(8).padStart(3, "0")}`);
}

/** Names with their fences, in groups of bounded length. Both stay together: a batch is judged by one statement. */
function groups(names: readonly string[]): string[][] {
  const grouped: string[][] = [];
  for (const pair of names.map((name) => [normalised(name), normalised(fenceNameOf(name))])) {
    const last = grouped.at(-1);
    if (last && JSON.stringify([...last, ...pair]).length <= NAMES_MAX) last.push(...pair);
    else grouped.push([...pair]);
  }
  return grouped;
}

/** Why IAM would refuse what the names need, as sentences. */
export function judgePolicies(zones: readonly ZoneNames[]): string[] {
  const documents = packPolicies(zones.flatMap(changes));
  const long = documents.filter((document) => JSON.stringify(document).length > POLICY_MAX);
  if (long.length === 0 && documents.length <= POLICIES_MAX) return [];
  const names = zones.reduce((total, { active }) => total + active.length, 0);
  const most = `IAM gives a role ${POLICIES_MAX} policies of ${POLICY_MAX} characters`;
  return [
    `pools: ${names} names need ${documents.length} policies, and ${most}; split the pools over two deployments, each with an owner of its own`,
  ];
}
