import { hostname, userInfo } from "node:os";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { invoke } from "../shared/call/invoke.ts";
import { SoftError, UserError } from "../shared/model/errors.ts";
import { type Command, type OperateOutcome, outcomeSchema } from "../shared/model/operate.ts";
import { PRODUCTION } from "../shared/resolve/owner.ts";
import { loadConfig } from "../shared/runtime/load-config.ts";
import { operateDirectly } from "./direct.ts";
import { baseOf, jsonOf, LOCAL_URL } from "./url.ts";

/** Lambda's own limit for failover is shorter. */
const CALL_MS = 60_000;

/** The flags that say how failover is reached, for parseArgs. */
export const reachOptions = {
  local: { type: "boolean" },
  url: { type: "string" },
  direct: { type: "boolean" },
  config: { type: "string" },
  stage: { type: "string" },
  region: { type: "string" },
  who: { type: "string" },
} as const;

export const reachUsage = "[--local [--url URL] | --direct] [--config FILE] [--stage NAME] [--region R] [--who NAME]";

export type Reach = {
  [Name in keyof typeof reachOptions]?: (typeof reachOptions)[Name]["type"] extends "boolean" ? boolean : string;
};

/** The same flags as they were given, to be typed again: what was reviewed in one place is to be done there. */
export function reachFlags(reach: Reach): string {
  return Object.keys(reachOptions)
    .map((flag) => {
      // The keys of the table are the names of its options.
      const value = reach[flag as keyof Reach];
      if (value === undefined || value === false) return "";
      return value === true ? ` --${flag}` : ` --${flag} ${shellWord(value)}`;
    })
    .join("");
}

/** A word as a shell takes it: quoted where it would read anything into it. */
export function shellWord(text: string): string {
  return /^[\w@%+:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * Has failover do it, the one identity that writes DNS. Three ways:
 *
 * | flags            | way                                                                              |
 * | ---------------- | -------------------------------------------------------------------------------- |
 * | --local, --url   | the service on this machine, over its HTTP port                                  |
 * | --direct         | here, with the operator's own AWS credentials: works when the service is dead    |
 * | neither          | the deployed function, called with the operator's credentials (lambda:InvokeFunction) |
 * | --direct as well | refused: they are two services                                                   |
 */
export async function operate(command: Command, reach: Reach): Promise<OperateOutcome> {
  const who = reach.who ?? `${userInfo().username}@${hostname()}`;
  const local = reach.local || reach.url !== undefined;
  if (local && reach.direct)
    throw new UserError(
      "--direct: changes Route 53 itself, and --local and --url are for the service on one machine; give one of them.",
    );
  if (local) return postTo(reach.url ?? LOCAL_URL, { who, command });
  const file = reach.config ?? "lifeboat.config.ts";
  if (reach.direct)
    return operateDirectly({ who, command }, { file, stage: reach.stage ?? PRODUCTION, region: reach.region });
  const region = reach.region ?? (await homeOf(file));
  const name = `lifeboat-${reach.stage ?? PRODUCTION}-failover`;
  const client = new LambdaClient({ region, maxAttempts: 1 });
  const answer = await invoke(client, name, { kind: "operate", who, command }, AbortSignal.timeout(CALL_MS)).catch(
    (error: unknown) => {
      if (!(error instanceof SoftError)) throw error;
      const remedy =
        "Are you signed in to its account (`aws sso login`, AWS_PROFILE)? If so, name another of its regions with --region, or use --direct, which needs nothing of the service. `npm start` is asked with --local.";
      throw new UserError(`${name} in ${region}: ${error.message}. ${remedy}`, { cause: error });
    },
  );
  return parse(answer, `${name} in ${region}`);
}

async function postTo(url: string, body: { who: string; command: Command }): Promise<OperateOutcome> {
  const request = { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } };
  const response = await fetch(new URL("/operate", baseOf(url)), {
    ...request,
    signal: AbortSignal.timeout(CALL_MS),
  }).catch((error: unknown) => {
    throw new UserError(
      `nothing answers at ${url}. Is \`npm start\` running? Its --http-port is the one to give with --url.`,
      { cause: error },
    );
  });
  const answer = await jsonOf(response);
  if (answer === undefined)
    throw new UserError(`what answers at ${url} is not Lifeboat; --url is the --http-port of \`npm start\`.`);
  return parse(answer, url);
}

function parse(answer: unknown, from: string): OperateOutcome {
  const parsed = outcomeSchema.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw new UserError(`${from} answered what is no answer of this version: ${JSON.stringify(answer).slice(0, 300)}`);
}

async function homeOf(file: string): Promise<string> {
  const config = await loadConfig(file, undefined);
  if (typeof config === "object" && config !== null && "home" in config && typeof config.home === "string")
    return config.home;
  throw new UserError(`${file}: home is missing; name a region of the service with --region.`);
}
