import { describe, expect, test } from "vitest";
import {
  type Asking,
  bothFamilies,
  differenceOf,
  isDue,
  isSure,
  newestSighting,
  newestView,
  stepSighting,
} from "../../../shared/decide/follows.ts";
import type { Resolution, Sighting } from "../../../shared/model/follow.ts";
import type { View } from "../../../shared/model/view.ts";
import { resolveConfig } from "../../../shared/resolve/resolve.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const NOW_MS = 1_790_000_000_000;

const { resolved: config } = resolveConfig(
  {
    owner: "acme",
    home: "eu-west-1",
    regions: ["eu-west-1", "eu-central-1", "us-east-1"],
    checks: { web: { protocol: "tcp", port: 443 } },
    islands: { north: {} },
    pools: [
      {
        id: "web",
        names: ["lb.acme.com"],
        checks: ["web"],
        follows: ["www.client.example"],
        loadBalancers: [
          { id: "lb1", island: "north", address: "4.1.1.1", address6: "2A00:0:0::1" },
          { id: "lb2", island: "north", address: "4.1.1.2" },
          { id: "spare", island: "north", address: "4.1.1.3", weight: 0 },
        ],
      },
      {
        id: "other",
        names: ["other.acme.com"],
        checks: ["web"],
        loadBalancers: [{ id: "lb9", island: "north", address: "4.1.1.9" }],
      },
    ],
  },
  { cfg: NOW_MS / 1000, zones: () => ({ zoneId: "Z1" }) },
);
const pool = config.pools.find(({ id }) => id === "web") ?? expect.fail("no pool");

function view(weights: Record<string, [weight: number, verdict: "in" | "out" | "undecided"]>, atMs = NOW_MS): View {
  const boxes = Object.entries(weights).map(
    ([box, [weight, verdict]]) => [box, { weight, verdict, because: `${box}'s reason` }] as const,
  );
  return { region: "eu-west-1", pool: "web", atMs, names: [], boxes: Object.fromEntries(boxes), open: false };
}

/** The pool's own name has a record of lb1 with this weight. */
function served(decided: View, weight: number): View {
  const record = { name: "lb.acme.com", type: "A", setIdentifier: "lb1", weight, values: ["4.1.1.1"] };
  return { ...decided, names: [{ name: "lb.acme.com", zoneId: "Z1", hadFence: true, records: [record] }] };
}

const healthy = view({ lb1: [1, "in"], lb2: [1, "in"], spare: [0, "in"] });
const answers = (...addresses: string[]): Resolution => ({ kind: "addresses", addresses });
const none: Resolution = { kind: "none", detail: "no such name" };
const unknown: Resolution = { kind: "unknown", detail: "ETIMEOUT" };

const rows: [
  what: string,
  resolution: Resolution,
  view: View | undefined,
  detail: string | undefined,
  page?: boolean,
][] = [
  ["unknown", unknown, healthy, undefined],
  ["it does not resolve", none, healthy, "it does not resolve (no such name)", true],
  ["… also when nothing was decided", none, undefined, "it does not resolve (no such name)", true],
  ["one that serves", answers("4.1.1.1"), healthy, undefined],
  ["the other address of one that serves", answers("2a00::1", "4.1.1.1"), healthy, undefined],
  ["an AAAA that nobody has", answers("2a00::2"), healthy, "2a00::2 is no load balancer of pool web", false],
  ["a standby", answers("4.1.1.1", "4.1.1.3"), healthy, undefined],
  [
    "a standby that is out",
    answers("4.1.1.3"),
    view({ spare: [0, "out"] }),
    "4.1.1.3 is spare, which is out of the answer (spare's reason)",
    true,
  ],
  [
    "one that is out",
    answers("4.1.1.1", "4.1.1.2"),
    view({ lb1: [0, "out"], lb2: [1, "in"] }),
    "4.1.1.1 is lb1, which is out of the answer (lb1's reason)",
    true,
  ],
  [
    "one that is drained",
    answers("4.1.1.1"),
    view({ lb1: [0, "in"] }),
    "4.1.1.1 is lb1, which is out of the answer (lb1's reason)",
    true,
  ],
  [
    "one that is out, and served by the pool's own name all the same: it is frozen, or observes",
    answers("4.1.1.1"),
    served(view({ lb1: [0, "out"] }), 1),
    undefined,
  ],
  [
    "one that is out of the pool's own name",
    answers("4.1.1.1"),
    served(view({ lb1: [0, "out"] }), 0),
    "4.1.1.1 is lb1, which is out of the answer (lb1's reason)",
    true,
  ],
  ["one that is out and kept by the floor", answers("4.1.1.1"), view({ lb1: [1, "out"] }), undefined],
  ["a box of another pool", answers("4.1.1.9"), healthy, "4.1.1.9 is no load balancer of pool web", false],
  [
    "nobody's address beside one that is out",
    answers("192.0.2.1", "4.1.1.1"),
    view({ lb1: [0, "out"] }),
    "192.0.2.1 is no load balancer of pool web; 4.1.1.1 is lb1, which is out of the answer (lb1's reason)",
    true,
  ],
  ["one of which nothing was decided", answers("4.1.1.1"), undefined, undefined],
  [
    "one that was out eleven minutes ago",
    answers("4.1.1.1"),
    view({ lb1: [0, "out"] }, NOW_MS - 11 * MINUTE_MS),
    undefined,
  ],
  [
    "one that was out ten minutes ago",
    answers("4.1.1.1"),
    view({ lb1: [0, "out"] }, NOW_MS - 10 * MINUTE_MS),
    "4.1.1.1 is lb1, which is out of the answer (lb1's reason)",
    true,
  ],
];

