// `npm run bench:bundle`: how large each function's bundle is as SST makes it, and how long a fresh Node takes to import
// it, beside an empty module and beside the bundle of exactly what the function imports of AWS's SDK.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { resolveConfig } from "../shared/resolve/resolve.ts";
import { loadConfig } from "../shared/runtime/load-config.ts";
import { functions } from "../stacks/functions.ts";
import { bundleFunction } from "../tests/infra/bundle.ts";

const RUNS = 21;
const root = join(import.meta.dirname, "..");
let region = "";

/** Above its clients probe may have this much, and its import may take this many times theirs. */
const PROBE_ABOVE_KB = 160;
const PROBE_RATIO = 1.3;

type Built = { name: string; folder: string; bytes: number; gzip: number; times: number[] };

const folder = mkdtempSync(join(tmpdir(), "lifeboat-bench-"));
try {
  process.exitCode = await main();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function main(): Promise<number> {
  const config = await loadConfig(join(root, "lifeboat.config.ts"), undefined);
  const { resolved } = resolveConfig(config, { cfg: 1, zones: () => ({ zoneId: "Z" }), examples: true });
  region = resolved.home;
  writeFileSync(join(folder, "lifeboat.json"), JSON.stringify(resolved));
  const builds = [await build("empty", { source: "export const handler = () => undefined;" })];
  for (const { name, handler } of functions) {
    const entry = { file: handler.replace(/\.\w+$/, ".ts") };
    const { inputs } = await bundleFunction(entry, join(folder, `${name}-looked-at`));
    builds.push(await build(`${name}: clients`, { source: clientsOf(inputs) }), await build(name, entry));
  }
  // In turns, so that what else the machine does falls on all alike; the first round warms the disk.
  for (let run = -1; run < RUNS; run += 1) {
    for (const one of builds) {
      const ms = importMs(one.folder);
      if (run >= 0) one.times.push(ms);
    }
  }
  return report(builds);
}

async function build(name: string, entry: { file: string } | { source: string }): Promise<Built> {
  const own = join(folder, name.replace(/\W+/g, "-"));
  const { file } = await bundleFunction(entry, own);
  return { name, folder: own, bytes: statSync(file).size, gzip: gzipSync(readFileSync(file)).length, times: [] };
}

/** A module that imports what these files import of the SDK, values only, and makes each client once as they do. */
function clientsOf(inputs: readonly string[]): string {
  const wanted = new Map<string, Set<string>>();
  for (const input of inputs.filter((path) => !path.includes("node_modules") && path.endsWith(".ts"))) {
    const source = readFileSync(join(root, input), "utf8");
    for (const [, names = "", from = ""] of source.matchAll(/^import \{([^}]*)\} from "(@aws-sdk\/[^"]+)"/gm)) {
      const values = names
        .split(",")
        .map((one) => one.trim())
        .filter((one) => one !== "" && !one.startsWith("type "));
      wanted.set(from, new Set([...(wanted.get(from) ?? []), ...values]));
    }
  }
  const lines = [...wanted].map(([from, names]) => `import { ${[...names].join(", ")} } from "${from}";`);
  const all = [...wanted.values()].flatMap((names) => [...names]);
  const clients = all.filter((name) => name.endsWith("Client") && !name.includes("Document"));
  const made = clients.map((name) => `new ${name}({ region: "${region}" })`);
  return `${lines.join("\n")}\nexport const kept = [${all.join(", ")}];\nexport const made = [${made.join(", ")}];\n`;
}

/** As Lambda's runtime imports it: from the function's folder, in a process that has done nothing yet. */
function importMs(cwd: string): number {
  const code = `const start = performance.now(); await import("./bundle.mjs"); console.log(performance.now() - start);`;
  const env = {
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: "bench",
    AWS_SECRET_ACCESS_KEY: "bench",
    LIFEBOAT_CONFIG_FILE: "../lifeboat.json",
    LIFEBOAT_TABLE: "lifeboat-bench",
    LIFEBOAT_QUEUE_URL: `https://sqs.${region}.amazonaws.com/123456789012/slots`,
    LIFEBOAT_PROBE_FUNCTION: "probe",
    LIFEBOAT_FAILOVER_FUNCTION: "failover",
    LIFEBOAT_TOPICS: `arn:aws:sns:${region}:123456789012:lifeboat`,
    LIFEBOAT_KEY: "k".repeat(64),
  };
  return Number(execFileSync(process.execPath, ["--input-type=module", "-e", code], { cwd, env, encoding: "utf8" }));
}

function report(builds: readonly Built[]): number {
  const kb = (bytes: number): string => `${(bytes / 1000).toFixed(0)} KB`;
  console.log(`Node ${process.version}, median (least to most) of ${RUNS} imports in fresh processes`);
  for (const { name, bytes, gzip, times } of builds) {
    const sorted = times.toSorted((a, b) => a - b);
    const span = `${sorted[0]?.toFixed(0)} to ${sorted.at(-1)?.toFixed(0)}`;
    console.log(
      `${name.padEnd(18)} ${kb(bytes).padStart(8)}  gzip ${kb(gzip).padStart(7)}  import ${median(times).toFixed(1).padStart(6)} ms (${span})`,
    );
  }
  const probe = builds.find(({ name }) => name === "probe");
  const clients = builds.find(({ name }) => name === "probe: clients");
  if (!probe || !clients) return 1;
  const aboveKb = (probe.bytes - clients.bytes) / 1000;
  const ratio = median(probe.times) / median(clients.times);
  const least = Math.min(...probe.times) / Math.min(...clients.times);
  const paired = median(probe.times.map((ms, run) => ms / (clients.times[run] ?? Number.NaN)));
  console.log(
    `\nOf the least times the ratio is ${least.toFixed(2)}, of each round's pair (median) ${paired.toFixed(2)}: what else the machine does spoils the medians first`,
  );
  console.log(
    `\nprobe: ${aboveKb.toFixed(0)} KB above its clients (at most ${PROBE_ABOVE_KB}), import ${ratio.toFixed(2)} times theirs (at most ${PROBE_RATIO})`,
  );
  const isMet = aboveKb <= PROBE_ABOVE_KB && ratio <= PROBE_RATIO;
  console.log(JSON.stringify({ bench: "bundle", isMet, aboveKb, ratio, leastRatio: least, pairedRatio: paired }));
  return isMet ? 0 : 1;
}

function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN;
}
