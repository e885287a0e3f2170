import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { attemptStarts, confirm } from "../../../shared/decide/attempts.ts";
import type { Finding } from "../../../shared/model/finding.ts";
import { down, hung, unknown, up } from "./base.ts";

describe("attemptStarts", () => {
  it.each([
    [0, 3000, 3, [0, 1500, 3000]],
    [0, 0, 3, [0, 500, 1000]],
    [10_000, 7000, 3, [10_000, 10_500, 11_000]],
    [0, 3000, 1, [3000]],
    [5000, 3000, 1, [5000]],
    [0, 2000, 2, [0, 2000]],
  ])("at %i, the last no earlier than %i, %i attempts: %j", (nowMs, lastStartMs, count, starts) => {
    expect(attemptStarts(nowMs, lastStartMs, count)).toEqual(starts);
  });
});

describe("confirm", () => {
  const other: Finding = { kind: "up", ms: 1 };
  const late: Finding = { kind: "unknown", detail: "late" };
  it.each<[title: string, attempts: Finding[], finding: Finding]>([
    ["one is up", [down, up, down], up],
    ["two are up: the first", [other, up], other],
    ["up beats unknown", [unknown, up], up],
    ["one is unknown", [down, unknown, down], unknown],
    ["two are unknown: the last", [unknown, late], late],
    ["all are down: the last", [down, hung], hung],
    ["there is none", [], { kind: "unknown", detail: "no attempt was made" }],
  ])("%s", (_title, attempts, finding) => {
    expect(confirm(attempts)).toEqual(finding);
  });

  it("is down only where every attempt was", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(up, down, hung, unknown)), (attempts) => {
        const all = attempts.length > 0 && attempts.every(({ kind }) => kind === "down");
        expect(confirm(attempts).kind === "down").toBe(all);
      }),
    );
  });
});