test.each(rows)("%s", (_what, resolution, decided, detail, page = false) => {
  const found = differenceOf({ pool, resolution, view: decided, nowMs: NOW_MS }, config);
  expect(found).toEqual(detail === undefined ? undefined : { detail, page });
});

const both: [a: Resolution, aaaa: Resolution, together: Resolution][] = [
  [unknown, answers("::1"), unknown],
  [answers("4.1.1.1"), unknown, unknown],
  [none, answers("::1"), none],
  [none, none, none],
  [answers("4.1.1.1"), none, answers("4.1.1.1")],
  [answers("4.1.1.2", "4.1.1.1"), answers("2a00::1"), answers("2a00::1", "4.1.1.1", "4.1.1.2")],
];

test.each(both)("%j and %j", (a, aaaa, together) => {
  expect(bothFamilies(a, aaaa)).toEqual(together);
});

describe("a sighting goes on", () => {
  const at = (atMs: number, since?: number): Sighting => ({
    askedMs: atMs,
    seen: { atMs, resolution: answers("4.1.1.1") },
    ...(since === undefined ? {} : { differsSinceMs: since }),
  });
  const steps: [
    what: string,
    before: Sighting | undefined,
    resolution: Resolution,
    differs: boolean,
    after: Sighting,
  ][] = [
    ["from nothing", undefined, answers("4.1.1.1"), false, at(9)],
    ["from nothing with a difference", undefined, answers("4.1.1.1"), true, at(9, 9)],
    ["a difference begins", at(1), answers("4.1.1.1"), true, at(9, 9)],
    ["a difference goes on", at(5, 3), answers("4.1.1.1"), true, at(9, 3)],
    ["a difference ends", at(5, 3), answers("4.1.1.1"), false, at(9)],
    ["nobody knows", at(5, 3), unknown, true, { ...at(5, 3), askedMs: 9 }],
    ["nobody ever knew", undefined, unknown, false, { askedMs: 9 }],
  ];
  test.each(steps)("%s", (_what, before, resolution, differs, after) => {
    expect(stepSighting(before, resolution, differs, 9)).toEqual(after);
  });
});

describe("a region asks", () => {
  const ago = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : NOW_MS - ms);
  const asks: [newest: number | undefined, differs: boolean, asked: number | undefined, rank: number, due: boolean][] =
    [
      [undefined, false, undefined, 0, true],
      [undefined, false, undefined, 1, false],
      [undefined, false, 4 * MINUTE_MS, 0, false],
      [undefined, false, 5 * MINUTE_MS, 0, true],
      [HOUR_MS - 1, false, HOUR_MS - 1, 0, false],
      [HOUR_MS, false, HOUR_MS, 0, true],
      [HOUR_MS, false, undefined, 1, false],
      [HOUR_MS + 10 * MINUTE_MS, false, undefined, 1, true],
      [HOUR_MS + 10 * MINUTE_MS, false, undefined, 2, false],
      [HOUR_MS, false, 4 * MINUTE_MS, 0, false],
      [5 * MINUTE_MS - 1, true, HOUR_MS, 0, false],
      [5 * MINUTE_MS, true, 5 * MINUTE_MS, 0, true],
      [5 * MINUTE_MS, true, undefined, 1, false],
      [15 * MINUTE_MS, true, undefined, 1, true],
    ];
  test.each(asks)("newest %s ms ago, differs %s, asked %s ms ago, rank %i: %s", (newest, differs, asked, rank, due) => {
    const asking: Asking = {
      newestMs: ago(newest),
      differs,
      askedMs: ago(asked),
      rank,
      deployedMs: NOW_MS,
      nowMs: NOW_MS,
    };
    expect(isDue(asking)).toBe(due);
  });

  test("second, when the first has not told anything since the deploy", () => {
    const asking = { newestMs: undefined, differs: false, askedMs: undefined, rank: 1, nowMs: NOW_MS };
    expect(isDue({ ...asking, deployedMs: NOW_MS - 10 * MINUTE_MS })).toBe(true);
    expect(isDue({ ...asking, deployedMs: NOW_MS - 10 * MINUTE_MS + 1 })).toBe(false);
  });
});

test.each([
  [undefined, 60, false],
  [0, 60, false],
  [4 * MINUTE_MS - 1, 60, false],
  [4 * MINUTE_MS, 60, true],
  [5 * MINUTE_MS, 300, false],
  [6 * MINUTE_MS, 300, true],
])("a difference of %s ms under a TTL of %i s is sure: %s", (ms, ttlS, sure) => {
  const seen = { atMs: NOW_MS, resolution: none };
  const since = ms === undefined ? {} : { differsSinceMs: NOW_MS - ms };
  expect(isSure({ askedMs: NOW_MS, seen, ...since }, ttlS)).toBe(sure);
});

test("the newest answer counts, whichever region has it and whoever asked last", () => {
  const sighting = (atMs: number): Sighting => ({ askedMs: atMs, seen: { atMs, resolution: none } });
  const followed = [
    { region: "a", pool: "web", names: { n: sighting(5) } },
    { region: "b", pool: "web", names: { n: { ...sighting(7), askedMs: 7 } } },
    { region: "c", pool: "web", names: { n: { askedMs: 9 } } },
    { region: "d", pool: "other", names: { n: sighting(8) } },
  ];
  expect(newestSighting(followed, "web", "n")?.region).toBe("b");
  expect(newestSighting(followed, "web", "constructor")).toBeUndefined();
  expect(newestView([view({}, 3), view({}, 4), { ...view({}, 5), pool: "other" }], "web")?.atMs).toBe(4);
});
