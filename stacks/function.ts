import type { Deployment } from "./deployment.ts";
import { bundling, type FunctionPlan } from "./functions.ts";
import { functionName, logGroupName, pascal } from "./names.ts";
import { policyOf } from "./policy.ts";
import type { Region } from "./regions.ts";

/** Asynchronous calls that could not start within this are dropped: nothing stale is worth doing. The least AWS allows. */
export const MAXIMUM_AGE_S = 60;

const LOG_DAYS = "1 month";

type Values = {
  table: $util.Output<string>;
  queueUrl: $util.Output<string>;
  topics: string;
  /** Empty where there are no phones. */
  textTopics: string;
  bus: $util.Output<string>;
  /** By environment variable. */
  secrets: Record<string, $util.Output<string>>;
};

/** One function in one region, with a role of its own that may do what `grants` says and no more. */
export function makeFunction(
  deployment: Deployment,
  plan: FunctionPlan,
  region: Region,
  { table, queueUrl, topics, textTopics, bus, secrets }: Values,
  dns: readonly aws.iam.Policy[],
) {
  const { resolved, configFile } = deployment;
  const name = functionName(deployment, plan.name);
  const role = makeRole(deployment, plan, region, dns);
  return new sst.aws.Function(
    `${pascal(plan.name)}${region.suffix}`,
    {
      name,
      handler: plan.handler,
      description: plan.description,
      runtime: "nodejs24.x",
      architecture: "arm64",
      memory: `${plan.memoryMB(resolved)} MB` as "128 MB",
      timeout: `${plan.timeoutS(resolved)} seconds`,
      role: role.arn,
      nodejs: bundling,
      logging: { retention: LOG_DAYS, format: "json" },
      retries: 0,
      copyFiles: [{ from: configFile, to: "lifeboat.json" }],
      environment: {
        LIFEBOAT_CONFIG_FILE: "lifeboat.json",
        LIFEBOAT_TABLE: table,
        LIFEBOAT_QUEUE_URL: queueUrl,
        LIFEBOAT_PROBE_FUNCTION: functionName(deployment, "probe"),
        LIFEBOAT_FAILOVER_FUNCTION: functionName(deployment, "failover"),
        LIFEBOAT_TOPICS: topics,
        ...(textTopics === "" ? {} : { LIFEBOAT_SMS_TOPICS: textTopics }),
        LIFEBOAT_BUS: bus,
        ...secrets,
      },
      transform: {
        function: (args) => {
          // START, END and REPORT of each call would be most of the log.
          const logGroup = logGroupName(deployment, plan.name);
          args.loggingConfig = {
            logFormat: "JSON",
            systemLogLevel: "WARN",
            applicationLogLevel: "INFO",
            logGroup: $output(args.loggingConfig).apply((given) => given?.logGroup ?? logGroup),
          };
        },
        eventInvokeConfig: (args) => {
          args.maximumEventAgeInSeconds = MAXIMUM_AGE_S;
        },
      },
    },
    { provider: region.provider },
  );
}

/** SST's own role would trust the whole account and write any log. */
function makeRole(
  deployment: Deployment,
  plan: FunctionPlan,
  region: Region,
  dns: readonly aws.iam.Policy[],
): aws.iam.Role {
  const statements = plan.grants.region(deployment.site(region.name));
  return new aws.iam.Role(
    `Role${pascal(plan.name)}${region.suffix}`,
    {
      description: `Lifeboat: ${plan.name} in ${region.name}, stage ${$app.stage}`,
      assumeRolePolicy: trustIn("lambda.amazonaws.com", deployment.account),
      inlinePolicies: [{ name: "own", policy: JSON.stringify(policyOf(statements)) }],
      managedPolicyArns: dns.map(({ arn }) => arn),
    },
    { provider: region.provider },
  );
}

/** A service of AWS may take the role, on behalf of this account only. */
export function trustIn(service: string, account: string): string {
  const own =
    service === "lambda.amazonaws.com" ? {} : { Condition: { StringEquals: { "aws:SourceAccount": account } } };
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole", ...own }],
  });
}
