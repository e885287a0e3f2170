import type { Deployment } from "./deployment.ts";
import { MAXIMUM_AGE_S, trustIn } from "./function.ts";
import { type FunctionPlan, scheduledInput } from "./functions.ts";
import { pascal, queueName } from "./names.ts";
import type { Region } from "./regions.ts";

/** A slot that nobody took within this is long stale. */
export const RETENTION_S = 300;
/** What was dead stays long enough to be looked at after a weekend. */
const DEAD_RETENTION_S = 14 * 86_400;

/**
 * A queue and its dead letters. One receive: a slot that failed once is stale by the time it could be tried again.
 * `visibilityS` is the timeout of whoever takes from it: Lambda asks for no less.
 */
export function makeQueue(deployment: Deployment, region: Region, name: string, visibilityS: number) {
  const resource = pascal(name);
  const options = { provider: region.provider };
  const dead = new aws.sqs.Queue(
    `${resource}Dead${region.suffix}`,
    {
      name: queueName(deployment, `${name}-dead`),
      messageRetentionSeconds: DEAD_RETENTION_S,
      sqsManagedSseEnabled: true,
    },
    options,
  );
  const queue = new aws.sqs.Queue(
    `${resource}${region.suffix}`,
    {
      name: queueName(deployment, name),
      messageRetentionSeconds: RETENTION_S,
      visibilityTimeoutSeconds: visibilityS,
      sqsManagedSseEnabled: true,
      redrivePolicy: dead.arn.apply((arn) => JSON.stringify({ deadLetterTargetArn: arn, maxReceiveCount: 1 })),
    },
    options,
  );
  return { queue, dead };
}

/** Hands over one message at a time, at once: with any batch window Lambda may wait 20 s. */
export function feed(name: string, queue: aws.sqs.Queue, target: sst.aws.Function, region: Region): void {
  new aws.lambda.EventSourceMapping(
    `Feed${pascal(name)}${region.suffix}`,
    { eventSourceArn: queue.arn, functionName: target.arn, batchSize: 1, maximumBatchingWindowInSeconds: 0 },
    { provider: region.provider },
  );
}

/** A schedule for each function that is called every minute. Whole minutes, so that all regions mean the same one. */
export function makeSchedules(
  deployment: Deployment,
  region: Region,
  made: readonly { plan: FunctionPlan; target: sst.aws.Function }[],
): void {
  const options = { provider: region.provider };
  const due = made.flatMap(({ plan, target }) =>
    plan.everyMinute ? [{ ...plan, kind: plan.everyMinute, target }] : [],
  );
  const role = new aws.iam.Role(
    `RoleSchedule${region.suffix}`,
    {
      description: `Lifeboat: schedules in ${region.name}, stage ${$app.stage}`,
      assumeRolePolicy: trustIn("scheduler.amazonaws.com", deployment.account),
      inlinePolicies: [
        {
          name: "own",
          policy: $util.all(due.map(({ target }) => target.arn)).apply((arns) => {
            const statement = { Effect: "Allow", Action: ["lambda:InvokeFunction"], Resource: arns };
            return JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
          }),
        },
      ],
    },
    options,
  );
  for (const { name, kind, target } of due) {
    new aws.scheduler.Schedule(
      `Schedule${pascal(name)}${region.suffix}`,
      {
        name: `${deployment.prefix}-${name}`,
        scheduleExpression: "cron(* * * * ? *)",
        flexibleTimeWindow: { mode: "OFF" },
        target: {
          arn: target.arn,
          roleArn: role.arn,
          input: scheduledInput(kind),
          retryPolicy: { maximumRetryAttempts: 0, maximumEventAgeInSeconds: MAXIMUM_AGE_S },
        },
      },
      options,
    );
  }
}
