// `npm run sim:mutants`: for each planted fault the first world that finds it, among so many (`--from` a seed). `--record` keeps them in
// seeds.json, which the tests replay; `--only` takes the faults whose name holds a text; `--lost` those alone that their
// recorded world no longer finds.
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { runWorlds } from "./fleet-of-worlds.ts";
import { HOURS, mutants } from "./mutants.ts";

const { values } = parseArgs({
  options: {
    worlds: { type: "string", default: "400" },
    from: { type: "string", default: "1" },
    only: { type: "string", default: "" },
    lost: { type: "boolean", default: false },
    record: { type: "boolean", default: false },
  },
});
const found: Record<string, { seed: number; invariant: number }> = {};
for (const { name, seed, invariant } of mutants) if (seed && invariant) found[name] = { seed, invariant };
let missed = 0;
for (const { name, seed, invariant } of mutants.filter((mutant) => mutant.name.includes(values.only))) {
  if (values.lost && seed !== undefined) {
    const [report] = await runWorlds({ from: seed, count: 1, hours: HOURS, mutant: name, stop: true });
    if (report?.violation?.invariant === invariant) continue;
  }
  const reports = await runWorlds({
    from: Number(values.from),
    count: Number(values.worlds),
    hours: HOURS,
    mutant: name,
    stop: true,
  });
  // A world that fails by itself has found nothing.
  const killer = reports.find(({ violation }) => violation && violation.invariant !== 0);
  const tried = `${reports.length} worlds`;
  if (killer?.violation) {
    const { invariant, says } = killer.violation;
    found[name] = { seed: killer.seed, invariant };
    console.log(
      `${name}: seed ${killer.seed} breaks invariant ${invariant} after ${killer.hours.toFixed(1)} h (${tried}): ${says.slice(0, 160)}`,
    );
  } else {
    missed += 1;
    console.log(`${name}: NOT FOUND in ${tried}`);
  }
  if (values.record) await writeFile(new URL("seeds.json", import.meta.url), `${JSON.stringify(found, null, 2)}\n`);
}
process.exitCode = missed > 0 ? 1 : 0;
