import { parseArgs } from "node:util";
import { UserError } from "../shared/model/errors.ts";

export type Options = {
  config: string | undefined;
  intervalS: number | undefined;
  dnsPort: number;
  httpPort: number;
  route53Port: number;
  dynamodbPort: number;
  data: string | undefined;
  seed: number;
  demo: boolean;
  log: "text" | "json";
  help: boolean;
};

export const usage = `npm start [-- FLAGS]        the whole service on this machine, with a demo

  --config FILE          probe the load balancers of FILE (a lifeboat.config.ts) instead of the demo's
  --interval S           seconds between two probes of a region: 1, 2, 5, 10, 15, 20, 30 or 60 (default: 10)
  --dns-port N           DNS over UDP and TCP (default: 5353)
  --http-port N          status, demo controls (default: 4700)
  --route53-port N       the embedded Route 53 API (default: 4753)
  --dynamodb-port N      the embedded DynamoDB API (default: 4701)
  --data DIR             keep the zone and the table in DIR; without it both are gone at the end
  --seed N               for everything that is random here: scheduler seconds, late and doubled messages, DNS answers
  --no-demo              with the demo's configuration, but nobody changes the load balancers' state: there are no keys for
                         it, and POST /demo/<load balancer>/… is refused
  --log json             one JSON object a line, for machines
  --help                 this text

Port 0 takes any free port; the addresses in use are printed at start.`;

const flags = {
  config: { type: "string" },
  interval: { type: "string" },
  "dns-port": { type: "string", default: "5353" },
  "http-port": { type: "string", default: "4700" },
  "route53-port": { type: "string", default: "4753" },
  "dynamodb-port": { type: "string", default: "4701" },
  data: { type: "string" },
  seed: { type: "string" },
  "no-demo": { type: "boolean", default: false },
  log: { type: "string", default: "text" },
  help: { type: "boolean", default: false },
} as const;

/** Reads the command line; throws a UserError that names the flag and what it takes. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parse(args);
  const log = values.log;
  if (log !== "text" && log !== "json") throw new UserError(`--log: '${log}' is not a format; it takes text or json.`);
  return {
    config: values.config,
    intervalS: values.interval === undefined ? undefined : whole("--interval", values.interval, 1, 60),
    dnsPort: whole("--dns-port", values["dns-port"], 0, 65_535),
    httpPort: whole("--http-port", values["http-port"], 0, 65_535),
    route53Port: whole("--route53-port", values["route53-port"], 0, 65_535),
    dynamodbPort: whole("--dynamodb-port", values["dynamodb-port"], 0, 65_535),
    data: values.data,
    seed: values.seed === undefined ? Date.now() % 1_000_000 : whole("--seed", values.seed, 0, 2 ** 32 - 1),
    demo: !values["no-demo"] && values.config === undefined,
    log,
    help: values.help,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: flags, allowPositionals: false });
  } catch (error) {
    throw new UserError(
      `${error instanceof Error ? error.message : String(error)}\nnpm start -- --help lists the flags.`,
    );
  }
}

function whole(flag: string, text: string, least: number, most: number): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= least && number <= most) return number;
  throw new UserError(`${flag}: '${text}' is not a whole number from ${least} to ${most}.`);
}
