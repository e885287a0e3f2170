// `npm run sim -- --seed N --hours H`: worlds from seed N on, until so many hours have passed.
import { parseArgs } from "node:util";
import { runWorld } from "./world.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    hours: { type: "string", default: "10" },
    each: { type: "string", default: "4" },
    tell: { type: "boolean", default: false },
  },
});
let left = Number(values.hours);
let seed = Number(values.seed);
let total = 0;
let calls = 0;
for (; left > 0; seed++) {
  const hours = Math.min(left, Number(values.each));
  const result = await runWorld({ seed, hours, ...(values.tell ? { tell: console.log } : {}) });
  left -= hours;
  total += result.hours;
  calls += result.calls;
  if (result.violation) console.log(seed, JSON.stringify(result.violation));
}
const used = process.cpuUsage();
const ms = (used.user + used.system) / 1000;
console.log(`${total.toFixed(1)} h, ${calls} calls, ${Math.round(ms)} ms of CPU, ${(ms / total).toFixed(1)} ms/h`);
