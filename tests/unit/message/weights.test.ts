import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { weightsMessage } from "../../../shared/message/weights.ts";
import type { WeightsEvent } from "../../../shared/model/event.ts";
import { config, event, moved, regions, timeouts } from "./base.ts";

const out = moved("lb1", 1, 0, { evidence: timeouts });
const rule = "the floor kept it";
const unvoted = regions.map((region) => ({
  region,
  check: "admin",
  kind: "down" as const,
  reason: "open" as const,
  detail: "open",
}));

/** The rows of weightsMessage's table. */
const subjects: [title: string, event: WeightsEvent, subject: string, attributes: Record<string, string>][] = [
  [
    "one out",
    event([out]),
    "lifeboat: north/lb1 is out of lb.acme.com (web timeout; 2 of 3 regions)",
    { change: "out", page: "true", island: "north", box: "lb1" },
  ],
  [
    "one out by a rule",
    event([moved("lb1", 1, 0, { because: rule })]),
    `lifeboat: north/lb1 is out of lb.acme.com (${rule})`,
    { change: "out", page: "true" },
  ],
  [
    "one out by an order, whatever the checks say",
    event([moved("lb1", 1, 0, { because: "drained by ann", evidence: timeouts, rule: { kind: "drained" } })]),
    "lifeboat: north/lb1 is out of lb.acme.com (drained by ann)",
    { change: "out", page: "false" },
  ],
  [
    "one out, and a check without a vote is down from everywhere",
    event([moved("lb1", 1, 0, { evidence: [...timeouts, ...unvoted] })]),
    "lifeboat: north/lb1 is out of lb.acme.com (web timeout; 2 of 3 regions)",
    { change: "out", page: "true" },
  ],
  [
    "one out, and only one region sees it down any more",
    event([moved("lb1", 1, 0, { evidence: timeouts.slice(1) })]),
    "lifeboat: north/lb1 is out of lb.acme.com (web is down in 2 of 3 regions)",
    { change: "out", page: "true" },
  ],
  [
    "the last one is drained",
    event([moved("lb1", 1, 0, { rule: { kind: "drained" } })], { weights: { lb1: 0, lb2: 0 } }),
    "lifeboat: lb.acme.com has weights of 0 only: Route 53 answers all that is left",
    { change: "out", page: "true" },
  ],
  [
    "one back, no time known",
    event([moved("lb1", 0, 1)]),
    "lifeboat: north/lb1 is back in lb.acme.com",
    { change: "back", page: "false" },
  ],
  [
    "one back",
    event([moved("lb1", 0, 1, { outS: 250 })]),
    "lifeboat: north/lb1 is back in lb.acme.com (after 4 min 10 s)",
    { change: "back", page: "false" },
  ],
  [
    "another weight",
    event([moved("lb1", 1, 2)]),
    "lifeboat: north/lb1 has weight 2 in lb.acme.com (was 1)",
    { change: "changed", page: "false" },
  ],
  [
    "a whole island",
    event([out, moved("lb2", 2, 0)]),
    "lifeboat: island north is out of lb.acme.com (web timeout; 2 of 3 regions)",
    { change: "out", page: "true", island: "north" },
  ],
  [
    "two of two islands",
    event([out, moved("lb3", 1, 0)]),
    "lifeboat: 2 load balancers are out of lb.acme.com (north/lb1, south/lb3)",
    { change: "out", page: "true" },
  ],
  [
    "two back",
    event([moved("lb1", 0, 1), moved("lb2", 0, 2)]),
    "lifeboat: 2 load balancers are back in lb.acme.com (north/lb1, north/lb2)",
    { change: "back" },
  ],
  [
    "one out, one back",
    event([moved("lb3", 0, 1), out]),
    "lifeboat: lb.acme.com has changed (out: north/lb1; back: south/lb3)",
    { change: "changed", page: "true" },
  ],
  [
    "fail open",
    event([moved("lb1", 0, 1)], { open: true }),
    "lifeboat: lb.acme.com fails open: nothing looks alive, all is served",
    { change: "fail-open", page: "true" },
  ],
  ["nothing moved", event([]), "lifeboat: lb.acme.com is as it was", { page: "false" }],
];

test.each(subjects)("subject: %s", (_title, given, subject, attributes) => {
  const message = weightsMessage(given, config);
  expect(message.subject).toBe(subject);
  expect(message.attributes).toMatchObject({ type: "weights", pool: "front", name: "lb.acme.com", ...attributes });
});

test("an island of which one still serves has not left whole", () => {
  const given = event([moved("lb1", 1, 0), moved("lb2", 2, 0)]);
  const third = {
    ...config,
    boxes: { ...config.boxes, lb3: { ...config.boxes["lb3"], island: "north" } },
  } as typeof config;
  expect(weightsMessage(given, third).subject).toContain("2 load balancers are out");
});

