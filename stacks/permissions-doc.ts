// docs/permissions.md, from what the roles are made of. `npm run docs:permissions` writes it; a test holds it against this.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { functions } from "./functions.ts";
import { textTopicArn } from "./names.ts";
import { partitionsOf, type Site } from "./permissions.ts";
import { policyOf, type Statement } from "./policy.ts";

/** A deployment with the words of a document in the places of its names. */
const place = { account: "ACCOUNT", prefix: "lifeboat-STAGE" };
const site: Site = {
  ...place,
  region: "REGION",
  regions: ["REGION", "OTHER-REGION"],
  topicRegions: ["FIRST-REGION", "SECOND-REGION"],
  textTopics: ["FIRST-REGION", "SECOND-REGION"].map((region) => textTopicArn(place, region)),
  zones: [{ zoneId: "ZONE", names: ["name", "*.domain"], active: ["name", "*.domain"] }],
};

export const PERMISSIONS_FILE = "docs/permissions.md";

/** The whole document. */
export function renderPermissions(): string {
  return [
    "# What each function may do in AWS",
    "",
    "Generated from `stacks/permissions.ts` by `npm run docs:permissions`; do not edit. A test evaluates the whole stack,",
    "runs the functions as bundled with its environment, and fails when one of them calls what its role does not allow, or",
    "when a role allows what is never called without a reason given here.",
    "",
    "Each function has a role of its own in each region, which only `lambda.amazonaws.com` may take. The schedules of a",
    "region share a role that may call that region's functions and nothing else. Nobody else may publish to the topics",
    "than failover and api (by their roles) and this account's CloudWatch alarms (by the topic's policy).",
    "",
    "Operators' orders and the API's tokens stand in the table too, in the partitions `order` and `token`. Only failover,",
    "which obeys orders, may write everywhere; probe, which reads what strangers answer, and api, which stands on the Internet,",
    "may write in the partitions that are named here (`dynamodb:LeadingKeys`, and only if the request carries it). They may",
    "read all: an order is no secret, and of a token only a keyed hash is kept. IAM sees no sort keys, so that of a pool",
    "probe could write what failover has told and seen of it.",
    "",
    ...functions.flatMap(({ name, description, grants }) => [
      `## ${name}`,
      "",
      `${description}.`,
      "",
      ...table([...grants.region(site), ...(grants.dns?.(site) ?? [])]),
      ...(grants.dns ? dns(grants.dns(site)) : ["It has no permission on Route 53 at all.", ""]),
    ]),
    "## Every `*`",
    "",
    ...stars(functions.flatMap(({ grants }) => grants.region(site))),
    "",
  ].join("\n");
}

function table(statements: readonly Statement[]): string[] {
  const rows = statements.map((statement) => {
    const { actions, resources, why, uncalled, wildcard } = statement;
    const only = partitionsOf(statement);
    const notes = [
      ...(only.length > 0 ? [`Only in ${only.map((one) => `\`${one}\``).join(", ")}.`] : []),
      ...(uncalled ? [`${uncalled}.`] : []),
      ...(wildcard ? [`\`*\`: ${wildcard}.`] : []),
    ].join(" ");
    return `| ${code(actions)} | ${code(resources)} | ${why} | ${notes} |`;
  });
  return ["| may | on | because it | note |", "| --- | --- | --- | --- |", ...rows, ""];
}

function code(list: readonly string[]): string {
  return list.map((one) => `\`${one}\``).join("<br>");
}

function dns(statements: readonly Statement[]): string[] {
  return [
    "The last one holds only for the hosted zones of the configuration in which at least one pool is active, only for the",
    "names of active pools and their fences (names as IAM compares them: lower case, no final dot, `*` as `\\052`), only for",
    "these record types and actions, and only if the request carries all three keys. IAM cannot tie a name to a type: that",
    "a name gets addresses only and a fence text only is asserted in `shared/route53/apply.ts`.",
    "",
    "```json",
    JSON.stringify(policyOf(statements), undefined, 2),
    "```",
    "",
    "Names that do not fit one policy (6,144 characters) are spread over up to ten; more are refused before anything is",
    'created. While every pool of a zone has `mode: "observe"`, that zone cannot be changed at all.',
    "",
  ];
}

function stars(statements: readonly Statement[]): string[] {
  const reasons = new Map(
    statements.flatMap(({ resources, wildcard }) => (wildcard ? resources.map((one) => [one, wildcard] as const) : [])),
  );
  return [...reasons].map(([resource, reason]) => `* \`${resource}\`: ${reason}.`);
}

if (import.meta.main) writeFileSync(join(import.meta.dirname, "..", PERMISSIONS_FILE), renderPermissions());
