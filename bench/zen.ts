// How long a large box takes: 200 farms with 20 real servers each, redacted, read and compared. `npm run bench:zen`.
import { readBox } from "../shared/zen/box.ts";
import { diffOf } from "../shared/zen/diff.ts";
import { redactFiles, redactionKey } from "../shared/zen/redact.ts";
import { parseBox } from "../shared/zen/parse.ts";
import { machine, printTable, spreadOf } from "./figures.ts";
import { PAGE, PAGE_BOUND_MS, pagesOfHistory } from "./zen-history.ts";
import { largeBox } from "./zen-load.ts";

const ROUNDS = 40;
const BOUND_MS = 150;
const [farms, backends] = [200, 20];

const key = redactionKey("bench");
const files = largeBox(farms, backends, "new");
const before = readBox(largeBox(farms, backends), { key }).config;
const bytes = [...files.values()].reduce((sum, { length }) => sum + length, 0);

const timed = (samples: number[], work: () => void): void => {
  const from = performance.now();
  work();
  samples.push(performance.now() - from);
};

const times = { whole: [] as number[], redact: [] as number[], parse: [] as number[], diff: [] as number[] };
let changes = 0;
for (let round = 0; round < ROUNDS; round += 1) {
  timed(times.whole, () => {
    changes = diffOf(before, readBox(files, { key }).config).length;
  });
}
const redacted = redactFiles(files, "usr/local/zevenet/config/", key);
const after = parseBox(redacted);
for (let round = 0; round < ROUNDS; round += 1) {
  timed(times.redact, () => void redactFiles(files, "usr/local/zevenet/config/", key));
  timed(times.parse, () => void parseBox(redacted));
  timed(times.diff, () => void diffOf(before, after));
}

console.log(
  `\n${farms} farms × ${backends} real servers: ${files.size} files, ${(bytes / 1024).toFixed(0)} KiB, ${changes} changes found.`,
);
console.log(`${machine()}. Milliseconds of ${ROUNDS} rounds, the first (cold) one included.`);
const rows = Object.entries(times).map(([what, samples]) => ({ what, first: samples[0] ?? 0, ...spreadOf(samples) }));
printTable([
  ["", "first", "median", "p95", "max"],
  ...rows.map(({ what, first, median, p95, max }) => [what, ...[first, median, p95, max].map((ms) => ms.toFixed(1))]),
]);
const whole = spreadOf(times.whole);
console.log(
  JSON.stringify({ bench: "zen", machine: machine(), farms, backends, bytes, changes, boundMs: BOUND_MS, rows }),
);
if (whole.median >= BOUND_MS) {
  console.error(`The median of ${whole.median.toFixed(1)} ms is not under ${BOUND_MS} ms.`);
  process.exitCode = 1;
}

const history = await pagesOfHistory();
const pages = spreadOf(history.samples);
console.log(
  `\n${history.snapshots} snapshots of one box, listed in pages of ${PAGE} from the embedded table (ms a page):`,
);
printTable([
  ["pages", "first", "median", "p95", "max"],
  [String(pages.n), ...[history.samples[0] ?? 0, pages.median, pages.p95, pages.max].map((ms) => ms.toFixed(1))],
]);
console.log(JSON.stringify({ bench: "zen-history", machine: machine(), boundMs: PAGE_BOUND_MS, page: PAGE, ...pages }));
if (pages.median >= PAGE_BOUND_MS) {
  console.error(`The median of ${pages.median.toFixed(1)} ms a page is not under ${PAGE_BOUND_MS} ms.`);
  process.exitCode = 1;
}