describe("body", () => {
  const { body } = weightsMessage(event([out, moved("lb2", 2, 0)]), config);

  test.each([
    ["what happened", "north/lb1 (4.1.1.1) is out of lb.acme.com: web is down in 2 of 3 regions"],
    ["the SetIdentifier where it is not the id", "north/lb2 (4.1.1.2, 'Primary Load Balancer') is out"],
    ["when, where, whose", "2026-09-21 14:13:20 UTC, decided in eu-west-1, deployment 'acme'."],
    ["evidence of a region", "  web   eu-central-1  down     no answer within 2500 ms"],
    ["evidence for it", "  web   us-east-1     up       80 ms"],
    ["what was done", "  north/lb2: weight 2 -> 0"],
    ["the other names", "The same follows for www.acme.com."],
    ["the TTL", "Clients may keep the answer that they have for 60 s (its TTL)."],
    ["what is served: nothing of it", "  north/lb1  4.1.1.1  weight 0, 0 % of the answers"],
    ["what is served: shares", "  south/lb3  4.1.1.3  weight 1, 50 % of the answers"],
    ["the way back", "By itself, once 2 regions have seen it up for 1 min and 3 times in a row each."],
    ["the runbook", "From the runbook:\n  Hall 1.\n  Call the duty phone."],
    ["where to look", "Event front/1790000000. `npx lifeboat explain` shows"],
  ])("says %s", (_title, text) => {
    expect(body).toContain(text);
  });

  test("says that all are answered alike when all weights are 0", () => {
    const all = event([moved("lb1", 1, 0), moved("lb2", 2, 0), moved("lb3", 1, 0), moved("lb4", 1, 0)]);
    const { body } = weightsMessage(all, config);
    expect(body).toMatch(
      /^Every weight of lb\.acme\.com is 0 now, and Route 53 then answers every record that is left/,
    );
    expect(body).not.toContain("% of the answers");
    const [pool] = config.pools;
    const deleting = { ...config, pools: pool ? [{ ...pool, withdraw: "delete" as const }] : [] };
    expect(weightsMessage(all, deleting).body).not.toContain("its record was deleted");
  });

  test("says of a record that it was deleted where that is the way", () => {
    const [pool] = config.pools;
    const deleting = { ...config, pools: pool ? [{ ...pool, withdraw: "delete" as const }] : [] };
    expect(weightsMessage(event([out]), deleting).body).toContain("north/lb1: its record was deleted");
  });

  test("says nothing of the way back to one that is back, and opens with what needs a person", () => {
    const back = weightsMessage(event([moved("lb1", 0, 1, { outS: 61 })], { open: true }), config).body;
    expect(back).not.toContain("How it comes back");
    expect(back).toContain("north/lb1 (4.1.1.1) is back in lb.acme.com after 1 min 1 s");
    expect(back.startsWith("Nothing of lb.acme.com looks alive")).toBe(true);
  });

  test("leaves out what is not known: a pool or box that the configuration no longer has", () => {
    const gone = weightsMessage(event([moved("old", 1, 0)], { pool: "none", weights: { old: 0, lb1: 1 } }), config);
    expect(gone.subject).toContain("?/old is out of lb.acme.com");
    expect(gone.body).toContain("?/old");
  });

  test("keeps to a tired person's length when everything moves at once", () => {
    const many = Array.from({ length: 100 }, (_, n) => moved(`box${n}`, 1, 0, { island: "north", evidence: timeouts }));
    const long = weightsMessage(event(many), config).body;
    expect(long).toContain("… and 90 more.");
    expect(long.match(/connection refused/g)).toHaveLength(10);
  });
});

