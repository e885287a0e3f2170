import type { Deployment } from "./deployment.ts";
import type { FunctionPlan } from "./functions.ts";
import type { Region } from "./regions.ts";

/**
 * What all callers together get: so few at once that no page takes the place of a probe. A new account runs ten
 * functions at once, and probe and failover need theirs.
 */
export const THROTTLE = { burst: 4, perSecond: 10 };

/** The HTTP API in front of one function, in one region. Its path and methods are the function's own affair. */
export function makeApi({ prefix }: Deployment, plan: FunctionPlan, target: sst.aws.Function, region: Region) {
  const options = { provider: region.provider };
  const api = new aws.apigatewayv2.Api(
    `Api${region.suffix}`,
    { name: `${prefix}-${plan.name}`, protocolType: "HTTP" },
    options,
  );
  const integration = new aws.apigatewayv2.Integration(
    `ApiIntegration${region.suffix}`,
    {
      apiId: api.id,
      integrationType: "AWS_PROXY",
      integrationUri: target.arn,
      payloadFormatVersion: "2.0",
    },
    options,
  );
  new aws.apigatewayv2.Route(
    `ApiRoute${region.suffix}`,
    { apiId: api.id, routeKey: "$default", target: integration.id.apply((id) => `integrations/${id}`) },
    options,
  );
  new aws.apigatewayv2.Stage(
    `ApiStage${region.suffix}`,
    {
      apiId: api.id,
      name: "$default",
      autoDeploy: true,
      defaultRouteSettings: { throttlingBurstLimit: THROTTLE.burst, throttlingRateLimit: THROTTLE.perSecond },
    },
    options,
  );
  new aws.lambda.Permission(
    `ApiPermission${region.suffix}`,
    {
      action: "lambda:InvokeFunction",
      function: target.arn,
      principal: "apigateway.amazonaws.com",
      // So does API Gateway itself write it for a route without a method: any stage of this API.
      sourceArn: api.executionArn.apply((arn) => `${arn}/*/$default`),
    },
    options,
  );
  return api.apiEndpoint;
}
