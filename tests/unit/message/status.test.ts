import { expect, test } from "vitest";
import { frozenText, weightText } from "../../../shared/message/status.ts";

test.each<[weight: number | undefined, inDns: (number | null)[] | undefined, text: string]>([
  [undefined, undefined, "?"],
  [undefined, [2], "?"],
  [2, [2], "2"],
  [2, undefined, "2"],
  [0, [0], "0"],
  [0, [null], "0"],
  [0, [2], "0 by the rules, 2 in DNS"],
  [1, [null], "1 by the rules, none in DNS"],
  [0, [0, 2], "0 by the rules, 0 and 2 in DNS"],
])("%j decided and %j in DNS is '%s'", (weight, inDns, text) => {
  expect(weightText({ ...(weight === undefined ? {} : { weight }), ...(inDns ? { inDns } : {}) })).toBe(text);
});

test("a freeze is told with who, since when and why", () => {
  expect(frozenText({})).toBeUndefined();
  expect(frozenText({ ordersUnread: true })).toMatch(/^The orders cannot be read: .* may be frozen\.$/);
  expect(frozenText({ frozen: { who: "ann", why: "rack work", atMs: 1_800_000_000_000 } })).toBe(
    "The names are frozen by ann since 2027-01-15 08:00:00 UTC: rack work; nothing is written until `lifeboat thaw`.",
  );
});