/** The rows of the table above `undo`; the bar and the order end at 15:13:20. */
describe("how it comes back", () => {
  const untilS = 1_790_003_600;
  const byHand = "Not by itself: an order outranks the checks. `npx lifeboat clear lb1` puts it under the rules again.";
  const byEnd = "By itself at 2026-09-21 15:13:20 UTC, when the order ends";
  const risen = "once 2 regions have seen it up for 1 min and 3 times in a row each";

  function wayOf(over: Parameters<typeof moved>[3], mode: "auto" | "manual" = "auto", after = 0): string {
    const pools = config.pools.map((pool) => ({ ...pool, restore: { ...pool.restore, mode } }));
    const { body } = weightsMessage(event([moved("lb1", 1, after, over)]), { ...config, pools });
    return /How it comes back:\n((?: .*\n?)+)/.exec(body)?.[1] ?? "";
  }

  test.each([
    ["drained", { kind: "drained" }, byHand],
    ["drained for a while", { kind: "drained", untilS }, byEnd],
    ["drained for a while, and earlier", { kind: "drained", untilS }, "before that with `npx lifeboat clear lb1`."],
    ["pinned to 0", { kind: "pinned" }, byHand],
    ["lowered by hand", { kind: "hold" }, byHand],
    ["a standby", { kind: "standby" }, "By itself: it stands by, and serves as soon as no regular one does."],
    [
      "one that a cut-over has moved away from",
      { kind: "cutover" },
      "With `npx lifeboat cutover --pool front --back`, which ends the cut-over; by itself only where the floor needs it.",
    ],
    ["damped", { kind: "damped", untilS }, `By itself, ${risen}, and not before 2026-09-21 15:13:20 UTC`],
    ["by its checks", undefined, `By itself, ${risen}.`],
  ] as const)("%s", (_title, rule, way) => {
    expect(wayOf(rule ? { rule } : {})).toContain(way);
  });

  test.each([
    ["drained", { kind: "drained" }, false],
    ["a standby", { kind: "standby" }, false],
    ["damped", { kind: "damped", untilS }, true],
    ["by its checks", undefined, true],
  ] as const)("%s: the checks are only doubted where they took it out", (_title, rule, doubts) => {
    expect(wayOf(rule ? { rule } : {}).includes("the check is wrong")).toBe(doubts);
  });

  test("a pool that restores by hand waits for an order", () => {
    expect(wayOf({}, "manual")).toContain(
      `Not by itself, unless the floor needs it: its pool restores by hand. \`npx lifeboat clear lb1\` puts it back, ${risen}.`,
    );
  });

  test("pinned to another weight: it still serves, and an order says with what", () => {
    expect(wayOf({ rule: { kind: "pinned", untilS } }, "auto", 9)).toContain(byEnd);
    expect(wayOf({}, "auto", 9)).toBe("");
  });

  test("each of several by its own way, those with the same one together", () => {
    const list = [moved("lb1", 1, 0, { rule: { kind: "drained" } }), moved("lb3", 1, 0), moved("lb4", 1, 0)];
    const { body } = weightsMessage(event(list), config);
    expect(body).toContain(`  north/lb1:\n    ${byHand}`);
    expect(body).toContain(`  south/lb3, south/lb4:\n    By itself, ${risen}.`);
  });

  test("one alone is named in the command that shows more", () => {
    expect(weightsMessage(event([out]), config).body).toContain("`npx lifeboat explain lb1` shows");
  });
});

const hostile = "ok\r\nSubject: x\u0000\u001b[31m\u202egnp\u2028\u200bend\u0085";

test("what a server said cannot break a line, colour a terminal or turn the text round", () => {
  const evidence = [{ region: "eu-west-1", check: "web", kind: "down" as const, detail: hostile }];
  const { subject, body } = weightsMessage(
    event([moved("lb1", 1, 0, { because: hostile, evidence })], { notes: [hostile] }),
    config,
  );
  expect(subject).toMatch(/^[\x20-\x7e]{1,100}$/);
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  expect(body).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b\u202e\u2028]/);
  expect(body).toContain("down     ok Subject: x [31m gnp end");
});

test("any subject is 1 to 100 printable ASCII characters and begins with lifeboat:", () => {
  const text = fc.string({ unit: "binary", maxLength: 300 });
  const any = fc.record({
    name: text,
    because: text,
    box: text,
    island: text,
    before: fc.nat(2),
    after: fc.nat(2),
    open: fc.boolean(),
    twice: fc.boolean(),
  });
  fc.assert(
    fc.property(any, ({ name, open, twice, ...over }) => {
      const one = moved("lb1", 1, 0, over);
      const { subject, attributes } = weightsMessage(event(twice ? [one, one] : [one], { name, open }), config);
      expect(subject).toMatch(/^lifeboat: [\x20-\x7e]{0,90}$/);
      expect(attributes["change"]).toBeTruthy();
    }),
  );
});

// 82 characters before the brackets leave 15 within them.
test("a long name costs the cause first, then is cut itself", () => {
  const name = `${"a".repeat(40)}.example.com`;
  expect(weightsMessage(event([out], { name }), config).subject).toBe(
    `lifeboat: north/lb1 is out of ${name} (web timeout;...)`,
  );
  const longer = `${"a".repeat(53)}.example.com`;
  expect(weightsMessage(event([out], { name: longer }), config).subject).toBe(
    `lifeboat: north/lb1 is out of ${longer}`,
  );
  const tooLong = `${"a".repeat(60)}.${"b".repeat(60)}.com`;
  const { subject } = weightsMessage(event([out], { name: tooLong }), config);
  expect(subject).toHaveLength(100);
  expect(subject.endsWith("...")).toBe(true);
});
