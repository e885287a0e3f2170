// What AWS asks for, in US dollars: list prices of us-east-1, as they stood on PRICES_DATE. No free tier is subtracted.
// Other regions cost up to a third more. To bring them up to date: the pages named here, and the date.

export const PRICES_DATE = "2026-10-01";

export const prices = {
  /** aws.amazon.com/lambda/pricing: arm64, each GB-second and each request. */
  lambdaGbS: 0.0000133334,
  lambdaRequest: 0.2e-6,
  /** aws.amazon.com/eventbridge/pricing: each invocation by Scheduler. */
  schedulerCall: 1.0e-6,
  /** aws.amazon.com/sqs/pricing: each request of a standard queue. */
  sqsRequest: 0.4e-6,
  /** aws.amazon.com/dynamodb/pricing/on-demand: a (replicated) write of 1 KB, a consistent read of 4 KB, a GB stored. */
  dynamodbWrite: 0.625e-6,
  dynamodbRead: 0.125e-6,
  dynamodbGb: 0.25,
  dynamodbBackupGb: 0.2,
  /** aws.amazon.com/ec2/pricing/on-demand, "Data Transfer": a GB to the internet, and to another region. */
  egressGb: 0.09,
  otherRegionGb: 0.02,
  /** aws.amazon.com/cloudwatch/pricing: a GB of logs taken in, kept; an alarm. */
  logsGb: 0.5,
  logsKeptGb: 0.03,
  alarm: 0.1,
  /** aws.amazon.com/route53/pricing: a check of an endpoint outside AWS, each option of it, and a calculated one. */
  route53Check: 0.75,
  route53Option: 2.0,
  route53Calculated: 0.5,
} as const;
