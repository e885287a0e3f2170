// What deploying must ask of AWS before it creates anything. It only reads.
import { DescribeTableCommand, DynamoDBClient, ListTagsOfResourceCommand } from "@aws-sdk/client-dynamodb";
import { GetAccountSettingsCommand, LambdaClient } from "@aws-sdk/client-lambda";
import {
  type HostedZone,
  ListHostedZonesCommand,
  ListResourceRecordSetsCommand,
  Route53Client,
} from "@aws-sdk/client-route-53";
import { UserError } from "../model/errors.ts";
import { canonicalName } from "../model/record.ts";
import { perRegion } from "./clients.ts";

/** The tag that keeps a table's home region: DynamoDB itself makes no difference between replicas. */
export const HOME_TAG = "lifeboat:home";

/** For one question, the SDK's own retries included. */
const QUESTION_MS = 30_000;

// No more than this: SST runs the stack with an older SDK of its own, to which a request handler must be an object.
const options = (region: string) => ({ region, maxAttempts: 4 });

type Limit = { abortSignal: AbortSignal };

/** Each rejects with a UserError that says what was asked and what AWS answered. `region`: where STS is asked. */
export function wireDeploy(region: string) {
  const route53 = new Route53Client(options(region));
  const lambda = perRegion((to) => new LambdaClient(options(to)));
  const dynamodb = perRegion((to) => new DynamoDBClient(options(to)));
  return {
    async account(): Promise<string> {
      const what = "AWS's credentials: sign in (`aws sso login`, AWS_PROFILE) and run the command again";
      // Only deploying asks this, and only where it is deployed from is this package installed.
      const { GetCallerIdentityCommand, STSClient } = await import("@aws-sdk/client-sts");
      const client = new STSClient(options(region));
      const { Account } = await asked(what, (limit) => client.send(new GetCallerIdentityCommand({}), limit));
      if (Account === undefined) throw new UserError("AWS does not say which account these credentials are of");
      return Account;
    },
    hostedZones: () => asked("the hosted zones (route53:ListHostedZones)", (limit) => listZones(route53, limit)),
    async concurrency(to: string): Promise<number> {
      const what = `${to}: Lambda's limits (lambda:GetAccountSettings); if the region is new, enable it for the account`;
      const { AccountLimit } = await asked(what, (limit) => lambda(to).send(new GetAccountSettingsCommand({}), limit));
      return AccountLimit?.UnreservedConcurrentExecutions ?? AccountLimit?.ConcurrentExecutions ?? 0;
    },
    homeOfTable: (to: string, table: string) =>
      asked(`${to}: the table (dynamodb:DescribeTable)`, (limit) => homeOf(dynamodb(to), table, limit)),
    text: (zoneId: string, name: string) =>
      asked(`the fence ${name} (route53:ListResourceRecordSets)`, (limit) => readText(route53, zoneId, name, limit)),
  };
}

async function asked<T>(what: string, ask: (limit: Limit) => Promise<T>): Promise<T> {
  try {
    return await ask({ abortSignal: AbortSignal.timeout(QUESTION_MS) });
  } catch (cause) {
    const reason = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    throw new UserError(`${what} could not be read: ${reason}`, { cause });
  }
}

async function listZones(
  client: Route53Client,
  limit: Limit,
): Promise<{ id: string; name: string; private: boolean }[]> {
  const zones: HostedZone[] = [];
  let Marker: string | undefined;
  do {
    const page = await client.send(new ListHostedZonesCommand({ Marker }), limit);
    zones.push(...(page.HostedZones ?? []));
    Marker = page.IsTruncated ? page.NextMarker : undefined;
  } while (Marker !== undefined);
  return zones.map(({ Id = "", Name = "", Config }) => ({
    id: Id.replace(/^\/hostedzone\//, ""),
    name: canonicalName(Name),
    private: Config?.PrivateZone === true,
  }));
}

async function homeOf(
  client: DynamoDBClient,
  table: string,
  limit: Limit,
): Promise<{ home: string | undefined } | undefined> {
  const describe = new DescribeTableCommand({ TableName: table });
  const described = await client.send(describe, limit).catch((error: unknown) => {
    if (error instanceof Error && error.name === "ResourceNotFoundException") return undefined;
    throw error;
  });
  const arn = described?.Table?.TableArn;
  if (arn === undefined) return undefined;
  const { Tags = [] } = await client.send(new ListTagsOfResourceCommand({ ResourceArn: arn }), limit);
  return { home: Tags.find(({ Key }) => Key === HOME_TAG)?.Value };
}

async function readText(
  client: Route53Client,
  zoneId: string,
  name: string,
  limit: Limit,
): Promise<string[] | undefined> {
  const command = new ListResourceRecordSetsCommand({
    HostedZoneId: zoneId,
    StartRecordName: name,
    StartRecordType: "TXT",
    MaxItems: 1,
  });
  const [set] = (await client.send(command, limit)).ResourceRecordSets ?? [];
  if (set?.Type !== "TXT" || canonicalName(set.Name ?? "") !== name) return undefined;
  return (set.ResourceRecords ?? []).map(({ Value = "" }) => Value);
}
