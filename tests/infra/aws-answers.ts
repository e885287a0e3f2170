// What AWS would answer to the resources of the stack: their ids, ARNs and URLs.
export const account = "123456789012";

type Given = { type: string; name: string; inputs: Record<string, unknown> };

/** `id` beside whatever else AWS computes; nothing for resources that nobody asks. */
export function computed({ type, name, inputs }: Given, region: string): { id?: string; [key: string]: unknown } {
  const given = typeof inputs["name"] === "string" ? inputs["name"] : name;
  const arn = (service: string, rest: string, where = region): string =>
    `arn:aws:${service}:${where}:${account}:${rest}`;
  switch (type) {
    case "aws:lambda/function:Function":
      return { id: given, arn: arn("lambda", `function:${given}`), version: "$LATEST" };
    case "aws:sqs/queue:Queue": {
      const url = `https://sqs.${region}.amazonaws.com/${account}/${given}`;
      return { id: url, url, arn: arn("sqs", given) };
    }
    case "aws:sns/topic:Topic":
      return { id: arn("sns", given), arn: arn("sns", given) };
    case "aws:dynamodb/table:Table":
      return { id: given, arn: arn("dynamodb", `table/${given}`) };
    case "aws:dynamodb/tableReplica:TableReplica": {
      const table = String(inputs["globalTableArn"]).split("/")[1] ?? "";
      return { id: `${table}:${region}`, arn: arn("dynamodb", `table/${table}`) };
    }
    case "aws:cloudwatch/eventBus:EventBus":
      return { id: given, arn: arn("events", `event-bus/${given}`) };
    case "aws:cloudwatch/eventRule:EventRule":
      return { id: given, name: given, arn: arn("events", `rule/${String(inputs["eventBusName"])}/${given}`) };
    case "aws:cloudwatch/logGroup:LogGroup":
      return { id: given, arn: arn("logs", `log-group:${given}`) };
    case "aws:iam/role:Role":
      return { id: given, name: given, arn: arn("iam", `role/${given}`, "") };
    case "aws:iam/policy:Policy":
      return { id: arn("iam", `policy/${given}`, ""), arn: arn("iam", `policy/${given}`, "") };
    case "aws:apigatewayv2/api:Api": {
      const id = `id${region.replaceAll("-", "")}`;
      return {
        id,
        executionArn: arn("execute-api", id),
        apiEndpoint: `https://${id}.execute-api.${region}.amazonaws.com`,
      };
    }
    case "random:index/randomBytes:RandomBytes":
      return { base64: Buffer.alloc(32, 7).toString("base64"), hex: "07".repeat(32) };
    default:
      return {};
  }
}

/** Whatever SST itself still asks the policy data source for. */
export function policyJson(inputs: Record<string, unknown>): string {
  const statements = Array.isArray(inputs["statements"]) ? inputs["statements"] : [];
  return JSON.stringify({ Version: "2012-10-17", Statement: statements });
}
