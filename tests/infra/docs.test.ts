import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { conditionKinds } from "../../shared/model/event.ts";
import { PERMISSIONS_FILE, renderPermissions } from "../../stacks/permissions-doc.ts";
import { root } from "./platform.ts";

it("docs/permissions.md is as the code would write it now (npm run docs:permissions)", () => {
  expect(readFileSync(join(root, PERMISSIONS_FILE), "utf8")).toBe(renderPermissions());
});

describe("docs/runbook.md", () => {
  const runbook = readFileSync(join(root, "docs/runbook.md"), "utf8");
  const rows = new Set([...runbook.matchAll(/^\| `([\w-]+)` \|/gm)].map(([, name]) => name));

  it("has a row for every kind of message", () => {
    expect(conditionKinds.filter((kind) => !rows.has(kind))).toEqual([]);
  });

  it("has a row for every alarm", () => {
    const alarms = readFileSync(join(root, "stacks/alarms.ts"), "utf8");
    const named = [...alarms.matchAll(/^ {4}name: (?:"([\w-]+)"|`\$\{name\}-([\w-]+)`)/gm)].map(
      ([, whole, end]) => whole ?? end ?? "",
    );
    expect(named).toHaveLength(4);
    for (const name of named) expect([...rows].filter((row) => row?.endsWith(name))).not.toEqual([]);
  });

  it("begins with how to stop it", () => {
    expect(runbook.split("\n").find((line) => line.startsWith("## "))).toBe("## Stop it");
  });
});
