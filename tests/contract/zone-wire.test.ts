// What reading and writing zones costs on the wire, and what becomes of each of Route 53's failures.
import { createServer } from "node:net";
import { once } from "node:events";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Fault } from "../../local/embedded/route53/faults.ts";
import { createZones } from "../../local/embedded/route53/zones.ts";
import { SoftError } from "../../shared/model/errors.ts";
import { fenceNameOf } from "../../shared/model/fence.ts";
import type { Batch } from "../../shared/model/plan.ts";
import type { DnsRecord } from "../../shared/model/record.ts";
import type { Zone } from "../../shared/ports.ts";
import { createZone } from "../../shared/route53/zone.ts";
import { serve, urlOf } from "./http-fixture.ts";
import { checkIn, clientOf, startRoute53, zoneId } from "./route53-fixture.ts";

function fence(name: string): DnsRecord {
  return { name: fenceNameOf(name), type: "TXT", ttlS: 60, values: [`"${name}"`] };
}

function weighted(name: string, count: number): DnsRecord[] {
  return Array.from({ length: count }, (_, at) => {
    const setIdentifier = `box${String(at).padStart(3, "0")}`;
    return { name, type: "A", setIdentifier, weight: 1, ttlS: 60, values: [`192.0.2.${at}`] };
  });
}

function simple(name: string): DnsRecord {
  return { name, type: "A", ttlS: 60, values: ["192.0.2.1"] };
}

async function filled(records: DnsRecord[]) {
  const zones = await createZones();
  onTestFinished(() => zones.close());
  await zones.create({ name: "example.com", id: zoneId });
  for (let at = 0; at < records.length; at += 1000) {
    const changes = records.slice(at, at + 1000).map((record) => ({ action: "CREATE" as const, record }));
    await zones.change(zoneId, changes);
  }
  return startRoute53({ zones });
}

/** Names that sort before, between and after those that are read. */
const crowd = (count: number): DnsRecord[] =>
  Array.from({ length: count }, (_, at) => simple(`host${String(at).padStart(5, "0")}.example.com`));

