// `npm test`: every suite; with names, those suites or checks; `verify`, the quick ones. The last line is
// `N passed, N failed[, N skipped]`, where a check command counts as one test.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, globSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Check, CHECKS_BUDGET_S, checks, quick, type Suite, suites } from "./suites.ts";

const root = join(import.meta.dirname, "..");
const modules = join(root, "node_modules");

/** A suite that takes this many budgets hangs, and is ended. */
const PATIENCE = 10;
const PREPARE_S = 120;

type Tally = { passed: number; failed: number; skipped: number };
type Result = Tally & { name: string; seconds: number; budgetS: number };
type Ended = { code: number | null; output: string; timedOut: boolean };

const running = new Set<ChildProcess>();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    for (const child of running) end(child, "SIGTERM");
    process.exit(1);
  });
}

process.exitCode = await main(process.argv.slice(2));

async function main(names: readonly string[]): Promise<number> {
  const wanted = names.length === 0 ? ["checks", ...suites.map(({ name }) => name)] : names.flatMap(expand);
  const known = ["checks", ...checks.map(({ name }) => name), ...suites.map(({ name }) => name)];
  const unknown = wanted.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    console.error(`no suite is called ${unknown.join(" or ")}; there are verify, ${known.join(", ")}`);
    return 2;
  }
  const results: Result[] = [];
  const commands = checks.filter(({ name, needs }) => {
    return (wanted.includes("checks") || wanted.includes(name)) && (!needs || existsSync(join(root, needs)));
  });
  if (commands.length > 0) results.push(await runChecks(commands));
  for (const suite of suites) {
    // A folder that is not there yet is no suite; asked for by name it is a fault, as nothing would be proved.
    if (wanted.includes(suite.name) && (hasTests(suite) || names.includes(suite.name)))
      results.push(await runSuite(suite));
  }
  return report(results);
}

function expand(name: string): readonly string[] {
  return name === "verify" ? quick : [name];
}

function hasTests({ paths }: Suite): boolean {
  const patterns = paths.map((path) => (path.endsWith(".ts") ? path : `${path}/**/*.test.ts`));
  return globSync(patterns, { cwd: root }).length > 0;
}

/** Two at a time, each with its output in one piece. */
async function runChecks(commands: readonly Check[]): Promise<Result> {
  heading("checks");
  const startedMs = performance.now();
  const waiting = [...commands];
  const tally: Tally = { passed: 0, failed: 0, skipped: 0 };
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const beganMs = performance.now();
      const { code, output } = await runCheck(next);
      if (code === 0) tally.passed += 1;
      else tally.failed += 1;
      const said = code === 0 ? "" : `\n${output.trimEnd()}`;
      console.log(`${code === 0 ? "ok  " : "FAIL"} ${next.name} ${seconds(performance.now() - beganMs)} s${said}`);
    }
  };
  await Promise.all([work(), work()]);
  return { name: "checks", ...tally, seconds: seconds(performance.now() - startedMs), budgetS: CHECKS_BUDGET_S };
}

async function runCheck({ script, args, prepare }: Check): Promise<Ended> {
  // Once in a clone this installs half a gigabyte, which no budget knows.
  const prepared = prepare && (await runNode(join(root, prepare), [], PREPARE_S, "pipe"));
  return prepared && prepared.code !== 0 ? prepared : runNode(join(modules, script), args, CHECKS_BUDGET_S, "pipe");
}

async function runSuite({ name, paths, budgetS, serial, shared, workers }: Suite): Promise<Result> {
  heading(name);
  const startedMs = performance.now();
  const folder = await mkdtemp(join(tmpdir(), "lifeboat-tests-"));
  try {
    const file = join(folder, "result.json");
    const report = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
    const modes = [
      ...(serial ? ["--no-file-parallelism"] : []),
      ...(shared ? ["--no-isolate"] : []),
      ...(workers === undefined ? [] : [`--maxWorkers=${workers}`]),
    ];
    const args = ["run", ...paths, ...report, ...modes];
    const ended = await runNode(join(modules, "vitest/vitest.mjs"), args, budgetS, "inherit");
    const tally = tallyOf(ended, await readFile(file, "utf8").catch(() => undefined));
    return { name, ...tally, seconds: seconds(performance.now() - startedMs), budgetS };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A run that ends badly has failed at least once, whatever it counted: a file that cannot be loaded counts no test. */
function tallyOf({ code, timedOut }: Ended, json: string | undefined): Tally {
  if (timedOut) console.log("it hangs, and was ended");
  const told: { numPassedTests?: number; numFailedTests?: number; numPendingTests?: number; numTodoTests?: number } =
    json === undefined ? {} : JSON.parse(json);
  const { numPassedTests: passed = 0, numFailedTests: failed = 0, numPendingTests = 0, numTodoTests = 0 } = told;
  return { passed, failed: Math.max(failed, code === 0 ? 0 : 1), skipped: numPendingTests + numTodoTests };
}

/** Runs a file under this Node, in a process group of its own, so that its workers end with it. */
function runNode(file: string, args: readonly string[], budgetS: number, output: "pipe" | "inherit"): Promise<Ended> {
  const { promise, resolve } = Promise.withResolvers<Ended>();
  const stdio: ["ignore", typeof output, typeof output] = ["ignore", output, output];
  const child = spawn(process.execPath, [file, ...args], { cwd: root, stdio, detached: true });
  running.add(child);
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => chunks.push(chunk));
  let timedOut = false;
  const timer = setTimeout(
    () => {
      timedOut = true;
      end(child, "SIGKILL");
    },
    budgetS * PATIENCE * 1000,
  );
  const settle = (code: number | null, more = ""): void => {
    clearTimeout(timer);
    running.delete(child);
    resolve({ code, output: Buffer.concat(chunks).toString() + more, timedOut });
  };
  child.on("error", (error) => settle(1, error.message));
  child.on("close", (code) => settle(code));
  return promise;
}

function end(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal);
  } catch {
    // It has ended by itself in this very moment.
  }
}

function report(results: readonly Result[]): number {
  heading("times");
  for (const { name, passed, failed, seconds, budgetS } of results) {
    const over = seconds > budgetS ? "  over budget" : "";
    console.log(
      `${failed > 0 ? "FAIL" : "ok  "} ${name.padEnd(10)} ${passed} passed, ${failed} failed in ${seconds} s of ${budgetS} s${over}`,
    );
  }
  const sum = (of: keyof Tally): number => results.reduce((total, result) => total + result[of], 0);
  const { passed, failed, skipped } = { passed: sum("passed"), failed: sum("failed"), skipped: sum("skipped") };
  if (passed + failed === 0) console.log("no test ran");
  console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
  return failed > 0 || passed === 0 ? 1 : 0;
}

function heading(name: string): void {
  console.log(`\n── ${name}`);
}

function seconds(ms: number): number {
  return Math.round(ms / 100) / 10;
}
