import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Fence, fenceNameOf } from "../../../shared/model/fence.ts";
import type { DnsRecord } from "../../../shared/model/record.ts";
import {
  FENCE_MAX,
  fenceOf,
  fitMemory,
  isTooLong,
  marksOfWinner,
  parseFence,
  sameMemory,
  writeFence,
} from "../../../shared/plan/fence.ts";
import { bare, NAME, NOW_S, writer } from "./zone.ts";

const fence: Fence = {
  owner: "acme",
  pool: "lb",
  epoch: NOW_S,
  cfg: 1000,
  region: "eu-west-1",
  atS: NOW_S,
  nonces: ["n2", "n1"],
  frozen: false,
  open: false,
  left: { lb1: { atS: NOW_S - 30, score: 1000 } },
  held: ["lb2"],
  repairs: [NOW_S - 60],
  sum: "abcde0afgh",
};

const txt = (...values: string[]): DnsRecord => ({ name: fenceNameOf(NAME), type: "TXT", ttlS: 60, values });
const textOf = (record: DnsRecord): string => record.values.join("").replaceAll(/" "|"/g, "");

/** Any UTF-16, half surrogates as well. */
const weird = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary" }),
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
  fc.constantFrom("", "~", "~0041", "constructor", "__proto__", 'a"b\\c', "a b,c:d=e", "lb1.", "*"),
);
const whole = fc.maxSafeInteger();
const anyFence: fc.Arbitrary<Fence> = fc.record(
  {
    owner: weird,
    pool: weird,
    epoch: whole,
    cfg: whole,
    region: weird,
    atS: whole,
    nonces: fc.array(weird),
    frozen: fc.boolean(),
    open: fc.boolean(),
    left: fc.dictionary(weird, fc.record({ atS: whole, score: whole }), { noNullPrototype: true }),
    rising: fc.dictionary(weird, whole, { noNullPrototype: true, minKeys: 1 }),
    held: fc.array(weird),
    repairs: fc.array(whole),
    lead: whole,
    sum: weird,
  },
  {
    requiredKeys: [
      "owner",
      "pool",
      "epoch",
      "cfg",
      "region",
      "atS",
      "nonces",
      "frozen",
      "open",
      "left",
      "held",
      "repairs",
      "sum",
    ],
  },
);

