// `npm start`: the whole service on one machine.
import { styleText } from "node:util";
import { count } from "../shared/model/count.ts";
import { UserError } from "../shared/model/errors.ts";
import { predictWorstCase } from "../shared/schedule/predict.ts";
import { serveControl } from "./control.ts";
import { startDemo } from "./demo.ts";
import { loadConfig } from "../shared/runtime/load-config.ts";
import { createLog } from "./log.ts";
import { type Options, readOptions, usage } from "./options.ts";
import { type Service, startService } from "./service.ts";
import { startTerminal } from "./terminal.ts";

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options.help) return void process.stdout.write(`${usage}\n`);
  const live = process.stdout.isTTY && options.log === "text";
  const log = createLog({ format: options.log, live });
  const demo = options.config === undefined ? await startDemo(options.intervalS) : undefined;
  const config = demo ? demo.config : await loadConfig(options.config ?? "", options.intervalS);
  const closers: (() => Promise<unknown>)[] = demo ? [() => demo.close()] : [];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).toReversed()) await closer();
  };
  stopOnSignals(close);
  try {
    const service = await startService({
      config,
      seed: options.seed,
      ports: { dns: options.dnsPort, route53: options.route53Port, dynamodb: options.dynamodbPort },
      data: options.data,
      onEvent: (event) => log.event(event),
    });
    closers.push(() => service.close());
    const driven = options.demo ? demo : undefined;
    const control = await serveControl({ port: options.httpPort, service, demo: driven, lines: log.lines });
    closers.push(() => control.close());
    for (const line of welcome(options, service, control.url, driven !== undefined)) log.note(line);
    if (live)
      closers.push(startTerminal({ service, demo: driven, lines: log.lines, stop: () => process.emit("SIGINT") }));
  } catch (error) {
    await close();
    throw error;
  }
}

function welcome(options: Options, service: Service, url: string, demo: boolean): string[] {
  const { config, addresses, warnings } = service;
  const worst = predictWorstCase(config);
  const name = config.pools[0]?.names[0]?.name ?? "";
  return [
    `Lifeboat watches ${count(Object.keys(config.boxes).length, "load balancer")} from ${count(config.regions.length, "region")} every ${config.intervalS} s (seed ${options.seed})`,
    `a dead one is out of DNS within ${worst.refusedS.toFixed(1)} s when it refuses, ${worst.hangS.toFixed(1)} s when it hangs`,
    ...warnings.map((warning) => `warning: ${warning}`),
    `ask it:    dig @127.0.0.1 -p ${addresses.dns} ${name} +short`,
    `Route 53:  aws --endpoint-url ${addresses.route53} route53 list-hosted-zones`,
    `DynamoDB:  aws --endpoint-url ${addresses.dynamodb} dynamodb scan --table-name lifeboat`,
    `API:       curl -H 'Authorization: Bearer ${service.token}' ${url}/v1/islands/${Object.keys(config.islands)[0] ?? ""}/drift`,
    `status:    npx lifeboat status --local${url.endsWith(":4700") ? "" : ` --url ${url}`}`,
    ...(demo
      ? [`break one: curl -X POST ${url}/demo/lb1/kill   (or hang, 500; mend; regions/us-east-1/drop, cut, restore)`]
      : []),
  ];
}

function stopOnSignals(close: () => Promise<void>): void {
  let stopping = false;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      // npm and the terminal may both send it; the second one must not cut the closing short.
      if (stopping) return;
      stopping = true;
      void close().finally(() => process.exit(0));
    });
  }
}

await main().catch((error: unknown) => {
  const text =
    error instanceof UserError
      ? error.message
      : error instanceof Error
        ? (error.stack ?? error.message)
        : String(error);
  process.stderr.write(`${styleText("red", "lifeboat:")} ${text}\n`);
  process.exit(1);
});
