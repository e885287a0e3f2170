// The rules of the house, run over the whole tree. Each is first shown to find what is planted.
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { suitesOf } from "./suites.ts";
import { importsOf, judgeImports, judgePurity } from "./tidy/imports.ts";
import * as rules from "./tidy/rules.ts";
import { type Source, sourceOf } from "./tidy/source.ts";

const root = join(import.meta.dirname, "..");
const skipped = new Set(["node_modules", ".git", ".sst", ".lifeboat", ".home", "coverage", "fixtures"]);
const files = globSync("**/*", { cwd: root, exclude: ({ name }) => skipped.has(name), withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.(ts|mjs|js|md|json|html|css|sh|yml)$|^[a-z]+$/.test(entry.name))
  .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
  .filter((file) => file !== "package-lock.json")
  .concat(globSync([".ci/*", ".oxlintrc.json"], { cwd: root }))
  .toSorted();
const read = (file: string): string => readFileSync(join(root, file), "utf8");
const sources = files.filter((file) => /\.(ts|mjs)$/.test(file)).map((file) => sourceOf(file, read(file)));
const tests = sources.filter(({ file }) => file.endsWith(".test.ts"));
const documents = files.filter((file) => file.endsWith(".md"));

const over = (list: readonly Source[], rule: (source: Source) => string[]): string[] => list.flatMap(rule);

describe("the tree keeps the rules", () => {
  it("and there is a tree", () => {
    expect(files).toEqual(
      expect.arrayContaining(["package.json", ".ci/run", "shared/decide/choose.ts", "tests/tidy.test.ts"]),
    );
    expect(files.filter((file) => file.includes("node_modules"))).toEqual([]);
  });

  it.each([
    ["imports point one way", judgeImports],
    ["pure rooms and flow know neither time nor chance", judgePurity],
    ["the types have no holes", rules.judgeTypes],
    ["casts give their reason", rules.judgeCasts],
    ["files and flows are short", rules.judgeLength],
    ["one file spells the table's keys", rules.judgeKeys],
    ["SDK clients are made in one place", rules.judgeClients],
    ["no test is left out without a reason", rules.judgeSkips],
  ])("%s", (_title, rule) => {
    expect(over(sources, rule)).toEqual([]);
  });

  it("every test asserts something", () => {
    expect(over(tests, rules.judgeAssertions)).toEqual([]);
  });

  it("every test file belongs to one suite", () => {
    expect(
      tests.map(({ file }) => ({ file, suites: suitesOf(file).length })).filter(({ suites }) => suites !== 1),
    ).toEqual([]);
  });

  it("no file names a path of somebody's machine", () => {
    expect(files.flatMap((file) => rules.judgePlaces(file, read(file)))).toEqual([]);
  });

  it("every path that a document cites is there", () => {
    const exists = (path: string): boolean =>
      existsSync(join(root, path)) ||
      globSync(path, { cwd: root }).length > 0 ||
      // A room's file by its name alone, where the text has named the room.
      (!path.includes("/") && path.endsWith(".ts") && files.some((file) => file.endsWith(`/${path}`)));
    expect(documents.flatMap((file) => rules.judgeCitations(file, read(file), exists))).toEqual([]);
  });

  it("dependencies have exact versions", () => {
    expect(rules.judgeVersions(JSON.parse(read("package.json")))).toEqual([]);
  });
});

describe("source", () => {
  it("tells code from comments, strings, templates and patterns", () => {
    // Each x is code, each y is not.
    const text = [
      'x("y \\" y") // y',
      "x /* y */ + x / x; // 'y",
      "`y ${x + `y ${x} y` + {x}.x} y` + x",
      "x = /y[/'\"]y/; x(/y/g, x ? x / 2 : /y/)",
      "return /y/.test('y')",
    ].join("\n");
    const { code, bare } = sourceOf("a.ts", text);
    expect(code.match(/y/g)).toBeNull();
    expect(code.match(/x/g)).toHaveLength(text.match(/x/g)?.length ?? 0);
    expect(code.split("\n").map(({ length }) => length)).toEqual(text.split("\n").map(({ length }) => length));
    expect(bare.split("\n")[0]?.trim()).toBe('x("y \\" y")');
  });

  it("finds imports of every form", () => {
    const text = [
      'import "a";',
      'import type { B as C, D } from "b";',
      "import {\n  E,\n  type F,\n} from 'c';",
      'export * from "d";',
      'const x = await import("e"); new Worker(new URL("./f.ts", import.meta.url));',
      '// import "g";',
      "const y = 'import(\"h\")';",
    ].join("\n");
    const found = importsOf(sourceOf("a.ts", text)).map(({ from, names }) => [from, ...names]);
    expect(found).toEqual([["a"], ["b", "B", "D"], ["c", "E", "F"], ["d", "*"], ["e"], ["./f.ts"]]);
  });
});

/** Planted in a file: how many faults the rule finds. */
const planted: [rule: (source: Source) => string[], file: string, text: string, faults: number][] = [
  [judgeImports, "shared/model/a.ts", 'import * as z from "zod";', 0],
  [judgeImports, "shared/model/a.ts", 'import { x } from "../decide/x.ts";', 1],
  [judgeImports, "shared/decide/a.ts", 'import type { X } from "../model/x.ts";', 0],
  [judgeImports, "shared/decide/a.ts", 'import { x } from "../plan/x.ts";', 1],
  [judgeImports, "shared/decide/a.ts", '// Rooms: plan.\nimport { x } from "../plan/x.ts";', 0],
  [judgeImports, "shared/decide/a.ts", '// Rooms: store.\nimport { x } from "../store/x.ts";', 1],
  [judgeImports, "shared/decide/a.ts", 'import type { Clock } from "../ports.ts";', 1],
  [judgeImports, "shared/plan/a.ts", 'import { readFile } from "node:fs";', 1],
  [judgeImports, "shared/plan/a.ts", 'import assert from "node:assert/strict";', 0],
  [judgeImports, "shared/plan/a.ts", 'import { createHash, X509Certificate } from "node:crypto";', 0],
  [judgeImports, "shared/plan/a.ts", 'import { createHash, randomUUID } from "node:crypto";', 1],
  [judgeImports, "shared/plan/a.ts", 'import * as crypto from "node:crypto";', 1],
  [judgeImports, "shared/plan/a.ts", 'import { Route53Client } from "@aws-sdk/client-route-53";', 1],
  [
    judgeImports,
    "shared/flow/a.ts",
    'import { x } from "../decide/x.ts";\nimport type { Store } from "../ports.ts";',
    0,
  ],
  [judgeImports, "shared/flow/a.ts", 'import { x } from "../store/x.ts";', 1],
  [judgeImports, "shared/flow/a.ts", 'import { x } from "../runtime/x.ts";', 1],
  [judgeImports, "shared/flow/a.ts", 'import { readFile } from "node:fs/promises";', 1],
  [judgeImports, "shared/store/a.ts", 'import { x } from "../ports.ts";\nimport { readFile } from "node:fs";', 0],
  [judgeImports, "shared/store/a.ts", 'import { x } from "../route53/x.ts";', 1],
  [judgeImports, "shared/store/a.ts", 'import { x } from "../flow/x.ts";', 1],
  [judgeImports, "shared/call/a.ts", 'await import("../../local/main.ts");', 1],
  [judgeImports, "shared/odd/a.ts", "", 1],
  [judgeImports, "functions/a.ts", 'import { x } from "../shared/flow/x.ts";', 0],
  [judgeImports, "functions/a.ts", 'import { x } from "../local/x.ts";', 1],
  [judgeImports, "local/a.ts", 'import { x } from "../functions/x.ts";', 0],
  [judgeImports, "local/a.ts", 'import { x } from "../cli/x.ts";', 1],
  [judgeImports, "cli/a.ts", 'import { x } from "../stacks/sizes.ts";\nimport { y } from "../stacks/store.ts";', 1],
  [judgeImports, "stacks/a.ts", 'import { x } from "../shared/store/x.ts";', 1],
  [judgeImports, "stacks/a.ts", 'import { x } from "../shared/store/keys.ts";', 0],
  [judgeImports, "stacks/a.ts", 'import config from "../lifeboat.config.ts";', 0],
  [judgeImports, "examples/a.config.ts", 'import { defineConfig } from "../shared/model/config.ts";', 0],
  [judgeImports, "examples/a.config.ts", 'import { x } from "../shared/resolve/x.ts";', 1],

  [judgePurity, "shared/decide/a.ts", "const now = Date.now() + Math.random();", 2],
  [judgePurity, "shared/decide/a.ts", "const a = new Date(0); process.exit(); setTimeout(f, 1);", 3],
  [judgePurity, "shared/decide/a.ts", '// Date.now()\nconst a = "process";', 0],
  [judgePurity, "shared/model/a.ts", "const a = Date.parse(text);", 0],
  [judgePurity, "shared/flow/a.ts", "await fetch(url); performance.now();", 2],
  [judgePurity, "shared/store/a.ts", "const now = Date.now();", 0],

  [rules.judgeTypes, "local/a.ts", "const a: any = b as any; const c: any[] = [];\n", 3],
  [rules.judgeTypes, "local/a.ts", "const a = b!.c; d!(e); f(g!); h = i!;\n", 4],
  [rules.judgeTypes, "local/a.ts", "if (a !== b && !c.d && e != f) return !(g);\n", 0],
  [rules.judgeTypes, "local/a.ts", "const a = b as unknown as C;\n", 1],
  [rules.judgeTypes, "local/a.ts", '// @ts-ignore\nconst a = "as any, !.";\n', 1],
  [rules.judgeTypes, "local/a.ts", "// oxlint-disable-next-line no-shadow\na;\n", 1],
  [rules.judgeTypes, "local/a.ts", "// oxlint-disable-next-line no-shadow -- the name is what the SDK wants\na;\n", 0],
  [rules.judgeTypes, "local/a.ts", "// @ts-expect-error\na;", 2],
  [rules.judgeTypes, "local/a.ts", "await Promise.any(list); const any = 1; f({ a: any }, any);\n", 0],

  [rules.judgeCasts, "shared/a.ts", "const a = b as C;\n", 1],
  [rules.judgeCasts, "shared/a.ts", "// zod has checked it.\nconst a = b as C;\n", 0],
  [rules.judgeCasts, "shared/a.ts", "const a = b as C; // zod has checked it\n", 0],
  [rules.judgeCasts, "shared/a.ts", "// zod has checked it.\n\n\n\n\nconst a = b as C;\n", 1],
  [
    rules.judgeCasts,
    "shared/a.ts",
    'import * as z from "zod";\nimport {\n  a as b,\n} from "c";\nconst a = ["a"] as const;\n',
    0,
  ],
  [rules.judgeCasts, "shared/a.ts", 'import * as z from "zod";\nexport const a = b as C;\n', 1],
  [rules.judgeCasts, "tests/a.ts", "const a = b as C;\n", 0],

  [rules.judgeLength, "shared/decide/a.ts", "a\n".repeat(301), 1],
  [rules.judgeLength, "stacks/a.ts", "a\n".repeat(300), 0],
  [rules.judgeLength, "tests/a.test.ts", "a\n".repeat(301), 0],
  [rules.judgeLength, "shared/flow/a.ts", `export async function go() {\n${"  a();\n".repeat(69)}}\n`, 1],
  [rules.judgeLength, "shared/flow/a.ts", `function go() {\n${"  a();\n".repeat(68)}}\nfunction b() {\n}\n`, 0],

  [rules.judgeKeys, "shared/store/report.ts", 'const key = { pk: "a", "sk": 1 };', 2],
  [rules.judgeKeys, "shared/store/keys.ts", 'const key = { pk: "a" };', 0],
  [rules.judgeKeys, "shared/store/report.ts", "const task = risk; // pk", 0],

  [rules.judgeClients, "shared/call/a.ts", "new SQSClient({}); DynamoDBDocumentClient.from(base);", 2],
  [rules.judgeClients, "shared/runtime/wiring.ts", "new SQSClient({});", 0],
  [rules.judgeClients, "local/a.ts", "new SQSClient({});", 0],
  [rules.judgeClients, "functions/a.ts", "new Route53Client({});", 1],

  [rules.judgeSkips, "tests/a.test.ts", 'it.skip("a", f);\n\ndescribe.only("b", f);\ntest.concurrent.todo("c");', 3],
  [rules.judgeSkips, "tests/a.test.ts", "// There is no browser on this machine.\nit.skipIf(!browser)('a', f);", 0],
  [rules.judgeSkips, "tests/a.test.ts", "// There is no browser on this machine.\nit.only('a', f);", 1],
  [rules.judgeSkips, "tests/a.test.ts", "expect(probe.skip).toBe('it.skip(');", 0],

  [rules.judgeAssertions, "tests/a.test.ts", 'it("a", () => {\n  run("expect(");\n});', 1],
  [rules.judgeAssertions, "tests/a.test.ts", 'it.each([[1], [2]])("a %i", (n) => {\n  expect(n).toBe(n);\n});', 0],
  [rules.judgeAssertions, "tests/a.test.ts", 'it.each([[1]])("a %i", (n) => {\n  run(n);\n});\nexpect(1);', 1],
  [rules.judgeAssertions, "tests/a.test.ts", 'it("a", () => fc.assert(property));\ntest.includes(a);', 0],
  [
    rules.judgeAssertions,
    "tests/a.test.ts",
    'it("a", () => check(1));\nit("b", () => other(1));\nfunction check(n) {\n  expect(n).toBe(1);\n}\nfunction other(n) {\n  n;\n}\n',
    1,
  ],
];

describe("each rule finds what is planted", () => {
  it.each(planted)("%o in %s: %j", (rule, file, text, faults) => {
    expect(rule(sourceOf(file, text))).toHaveLength(faults);
  });

  it("paths of a machine", () => {
    const [work, tmp] = ["work", "tmp"];
    expect(rules.judgePlaces("a.md", `see /${work}/a and\n/${tmp}/b`)).toEqual([
      `a.md:1: names /${work}/`,
      `a.md:2: names /${tmp}/`,
    ]);
    expect(rules.judgePlaces("a.md", "the network/a, shared/decide")).toEqual([]);
    expect(rules.judgePlaces("tests/zen/pound.test.ts", `Control "/${tmp}/web_pound.socket"`)).toEqual([]);
  });

  it("citations of what is not there", () => {
    const exists = (path: string): boolean => ["shared/a.ts", "docs/b.md", "README.md"].includes(path);
    const text = [
      "`shared/a.ts` `shared/a.ts:12` `b.md` `npm test` `lb.example.com` [b](b.md#c) [r](../README.md) [w](https://a.b/c)",
      "`shared/c.ts` and `gone.json`",
      "```sh\ncat `tests/none.ts`\n```",
      "[x](missing.md)",
    ].join("\n");
    expect(rules.judgeCitations("docs/d.md", text, exists)).toEqual([
      "docs/d.md:2: cites shared/c.ts, which is not there",
      "docs/d.md:2: cites gone.json, which is not there",
      "docs/d.md:6: cites missing.md, which is not there",
    ]);
  });

  it("versions that are ranges", () => {
    const manifest = { dependencies: { a: "1.2.3", b: "^1.2.3" }, devDependencies: { c: "latest" } };
    expect(rules.judgeVersions(manifest)).toEqual(["dependencies: b is a range", "devDependencies: c is a range"]);
  });

  it("test files of no suite, and of one", () => {
    expect([suitesOf("tests/odd/a.test.ts"), suitesOf("tests/unit/a.test.ts"), suitesOf("tests/tidy.test.ts")]).toEqual(
      [[], ["unit"], ["tidy"]],
    );
  });
});
