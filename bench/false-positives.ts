// How often chance alone withdraws a healthy load balancer: the formula, and beside it a million slots played out.
// `npm run bench:false-positives`, with `-- --seed 7` for another million.
import { parseArgs } from "node:util";
import { seededRandom } from "../local/random.ts";
import { type Chance, falseWithdrawalsPerMonth, falseWithdrawalsPerSlot } from "../shared/schedule/false-positives.ts";
import { machine, printTable } from "./figures.ts";
import { simulateSlots } from "./simulate-false-positives.ts";

const SLOTS = 1_000_000;
const INTERVAL_S = 30;
const SIGMAS = 3;
const base = { regions: 3, quorum: 2 };

/** The losses that a simulation can tell something of; real ones are far too rare. */
const simulated: Chance[] = [
  { ...base, loss: 0.2, attempts: 3 },
  { ...base, loss: 0.3, attempts: 3 },
  { ...base, loss: 0.05, attempts: 1 },
];
const real: Chance[] = [
  { ...base, loss: 0.01, attempts: 3 },
  { ...base, loss: 0.05, attempts: 3 },
  { ...base, loss: 0.01, attempts: 2 },
  { ...base, loss: 0.05, attempts: 2 },
  { loss: 0.05, regions: 5, quorum: 3, attempts: 3 },
];

const { values } = parseArgs({ options: { seed: { type: "string", default: "1" } } });
const seed = Number(values.seed);

const played = simulated.map((chance, index) => {
  const perSlot = falseWithdrawalsPerSlot(chance);
  const expected = SLOTS * perSlot;
  const sigma = Math.sqrt(SLOTS * perSlot * (1 - perSlot));
  const counted = simulateSlots(SLOTS, chance, seededRandom(seed + index));
  return { ...chance, perSlot, expected, counted, sigmas: (counted - expected) / sigma };
});
const computed = real.map((chance) => ({
  ...chance,
  perSlot: falseWithdrawalsPerSlot(chance),
  perMonth: falseWithdrawalsPerMonth(chance, INTERVAL_S),
}));

console.log(`${machine()}; seed ${seed}, ${SLOTS} slots each. A slot is one region's probe of one check.\n`);
printTable([
  ["played out", "regions", "quorum", "attempts", "expected", "counted", "standard deviations off"],
  ...played.map(({ loss, regions, quorum, attempts, expected, counted, sigmas }) => [
    percent(loss),
    ...[regions, quorum, attempts].map(String),
    expected.toFixed(1),
    `${counted}`,
    sigmas.toFixed(2),
  ]),
]);
const within = played.every(({ sigmas }) => Math.abs(sigmas) <= SIGMAS);
console.log(`${within ? "All within" : "NOT all within"} ${SIGMAS} standard deviations of the formula.\n`);
printTable([
  ["computed", "regions", "quorum", "attempts", "a slot", `a check and month at ${INTERVAL_S} s`],
  ...computed.map(({ loss, regions, quorum, attempts, perSlot, perMonth }) => [
    percent(loss),
    ...[regions, quorum, attempts].map(String),
    perSlot.toExponential(2),
    perMonth.toExponential(2),
  ]),
]);
console.log(
  JSON.stringify({ bench: "false-positives", machine: machine(), seed, slots: SLOTS, within, played, computed }),
);
if (!within) process.exitCode = 1;

function percent(loss: number): string {
  return `${loss * 100} % lost`;
}