describe("writeFence and parseFence", () => {
  it("read what was written, whatever it is", () => {
    fc.assert(
      fc.property(anyFence, (any) => {
        expect(parseFence(writeFence(NAME, any))).toEqual({ kind: "fence", fence: any });
      }),
    );
  });

  it("write strings of at most 255 bytes of ASCII that need no escape, as Route 53 lists them", () => {
    fc.assert(
      fc.property(anyFence, (any) => {
        const [value = "", ...more] = writeFence(NAME, any).values;
        expect(more).toEqual([]);
        expect(value).toMatch(/^"[\x20-\x7e]{0,255}"( "[\x20-\x7e]{1,255}")*$/);
        expect(value.replaceAll(/" "/g, "").slice(1, -1)).not.toMatch(/["\\]/);
      }),
    );
  });

  it("stand at the fence's name, with TTL 60", () => {
    expect(writeFence("*.example.com", fence)).toMatchObject({
      name: "_lifeboat-any.example.com",
      type: "TXT",
      ttlS: 60,
    });
    expect(writeFence(NAME, fence).name).toBe("_lifeboat.lb.example.com");
  });

  it("are the same text for the same fence in another order", () => {
    const left = { b: { atS: 2, score: 1 }, a: { atS: 1, score: 1 } };
    const turned = { a: { atS: 1, score: 1 }, b: { atS: 2, score: 1 } };
    expect(writeFence(NAME, { ...fence, left })).toEqual(writeFence(NAME, { ...fence, left: turned }));
  });
});

describe("parseFence", () => {
  const good = textOf(writeFence(NAME, fence));
  it.each([
    ["somebody's SPF", txt('"v=spf1 -all"')],
    ["another controller's", txt('"heritage=external-dns,external-dns/owner=x"')],
    ["no quotes", txt(good)],
    ["an open quote", txt(`"${good}`)],
    ["an open quote after a backslash", txt(`"${good}\\"`)],
    ["nothing", txt('""')],
    ["no value", txt()],
    ["two values", txt(`"${good}"`, `"${good}"`)],
    ["a later version", txt(`"${good.replace("lifeboat=1", "lifeboat=2")}"`)],
    ["a word too many", txt(`"${good} later=1"`)],
    ["a word without a value", txt(`"${good} frozen"`)],
    ["two spaces", txt(`"${good.replace(" ", "  ")}"`)],
    ["a word twice", txt(`"${good} epoch=5"`)],
    ["no epoch", txt(`"${good.replace(/epoch=\d+ /, "")}"`)],
    ["no owner", txt(`"${good.replace("owner=acme ", "")}"`)],
    ["no sum", txt(`"${good.replace(/sum=\w+ /, "")}"`)],
    ["epoch 1e9", txt(`"${good.replace(/epoch=\d+/, "epoch=1e9")}"`)],
    ["epoch 007", txt(`"${good.replace(/epoch=\d+/, "epoch=007")}"`)],
    ["epoch -0", txt(`"${good.replace(/epoch=\d+/, "epoch=-0")}"`)],
    ["epoch 1.5", txt(`"${good.replace(/epoch=\d+/, "epoch=1.5")}"`)],
    ["an epoch that is empty", txt(`"${good.replace(/epoch=\d+/, "epoch=")}"`)],
    ["an epoch beyond 2^53", txt(`"${good.replace(/epoch=\d+/, "epoch=9007199254740993")}"`)],
    ["frozen=0", txt(`"${good} frozen=0"`)],
    ["a departure of four parts", txt(`"${good}:1"`)],
    ["a departure of two parts", txt(`"${good.replace(/:\w+$/, "")}"`)],
    ["a departure twice", txt(`"${good},lb1:1:1"`)],
    ["an empty entry", txt(`"${good.replace("held=lb2", "held=lb2,")}"`)],
    ["an id in another spelling", txt(`"${good.replace("held=lb2", "held=~006cb2")}"`)],
    ["an id with raw bytes", txt(`"${good.replace("held=lb2", "held=l\\303\\274")}"`)],
    ["another type", { ...writeFence(NAME, fence), type: "SPF" }],
    ["a weighted record", { ...writeFence(NAME, fence), setIdentifier: "a", weight: 1 }],
  ])("%s is bad, with a reason", (_what, record) => {
    const read = parseFence(record);
    expect(read).toEqual({ kind: "bad", fault: expect.stringMatching(/.{10}/) });
    expect(fenceOf({ ...bare(), fence: record })).toBeUndefined();
  });

  it("reads one whose strings are cut elsewhere, or spelt with escapes", () => {
    const cut = txt(`"${good.slice(0, 20)}"   "${good.slice(20)}"`);
    expect(parseFence(cut)).toEqual({ kind: "fence", fence });
    expect(parseFence(txt(`"${good.replace("acme", "\\141\\c\\155e")}"`))).toEqual({ kind: "fence", fence });
  });

  it("never throws, whatever stands there", () => {
    const nearly = fc.tuple(anyFence, fc.nat(), weird).map(([any, at, more]) => {
      const [value = ""] = writeFence(NAME, any).values;
      const cut = at % (value.length + 1);
      return value.slice(0, cut) + more + value.slice(cut + 1);
    });
    fc.assert(
      fc.property(fc.array(fc.oneof(weird, nearly), { maxLength: 3 }), (values) => {
        expect(["fence", "bad"]).toContain(parseFence(txt(...values)).kind);
      }),
    );
  });

  it("judges a hostile value in no more than its length", () => {
    const before = performance.now();
    for (const value of [
      `"${"\\123".repeat(1000)}`,
      '"" '.repeat(1300) + "x",
      `${" ".repeat(4000)}x`,
      `"${"~".repeat(3990)}"`,
    ]) {
      expect(parseFence(txt(value)).kind).toBe("bad");
    }
    expect(performance.now() - before).toBeLessThan(500);
  });
});

describe("what a fence costs", () => {
  const ids = (count: number, length: number): string[] =>
    Array.from({ length: count }, (_unused, index) => `lb${index}`.padEnd(length, "x"));
  const sum = (records: number): string => "abcde0afgh".repeat(records);
  const winner = { region: "ap-southeast-1", nonces: ids(6, 36), repairs: [NOW_S, NOW_S, NOW_S], lead: NOW_S };
  const leftOf = (boxes: string[]): Fence["left"] =>
    Object.fromEntries(boxes.map((box, index) => [box, { atS: NOW_S - index, score: 4000 }]));

  it.each([
    [2, 64, 2, 2],
    [100, 8, 100, 100],
    // Room is 3,240 less owner, pool and sum; an entry is its id and 12 characters.
    [100, 64, 100, 29],
    [100, 8, 200, 61],
  ])(
    "%i load balancers with ids of %i characters and %i records that have all left: %i are remembered",
    (count, length, records, kept) => {
      const full: Fence = {
        ...fence,
        ...winner,
        held: [],
        left: leftOf(ids(count, length)),
        sum: sum(records),
        frozen: true,
        open: true,
      };
      const fit = { ...full, ...fitMemory(full, full) };
      expect(Object.keys(fit.left)).toHaveLength(kept);
      const written = writeFence(NAME, fit);
      expect(isTooLong(written)).toBe(false);
      expect(written.values[0]?.length).toBeLessThanOrEqual(FENCE_MAX);
      expect(parseFence(written)).toEqual({ kind: "fence", fence: fit });
    },
  );

  it("forgets first what left first, and the same whoever writes it", () => {
    const boxes = ids(100, 64);
    const full: Fence = { ...fence, held: [], left: leftOf(boxes), sum: sum(100) };
    const { left } = fitMemory(full, full);
    expect(Object.keys(left)).toEqual(boxes.slice(0, Object.keys(left).length));
    const again = { ...full, left, region: "x", nonces: ids(6, 36), repairs: [1, 2, 3], epoch: 1 };
    expect(sameMemory(fitMemory(again, again), { open: false, left })).toBe(true);
    expect(sameMemory(fitMemory(full, again), { open: false, left })).toBe(true);
  });

  it("is too long where the holds alone do not fit", () => {
    const full: Fence = { ...fence, held: ids(100, 64), left: {}, sum: sum(100) };
    expect(isTooLong(writeFence(NAME, full))).toBe(true);
  });
});

describe("marksOfWinner", () => {
  it.each([
    ["no fence", undefined, NOW_S, NOW_S],
    ["an old one", { ...fence, epoch: NOW_S - 100 }, NOW_S, NOW_S],
    ["one of this second", { ...fence, epoch: NOW_S }, NOW_S, NOW_S + 1],
    ["a clock that is behind", { ...fence, epoch: NOW_S + 500 }, NOW_S, NOW_S + 501],
    ["a lead that it followed", { ...fence, epoch: 5, lead: NOW_S + 7 }, NOW_S, NOW_S + 8],
  ])("%s: the epoch was never used", (_what, before, nowS, epoch) => {
    expect(marksOfWinner(before, writer(nowS)).epoch).toBe(epoch);
  });

  it("keeps the nonces of the last six winners, newest first", () => {
    const nonces = ["f", "e", "d", "c", "b", "a"];
    expect(marksOfWinner({ ...fence, nonces }, writer(NOW_S, "g")).nonces).toEqual(["g", "f", "e", "d", "c", "b"]);
  });
});
