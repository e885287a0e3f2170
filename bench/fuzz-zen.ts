// Damaged files for every parser, 50,000 each; no crash, no secret of the undamaged file, the schema's shape. And the
// worst inputs at 100 KB and 1 MB. `npm run fuzz -- --count 50000 --seed 1`; the seed that failed is printed.
import { parseArgs } from "node:util";
import { writeArchive, readArchive } from "../shared/archive/read.ts";
import { UserError } from "../shared/model/errors.ts";
import { boxConfigSchema } from "../shared/model/snapshot.ts";
import { readBox } from "../shared/zen/box.ts";
import { checksOf } from "../shared/zen/checks.ts";
import { diffOf } from "../shared/zen/diff.ts";
import { driftOf } from "../shared/zen/drift.ts";
import { lintOf } from "../shared/zen/lint.ts";
import { kindOf } from "../shared/zen/place.ts";
import { redactionKey } from "../shared/zen/redact.ts";
import { bundles, filesOf } from "../tests/zen/fixtures.ts";
import { printTable } from "./figures.ts";
import { worst } from "./zen-load.ts";
import { mutate, randomFrom } from "./zen-mutate.ts";

const { values } = parseArgs({
  options: {
    count: { type: "string", default: "50000" },
    seed: { type: "string", default: "1" },
    kind: { type: "string" },
  },
});
const COUNT = Number(values.count);
const key = redactionKey("fuzz");
const RATIO = 15;
/** Below this the clock and the garbage collector are measured, not the parser. */
const FLOOR_MS = 5;

type Seed = { path: string; bytes: Uint8Array };

/** Files by the parser that reads them, from all fixtures. */
function seeds(): Map<string, Seed[]> {
  const found = new Map<string, Seed[]>();
  for (const bundle of bundles)
    for (const [path, bytes] of filesOf(bundle)) {
      const directory = /^usr\/local\/\w+\/config\//.exec(path)?.[0] ?? "usr/local/zenloadbalancer/config/";
      const { kind } = kindOf(path, directory);
      const json = kind === "l4xnat" && bytes[0] === 0x7b ? "nftlb" : kind;
      found.set(json, [...(found.get(json) ?? []), { path, bytes }]);
    }
  return found;
}

/** Everything that reads an upload, on one damaged file beside a farm that is whole. */
function readAll({ path, bytes }: Seed, deep: boolean): "read" | "refused" {
  const root = /^usr\/local\/\w+\/config\//.exec(path)?.[0] ?? "usr/local/zenloadbalancer/config/";
  const files = new Map<string, Uint8Array>([
    [`${root}global.conf`, Buffer.from('$version="5.0";\n')],
    [
      `${root}w_l4xnat.cfg`,
      Buffer.from("w;tcp;10.0.0.1;25;nat;weight;none;120;up\n;server;10.0.0.2;25;0x200;1;1;up\n"),
    ],
  ]);
  const whole = deep ? readBox(files, { key }).config : undefined;
  files.set(path, bytes);
  try {
    const { config } = readBox(files, { key });
    if (whole) {
      boxConfigSchema.parse(config);
      diffOf(whole, config);
      driftOf({ a: whole, b: config });
      checksOf("a", config);
      lintOf(config, 0);
    }
    return "read";
  } catch (error) {
    if (error instanceof UserError) return "refused";
    throw error;
  }
}

async function fuzzArchives(count: number, random: () => number): Promise<number> {
  const good = await writeArchive(filesOf("zen-2.0"));
  let refused = 0;
  for (let round = 0; round < count; round += 1) {
    await readArchive(mutate(good, random)).catch((error: unknown) => {
      if (!(error instanceof UserError)) throw error;
      refused += 1;
    });
  }
  return refused;
}

const rows: string[][] = [["parser", "files", "refused", "seconds"]];
let failed = 0;
for (const [kind, files] of [...seeds()].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
  if (values.kind !== undefined && values.kind !== kind) continue;
  const startedMs = performance.now();
  let refused = 0;
  for (let round = 0; round < COUNT; round += 1) {
    const seed = Number(values.seed) + round;
    const random = randomFrom(seed);
    const file = files[Math.floor(random() * files.length)];
    if (!file) continue;
    try {
      if (readAll({ path: file.path, bytes: mutate(file.bytes, random) }, round % 10 === 0) === "refused") refused += 1;
    } catch (error) {
      failed += 1;
      console.error(`${kind}, --seed ${seed} --kind ${kind} --count 1:`, error);
      break;
    }
  }
  rows.push([kind, String(COUNT), String(refused), ((performance.now() - startedMs) / 1000).toFixed(1)]);
}
if (values.kind === undefined) {
  const startedMs = performance.now();
  const refused = await fuzzArchives(COUNT, randomFrom(Number(values.seed)));
  rows.push(["archive", String(COUNT), String(refused), ((performance.now() - startedMs) / 1000).toFixed(1)]);
}
printTable(rows);

function cpuMs(work: () => void): number {
  const from = process.cpuUsage();
  work();
  // Without the system's share: fresh memory for 1 MB is paged in anew, that of 100 KB is not.
  return process.cpuUsage(from).user / 1000;
}

function best(name: string, text: string): number {
  const seed = { path: `usr/local/zenloadbalancer/config/${name}`, bytes: Buffer.from(text) };
  return Math.min(...[1, 2, 3, 4, 5, 6, 7].map(() => cpuMs(() => void readAll(seed, false))));
}

let steepest = { ratio: 0, name: "" };
for (const [name, make] of values.kind === undefined ? worst : []) {
  const [small, large] = [best(name, make(100_000)), best(name, make(1_000_000))];
  const ratio = large / Math.max(small, FLOOR_MS);
  if (ratio > steepest.ratio) steepest = { ratio, name: `${name} ${make(30).slice(0, 30)}` };
  if (ratio <= RATIO) continue;
  failed += 1;
  console.error(
    `${name}, ${JSON.stringify(make(30))}: 1 MB took ${large.toFixed(1)} ms of CPU, 100 KB ${small.toFixed(1)}.`,
  );
}
console.log(
  `\nWorst inputs: ${worst.length}; 1 MB took at most ${steepest.ratio.toFixed(1)} times as long as 100 KB (${JSON.stringify(steepest.name)}), bound ${RATIO}.`,
);
process.exitCode = failed === 0 ? 0 : 1;
