import { globSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { resolvedSchema } from "../../shared/model/resolved.ts";
import { resolveConfig } from "../../shared/resolve/resolve.ts";

const root = join(import.meta.dirname, "../..");
const files = globSync(["lifeboat.config.ts", "examples/*.config.ts"], { cwd: root }).toSorted();
const env = { cfg: 1, zones: () => ({ zoneId: "Z1" }) };

async function load(file: string): Promise<unknown> {
  const module: { default?: unknown } = await import(join(root, file));
  return module.default;
}

test("there are examples", () => {
  expect(files).toEqual(expect.arrayContaining(["lifeboat.config.ts", "examples/small.config.ts"]));
});

test.each(files)("%s has neither faults nor warnings", async (file) => {
  const { resolved, warnings } = resolveConfig(await load(file), { ...env, examples: true });
  expect(resolvedSchema.parse(resolved)).toEqual(resolved);
  expect(warnings).toEqual([]);
});

test("deploy refuses the addresses that are nobody's", async () => {
  const input = await load("lifeboat.config.ts");
  expect(() => resolveConfig(input, env)).toThrow(
    /pools\[0\]\.loadBalancers\[0\]\.address: '192\.0\.2\.10' is an example address/,
  );
});
