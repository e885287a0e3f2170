import * as fc from "fast-check";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { SoftError } from "../../../shared/model/errors.ts";
import { pack, unpack } from "../../../shared/store/item.ts";

const anything = z.unknown();

describe("an item's value", () => {
  test("comes back as it was, however large", async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), fc.nat({ max: 3 }), async (value, times) => {
        const whole = Array.from({ length: 10 ** times }, () => value);
        expect(await unpack(await pack(whole), anything)).toEqual(JSON.parse(JSON.stringify(whole)));
      }),
      { numRuns: 50 },
    );
  });

  test.each([
    [1024, "json"],
    [1025, "packed"],
  ])("of %i bytes as JSON is stored as %s", async (bytes, attribute) => {
    const body = await pack("x".repeat(bytes - 2));
    expect(Object.keys(body)).toEqual(["v", attribute]);
  });

  test("counts bytes, not characters", async () => {
    expect(Object.keys(await pack("ü".repeat(600)))).toEqual(["v", "packed"]);
  });

  test.each([
    ["of a newer version", { v: 2, json: "1" }],
    ["of an older version", { v: 0, json: "1" }],
    ["without a version", { json: "1" }],
    ["without a value", { v: 1 }],
    ["that is no JSON", { v: 1, json: "{" }],
    ["of another shape", { v: 1, json: '"text"' }],
    ["that is not gzipped", { v: 1, packed: new Uint8Array([1, 2, 3]) }],
    ["that unfolds to more than any item can hold", { v: 1, packed: gzipSync(Buffer.alloc(65 * 1024 * 1024, 32)) }],
  ])("one %s is a SoftError that names the item", async (_what, body) => {
    const error = await unpack({ pk: "report#x", sk: "00000", ...body }, z.number()).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SoftError);
    expect(String(error)).toContain("report#x / 00000");
  });
});
