import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { PERMISSIONS_FILE, renderPermissions } from "../../stacks/permissions-doc.ts";
import { root } from "./platform.ts";

it("docs/permissions.md is as the code would write it now (npm run docs:permissions)", () => {
  expect(readFileSync(join(root, PERMISSIONS_FILE), "utf8")).toBe(renderPermissions());
});
