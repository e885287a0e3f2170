#!/usr/bin/env node
// Makes one command enough on a fresh clone: installs what is missing, finds Node 24, runs what was asked.
// Plain JavaScript that any Node from 18 on can read, because it runs before anything is installed.
//
//   node cli/ready.mjs [--runtime] FILE.ts [ARG…]    run a TypeScript file under Node 24
//   node cli/ready.mjs --bin NAME [ARG…]             run a tool from node_modules/.bin under Node 24
//
// --runtime: the dependencies that the service needs are enough; without it the development ones are wanted too.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, "node_modules");
const stamp = join(modules, ".lifeboat-installed");

/** What the lock file and this platform ask for; an install is redone when it changes. */
function wanted() {
  const lock = readFileSync(join(root, "package-lock.json"));
  return createHash("sha256").update(lock).update(`${process.platform} ${process.arch}`).digest("hex");
}

function installed() {
  try {
    const [digest, kind] = readFileSync(stamp, "utf8").trim().split(" ");
    return digest === wanted() ? kind : undefined;
  } catch {
    return undefined;
  }
}

function install(runtimeOnly) {
  const kind = installed();
  if (kind === "all" || (runtimeOnly && kind === "runtime")) return;
  // A tree that somebody installed by hand with `npm ci` is as good as ours.
  if (!kind && existsSync(join(modules, ".package-lock.json")) && npm(["ls", "--silent"], "ignore") === 0) {
    writeFileSync(stamp, `${wanted()} all\n`);
    return;
  }
  process.stderr.write("lifeboat: installing what is missing (npm ci)…\n");
  const args = ["ci", "--no-audit", "--no-fund", "--loglevel=error", runtimeOnly ? "--omit=dev" : "--include=dev"];
  if (npm(args, ["ignore", 2, 2]) !== 0) fail("`npm ci` failed; the lines above say why.");
  mkdirSync(modules, { recursive: true });
  writeFileSync(stamp, `${wanted()} ${runtimeOnly ? "runtime" : "all"}\n`);
}

function npm(args, stdio) {
  const cli = process.env["npm_execpath"];
  const run = cli?.endsWith(".js")
    ? spawnSync(process.execPath, [cli, ...args], { cwd: root, stdio })
    : spawnSync("npm", args, { cwd: root, stdio, shell: process.platform === "win32" });
  if (run.error) fail(`npm could not be run: ${run.error.message}`);
  return run.status;
}

/** Node 24 or newer: this one if it is, else the one that npm installed for this platform. */
function node24() {
  if (Number(process.versions.node.split(".")[0]) >= 24) return process.execPath;
  const own = join(modules, `node-${process.platform}-${process.arch}`, "bin", "node");
  if (existsSync(own)) return own;
  return fail(
    `Node 24 is needed; this is ${process.version}, and npm has no Node 24 for ${process.platform}-${process.arch}. ` +
      "Install Node 24 (https://nodejs.org) and run the command again.",
  );
}

function fail(text) {
  process.stderr.write(`lifeboat: ${text}\n`);
  process.exit(1);
}

/** Installs, then runs FILE or a tool under Node 24 in the caller's folder; never returns. */
export function run(argv) {
  const runtimeOnly = argv[0] === "--runtime";
  const rest = runtimeOnly ? argv.slice(1) : argv;
  install(runtimeOnly);
  const node = node24();
  const tool =
    rest[0] === "--bin" ? join(modules, ".bin", rest[1] ?? fail("--bin wants the name of a tool.")) : undefined;
  const env = {
    // What was compiled once is compiled: a second start takes two thirds of the first one's time.
    NODE_COMPILE_CACHE: join(modules, ".cache", "node"),
    ...process.env,
    PATH: [dirname(node), join(modules, ".bin"), process.env["PATH"]].join(delimiter),
  };
  const file = join(root, rest[0] ?? fail("which file is to be run?"));
  const child = tool
    ? spawn(tool, rest.slice(2), { stdio: "inherit", env, cwd: root })
    : spawn(node, ["--disable-warning=ExperimentalWarning", file, ...rest.slice(1)], { stdio: "inherit", env });
  // A Ctrl-C reaches the whole process group; the child decides how to end, and we end as it did.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => fail(`${rest[0]}: ${error.message}`));
  child.on("exit", (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 1)));
}

if (process.argv[1] && fileURLToPath(import.meta.url) === process.argv[1]) run(process.argv.slice(2));