describe("what reading costs", () => {
  it("is two requests for one name among 9,000 records, the fence first", async () => {
    const name = "host04999-lb.example.com";
    const { zone, operations } = await filled([...crowd(9000), fence(name), ...weighted(name, 3)]);
    const state = (await zone.read(zoneId, [name])).get(name);
    expect(state).toEqual({ zoneId, name, fence: fence(name), records: weighted(name, 3) });
    expect(operations.map(({ name }) => name)).toEqual(["ListResourceRecordSets", "ListResourceRecordSets"]);
  });

  it("is a few requests for 100 names side by side", async () => {
    const names = Array.from({ length: 100 }, (_, at) => `lb${at}.example.com`);
    const { zone, operations } = await filled(names.flatMap((name) => [fence(name), ...weighted(name, 2)]));
    const states = await zone.read(zoneId, names);
    for (const name of names) expect(states.get(name)?.records).toEqual(weighted(name, 2));
    for (const name of names) expect(states.get(name)?.fence).toEqual(fence(name));
    expect(operations.length).toBeLessThanOrEqual(6);
  });

  it("is at most the zone's pages for 100 names all over 9,000 records", async () => {
    const names = Array.from({ length: 100 }, (_, at) => `host${String(at * 87).padStart(5, "0")}.example.com`);
    const { zone, operations } = await filled([...crowd(8800), ...names.map(fence)]);
    const states = await zone.read(zoneId, names);
    for (const name of names) expect(states.get(name)).toMatchObject({ fence: fence(name), records: [simple(name)] });
    expect(operations.length).toBeLessThanOrEqual(2 * Math.ceil(8900 / 300) + 2);
  });

  it.each([
    // The first that is missing, and the whole zone: of the fences, and of the records.
    ["four requests for names that are not there in a zone of one page", 10, 4],
    // A page that does not show a name proves nothing: one request each, and one for the page that was not the whole zone.
    ["one request for each name that is not there in a larger zone", 400, 2 * 6],
  ])("is %s", async (_title, others, requests) => {
    const names = ["a", "b", "c", "d", "e"].map((label) => `${label}.example.com`);
    const { zone, operations } = await filled(crowd(others));
    const states = await zone.read(zoneId, names);
    expect([...states.values()]).toEqual(names.map((name) => ({ zoneId, name, records: [] })));
    expect(operations).toHaveLength(requests);
  });

  it("finds in a zone of one page what is there beside what is not", async () => {
    const [gone, there] = ["a.example.com", "lb.example.com"];
    const { zone } = await filled([...crowd(10), ...weighted(there, 3), fence(there)]);
    const states = await zone.read(zoneId, [gone, "b.example.com", there]);
    expect(states.get(there)).toEqual({ zoneId, name: there, records: weighted(there, 3), fence: fence(there) });
    expect(states.get(gone)).toEqual({ zoneId, name: gone, records: [] });
  });

  it("goes on through the pages of a large set", async () => {
    const name = "lb.example.com";
    const six = weighted(name, 100).map((record): DnsRecord => ({ ...record, type: "AAAA", values: ["2001:db8::1"] }));
    const texts = Array.from({ length: 40 }, (_, at): DnsRecord => ({ ...simple(`t${at}.${name}`), type: "A" }));
    const { zone } = await filled([...texts, ...weighted(name, 100), ...six, fence(name)]);
    const state = (await zone.read(zoneId, [name])).get(name);
    expect(state?.records).toEqual([...weighted(name, 100), ...six]);
    expect(state?.fence).toEqual(fence(name));
  });

  it("looks for the fence again where weighted records have none: their first batch may have come between", async () => {
    const name = "lb.example.com";
    const { zones, zone } = await startRoute53({
      fault: async () => {
        // The first listing, of the fence, has been answered; the batch comes before the second.
        if (++listings === 2) await put();
        return undefined;
      },
    });
    let listings = 0;
    const put = () =>
      zones.change(
        zoneId,
        [fence(name), ...weighted(name, 2)].map((record) => ({ action: "CREATE", record })),
      );
    expect((await zone.read(zoneId, [name])).get(name)).toEqual({
      zoneId,
      name,
      fence: fence(name),
      records: weighted(name, 2),
    });
    expect(listings).toBe(4);
  });

  it("believes weighted records without a fence that are still so", async () => {
    const name = "lb.example.com";
    const { zone, operations } = await filled(weighted(name, 2));
    expect((await zone.read(zoneId, [name])).get(name)).toEqual({ zoneId, name, records: weighted(name, 2) });
    expect(operations).toHaveLength(3);
  });

  it("finds what is there, whatever is asked for together", async () => {
    const labels = fc.constantFrom("a", "lb", "lb-1", "lb1", "_lifeboat", "*", "z", "0");
    const names = fc
      .array(labels, { maxLength: 2 })
      .map((parts) => [...parts.filter((l, i) => l !== "*" || i === 0), "example.com"].join("."));
    const held = fc.uniqueArray(
      fc.record({ name: names, sets: fc.integer({ min: 1, max: 100 }), fenced: fc.boolean() }),
      {
        selector: ({ name }) => name,
        maxLength: 8,
      },
    );
    await fc.assert(
      fc.asyncProperty(held, fc.uniqueArray(names, { minLength: 1, maxLength: 8 }), async (there, asked) => {
        const zones = await createZones();
        await zones.create({ name: "example.com", id: zoneId });
        const sets = new Map<string, DnsRecord[]>();
        const put = (...records: DnsRecord[]): void => {
          for (const record of records) sets.set(record.name, [...(sets.get(record.name) ?? []), record]);
        };
        for (const { name, sets: count } of there) put(...weighted(name, count));
        for (const { name, fenced } of there)
          if (fenced && !sets.get(fenceNameOf(name))?.some(({ type }) => type === "TXT")) put(fence(name));
        for (const record of [...sets.values()].flat()) await zones.change(zoneId, [{ action: "CREATE", record }]);
        const { zone } = await startRoute53({ zones });
        const states = await zone.read(zoneId, asked);
        for (const name of asked) {
          const served = states.get(name)?.records.filter(({ type }) => type === "A");
          expect(served).toEqual((sets.get(name) ?? []).filter(({ type }) => type === "A"));
          expect(states.get(name)?.fence).toEqual(sets.get(fenceNameOf(name))?.find(({ type }) => type === "TXT"));
        }
        await zones.close();
      }),
      { numRuns: 25 },
    );
  });
});

