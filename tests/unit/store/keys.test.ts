import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { keys, minuteKey, partitions, prefixes, stepsFrom } from "../../../shared/store/keys.ts";

const id = fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/);
const region = fc.constantFrom("eu-west-1", "us-east-1", "ap-southeast-1");
const shard = fc.nat({ max: 99_999 });
const ms = fc.nat({ max: 10 ** 15 - 1 });
const text = fc.string({ minLength: 1, maxLength: 100 });

/** Every noun's key of what tells its items apart. */
const any = fc.oneof(
  fc
    .record({ noun: fc.constant("report"), region, shard })
    .map((of) => [of, keys.report(of.region, of.shard)] as const),
  fc
    .record({ noun: fc.constant("suspicion"), region, shard })
    .map((of) => [of, keys.suspicion(of.region, of.shard)] as const),
  fc.record({ noun: fc.constant("seen"), region }).map((of) => [of, keys.seen(of.region)] as const),
  fc.record({ noun: fc.constant("order"), text }).map((of) => [of, keys.order(of.text)] as const),
  fc.record({ noun: fc.constant("step"), ms, text }).map((of) => [of, keys.step(of.ms, of.text)] as const),
  fc
    .record({ noun: fc.constant("announced"), id, region })
    .map((of) => [of, keys.announced(of.id, of.region)] as const),
  fc.record({ noun: fc.constant("view"), id, region }).map((of) => [of, keys.view(of.id, of.region)] as const),
  fc.record({ noun: fc.constant("followed"), id, region }).map((of) => [of, keys.followed(of.id, of.region)] as const),
  fc.record({ noun: fc.constant("shadow"), id, region }).map((of) => [of, keys.shadow(of.id, of.region)] as const),
  fc
    .record({ noun: fc.constant("pending"), region, text })
    .map((of) => [of, keys.pending(of.region, of.text)] as const),
  fc.record({ noun: fc.constant("turn"), region }).map((of) => [of, keys.turn(of.region)] as const),
  fc
    .record({ noun: fc.constant("history"), region, shard, minute: fc.nat({ max: 10 ** 9 }) })
    .map((of) => [of, keys.history(of.region, of.shard, of.minute)] as const),
  fc
    .record({
      noun: fc.constant("condition"),
      region,
      kind: fc.constantFrom("held", "floor"),
      text,
      waiting: fc.boolean(),
    })
    .map((of) => [of, keys.condition(of.region, of.kind, of.text, of.waiting)] as const),
);

describe("keys", () => {
  test("two items have the same key only if they are the same", () => {
    fc.assert(
      fc.property(any, any, ([one, a], [other, b]) => {
        expect(a.pk === b.pk && a.sk === b.sk).toBe(JSON.stringify(one) === JSON.stringify(other));
      }),
      { numRuns: 2000 },
    );
  });

  test("the text order of times and minutes is that of the numbers", () => {
    fc.assert(
      fc.property(ms, ms, text, text, (a, b, one, other) => {
        fc.pre(a < b);
        expect(keys.step(a, one).sk < keys.step(b, other).sk).toBe(true);
        expect(stepsFrom(b) <= keys.step(b, other).sk).toBe(true);
        expect(keys.step(a, one).sk < stepsFrom(b)).toBe(true);
      }),
    );
    expect([minuteKey(9), minuteKey(10), minuteKey(29_333_333)].toSorted()).toEqual([
      minuteKey(9),
      minuteKey(10),
      minuteKey(29_333_333),
    ]);
  });

  test("a fraction of a millisecond does not change a step's key", () => {
    expect(keys.step(1.75, "a")).toEqual(keys.step(1, "a"));
    expect(stepsFrom(-5)).toBe(stepsFrom(0));
  });

  test("what is read by a prefix has it, and nothing else of the pool does", () => {
    expect(keys.announced("web", "eu-west-1").sk.startsWith(prefixes.announced)).toBe(true);
    expect(keys.view("web", "eu-west-1").sk.startsWith(prefixes.view)).toBe(true);
    expect(keys.shadow("web", "eu-west-1").pk).toBe(partitions.pool("web"));
    for (const prefix of Object.values(prefixes)) expect(keys.shadow("web", "x").sk.startsWith(prefix)).toBe(false);
  });
});
