// SST's platform (its components and Pulumi's AWS provider for Node), as `sst deploy` installs it by itself. Offline tests
// and the type check of stacks/ need it too. From the npm registry only: no bun, no Pulumi binary, nothing under HOME but
// npm's cache.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export const root = join(import.meta.dirname, "../..");
export const work = join(root, ".sst");
export const platform = join(work, "platform");

const stamp = join(work, "lifeboat-platform");
/** What `sst install` looks for before it would fetch Pulumi's binary; it runs nothing else of it. */
const pulumiVersion = "v3.215.0";
const patienceMs = 10 * 60_000;
const LOOK_MS = 500;

/** Installs the platform unless it is there already. Rejects with what the installer said. */
export async function ensurePlatform(): Promise<void> {
  const wanted = await fingerprint();
  const home = join(root, ".home");
  await mkdir(home, { recursive: true });
  const lock = join(home, "installing");
  // Test files run side by side, and only one of them may install.
  while (!(await isThere(wanted))) {
    if (await take(lock)) {
      try {
        if (!(await isThere(wanted))) await install(home, wanted);
      } finally {
        await rm(lock, { force: true });
      }
    } else await sleep(LOOK_MS);
  }
}

async function isThere(wanted: string): Promise<boolean> {
  const there = await readFile(stamp, "utf8").catch(() => "");
  return there === wanted && existsSync(join(platform, "node_modules/@pulumi/aws"));
}

/** False while another process that lives has it. */
async function take(lock: string): Promise<boolean> {
  try {
    await writeFile(lock, String(process.pid), { flag: "wx" });
    return true;
  } catch {
    const owner = Number(await readFile(lock, "utf8").catch(() => ""));
    if (owner > 0 && !lives(owner)) await rm(lock, { force: true });
    return false;
  }
}

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function install(home: string, wanted: string): Promise<void> {
  const stub = join(home, "sst/bin/pulumi");
  await mkdir(dirname(stub), { recursive: true });
  await writeFile(stub, `#!/bin/sh\n[ "$1" = version ] && echo ${pulumiVersion}\nexit 0\n`);
  await chmod(stub, 0o755);
  await runSst(home);
  await writeFile(stamp, wanted);
}

/** SST's version and the provider that sst.config.ts asks for. */
async function fingerprint(): Promise<string> {
  const lock: { packages: Record<string, { version?: string }> } = JSON.parse(
    await readFile(join(root, "package-lock.json"), "utf8"),
  );
  const provider = /version: "([\d.]+)"/.exec(await readFile(join(root, "sst.config.ts"), "utf8"))?.[1] ?? "";
  return `sst ${lock.packages["node_modules/sst"]?.version} aws ${provider}\n`;
}

function runSst(home: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const env = {
    ...process.env,
    PATH: [dirname(process.execPath), process.env["PATH"]].join(delimiter),
    XDG_CONFIG_HOME: home,
    NO_BUN: "1",
    SST_TELEMETRY_DISABLED: "1",
    DO_NOT_TRACK: "1",
  };
  const args = [join(root, "node_modules/sst/bin/sst.mjs"), "install", "--stage", "test"];
  const child = spawn(process.execPath, args, {
    cwd: root,
    env,
    stdio: ["ignore", "pipe", "pipe"],
    timeout: patienceMs,
  });
  const said: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => said.push(chunk));
  child.on("error", reject);
  child.on("close", (code) => {
    if (code === 0) return resolve();
    reject(new Error(`sst install ended with ${code}; it needs the npm registry:\n${Buffer.concat(said).toString()}`));
  });
  return promise;
}

if (import.meta.main) await ensurePlatform();