const name = "lb.example.com";
const [box = simple(name)] = weighted(name, 1);
const first: Batch = {
  name,
  zoneId,
  changes: [
    { action: "CREATE", record: fence(name) },
    { action: "CREATE", record: box },
  ],
};

describe("a batch that falls into a read", () => {
  const lowered = { ...box, weight: 0 };
  const newer = { ...fence(name), values: ['"newer"'] };
  const mine = { ...fence(name), values: ['"mine"'] };

  it.each([1, 2, 3])(
    "before listing %i leaves the reader no fence that it could swap over stale records",
    async (at) => {
      let listings = 0;
      const { zones, zone } = await startRoute53({
        fault: async ({ name: operation }) => {
          if (operation !== "ListResourceRecordSets" || ++listings !== at) return undefined;
          await zones.change(zoneId, [
            { action: "DELETE", record: fence(name) },
            { action: "CREATE", record: newer },
            { action: "UPSERT", record: lowered },
          ]);
          return undefined;
        },
      });
      await zone.apply(first);
      const state = (await zone.read(zoneId, [name])).get(name);
      const remove: Batch["changes"] = state?.fence ? [{ action: "DELETE", record: state.fence }] : [];
      const swap: Batch = { name, zoneId, changes: [...remove, { action: "CREATE", record: mine }] };
      const wins = (await zone.apply(swap)).kind === "accepted";
      const stale = state?.records.some(({ weight }) => weight === 1) ?? false;
      const there = zones.get(zoneId).sets.get(`${name} A box000`)?.weight;
      expect(wins && stale && there === 0).toBe(false);
    },
  );
});

/** A Route 53 that answers everything alike, by a clock that is ahead. */
async function zoneOver(status: number, xml: string, aheadMs = 0): Promise<Zone> {
  const url = await serve((_request, response) => {
    response.writeHead(status, { date: new Date(Date.now() + aheadMs).toUTCString(), "content-type": "text/xml" });
    response.end(xml);
  });
  const client = clientOf(url);
  return createZone({ reads: client, writes: client });
}

it("a list that begins again where it began is told, not asked for ever", async () => {
  const zone = await zoneOver(
    200,
    `<ListResourceRecordSetsResponse xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><ResourceRecordSets/><IsTruncated>true</IsTruncated><NextRecordName>_lifeboat.${name}.</NextRecordName><NextRecordType>TXT</NextRecordType><MaxItems>10</MaxItems></ListResourceRecordSetsResponse>`,
  );
  await expect(zone.read(zoneId, [name])).rejects.toThrow(/does not go on after _lifeboat.lb.example.com TXT/);
});

