// `npm start` that cannot: what is said, with which exit code, and that whoever is there already goes on undisturbed.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { expect, it, onTestFinished, vi } from "vitest";
import * as z from "zod";
import { startDemo } from "../../local/demo.ts";
import { createZones } from "../../local/embedded/route53/zones.ts";
import { resolveLocally } from "../../local/resolve.ts";
import { statusSchema } from "../../shared/model/status.ts";

vi.setConfig({ testTimeout: 60_000 });

const PORTS = ["--dns-port", "--http-port", "--route53-port", "--dynamodb-port"];
const noteSchema = z.object({ kind: z.literal("note"), text: z.string() });

function start(args: readonly string[]) {
  const free = PORTS.flatMap((flag) => (args.includes(flag) ? [] : [flag, "0"]));
  const all = ["--disable-warning=ExperimentalWarning", "local/main.ts", "--log", "json", ...free, ...args];
  const child = spawn(process.execPath, all, {
    cwd: join(import.meta.dirname, "../.."),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = once(child, "exit");
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await exited;
  });
  return { child, exited };
}

/** A copy that runs, and the URL of its status page. */
async function startWell(args: readonly string[]) {
  const { child, exited } = start(args);
  const said = text(child.stderr);
  for await (const line of createInterface({ input: child.stdout })) {
    const note = noteSchema.safeParse(JSON.parse(line)).data;
    const [url] = /http:\/\/127\.0\.0\.1:\d+$/.exec(note?.text.startsWith("status:") ? note.text : "") ?? [];
    if (url === undefined) continue;
    // What it says from now on must go somewhere, or it stops at a full pipe.
    child.stdout.resume();
    return { url, child, exited };
  }
  throw new Error(`it has not started: ${await said}`);
}

/** How a copy ended that cannot start, and what it said. */
async function startBadly(args: readonly string[]): Promise<{ code: unknown; said: string }> {
  const { child, exited } = start(args);
  child.stdout.resume();
  const [said, [code]] = await Promise.all([text(child.stderr), exited]);
  return { code, said };
}

async function folder(): Promise<string> {
  const data = await mkdtemp(join(tmpdir(), "lifeboat-"));
  onTestFinished(() => rm(data, { recursive: true, force: true }));
  return data;
}

async function served(url: string): Promise<Record<string, number>> {
  const { pools } = statusSchema.parse(await (await fetch(`${url}/status`)).json());
  const records = pools.flatMap(({ names }) => names.flatMap((name) => name.records));
  return Object.fromEntries(records.map(({ setIdentifier, weight }) => [setIdentifier, weight]));
}

async function drain(url: string, box: string): Promise<void> {
  const order = { who: "ann", command: { do: "intent", box, order: "drain", why: "rack work" } };
  const response = await fetch(`${url}/operate`, { method: "POST", body: JSON.stringify(order) });
  expect(await response.json()).toMatchObject({ ok: true });
}

const CALM = { "Primary Load Balancer": 1, "Secondary Load Balancer": 1, "South 1": 2, "South 2": 1 };

it("on data that another copy has in use ends at once; the other one goes on, and its data can be read afterwards", async () => {
  const data = await folder();
  const first = await startWell(["--interval", "5", "--data", data]);
  await expect.poll(() => served(first.url), { timeout: 20_000 }).toEqual(CALM);

  const { code, said } = await startBadly(["--data", data]);
  expect(code).toBe(1);
  expect(said).toMatch(/is in use by another copy; stop that one or choose another directory\n$/);
  expect(said).not.toMatch(/^ +at /m);

  await drain(first.url, "lb1");
  const drained = { ...CALM, "Primary Load Balancer": 0 };
  await expect.poll(() => served(first.url), { timeout: 10_000 }).toEqual(drained);
  first.child.kill("SIGTERM");
  expect(await first.exited).toEqual([0, null]);
  const again = await startWell(["--interval", "5", "--data", data]);
  await expect.poll(() => served(again.url), { timeout: 20_000 }).toEqual(drained);
});

it.each([
  ["DNS", "--dns-port"],
  ["the status page", "--http-port"],
  ["Route 53", "--route53-port"],
  ["DynamoDB", "--dynamodb-port"],
])("on a port for %s that is taken ends, and names %s", async (what, flag) => {
  const holder = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void holder.close());
  await once(holder, "listening");
  // It listens on a port, not on a pipe.
  const { port } = holder.address() as AddressInfo;
  const { code, said } = await startBadly([flag, String(port)]);
  expect(code).toBe(1);
  expect(said).toContain(`lifeboat: ${what}: port ${port} of 127.0.0.1 is taken; choose another with ${flag}\n`);
  expect(said).not.toMatch(/^ +at /m);
});

it.each([1, 2, 5, 10, 60])("with the demo at an interval of %i s has checks that end within it", async (intervalS) => {
  const demo = await startDemo(intervalS);
  onTestFinished(() => demo.close());
  const zones = await createZones();
  onTestFinished(() => zones.close());
  const { resolved, warnings } = await resolveLocally(demo.config, zones);
  expect(resolved.intervalS).toBe(intervalS);
  expect(warnings).toEqual([]);
});
