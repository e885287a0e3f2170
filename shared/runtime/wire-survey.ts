// The operator's own view of Route 53, for the commands that look before Lifeboat stands. It only reads.
import { Route53Client } from "@aws-sdk/client-route-53";
import type { Survey } from "../ports.ts";
import { createSurvey } from "../route53/survey.ts";
import { clientOptions } from "./clients.ts";

/** Route 53 is one service for the world, and its requests are signed for this region unless another one is set. */
const REGION = "us-east-1";

export function wireSurvey(environment: Readonly<Record<string, string | undefined>> = process.env): Survey {
  const region = environment["AWS_REGION"] ?? environment["AWS_DEFAULT_REGION"] ?? REGION;
  return createSurvey(new Route53Client(clientOptions(region, { attempts: 5 })));
}
