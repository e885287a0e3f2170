// What every Zone does, over the fake and over Route 53's own API (the real SDK against the embedded endpoint).
import { describe, expect, it } from "vitest";
import { SoftError } from "../../shared/model/errors.ts";
import { fenceNameOf } from "../../shared/model/fence.ts";
import type { Batch, Change } from "../../shared/model/plan.ts";
import type { DnsRecord } from "../../shared/model/record.ts";
import { batchOf } from "../../shared/plan/batch.ts";
import type { Zone } from "../../shared/ports.ts";
import { createFakeZone } from "../fakes/zone.ts";
import { checkIn, startRoute53, zoneId } from "./route53-fixture.ts";

type Subject = {
  zone: Zone;
  /** The id of a health check that there is. */
  check: () => Promise<string>;
  /** What somebody puts there by hand. */
  put: (...records: DnsRecord[]) => Promise<void>;
  remove: (record: DnsRecord) => Promise<void>;
  /** Lets accepted changes become served. */
  settle: () => void;
};

const subjects: Record<string, () => Promise<Subject>> = {
  fake: async () => {
    const zone = createFakeZone({ [zoneId]: "example.com" });
    return {
      zone,
      check: async () => "abcdef11-2222-3333-4444-555555fedcba",
      put: async (...records) => zone.edit(zoneId, ...records.map((record) => ({ action: "CREATE" as const, record }))),
      remove: async (record) => zone.edit(zoneId, { action: "DELETE", record }),
      settle: () => zone.settle(),
    };
  },
  "Route 53": async () => {
    let nowMs = 1_700_000_000_000;
    const { zone, zones } = await startRoute53({ open: { nowMs: () => nowMs } });
    return {
      zone,
      check: () => checkIn(zones),
      put: async (...records) =>
        void (await zones.change(
          zoneId,
          records.map((record) => ({ action: "CREATE", record })),
        )),
      remove: async (record) => void (await zones.change(zoneId, [{ action: "DELETE", record }])),
      settle: () => {
        nowMs += 60_000;
      },
    };
  },
};

const name = "lb.example.com";

function box(setIdentifier: string, weight: number, change: Partial<DnsRecord> = {}): DnsRecord {
  const last = setIdentifier.charCodeAt(setIdentifier.length - 1);
  return { name, type: "A", setIdentifier, weight, ttlS: 60, values: [`192.0.2.${last}`], ...change };
}

function fence(epoch: number, of = name): DnsRecord {
  return { name: fenceNameOf(of), type: "TXT", ttlS: 60, values: [`"lifeboat=1 epoch=${epoch}" "more of it"`] };
}

/** The swap of a fence with changes; without `before` the fence is new. */
function batch(before: number | undefined, after: number, changes: Change[] = [], of = name): Batch {
  const swap = { ...(before === undefined ? {} : { before: fence(before, of) }), after: fence(after, of) };
  const rest = { refused: [], dangers: [], fence: { ...swap, epoch: after, nonce: `n${after}` } };
  return batchOf({ name: of, zoneId, changes, ...rest });
}

const create = (after: DnsRecord): Change => ({ kind: "create", after });
const update = (before: DnsRecord, after: DnsRecord): Change => ({ kind: "update", before, after });
const remove = (before: DnsRecord): Change => ({ kind: "delete", before });

