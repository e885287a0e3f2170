// Faults to be planted in the service, each a mistake that somebody has made somewhere. The simulator must find them all.
import seeds from "./seeds.json" with { type: "json" };

/** Text that stands exactly once in a file of the service, and what is put there instead. */
export type Edit = { file: string; find: string; put: string };

/** `seed`: a world that finds it, breaking that invariant. Without one it has yet to be searched: `npm run sim:mutants`. */
export type Mutant = { name: string; edits: readonly Edit[]; seed?: number; invariant?: number };

const planted: Record<string, readonly Edit[]> = {
  "quorum is half of the regions": [
    {
      file: "shared/resolve/build.ts",
      find: "Math.floor(config.regions.length / 2) + 1",
      put: "Math.ceil(config.regions.length / 2)",
    },
  ],
  "stale reports count": [
    {
      file: "shared/decide/quorum.ts",
      find: "ageMs <= standsMs(said, pace) && ",
      put: "pace.regions > 0 && ",
    },
  ],
  "silence is health under another digest": [
    {
      file: "shared/decide/quorum.ts",
      find: "if (report.asked !== config.asked[shard]) return",
      put: "if (shard < 0) return",
    },
  ],
  "the fence is read after the records": [
    {
      file: "tests/fakes/zone.ts",
      find: `const fences = fencesOf(wanted, setsOf(zoneId), give);
      if (fake.between) await fake.between();
      const records = recordsOf(wanted, setsOf(zoneId), give);`,
      put: `const records = recordsOf(wanted, setsOf(zoneId), give);
      if (fake.between) await fake.between();
      const fences = fencesOf(wanted, setsOf(zoneId), give);`,
    },
  ],
  "the fence is not swapped": [
    {
      file: "shared/plan/batch.ts",
      find: `action: "CREATE" as const, record: fence.after }`,
      put: `action: "CREATE" as const, record: fence.before ?? fence.after }`,
    },
  ],
  "the floor is ignored on a race": [
    {
      file: "shared/flow/steer.ts",
      find: "decision = anew;",
      put: "decision = { ...anew, choice: decision.choice };",
    },
  ],
  "undecided restores": [
    {
      file: "shared/decide/floor.ts",
      find: `if (verdict.state === "undecided") return idle;`,
      put: `if (verdict.state === "undecided") return full;`,
    },
  ],
  "velocity is kept outside the fence": [
    { file: "shared/plan/lead.ts", find: "memory: { open, left, ", put: "memory: { open, left: left && {}, " },
  ],
  "the SDK retries the change call": [
    {
      file: "shared/flow/write-names.ts",
      find: "const applied = await zone.apply(batchOf(planned), how.signal);",
      put: `const first = await zone.apply(batchOf(planned), how.signal);
  const applied = first.kind === "uncertain" ? await zone.apply(batchOf(planned), how.signal) : first;`,
    },
  ],
  "the announced epoch is a number of the pool": [
    {
      file: "shared/flow/after.ts",
      find: "return (own(told?.boxes, box)?.epoch ?? -1) < fence.epoch && perhaps <= fence.epoch;",
      put: `const newest = Math.max(-1, ...Object.values(told?.boxes ?? {}).map(({ epoch }) => epoch));
    return newest < fence.epoch && perhaps <= fence.epoch;`,
    },
  ],
  "the last writer wins the token": [
    {
      file: "shared/plan/batch.ts",
      find: `...(fence.before ? [{ action: "DELETE" as const, record: fence.before }] : []),`,
      put: "",
    },
    {
      file: "shared/plan/batch.ts",
      find: `{ action: "CREATE" as const, record: fence.after }`,
      put: `{ action: "UPSERT" as const, record: fence.after }`,
    },
  ],
  "an old configuration writes": [
    { file: "shared/plan/plan.ts", find: "if (fence.cfg > cfg) {", put: "if (fence.cfg > cfg && cfg < 0) {" },
  ],
  "a blind region votes": [
    {
      file: "shared/decide/doubt.ts",
      find: "return canaryUp !== true && !answers.some(({ finding }) => isAnswer(finding));",
      put: "return canaryUp !== true && answers.length === 0;",
    },
  ],
  "an order never ends": [
    {
      file: "shared/decide/intents.ts",
      find: "(untilMs === undefined || untilMs > nowMs)",
      put: "(untilMs === undefined || nowMs > 0)",
    },
  ],
  "a verdict outranks an order": [
    {
      file: "shared/decide/floor.ts",
      find: 'if (fixed !== undefined) return fixed;\n  if (verdict.state === "out") return 0;',
      put: 'if (fixed !== undefined && verdict.state !== "in") return fixed;\n  if (verdict.state === "out") return 0;',
    },
    {
      file: "shared/decide/seats.ts",
      find: "if (ordered) return ordered;",
      put: 'if (ordered && member.verdict.state !== "in") return ordered;',
    },
  ],
  "evidence from before it left brings it back": [
    { file: "shared/decide/quorum.ts", find: "&& !fell && since }", put: "&& !fell }" },
  ],
  "the last record is deleted": [
    {
      file: "shared/plan/family.ts",
      find: "if (serves(targets)) return",
      put: "if (targets.length > 0) return",
    },
    {
      file: "shared/plan/family.ts",
      find: `(weight === 0 && input.desired.withdraw === "delete")`,
      put: `(weight === 0 && input.desired.withdraw === "delete" && input.held.size >= 0)`,
    },
  ],
  "what restores by hand comes back by itself": [
    {
      file: "shared/decide/seats.ts",
      find: "return (newest.get(box)?.atMs ?? 0) > left.atS * 1000;",
      put: "return newest.size >= 0;",
    },
  ],
  "a ramp never ends": [
    {
      file: "shared/decide/ramp.ts",
      find: "ramp?.percent[Math.floor(Math.max(0, sinceS) / ramp.everyS)]",
      put: "ramp?.percent[Math.min(0, sinceS)]",
    },
  ],
  "what leaves as fail open ends is not remembered": [
    {
      file: "shared/decide/choose.ts",
      find: "const leaving = ended && !manual ? []",
      put: "const leaving = ended ? []",
    },
  ],
  "a release takes the answer along": [
    {
      file: "shared/plan/release.ts",
      find: `if (back.to === "as-is") return mine;`,
      put: `if (back.to === "as-is") return [];`,
    },
  ],
  "a check that is new is not asked again": [
    {
      file: "shared/decide/region.ts",
      find: "if (own(self.met, digest) === undefined)",
      put: `if (digest === "")`,
    },
  ],
  "a fence that is gone is forgotten": [{ file: "shared/flow/tend-pool.ts", find: " || fenced.has(name)", put: "" }],
};

const known: Record<string, { seed: number; invariant: number } | undefined> = seeds;

/** Of a world that is to find a fault. */
export const HOURS = 4;

export const mutants: readonly Mutant[] = Object.entries(planted).map(([name, edits]) => ({
  name,
  edits,
  ...known[name],
}));

export function mutantOf(name: string): Mutant {
  const found = mutants.find((mutant) => mutant.name === name);
  if (!found) throw new Error(`no fault is called ${name}`);
  return found;
}
