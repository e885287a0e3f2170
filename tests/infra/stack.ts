// What all tests of the stack share: the installed platform, the bundled program, and evaluations of it.
import { rmSync } from "node:fs";
import { afterAll, beforeAll } from "vitest";
import { zones } from "./configs.ts";
import { evaluate } from "./evaluate.ts";
import { type Front, type FrontOptions, startFront } from "./front.ts";
import { ensurePlatform } from "./platform.ts";
import { bundleProgram, type EvaluateOptions, type Evaluation } from "./program.ts";

/** The platform is 300 MB: its first install takes a minute or two. */
const INSTALL_MS = 12 * 60_000;

/** Evaluates each of these before the tests of a file, and gives them by the same keys. */
export function evaluateBefore<Key extends string>(
  wanted: Record<Key, EvaluateOptions>,
  options: Partial<FrontOptions> = {},
): Record<Key, Evaluation> {
  // Filled before the first test runs.
  const done = {} as Record<Key, Evaluation>;
  const bundles: string[] = [];
  let front: Front | undefined;
  beforeAll(async () => {
    await ensurePlatform();
    const started = await startFront({ regions: ["eu-west-1"], zones, ...options });
    front = started;
    const programs = new Map<string | undefined, Promise<string>>();
    // Object.entries loses the keys' type.
    const entries = Object.entries(wanted) as [Key, EvaluateOptions][];
    const queue = entries.values();
    const work = async (): Promise<void> => {
      for (const [key, one] of queue) {
        const program = programs.get(one.program) ?? bundleProgram(one.program);
        programs.set(one.program, program);
        const bundle = await program;
        bundles.push(bundle);
        done[key] = await evaluate(bundle, started, one);
      }
    };
    // Each is a process that keeps a core busy.
    await Promise.all([work(), work()]);
  }, INSTALL_MS);
  afterAll(async () => {
    for (const bundle of bundles) for (const file of [bundle, `${bundle}.map`]) rmSync(file, { force: true });
    await front?.close();
  });
  return done;
}