describe.each(Object.entries(subjects))("a zone: %s", (_, start) => {
  async function stateOf(zone: Zone, of = name) {
    const state = (await zone.read(zoneId, [of])).get(of);
    return { fence: state?.fence, records: state?.records };
  }

  it("has nothing at a name where there is nothing", async () => {
    const { zone } = await start();
    const states = await zone.read(zoneId, [name, "other.example.com"]);
    expect([...states.keys()].sort()).toEqual([name, "other.example.com"]);
    expect(states.get(name)).toEqual({ zoneId, name, records: [] });
  });

  it("takes a fence and its records in one batch, and gives every field back", async () => {
    const { zone, check } = await start();
    const records = [
      box("Primary Load Balancer", 1, { healthCheckId: await check() }),
      box("b", 0),
      box("c <&> \"'", 255, { type: "AAAA", values: ["2001:db8::1"] }),
    ];
    const applied = await zone.apply(batch(undefined, 1, records.map(create)));
    expect(applied.kind).toBe("accepted");
    expect(await stateOf(zone)).toEqual({ fence: fence(1), records });
  });

  it("follows a change from PENDING to INSYNC, and knows no other", async () => {
    const { zone, settle } = await start();
    const applied = await zone.apply(batch(undefined, 1));
    const id = applied.kind === "accepted" ? applied.changeId : "";
    expect(await zone.status(id)).toBe("PENDING");
    settle();
    expect(await zone.status(id)).toBe("INSYNC");
    await expect(zone.status("C0UNKNOWN")).rejects.toBeInstanceOf(SoftError);
  });

  it("loses, and changes nothing, when the fence is not the one that was read", async () => {
    const { zone } = await start();
    await zone.apply(batch(undefined, 1, [create(box("a", 1))]));
    const lower = update(box("a", 1), box("a", 0));
    for (const stale of [batch(undefined, 3, [lower]), batch(2, 3, [lower])]) {
      expect(await zone.apply(stale)).toMatchObject({ kind: "lost" });
      expect(await stateOf(zone)).toEqual({ fence: fence(1), records: [box("a", 1)] });
    }
    expect(await zone.apply(batch(1, 2, [lower]))).toMatchObject({ kind: "accepted" });
    expect(await stateOf(zone)).toEqual({ fence: fence(2), records: [box("a", 0)] });
  });

  it("lets exactly one of many writers win a fence", async () => {
    const { zone } = await start();
    await zone.apply(batch(undefined, 1));
    const all = await Promise.all([2, 3, 4, 5].map(async (epoch) => zone.apply(batch(1, epoch))));
    const kinds = all.map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === "accepted")).toHaveLength(1);
    expect(kinds.every((kind) => kind === "accepted" || kind === "lost" || kind === "busy")).toBe(true);
    const winner = kinds.indexOf("accepted");
    expect((await stateOf(zone)).fence).toEqual(fence(winner + 2));
  });

  it("loses when a record was changed by hand since", async () => {
    const { zone, put, remove: removeByHand } = await start();
    await zone.apply(batch(undefined, 1, [create(box("a", 1)), create(box("b", 1))]));
    expect(await zone.apply(batch(1, 2, [remove(box("a", 7))]))).toMatchObject({ kind: "lost" });
    await removeByHand(box("a", 1));
    expect(await zone.apply(batch(1, 2, [remove(box("a", 1))]))).toMatchObject({ kind: "lost" });
    await put(box("c", 1));
    expect(await zone.apply(batch(1, 2, [create(box("c", 1))]))).toMatchObject({ kind: "lost" });
    expect(await stateOf(zone)).toEqual({ fence: fence(1), records: [box("b", 1), box("c", 1)] });
  });

  it("changes the TTL of a whole set, whatever the order of the plan", async () => {
    const { zone } = await start();
    const [a, b] = [box("a", 1), box("b", 2)];
    const [a30, b30] = [box("a", 1, { ttlS: 30 }), box("b", 2, { ttlS: 30 })];
    await zone.apply(batch(undefined, 1, [create(a), create(b)]));
    const applied = await zone.apply(batch(1, 2, [create(a30), remove(a), create(b30), remove(b)]));
    expect(applied.kind).toBe("accepted");
    expect(await stateOf(zone)).toEqual({ fence: fence(2), records: [a30, b30] });
  });

  it("refuses what Route 53 will never take, with its words, and changes nothing", async () => {
    const { zone } = await start();
    await zone.apply(batch(undefined, 1, [create(box("a", 1))]));
    const mixed = await zone.apply(batch(1, 2, [create(box("b", 1, { ttlS: 30 }))]));
    expect(mixed).toMatchObject({ kind: "refused", detail: expect.stringContaining("must contain the same TTL") });
    const wrong = await zone.apply(batch(1, 2, [create(box("b", 1, { values: ["192.0.2.300"] }))]));
    expect(wrong).toMatchObject({ kind: "refused", detail: expect.stringContaining("192.0.2.300") });
    expect(await stateOf(zone)).toEqual({ fence: fence(1), records: [box("a", 1)] });
  });

  it("turns a simple record into a weighted one", async () => {
    const { zone, put } = await start();
    const simple: DnsRecord = { name, type: "A", ttlS: 300, values: ["192.0.2.1", "192.0.2.2"] };
    await put(simple);
    expect(await stateOf(zone)).toEqual({ fence: undefined, records: [simple] });
    const applied = await zone.apply(batch(undefined, 1, [create(box("a", 1)), remove(simple)]));
    expect(applied.kind).toBe("accepted");
    expect(await stateOf(zone)).toEqual({ fence: fence(1), records: [box("a", 1)] });
  });

  it("shows the record sets of every type and routing at the name, and nothing of its neighbours", async () => {
    const { zone, put } = await start();
    const here: DnsRecord[] = [
      { name, type: "A", setIdentifier: "x", ttlS: 60, values: ["192.0.2.9"], other: { Failover: "PRIMARY" } },
      { name, type: "MX", ttlS: 300, values: ["10 mail.example.com."] },
      { name, type: "TXT", ttlS: 300, values: ['"v=spf1 -all"'] },
    ];
    const neighbours = ["a.lb.example.com", "lb2.example.com", "l.example.com", "lb-1.example.com"];
    await put(...here, ...neighbours.map((other) => ({ ...box("a", 1), name: other })));
    expect(await stateOf(zone)).toEqual({ fence: undefined, records: here });
  });

  it("keeps the fields of an alias that it does not know", async () => {
    const { zone, put } = await start();
    const target = { HostedZoneId: "Z2ALIAS", DNSName: "x.elb.amazonaws.com.", EvaluateTargetHealth: true };
    const alias: DnsRecord = {
      name,
      type: "A",
      setIdentifier: "a",
      weight: 3,
      values: [],
      other: { AliasTarget: target },
    };
    await put(alias);
    expect((await stateOf(zone)).records).toEqual([alias]);
    const lower = { ...alias, weight: 0 };
    expect(await zone.apply(batch(undefined, 1, [update(alias, lower)]))).toMatchObject({ kind: "accepted" });
    expect((await stateOf(zone)).records).toEqual([lower]);
  });

  it.each(["*.example.com", "example.com"])("serves %s", async (of) => {
    const { zone } = await start();
    const record = { ...box("a", 1), name: of };
    expect(await zone.apply(batch(undefined, 1, [create(record)], of))).toMatchObject({ kind: "accepted" });
    const { fence: read, records = [] } = await stateOf(zone, of);
    expect(read).toEqual(fence(1, of));
    expect(records.filter(({ type }) => type === "A")).toEqual([record]);
  });

  it("answers a name in canonical form, once", async () => {
    const { zone } = await start();
    await zone.apply(batch(undefined, 1, [create(box("a", 1))]));
    const states = await zone.read(zoneId, ["LB.Example.COM.", name]);
    expect([...states.keys()]).toEqual([name]);
    expect(states.get(name)?.records).toEqual([box("a", 1)]);
  });

  it("cannot read or write a zone that is not there", async () => {
    const { zone } = await start();
    await expect(zone.read("Z0GONE", [name])).rejects.toBeInstanceOf(SoftError);
    expect(await zone.apply({ ...batch(undefined, 1), zoneId: "Z0GONE" })).toMatchObject({ kind: "refused" });
  });

  it("gives a name up: fence and records go in one batch", async () => {
    const { zone } = await start();
    await zone.apply(batch(undefined, 1, [create(box("a", 1))]));
    const release: Batch = {
      name,
      zoneId,
      changes: [
        { action: "DELETE", record: fence(1) },
        { action: "DELETE", record: box("a", 1) },
      ],
    };
    expect(await zone.apply(release)).toMatchObject({ kind: "accepted" });
    expect(await stateOf(zone)).toEqual({ fence: undefined, records: [] });
  });

  const swap: Batch["changes"] = [{ action: "CREATE", record: fence(1) }];
  const spf: DnsRecord = { name, type: "TXT", ttlS: 60, values: ['"v=spf1 -all"'] };
  it.each<[string, Batch["changes"], string]>([
    [
      "another name's record",
      [...swap, { action: "CREATE", record: { ...box("a", 1), name: "other.example.com" } }],
      "must not touch",
    ],
    ["another type at the name", [...swap, { action: "CREATE", record: spf }], "must not touch"],
    [
      "an address at the fence's name",
      [...swap, { action: "CREATE", record: { ...box("a", 1), name: fenceNameOf(name) } }],
      "must not touch",
    ],
    ["records without the fence", [{ action: "CREATE", record: box("a", 1) }], "must swap its fence"],
    ["nothing", [], "must swap its fence"],
  ])("does not send a batch that touches %s", async (_, changes, sentence) => {
    const { zone } = await start();
    await expect(zone.apply({ name, zoneId, changes })).rejects.toThrow(sentence);
    expect(await stateOf(zone)).toEqual({ fence: undefined, records: [] });
  });
});
