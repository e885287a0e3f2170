import type { Deployment } from "./deployment.ts";
import { textTopicName } from "./names.ts";
import type { Region } from "./regions.ts";

/**
 * The region's topic and bus, both called as the stage is. Phones have a topic of their own, in the regions in which people
 * subscribe, because they get another text.
 */
export function makeChannels(deployment: Deployment, region: Region) {
  const { prefix, topicRegions, config } = deployment;
  const topic = makeTopic(deployment, region, "Topic", prefix);
  const phones = config.notify.sms.length > 0 && topicRegions.includes(region.name);
  const texts = phones ? makeTopic(deployment, region, "TextTopic", textTopicName(deployment)) : undefined;
  const bus = new aws.cloudwatch.EventBus(`Bus${region.suffix}`, { name: prefix }, { provider: region.provider });
  return { topic, texts, bus };
}

/** A topic to which this account's CloudWatch may publish, beside the functions. */
function makeTopic({ account }: Deployment, region: Region, resource: string, name: string): aws.sns.Topic {
  const options = { provider: region.provider };
  const topic = new aws.sns.Topic(`${resource}${region.suffix}`, { name, displayName: "Lifeboat" }, options);
  new aws.sns.TopicPolicy(
    `${resource}Policy${region.suffix}`,
    {
      arn: topic.arn,
      policy: topic.arn.apply((arn) =>
        JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Principal: { Service: "cloudwatch.amazonaws.com" },
              Action: "sns:Publish",
              Resource: arn,
              Condition: { StringEquals: { "aws:SourceAccount": account } },
            },
          ],
        }),
      ),
    },
    options,
  );
  return topic;
}

/** Everybody subscribes in both regions: whoever announces publishes to the first, and to the second if that fails. */
export function subscribe(
  { config, topicRegions }: Deployment,
  region: Region,
  topic: aws.sns.Topic,
  texts?: aws.sns.Topic,
): void {
  if (!topicRegions.includes(region.name)) return;
  const { email, sms, https } = config.notify;
  const list = [
    ...email.map((endpoint) => ({ protocol: "email", endpoint, to: topic })),
    ...(texts ? sms.map((endpoint) => ({ protocol: "sms", endpoint, to: texts })) : []),
    ...https.map((endpoint) => ({ protocol: "https", endpoint, to: topic })),
  ];
  const taken = new Set<string>();
  for (const { protocol, endpoint, to } of list) {
    const plain = `${protocol}${endpoint.replace(/\W/g, "_")}`;
    // `a.b@c` and `a-b@c` would meet. The first keeps the plain name: what is renamed is subscribed, and to confirm, anew.
    const name = taken.has(plain) ? `${protocol}${encodeURIComponent(endpoint)}` : plain;
    taken.add(plain);
    new aws.sns.TopicSubscription(
      `Subscription${region.suffix}${name}`,
      // An HTTPS endpoint confirms when its own people have looked at the message that asks for it.
      { topic: to.arn, protocol, endpoint, ...(protocol === "https" ? { confirmationTimeoutInMinutes: 1 } : {}) },
      { provider: region.provider },
    );
  }
}

/** The rule and the queue's policy through which a function gets what is announced on its region's bus. */
export function route(bus: aws.cloudwatch.EventBus, queue: aws.sqs.Queue, region: Region): void {
  const options = { provider: region.provider };
  const rule = new aws.cloudwatch.EventRule(
    `Announced${region.suffix}`,
    { eventBusName: bus.name, eventPattern: JSON.stringify({ source: ["lifeboat"] }) },
    options,
  );
  new aws.sqs.QueuePolicy(
    `AnnouncedPolicy${region.suffix}`,
    {
      queueUrl: queue.url,
      policy: $util.all([queue.arn, rule.arn]).apply(([queueArn, ruleArn]) =>
        JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Principal: { Service: "events.amazonaws.com" },
              Action: "sqs:SendMessage",
              Resource: queueArn,
              Condition: { ArnEquals: { "aws:SourceArn": ruleArn } },
            },
          ],
        }),
      ),
    },
    options,
  );
  new aws.cloudwatch.EventTarget(
    `AnnouncedTarget${region.suffix}`,
    { rule: rule.name, eventBusName: bus.name, arn: queue.arn },
    options,
  );
}
