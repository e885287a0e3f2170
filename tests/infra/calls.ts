// A request to AWS as IAM judges it: action, resource, and what conditions are compared with.
import type { IncomingHttpHeaders } from "node:http";
import { XMLParser } from "fast-xml-parser";
import { normalised } from "../../stacks/permissions.ts";
import { account } from "./aws-answers.ts";

export type Asked = {
  action: string;
  resource: string;
  region: string;
  /** Values of condition keys. */
  context: Record<string, string[]>;
  /** A read of the table that costs twice what another one does. */
  consistent?: boolean;
};

type Request = {
  service: string;
  region: string;
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
};

type Attribute = { S?: string };

/** One item, or the items of one partition. */
type Named = {
  TableName?: string;
  Key?: Record<string, Attribute>;
  Item?: Record<string, Attribute>;
  ExpressionAttributeValues?: Record<string, Attribute>;
};

/** As much of DynamoDB's requests as is judged. */
type Table = Named & {
  ResourceArn?: string;
  ConsistentRead?: boolean;
  TransactItems?: Record<string, Named>[];
};

/** Usually one; EventBridge judges each entry. Throws for what it does not know: nothing may pass unjudged. */
export function callsOf(request: Request): Asked[] {
  const { service, region } = request;
  const arn = (rest: string): string => `arn:aws:${service}:${region}:${account}:${rest}`;
  const one = (action: string, resource: string, context = {}): Asked[] => [
    { action: `${service}:${action}`, resource, region, context },
  ];
  const operation = String(request.headers["x-amz-target"]).split(".").at(-1) ?? "";
  switch (service) {
    case "dynamodb": {
      const input: Table = JSON.parse(request.body);
      // A transaction is judged by what each of its parts does.
      if (operation === "TransactWriteItems")
        return (input.TransactItems ?? []).flatMap((item) =>
          Object.entries(item).flatMap(([part, named]) =>
            one(
              part === "ConditionCheck" ? "ConditionCheckItem" : `${part}Item`,
              arn(`table/${named.TableName}`),
              leadingKeys(named),
            ),
          ),
        );
      const asked = one(operation, input.ResourceArn ?? arn(`table/${input.TableName}`), leadingKeys(input));
      return asked.map((call) => ({ ...call, consistent: input.ConsistentRead === true }));
    }
    case "sqs": {
      const { QueueUrl = "" }: { QueueUrl?: string } = JSON.parse(request.body);
      // A batch is judged as its single form.
      return one(operation.replace(/Batch$/, ""), arn(QueueUrl.split("/").at(-1) ?? ""));
    }
    case "events": {
      const { Entries }: { Entries: { EventBusName?: string }[] } = JSON.parse(request.body);
      return Entries.flatMap(({ EventBusName = "default" }) => one(operation, arn(`event-bus/${EventBusName}`)));
    }
    case "sns": {
      const form = new URLSearchParams(request.body);
      return one(form.get("Action") ?? "", form.get("TopicArn") ?? "");
    }
    case "lambda": {
      const name = /functions\/([^/]+)\/invocations/.exec(request.url)?.[1];
      if (name === undefined) return one("GetAccountSettings", "*");
      return one("InvokeFunction", arn(`function:${decodeURIComponent(name)}`));
    }
    case "route53":
      return route53(request, one);
    case "sts":
      return one("GetCallerIdentity", "*");
    default:
      throw new Error(`no rule for ${service} ${request.url}`);
  }
}

/** The partition that a call names: of an item its key's, of a query the one that it asks for. */
function leadingKeys({ Key, Item, ExpressionAttributeValues }: Named): Asked["context"] {
  const pk = (Key ?? Item)?.["pk"]?.S ?? ExpressionAttributeValues?.[":pk"]?.S;
  return pk === undefined ? {} : { "dynamodb:LeadingKeys": [pk] };
}

type One = (action: string, resource: string, context?: Record<string, string[]>) => Asked[];

function route53({ method, url, body }: Request, one: One): Asked[] {
  const [, , kind = "", id = "", rest = ""] = url.split("?")[0]?.split("/") ?? [];
  const resource = `arn:aws:route53:::${kind}/${id}`;
  if (kind === "change") return one("GetChange", resource);
  if (id === "") return one("ListHostedZones", "*");
  if (!rest.startsWith("rrset")) return one("GetHostedZone", resource);
  if (method === "GET") return one("ListResourceRecordSets", resource);
  const changes = changesIn(body);
  const distinct = (list: string[]): string[] => [...new Set(list)];
  return one("ChangeResourceRecordSets", resource, {
    "route53:ChangeResourceRecordSetsNormalizedRecordNames": distinct(changes.map(({ name }) => normalised(name))),
    "route53:ChangeResourceRecordSetsRecordTypes": distinct(changes.map(({ type }) => type)),
    "route53:ChangeResourceRecordSetsActions": distinct(changes.map(({ action }) => action)),
  });
}

function changesIn(body: string): { action: string; name: string; type: string }[] {
  const parser = new XMLParser({ isArray: (name) => name === "Change" });
  const batch: { Action: string; ResourceRecordSet: { Name: string; Type: string } }[] =
    parser.parse(body).ChangeResourceRecordSetsRequest.ChangeBatch.Changes.Change;
  return batch.map(({ Action, ResourceRecordSet: { Name, Type } }) => ({ action: Action, name: Name, type: Type }));
}
