import { describe, expect, it } from "vitest";
import { mutate, randomFrom } from "../../bench/zen-mutate.ts";
import { worst } from "../../bench/zen-load.ts";
import { UserError } from "../../shared/model/errors.ts";
import { boxConfigSchema } from "../../shared/model/snapshot.ts";
import { readBox } from "../../shared/zen/box.ts";
import { checksOf } from "../../shared/zen/checks.ts";
import { driftOf } from "../../shared/zen/drift.ts";
import { lintOf } from "../../shared/zen/lint.ts";
import { boxOf, bundles, filesOf, key, single } from "./fixtures.ts";

/** Damaged boxes a bundle; `npm run fuzz` does 50,000 files a parser. */
const ROUNDS = 150;

describe("damaged files", () => {
  it.each(bundles)("%s: every file of a box damaged at once is read or refused, and never fails", (bundle) => {
    const good = boxOf(bundle).config;
    let read = 0;
    for (let seed = 1; seed <= ROUNDS; seed += 1) {
      const random = randomFrom(seed);
      const files = new Map([...filesOf(bundle)].map(([path, bytes]) => [path, mutate(bytes, random)]));
      try {
        const { config } = readBox(files, { key });
        boxConfigSchema.parse(config);
        driftOf({ a: good, b: config });
        checksOf("a", config);
        lintOf(config, 0);
        read += 1;
      } catch (error) {
        if (!(error instanceof UserError)) throw new Error(`seed ${seed}`, { cause: error });
      }
    }
    // Most damage leaves a box that can be read.
    expect(read).toBeGreaterThan(ROUNDS / 2);
  });
});

function cpuMs(work: () => void): number {
  const from = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(from);
  return (user + system) / 1000;
}

function timeOf(name: string, text: string): number {
  const files = single(name, text);
  const once = (): void => {
    try {
      readBox(files, { key });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
    }
  };
  return Math.min(...[1, 2, 3].map(() => cpuMs(once)));
}

const repeat = (unit: string, bytes: number): string => unit.repeat(Math.ceil(bytes / unit.length)).slice(0, bytes);

/** Commands within commands, and lines that go on: what the redaction of commands could trip over. */
const nesting: typeof worst = [
  ["zlb-start", (bytes) => `curl -s ${repeat("$(", bytes)}`],
  ["zlb-start", (bytes) => `curl -s ${repeat("\"$('`", bytes)}`],
  ["zlb-start", (bytes) => `curl ${repeat('"-u a:b" ', bytes)}`],
  ["zlb-start", (bytes) => repeat("curl -s \\\n", bytes)],
  ["zlb-start", (bytes) => repeat("x \\\n", bytes - 12) + "password=abc"],
  ["zlb-start", (bytes) => `pass ${repeat("|  passwd", bytes)}`],
  ["zlb-start", (bytes) => repeat("curl --cert a", bytes)],
  ["zlb-start", (bytes) => repeat("passwd a <<EOF\n", bytes)],
  ["zlb-start", (bytes) => repeat("passwd a <<EOF\nEOF\n", bytes)],
  ["zlb-start", (bytes) => `passwd ${repeat("<<E ", bytes)}`],
  ["zlb-start", (bytes) => repeat("password:\n", bytes)],
  ["zlb-start", (bytes) => repeat("password: |\n\n", bytes)],
  ["zlb-start", (bytes) => repeat("x{password}", bytes)],
  ["zlb-start", (bytes) => `@ ${repeat("a://b:'", bytes)}`],
  ["zlb-start", (bytes) => `@ ${repeat("a", bytes)}`],
  ["zlb-start", (bytes) => `@ "a://b:${repeat("'c", bytes)}`],
  ["zlb-start", (bytes) => repeat("password=a\r", bytes)],
  ["zlb-start", (bytes) => repeat("\r", bytes)],
  ["w_guardian.conf", (bytes) => `w:::10:::check_tcp -s "${repeat("\\r\\nPASS ", bytes)}":::true:::`],
];

describe("the worst input of each parser", () => {
  // Processor time, the best of three. A quadratic parser takes 100 times as long, in every attempt; `npm run fuzz`
  // measures in quiet and asks for 15. Beside other tests the garbage collector's share varies.
  it.each([...worst, ...nesting].map(([name, make]) => [name, make(30), make] as const))(
    "%s %j: 1 MB takes about ten times as long as 100 KB",
    { retry: 4, timeout: 60_000 },
    (name, _shown, make) => {
      const small = timeOf(name, make(100_000));
      const large = timeOf(name, make(1_000_000));
      expect(large).toBeLessThanOrEqual(40 * Math.max(small, 4));
    },
  );
});
