// What must not find its way into a function's bundle, where every KB is paid for at each cold start.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { functions } from "../../stacks/functions.ts";
import { bundleFunction } from "./bundle.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "lifeboat-bundles-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test.each(functions.map(({ name, handler }) => [name, handler]))(
  "%s does not hold zod's chains, which come whole",
  async (name, handler) => {
    const entry = { file: handler.replace(/\.\w+$/, ".ts") };
    const { inputs } = await bundleFunction(entry, join(folder, name));
    expect(inputs.some((path) => path.includes("zod/v4/mini"))).toBe(true);
    expect(inputs.filter((path) => /zod\/v4\/classic\/schemas/.test(path))).toEqual([]);
  },
);
