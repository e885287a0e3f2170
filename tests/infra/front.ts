// AWS on this machine, as seen through the SDK's own hosts: every request that a process with redirect.mjs sends comes
// here, is written down as IAM would judge it, and is answered by the embedded endpoints.
import { createServer, type IncomingMessage, request as forward, type ServerResponse } from "node:http";
import { type Bus, type BusOptions, serveBus } from "../../local/embedded/bus.ts";
import { type DynamoDb, serveDynamoDb } from "../../local/embedded/dynamodb.ts";
import { localAccount } from "../../local/embedded/loopback.ts";
import { serveRoute53 } from "../../local/embedded/route53/endpoint.ts";
import { createZones, type Zones } from "../../local/embedded/route53/zones.ts";
import { account } from "./aws-answers.ts";
import { type Asked, callsOf } from "./calls.ts";

export type Recorded = Asked & { caller: string };

export type Front = {
  url: string;
  zones: Zones;
  bus: Bus;
  dynamodb: DynamoDb;
  /** What was asked so far, oldest first. */
  calls: Recorded[];
  close(): Promise<void>;
};

export type FrontOptions = {
  regions: readonly string[];
  /** Zones that are there, by id. */
  zones: Readonly<Record<string, string>>;
  bus?: Partial<BusOptions>;
  /** Concurrent executions that Lambda grants, by region; 1,000 where nothing is said. */
  concurrency?: Readonly<Record<string, number>>;
  /** Tags of every table. */
  tags?: Readonly<Record<string, string>>;
  /** A call that is to fail with a 503, as a service that is down does. */
  down?: (call: Recorded) => boolean;
};

export async function startFront(options: FrontOptions): Promise<Front> {
  const dynamodb = await serveDynamoDb();
  const zones = await createZones();
  for (const [id, name] of Object.entries(options.zones)) await zones.create({ id, name });
  const route53 = await serveRoute53(zones, {
    pace: { burst: 1e6, perS: 1e6 },
    changeMs: 0,
    timing: { propagationMs: 0, insyncMs: 0 },
  });
  const bus = await serveBus({ regions: options.regions, ...options.bus });
  const calls: Recorded[] = [];
  const targets = { dynamodb: dynamodb.url, route53: route53.url, bus: bus.url };
  const server = createServer((from, to) => {
    void serve(from, to, { options, calls, targets, bus }).catch((error: unknown) =>
      to.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`,
    zones,
    bus,
    dynamodb,
    calls,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await Promise.all([dynamodb.close(), route53.close(), bus.close()]);
      await zones.close();
    },
  };
}

type Context = {
  options: FrontOptions;
  calls: Recorded[];
  targets: { dynamodb: string; route53: string; bus: string };
  bus: Bus;
};

async function serve(from: IncomingMessage, to: ServerResponse, context: Context): Promise<void> {
  const { options, calls, targets, bus } = context;
  const body = await bodyOf(from);
  const host = String(from.headers["x-meant-for"]);
  // An ARN's account may lead: 123456789012.ddb.eu-west-1.amazonaws.com.
  const [service = "", region = ""] = host.replace(/^\d{12}\.ddb\./, "dynamodb.").split(".");
  const made = callsOf({
    service,
    region,
    method: from.method ?? "",
    url: from.url ?? "",
    headers: from.headers,
    body,
  });
  const recorded = made.map((call) => ({ ...call, caller: String(from.headers["x-caller"]) }));
  calls.push(...recorded);
  if (recorded.some((call) => options.down?.(call))) return void to.writeHead(503).end();
  if (service === "sts") return answerSts(to);
  if (service === "lambda" && from.url?.includes("account-settings")) {
    const granted = options.concurrency?.[region] ?? 1000;
    return void to.end(JSON.stringify({ AccountLimit: { UnreservedConcurrentExecutions: granted } }));
  }
  if (recorded.some(({ action }) => action === "dynamodb:ListTagsOfResource")) {
    const Tags = Object.entries(options.tags ?? {}).map(([Key, Value]) => ({ Key, Value }));
    return void to.writeHead(200, { "content-type": "application/x-amz-json-1.0" }).end(JSON.stringify({ Tags }));
  }
  const target = service === "dynamodb" || service === "route53" ? targets[service] : targets.bus;
  const local = localised(body, region, bus);
  const url = new URL(localised(from.url ?? "/", region, bus), target);
  const headers = { ...from.headers, host: url.host, "content-length": Buffer.byteLength(local) };
  const sent = forward(url, { method: from.method ?? "GET", headers }, (answer) => {
    to.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(to);
  });
  sent.on("error", () => to.destroy());
  sent.end(local);
}

/** The embedded queues have URLs of their own, and everything embedded is one account's. */
function localised(text: string, region: string, bus: Bus): string {
  const queue = new RegExp(`https://sqs\\.[a-z0-9-]+\\.amazonaws\\.com/${account}/([\\w-]+)`, "g");
  return text.replace(queue, (_all, name: string) => bus.queueUrl(region, name)).replaceAll(account, localAccount);
}

async function bodyOf(from: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of from) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function answerSts(to: ServerResponse): void {
  const result = `<Account>${account}</Account><UserId>deployer</UserId><Arn>arn:aws:iam::${account}:user/deployer</Arn>`;
  to.writeHead(200, { "content-type": "text/xml" });
  to.end(
    `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>${result}</GetCallerIdentityResult></GetCallerIdentityResponse>`,
  );
}
