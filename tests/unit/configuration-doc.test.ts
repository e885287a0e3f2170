// docs/configuration.md against the schema: every option stands in a table with its default, and the example resolves.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { configSchema } from "../../shared/model/config.ts";
import { probeHeaderSchema } from "../../shared/model/probe-header.ts";
import { resolveConfig } from "../../shared/resolve/resolve.ts";

const text = readFileSync(join(import.meta.dirname, "../../docs/configuration.md"), "utf8");

/** Default by option, as the tables have it. */
const told = new Map(
  [...text.matchAll(/^\| `([\w.[\]]+)` \|[^|]*\|([^|]*)\|[^|]*\|$/gm)].map(([, option = "", given = ""]) => [
    option,
    given.trim(),
  ]),
);

type Schema = z.core.$ZodType;
type Option = { path: string; default: unknown; required: boolean };

/** Every option below a schema that holds no further ones, or is a list of things. `checks` has a document of its own. */
function optionsOf(
  schema: Schema,
  path: string,
  found: Omit<Option, "path"> = { default: undefined, required: true },
): Option[] {
  if (schema instanceof z.core.$ZodDefault)
    return optionsOf(schema._zod.def.innerType, path, { default: schema._zod.def.defaultValue, required: false });
  if (schema instanceof z.core.$ZodPrefault)
    return optionsOf(schema._zod.def.innerType, path, { default: undefined, required: false });
  if (schema instanceof z.core.$ZodOptional)
    return optionsOf(schema._zod.def.innerType, path, { default: undefined, required: false });
  const own = path === "" ? [] : [{ path, ...found }];
  if (path === "checks") return own;
  if (schema instanceof z.core.$ZodObject)
    return Object.entries(schema._zod.def.shape).flatMap(([key, part]) =>
      optionsOf(part, path === "" ? key : `${path}.${key}`),
    );
  if (schema instanceof z.core.$ZodRecord) return [...own, ...partsOf(schema._zod.def.valueType, `${path}.NAME`)];
  if (schema instanceof z.core.$ZodArray) return [...own, ...partsOf(schema._zod.def.element, `${path}[]`)];
  return own;
}

/** What an entry of a list or record holds, where it holds options. */
function partsOf(schema: Schema, path: string): Option[] {
  if (schema instanceof z.core.$ZodUnion) return schema._zod.def.options.flatMap((option) => partsOf(option, path));
  return schema instanceof z.core.$ZodObject ? optionsOf(schema, path) : [];
}

const options = optionsOf(configSchema, "");

/** A default that is told in words. */
const inWords: Readonly<Record<string, string>> = {
  canaries: "two public resolvers",
  quorum: "more than half",
  resolvers: "the machine's",
  "pools[].loadBalancers[].setIdentifier": "the id",
};

function shown({ path, default: value, required }: Option): string {
  if (inWords[path] !== undefined) return inWords[path];
  if (value !== undefined) return `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
  return required ? "—" : "*none*";
}

describe("docs/configuration.md", () => {
  test("tells every option, and no other", () => {
    expect(options.length).toBeGreaterThan(40);
    expect([...told.keys()].toSorted()).toEqual(options.map(({ path }) => path).toSorted());
  });

  test.each(options.map((option) => [option.path, option] as const))("%s with its default", (path, option) => {
    expect(told.get(path)).toBe(shown(option));
  });

  test("its example resolves", async () => {
    const [, block = ""] = /^```ts\n([^]*?)^```$/m.exec(text) ?? [];
    const plain = block.replace(/^import .*$/m, "const defineConfig = (config) => config;");
    const module: { default: unknown } = await import(`data:text/javascript,${encodeURIComponent(plain)}`);
    const { resolved } = resolveConfig(module.default, { cfg: 1, zones: () => ({ zoneId: "Z1" }), examples: true });
    expect(resolved.pools[0]?.follows).toEqual(["www.client.example"]);
  });

  test("names the variables that the configuration can name", () => {
    const variables = [...text.matchAll(/^\| `(LIFEBOAT_\w+)` \|/gm)].map(([, name]) => name);
    expect(variables).toContain("LIFEBOAT_HEARTBEAT_URL");
    expect(variables).toContain(probeHeaderSchema.parse({ name: "X" }).secret);
  });
});
