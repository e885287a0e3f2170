// Several messages as one: what a person and a filter find in it, and that SNS takes it whatever is in them.
import { describe, expect, test } from "vitest";
import type { Gathered, Message } from "../../../shared/model/event.ts";
import { gatherMessages } from "../../../shared/message/gathered.ts";

const SNS_BYTES = 262_144;

function messageOf(pool: number, more: Partial<Message> = {}): Message {
  return {
    subject: `lifeboat: north/lb1 is out of lb${pool}.example.com (https timeout; 2 of 3 regions)`,
    body: `Body ${pool}.\n\nIts end.\n`,
    attributes: { type: "weights", page: "true", pool: `p${pool}` },
    ...more,
  };
}

function gathered(messages: readonly Message[]): Gathered {
  const [first, ...others] = messages;
  if (!first) throw new Error("no messages");
  return gatherMessages(first, others);
}

function many(count: number, more: (pool: number) => Partial<Message> = () => ({})): Message[] {
  return Array.from({ length: count }, (_, at) => messageOf(at + 1, more(at + 1)));
}

/** What SNS counts: the body, and of each attribute name, type and value. */
function bytesOf({ body, attributes }: Gathered): number {
  const parts = Object.entries(attributes).flatMap(([name, value]) =>
    typeof value === "string" ? [name, "String", value] : [name, "String.Array", JSON.stringify(value)],
  );
  return [body, ...parts].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}

test("one alone stays as it is", () => {
  const one = messageOf(1);
  expect(gatherMessages(one, [])).toBe(one);
});

test("first all subjects, then each body under its own", () => {
  const { subject, body } = gathered(many(2));
  expect(subject).toBe("lifeboat: 2 changes: north/lb1 is out of lb1.example.com, and 1 more");
  const rule = "-".repeat(72);
  expect(body).toBe(
    [
      "2 changes came together:",
      "",
      "  north/lb1 is out of lb1.example.com (https timeout; 2 of 3 regions)",
      "  north/lb1 is out of lb2.example.com (https timeout; 2 of 3 regions)",
      "",
      rule,
      "north/lb1 is out of lb1.example.com (https timeout; 2 of 3 regions)",
      "",
      "Body 1.",
      "",
      "Its end.",
      "",
      rule,
      "north/lb1 is out of lb2.example.com (https timeout; 2 of 3 regions)",
      "",
      "Body 2.",
      "",
      "Its end.",
      "",
    ].join("\n"),
  );
});

test.each([
  [
    "is as long as it may be",
    `lifeboat: ${"x".repeat(90)}`,
    37,
    `lifeboat: 37 changes: ${"x".repeat(62)}..., and 36 more`,
  ],
  ["is not ASCII", "lifeboat: Zürich 🛟 ist weg", 12, "lifeboat: 12 changes: Z?rich ? ist weg, and 11 more"],
  ["has line breaks", "lifeboat: a\nb", 3, "lifeboat: 3 changes: a b, and 2 more"],
  ["begins otherwise", "north is out (a; b)", 3, "lifeboat: 3 changes: north is out, and 2 more"],
])("a first subject that %s", (_what, first, count, expected) => {
  const { subject } = gatherMessages(messageOf(1, { subject: first }), many(count - 1));
  expect(subject).toBe(expected);
  expect(subject).toMatch(/^[!-~][ -~]{0,99}$/);
});

describe("attributes", () => {
  test.each<[what: string, of: Record<string, string>[], expected: Gathered["attributes"]]>([
    ["the same in all", [{ a: "1" }, { a: "1" }], { a: "1" }],
    ["different", [{ a: "1" }, { a: "2" }, { a: "1" }], { a: ["1", "2"] }],
    ["missing in some", [{ a: "1" }, {}], { a: ["1"] }],
    ["empty in some", [{ a: "" }, { a: "1" }, { a: "2" }], { a: ["1", "2"] }],
    ["empty in all", [{ a: "" }, { a: "" }], { a: "" }],
  ])("%s", (_what, of, expected) => {
    expect(gathered(of.map((attributes) => messageOf(1, { attributes }))).attributes).toEqual(expected);
  });

  test("of a thousand pools all values are there, of long ones as many as fit", () => {
    const names = gathered(many(1000)).attributes["pool"];
    expect(names).toEqual(many(1000).map(({ attributes }) => attributes["pool"]));
    const long = gathered(many(1000, (pool) => ({ attributes: { pool: `${"ü".repeat(100)}${pool}` } })));
    expect(long.attributes["pool"]?.length).toBeGreaterThan(70);
    expect(Buffer.byteLength(JSON.stringify(long.attributes["pool"]))).toBeLessThanOrEqual(16 * 1024);
  });
});

describe("what SNS takes", () => {
  const LEFT = /^(\d+) of these (\d+) are left out here, .*`npx lifeboat explain` says it all\.$/m;

  test("of bodies too long for it as many whole ones go as fit, by bytes, and how many do not is said", () => {
    const body = `${"Zürich 🛟 ".repeat(200)}end\n`;
    const message = gathered(many(137, () => ({ body })));
    const whole = message.body.split(body).length - 1;
    expect(bytesOf(message)).toBeLessThanOrEqual(240 * 1024);
    expect(bytesOf(message) + Buffer.byteLength(body)).toBeGreaterThan(240 * 1024);
    expect(message.body.match(LEFT)?.slice(1)).toEqual([String(137 - whole), "137"]);
    expect(message.body.match(/Zürich/g)).toHaveLength(200 * whole);
    expect(message.body.trimEnd().split("\n").at(-1)).toMatch(LEFT);
  });

  test("one that is too long does not keep out those after it", () => {
    const message = gathered([messageOf(1), messageOf(2, { body: "x".repeat(SNS_BYTES) }), messageOf(3)]);
    expect(message.body).toContain("Body 1.");
    expect(message.body).toContain("Body 3.");
    expect(message.body).toMatch(/^1 of these 3 are left out/m);
  });

  test.each([200, 201, 5000])("of %i subjects at most 200 are listed", (count) => {
    const message = gathered(many(count, (pool) => ({ subject: `lifeboat: ${"s".repeat(80)} ${pool}` })));
    const [list = ""] = message.body.split("\n\n-");
    expect(list.match(/^ {2}s+ \d+$/gm)).toHaveLength(200);
    expect(list.match(/^ {2}… and \d+ more\.$/gm) ?? []).toEqual(count > 200 ? [`  … and ${count - 200} more.`] : []);
    expect(bytesOf(message)).toBeLessThan(SNS_BYTES);
  });

  test("the worst of all parts at once", () => {
    const message = gathered(
      many(600, (pool) => ({
        subject: `lifeboat: ${"🛟".repeat(300)}`,
        body: "🛟".repeat(1000),
        attributes: Object.fromEntries(Array.from({ length: 10 }, (_, at) => [`a${at}`, `${"🛟".repeat(300)}${pool}`])),
      })),
    );
    expect(bytesOf(message)).toBeLessThan(SNS_BYTES);
    expect(message.subject).toMatch(/^[!-~][ -~]{0,99}$/);
    expect(message.body).toMatch(LEFT);
  });
});
