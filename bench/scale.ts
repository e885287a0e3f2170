// A full shard in one invocation: 500 load balancers with four checks each, all healthy, all dead, all silent. Linux only.
// `npm run bench:scale`, or with `-- --boxes 100`.
import { fork } from "node:child_process";
import { once } from "node:events";
import { parseArgs } from "node:util";
import { machine, printTable } from "./figures.ts";
import type { Order, Result, Slot } from "./scale-pass.ts";
import type { Mode, Ready } from "./scale-boxes.ts";

type Limit = { of: keyof Slot; mostMs: number };

/** What is promised of each, in milliseconds since the slot began. A slot a mode, of the healthy the first two. */
const modes: { mode: Mode; slots: number; limits: Limit[] }[] = [
  { mode: "healthy", slots: 2, limits: [{ of: "doneMs", mostMs: 3000 }] },
  {
    mode: "dead",
    slots: 1,
    limits: [
      { of: "firstPassMs", mostMs: 3500 },
      { of: "asksSentMs", mostMs: 4000 },
      { of: "suspicionMs", mostMs: 12_000 },
    ],
  },
  { mode: "silent", slots: 1, limits: [{ of: "firstPassMs", mostMs: 8000 }] },
];
const MOST_RSS_MB = 256;
const MOST_DESCRIPTORS = 800;

const { values } = parseArgs({ options: { boxes: { type: "string", default: "500" } } });
const boxes = Number(values.boxes);

const results: { mode: Mode; result: Result; missed: string[] }[] = [];
for (const { mode, slots, limits } of modes) {
  const result = await run(mode, slots);
  results.push({ mode, result, missed: judge(result, limits) });
}

console.log(`${machine()}; ${boxes} load balancers × 4 checks, one region; seconds since the slot began.\n`);
printTable([
  [
    "",
    "first pass",
    "asks sent",
    "asks",
    "suspects",
    "suspicion",
    "done",
    "CPU",
    "down",
    "unknown",
    "RSS MB",
    "descriptors",
  ],
  ...results.flatMap(({ mode, result }) =>
    result.slots.map((slot) => [
      mode,
      seconds(slot.firstPassMs),
      seconds(slot.asksSentMs),
      `${slot.asks}`,
      `${slot.suspectsAsked}`,
      seconds(slot.suspicionMs),
      seconds(slot.doneMs),
      seconds(slot.cpuMs),
      `${slot.down}`,
      `${slot.unknown}`,
      `${result.maxRssMb}`,
      `${result.maxDescriptors}`,
    ]),
  ),
]);
const missed = results.flatMap((one) => one.missed.map((text) => `${one.mode}: ${text}`));
console.log(missed.length === 0 ? "All within the limits." : `Missed:\n${missed.join("\n")}`);
console.log(JSON.stringify({ bench: "scale", machine: machine(), boxes, results }));

async function run(mode: Mode, slots: number): Promise<Result> {
  const servers = fork(new URL("scale-servers.ts", import.meta.url), [`${boxes}`, mode]);
  // Both children send one message, of the type that their file says.
  const [ready] = (await once(servers, "message")) as [Ready];
  const pass = fork(new URL("scale-pass.ts", import.meta.url));
  const order: Order = { boxes, slots, ready };
  pass.send(order);
  const [result] = (await once(pass, "message")) as [Result];
  pass.kill();
  servers.kill();
  return result;
}

function judge({ slots, maxRssMb, maxDescriptors }: Result, limits: readonly Limit[]): string[] {
  const late = slots.flatMap((slot) =>
    limits.flatMap(({ of, mostMs }) => ((slot[of] ?? Infinity) > mostMs ? [`${of} ${slot[of]} > ${mostMs}`] : [])),
  );
  if (maxRssMb > MOST_RSS_MB) late.push(`${maxRssMb} MB > ${MOST_RSS_MB}`);
  if (maxDescriptors > MOST_DESCRIPTORS) late.push(`${maxDescriptors} descriptors > ${MOST_DESCRIPTORS}`);
  return late;
}

function seconds(ms: number | undefined): string {
  return ms === undefined ? "–" : (ms / 1000).toFixed(2);
}
