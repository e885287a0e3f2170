// What things are called in AWS. Fixed names, so that functions of different regions know each other without a look-up and
// no permission needs a wildcard. Pure; imports nothing.

/** `lifeboat-<stage>` stands before everything that has a name of its own, so stages share an account without meeting. */
export type Place = { account: string; prefix: string };

/** The longest name is a Lambda's (64 characters), `<prefix>-failover`; IAM roles end in 8 letters of Pulumi's. */
export const PREFIX_MAX = 40;

export function functionName({ prefix }: Place, name: string): string {
  return `${prefix}-${name}`;
}

export function queueName({ prefix }: Place, queue: string): string {
  return `${prefix}-${queue}`;
}

export function functionArn(place: Place, region: string, name: string): string {
  return `arn:aws:lambda:${region}:${place.account}:function:${functionName(place, name)}`;
}

export function logGroupName(place: Place, name: string): string {
  return `/aws/lambda/${functionName(place, name)}`;
}

export function logGroupArn(place: Place, region: string, name: string): string {
  return `arn:aws:logs:${region}:${place.account}:log-group:${logGroupName(place, name)}`;
}

export function tableArn({ account, prefix }: Place, region: string): string {
  return `arn:aws:dynamodb:${region}:${account}:table/${prefix}`;
}

export function queueArn(place: Place, region: string, queue: string): string {
  return `arn:aws:sqs:${region}:${place.account}:${queueName(place, queue)}`;
}

export function topicArn({ account, prefix }: Place, region: string): string {
  return `arn:aws:sns:${region}:${account}:${prefix}`;
}

/** What phones are subscribed to. No stage's name holds a `_`, so it is no other stage's topic. */
export function textTopicName({ prefix }: Place): string {
  return `${prefix}_sms`;
}

export function textTopicArn(place: Place, region: string): string {
  return `arn:aws:sns:${region}:${place.account}:${textTopicName(place)}`;
}

export function busArn({ account, prefix }: Place, region: string): string {
  return `arn:aws:events:${region}:${account}:event-bus/${prefix}`;
}

export function hostedZoneArn(zoneId: string): string {
  return `arn:aws:route53:::hostedzone/${zoneId}`;
}

/** `eu-west-1` → `EuWest1`: ends the name of everything that stands in a region. */
export function suffixOf(region: string): string {
  return pascal(region);
}

/** `failover-errors` → `FailoverErrors`: begins the name of a resource. */
export function pascal(name: string): string {
  return name
    .split("-")
    .map((part) => part.slice(0, 1).toUpperCase() + part.slice(1))
    .join("");
}
