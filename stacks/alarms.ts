import type { Deployment } from "./deployment.ts";
import type { FunctionPlan } from "./functions.ts";
import { functionName, pascal, queueName } from "./names.ts";
import type { Region } from "./regions.ts";

/** Failover logs each batch as it was answered: what Route 53 would refuse again the next time too. */
export const REFUSED_PATTERN = '{ $.message = "batch" && $.applied.kind = "refused" }';
const NAMESPACE = "Lifeboat";

type Watch = Pick<
  aws.cloudwatch.MetricAlarmArgs,
  "namespace" | "metricName" | "dimensions" | "statistic" | "threshold" | "comparisonOperator" | "treatMissingData"
> & { name: string; description: string; minutes: number; of: number };

/** Alarms of one region about its own metrics, told to its own topics: CloudWatch can neither watch nor tell further. */
export function makeAlarms(
  deployment: Deployment,
  region: Region,
  topics: readonly aws.sns.Topic[],
  made: readonly { plan: FunctionPlan; target: sst.aws.Function }[],
  dead: readonly { name: string; queue: aws.sqs.Queue }[],
): void {
  const watches = [
    ...made.flatMap(({ plan }) => (plan.everyMinute ? [silence(deployment, plan)] : [])),
    errors(deployment),
    ...dead.map(({ name, queue }) => deadLetters(name, queue)),
    ...made.flatMap(({ plan, target }) => (plan.name === "failover" ? [refusals(deployment, region, target)] : [])),
  ];
  for (const { name, description, minutes, of, ...rest } of watches) {
    new aws.cloudwatch.MetricAlarm(
      `Alarm${pascal(name)}${region.suffix}`,
      {
        ...rest,
        name: `${deployment.prefix}-${name}`,
        alarmDescription: `Lifeboat, ${region.name}: ${description} See docs/runbook.md.`,
        period: 60,
        evaluationPeriods: of,
        datapointsToAlarm: minutes,
        alarmActions: topics.map(({ arn }) => arn),
        okActions: topics.map(({ arn }) => arn),
      },
      { provider: region.provider },
    );
  }
}

/**
 * Three minutes without work are a schedule, a queue, a quota or a region that fails. Whoever takes slots is also called by
 * its peers, above all when it is silent, so that its calls show nothing: a slot that it is done with does. The longest
 * interval is a minute, and slots come with the seconds, so that of two minutes in a row one has a slot.
 */
function silence(deployment: Deployment, { name, takes }: FunctionPlan): Watch {
  const work: Pick<Watch, "description" | "namespace" | "metricName" | "dimensions"> =
    takes === "slots"
      ? {
          description: `${name} finished no slot of its queue for three minutes.`,
          namespace: "AWS/SQS",
          metricName: "NumberOfMessagesDeleted",
          dimensions: { QueueName: queueName(deployment, takes) },
        }
      : {
          description: `${name} was not called for three minutes.`,
          namespace: "AWS/Lambda",
          metricName: "Invocations",
          dimensions: { FunctionName: functionName(deployment, name) },
        };
  return {
    ...work,
    name: `${name}-silent`,
    statistic: "Sum",
    threshold: 1,
    comparisonOperator: "LessThanThreshold",
    treatMissingData: "breaching",
    minutes: 3,
    of: 3,
  };
}

function errors(deployment: Deployment): Watch {
  return {
    name: "failover-errors",
    description: "failover failed in two of three minutes.",
    namespace: "AWS/Lambda",
    metricName: "Errors",
    dimensions: { FunctionName: functionName(deployment, "failover") },
    statistic: "Sum",
    threshold: 1,
    comparisonOperator: "GreaterThanOrEqualToThreshold",
    treatMissingData: "notBreaching",
    minutes: 2,
    of: 3,
  };
}

function deadLetters(name: string, queue: aws.sqs.Queue): Watch {
  return {
    name: `${name}-dead`,
    description: `a message of the queue '${name}' could not be handled.`,
    namespace: "AWS/SQS",
    metricName: "ApproximateNumberOfMessagesVisible",
    dimensions: { QueueName: queue.name },
    statistic: "Maximum",
    threshold: 1,
    comparisonOperator: "GreaterThanOrEqualToThreshold",
    treatMissingData: "notBreaching",
    minutes: 1,
    of: 1,
  };
}

function refusals(deployment: Deployment, region: Region, failover: sst.aws.Function): Watch {
  const metric = `${deployment.prefix}-refused`;
  new aws.cloudwatch.LogMetricFilter(
    `Refused${region.suffix}`,
    {
      name: metric,
      logGroupName: failover.nodes.logGroup.apply((group) => group?.name ?? $output("")),
      pattern: REFUSED_PATTERN,
      metricTransformation: { name: metric, namespace: NAMESPACE, value: "1" },
    },
    { provider: region.provider },
  );
  return {
    name: "route53-refuses",
    description: "Route 53 refused a change of DNS.",
    namespace: NAMESPACE,
    metricName: metric,
    statistic: "Sum",
    threshold: 1,
    comparisonOperator: "GreaterThanOrEqualToThreshold",
    treatMissingData: "notBreaching",
    minutes: 1,
    of: 1,
  };
}
