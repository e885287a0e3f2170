// What proves the project: the one table that tests/run.ts runs and tests/tidy.test.ts holds against the folders.

/** One command that is right or wrong as a whole. `script` is run by this Node, inside node_modules. */
export type Check = {
  name: string;
  script: string;
  args: readonly string[];
  /** Run only where this file exists. */
  needs?: string;
  /** A file of the project that brings in what the command reads, run before it. */
  prepare?: string;
};

/** Tests under one or more paths, run by one vitest. Budgets are seconds on two cores; over budget is said, not failed. */
export type Suite = {
  name: string;
  paths: readonly string[];
  budgetS: number;
  /** One file at a time: they measure time, or start the whole service. */
  serial?: boolean;
  /** Files at a time, where most of the time is waiting; by default vitest's own number. */
  workers?: number;
  /** Its files share a process and its modules: they change nothing that another would see. Starting one costs 0.5 s. */
  shared?: boolean;
};

export const checks: readonly Check[] = [
  { name: "format", script: "@biomejs/biome/bin/biome", args: ["format", "."] },
  { name: "lint", script: "oxlint/bin/oxlint", args: ["--type-aware"] },
  { name: "types", script: "typescript/bin/tsc", args: ["-p", "."] },
  {
    name: "types-stacks",
    script: "typescript/bin/tsc",
    args: ["-p", "stacks"],
    needs: "stacks/tsconfig.json",
    prepare: "tests/infra/platform.ts",
  },
];

export const CHECKS_BUDGET_S = 30;

/** The quick ones first, so that what is broken is said early. */
export const suites: readonly Suite[] = [
  { name: "tidy", paths: ["tests/tidy.test.ts"], budgetS: 5 },
  { name: "unit", paths: ["tests/unit"], budgetS: 30, shared: true },
  { name: "zen", paths: ["tests/zen"], budgetS: 20 },
  { name: "contract", paths: ["tests/contract"], budgetS: 40 },
  { name: "probe", paths: ["tests/probe"], budgetS: 60, serial: true },
  { name: "api", paths: ["tests/api"], budgetS: 30 },
  { name: "cli", paths: ["tests/cli"], budgetS: 30 },
  { name: "infra", paths: ["tests/infra"], budgetS: 60 },
  { name: "sim", paths: ["tests/sim"], budgetS: 150 },
  { name: "web", paths: ["tests/web"], budgetS: 60, serial: true },
  { name: "local", paths: ["tests/local"], budgetS: 240, workers: 2 },
];

/** What `verify` runs: all that needs neither sockets nor SST's platform nor time. */
export const quick: readonly string[] = ["format", "lint", "types", "tidy", "unit"];

/** The suites that a test file belongs to. */
export function suitesOf(file: string): string[] {
  const holds = (path: string): boolean => file === path || file.startsWith(`${path}/`);
  return suites.filter(({ paths }) => paths.some(holds)).map(({ name }) => name);
}
