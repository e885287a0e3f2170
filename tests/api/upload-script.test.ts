// examples/zen/upload.sh as cron runs it, against the service on one machine.
import { execFile, spawnSync } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { pageSchema } from "../../shared/model/api.ts";
import { filesOf } from "../zen/fixtures.ts";
import { type ApiWorld, startApi } from "./world.ts";

const script = join(import.meta.dirname, "../../examples/zen/upload.sh");
const able = ["sh", "curl", "tar"].every((tool) => spawnSync(tool, ["--version"]).error === undefined);

let api: ApiWorld;
let folder: string;
beforeAll(async () => {
  api = await startApi();
  folder = await mkdtemp(join(tmpdir(), "lifeboat-upload-"));
}, 60_000);
afterAll(async () => {
  await api.close();
  await rm(folder, { recursive: true, force: true });
});

function run(...args: string[]): Promise<{ code: number; err: string }> {
  const { promise, resolve } = Promise.withResolvers<{ code: number; err: string }>();
  execFile("sh", [script, ...args], (error, _out, err) => resolve({ code: error ? Number(error.code) : 0, err }));
  return promise;
}

async function settings(token: string): Promise<string> {
  const file = join(folder, `${token.length}.conf`);
  const url = `${api.url}/v1/load-balancers/lb1/snapshots`;
  await writeFile(file, `url = "${url}"\nheader = "Authorization: Bearer ${token}"\n`);
  return file;
}

// Without curl and tar there is nothing to run.
test.skipIf(!able)("uploads what the box has, says nothing when all is well, and why when it is not", async () => {
  const root = join(folder, "root");
  for (const [path, bytes] of filesOf("zen-3.10-a")) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), bytes);
  }
  // As ZEVENET 4 leaves it.
  await symlink("zenloadbalancer", join(root, "usr/local/zevenet"));
  await mkdir(join(root, "etc/ssh"), { recursive: true });
  await writeFile(join(root, "etc/ssh/sshd_config"), "PermitRootLogin yes\n");
  const good = await settings(await api.token("snapshot:lb1"));
  expect(await run(good, root)).toEqual({ code: 0, err: "" });
  expect(await run(good, root)).toEqual({ code: 0, err: "" });
  const { token } = api.service;
  const { snapshots } = pageSchema.parse((await api.ask("GET", "/v1/load-balancers/lb1/snapshots", { token })).json);
  expect(snapshots).toHaveLength(1);
  expect(snapshots[0]).toMatchObject({ who: "lb1", farms: 8, product: "zevenet", seen: { who: "lb1" } });

  const bad = await run(await settings("nothing"), root);
  expect([bad.code, bad.err]).toEqual([1, expect.stringMatching(/Lifeboat answers 401:\n.*not known, or was revoked/)]);
  expect(await run(good, folder)).toEqual({ code: 1, err: expect.stringMatching(/no Zen configuration/) });
  expect(await run(join(folder, "none"), root)).toEqual({ code: 1, err: expect.stringMatching(/cannot be read/) });
});
