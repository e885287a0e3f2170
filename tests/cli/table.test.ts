import { expect, test } from "vitest";
import { safe, tableOf } from "../../cli/table.ts";

test("nothing in a table's cell steers a terminal or turns the direction of writing", () => {
  const rows = [["a\u001b[31m", "b\u009b", "c\u202ed", "e\nf"]];
  expect(tableOf(["w", "x", "y", "z"], rows)).toEqual(["w       x   y    z", "a?[31m  b?  c?d  e / f"]);
});

test("lines stay lines", () => {
  expect(safe("a\nb\tc\r\u0000")).toBe("a\nb?c??");
});