describe("a change that fails", () => {
  const gone: Fault = {
    kind: "error",
    code: "NoSuchHealthCheck",
    message: "No health check exists with the specified ID.",
    status: 404,
  };
  const error = (code: string, status: number): Fault => ({ kind: "error", code, message: "no", status });

  it.each<[string, Fault, string, boolean]>([
    ["Throttling", { kind: "throttle" }, "busy", false],
    ["PriorRequestNotComplete", { kind: "busy" }, "busy", false],
    ["a clock that is wrong", error("RequestExpired", 400), "busy", false],
    ["AccessDenied", { kind: "denied" }, "refused", false],
    ["InvalidInput", error("InvalidInput", 400), "refused", false],
    ["a secret that is wrong", error("SignatureDoesNotMatch", 403), "refused", false],
    ["a token that is wrong", error("InvalidClientTokenId", 403), "refused", false],
    ["a 500 before it was applied", { kind: "500-before" }, "uncertain", false],
    ["a 500 after it was applied", { kind: "500-after" }, "uncertain", true],
    ["a 503", error("ServiceUnavailable", 503), "uncertain", false],
    ["a reset before it was applied", { kind: "reset-before" }, "uncertain", false],
    ["a reset after it was applied", { kind: "reset-after" }, "uncertain", true],
  ])("by %s is told as such, and sent once", async (_, fault, kind, done) => {
    const { zone, operations, list } = await startRoute53({
      fault: (operation) => (operation.name === "ChangeResourceRecordSets" ? fault : undefined),
    });
    expect(await zone.apply(first)).toMatchObject({ kind });
    expect(operations).toHaveLength(1);
    const records = await list();
    expect(records.includes(`${name}. A box000`)).toBe(done);
    expect(records.includes(`_lifeboat.${name}. TXT`)).toBe(done);
  });

  it("because a record's health check is gone is sent again without it", async () => {
    const { zone, zones, operations } = await startRoute53();
    const healthCheckId = await checkIn(zones);
    await zones.change(zoneId, [{ action: "CREATE", record: { ...box, healthCheckId } }]);
    await zones.checks.remove(healthCheckId);
    const lowered = { ...box, healthCheckId, weight: 0 };
    const changes: Batch["changes"] = [
      { action: "CREATE", record: fence(name) },
      { action: "UPSERT", record: lowered },
    ];
    expect(await zone.apply({ ...first, changes })).toMatchObject({ kind: "accepted" });
    expect(operations).toHaveLength(2);
    expect(zones.get(zoneId).sets.get(`${name} A box000`)).toEqual({ ...box, weight: 0 });
  });

  it("because a health check is gone that no record of the batch has is refused", async () => {
    const { zone, operations } = await startRoute53({
      fault: ({ name }) => (name === "ChangeResourceRecordSets" ? gone : undefined),
    });
    expect(await zone.apply(first)).toMatchObject({ kind: "refused" });
    expect(operations).toHaveLength(1);
  });

  it("by a clock that is wrong is busy, as Route 53 itself says it", async () => {
    const zone = await zoneOver(
      403,
      '<ErrorResponse xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><Error><Type>Sender</Type><Code>SignatureDoesNotMatch</Code><Message>Signature not yet current</Message></Error></ErrorResponse>',
      600_000,
    );
    expect(await zone.apply(first)).toMatchObject({ kind: "busy" });
  });

  it("by a hang is uncertain after 5 s", async () => {
    const { zone, list } = await startRoute53({
      fault: ({ name }) => (name === "ChangeResourceRecordSets" ? { kind: "hang-after" } : undefined),
    });
    const startedMs = performance.now();
    expect(await zone.apply(first)).toMatchObject({ kind: "uncertain" });
    expect(performance.now() - startedMs).toBeLessThan(6000);
    expect(await list()).toContain(`${name}. A box000`);
  });

  it("because nobody listens is uncertain", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = urlOf(server);
    server.close();
    await once(server, "close");
    const client = clientOf(url);
    const zone = createZone({ reads: client, writes: client });
    expect(await zone.apply(first)).toMatchObject({ kind: "uncertain" });
    await expect(zone.read(zoneId, [name])).rejects.toBeInstanceOf(SoftError);
  });

  it("must not be retried by the SDK: such a client is refused", async () => {
    const { url, operations } = await startRoute53();
    const client = clientOf(url, 3);
    await expect(createZone({ reads: client, writes: client }).apply(first)).rejects.toThrow("maxAttempts 1");
    expect(operations).toEqual([]);
  });
});

describe("a read that fails", () => {
  it("is retried by the SDK when it was throttled", async () => {
    let refusals = 2;
    const { url, operations } = await startRoute53({
      fault: () => (refusals-- > 0 ? { kind: "throttle" } : undefined),
    });
    const zone = createZone({ reads: clientOf(url, 3), writes: clientOf(url) });
    expect((await zone.read(zoneId, [name])).get(name)?.records).toEqual([]);
    expect(operations).toHaveLength(4);
  });

  it.each<Fault>([{ kind: "throttle" }, { kind: "denied" }, { kind: "500-before" }, { kind: "reset-before" }])(
    "by $kind is a SoftError with its cause",
    async (fault) => {
      const { zone } = await startRoute53({ fault: () => fault });
      const read = zone.read(zoneId, [name]);
      await expect(read).rejects.toBeInstanceOf(SoftError);
      await expect(read).rejects.toMatchObject({ cause: expect.any(Error) });
      await expect(zone.status("C1")).rejects.toBeInstanceOf(SoftError);
    },
  );

  it("between the pages of a name is not half a name", async () => {
    let pages = 0;
    const { zones, zone } = await startRoute53({ fault: () => (++pages > 2 ? { kind: "500-before" } : undefined) });
    await zones.change(
      zoneId,
      weighted(name, 100).map((record) => ({ action: "CREATE", record })),
    );
    await expect(zone.read(zoneId, [name])).rejects.toBeInstanceOf(SoftError);
  });
});
