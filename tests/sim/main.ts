// `npm run sim -- --seed N --hours H`: worlds of four hours from seed N on, until H hours have passed. Says nothing but a
// summary; when an invariant breaks, it names the seed at once, tells that world's story at the end, and fails. Ctrl-C ends
// it early, with the summary of the worlds that have run and how to go on.
import { parseArgs } from "node:util";
import { runWorlds } from "./fleet-of-worlds.ts";
import { storyOf } from "./story.ts";

const HOURS = 4;

const { values } = parseArgs({
  options: { seed: { type: "string", default: "1" }, hours: { type: "string", default: "100" } },
});
const [from, asked] = [Number(values.seed), Number(values.hours)];
if (!Number.isInteger(from) || !(asked > 0)) {
  console.error("npm run sim -- --seed N --hours H: both must be numbers, the hours more than 0");
  process.exit(2);
}
const hours = Math.min(HOURS, asked);
const count = Math.ceil(asked / hours);
const startedMs = performance.now();
const sums = { hours: 0, calls: 0, batches: 0, announced: 0 };
const broken: number[] = [];
const run = new Set<number>();
process.once("SIGINT", () => {
  summarize();
  const next = firstNotRun();
  if (next < from + count) console.log(`go on: npm run sim -- --seed ${next} --hours ${asked - (next - from) * hours}`);
  process.exit(broken.length > 0 ? 1 : 130);
});
await runWorlds({ from, count, hours }, (report) => {
  run.add(report.seed);
  sums.hours += report.hours;
  sums.calls += report.calls;
  sums.batches += report.batches;
  sums.announced += report.announced;
  if (report.violation) {
    broken.push(report.seed);
    console.error(`seed ${report.seed}: invariant ${report.violation.invariant} is broken`);
  }
  if (process.stderr.isTTY && run.size % 50 === 0) process.stderr.write(`\r${Math.round(sums.hours)} h of ${asked} h`);
});
for (const seed of broken.toSorted((a, b) => a - b).slice(0, 10)) {
  const [report] = await runWorlds({ from: seed, count: 1, hours, story: true });
  if (report) console.log(`${storyOf(report, hours)}\n`);
}
summarize();
process.exitCode = broken.length > 0 ? 1 : 0;

function summarize(): void {
  const took = (performance.now() - startedMs) / 1000;
  const last = Math.max(from, ...run);
  console.log(
    `${Math.round(sums.hours)} hours of ${run.size} worlds (seeds ${from} to ${last}) in ${took.toFixed(0)} s: ` +
      `${sums.calls} calls of functions, ${sums.batches} batches, ${sums.announced} messages, ${broken.length} broken invariants`,
  );
  if (broken.length > 0) console.log(`seeds: ${broken.toSorted((a, b) => a - b).join(", ")}`);
}

/** Threads are not equally fast: all seeds below it have run. */
function firstNotRun(): number {
  let seed = from;
  while (run.has(seed)) seed += 1;
  return seed;
}
