// The embedded Route 53 speaks as the real one does: to the SDK, to a client too fast, to a hostile one.
import {
  ChangeResourceRecordSetsCommand,
  CreateHostedZoneCommand,
  DeleteHostedZoneCommand,
  GetChangeCommand,
  GetHostedZoneCommand,
  ListHealthChecksCommand,
  ListHostedZonesByNameCommand,
  ListHostedZonesCommand,
  ListResourceRecordSetsCommand,
  waitUntilResourceRecordSetsChanged,
} from "@aws-sdk/client-route-53";
import { describe, expect, it } from "vitest";
import { serveRoute53 } from "../../local/embedded/route53/endpoint.ts";
import { currentPace, legacyPace } from "../../local/embedded/route53/pace.ts";
import { UserError } from "../../shared/model/errors.ts";
import {
  change,
  checkIn,
  clientOf,
  create,
  type Fields,
  startRoute53,
  text,
  weighted,
  zoneId,
} from "./route53-fixture.ts";

describe("a listing", () => {
  it("is in the order of the reversed labels with their dots, then type, then SetIdentifier; names are escaped", async () => {
    const { send, list } = await startRoute53();
    const names = [
      "b.example.com",
      "a.example.com",
      "z.a.example.com",
      "a-b.example.com",
      "*.example.com",
      "_lifeboat.b.example.com",
    ];
    await send(...names.map((Name) => create({ Name })));
    await send(
      create({ Name: "b.example.com", Type: "AAAA", values: ["::1"] }),
      create({ Name: "c.example.com", ...weighted("2") }),
      create({ Name: "c.example.com", ...weighted("10") }),
    );
    expect(await list()).toEqual([
      "example.com. NS",
      "example.com. SOA",
      "\\052.example.com. A",
      "a-b.example.com. A",
      "a.example.com. A",
      "z.a.example.com. A",
      "b.example.com. A",
      "b.example.com. AAAA",
      "_lifeboat.b.example.com. A",
      "c.example.com. A 10",
      "c.example.com. A 2",
    ]);
  });

  it("gives back every field, and characters that XML escapes", async () => {
    const { send, client, zones } = await startRoute53();
    const GeoLocation = { CountryCode: "DE" };
    const AliasTarget = { HostedZoneId: "Z2", DNSName: "x.example.org.", EvaluateTargetHealth: false };
    const sets: Fields[] = [
      { ...weighted("a <b> & \"c\" 'd' é", 7), HealthCheckId: await checkIn(zones) },
      { Type: "AAAA", SetIdentifier: "de", GeoLocation, AliasTarget },
      text('"a&b<c>" "\\"quoted\\" \\303\\251"'),
    ];
    await send(...sets.map(create));
    const { ResourceRecordSets } = await client.send(
      new ListResourceRecordSetsCommand({ HostedZoneId: zoneId, StartRecordName: "lb.example.com" }),
    );
    const expected = sets.map((set) => ({ ...create(set).ResourceRecordSet, Name: "lb.example.com." }));
    expect(ResourceRecordSets).toEqual(
      expected.map((set) => Object.fromEntries(Object.entries(set).filter(([, value]) => value !== undefined))),
    );
  });

  it("shows an alias's target with its final dot, however it was sent, and either way it can be deleted", async () => {
    const { send, client, list } = await startRoute53();
    const alias = (DNSName: string): Fields => {
      return { AliasTarget: { HostedZoneId: "Z2", DNSName, EvaluateTargetHealth: false } };
    };
    await send(create(alias("X.example.org")));
    const { ResourceRecordSets = [] } = await client.send(
      new ListResourceRecordSetsCommand({ HostedZoneId: zoneId, StartRecordName: "lb.example.com" }),
    );
    expect(ResourceRecordSets[0]?.AliasTarget?.DNSName).toBe("x.example.org.");
    await send(change("DELETE", alias("x.example.org")));
    await send(create(alias("x.example.org")), create({ ...alias("x.example.org"), Name: "l2.example.com" }));
    await send(change("DELETE", alias("x.example.org.")));
    await expect(send(change("DELETE", { ...alias("y.example.org"), Name: "l2.example.com" }))).rejects.toThrow(
      "do not match the current values",
    );
    expect(await list()).toEqual(["example.com. NS", "example.com. SOA", "l2.example.com. A"]);
  });

  it("keeps the bytes of a name beyond ASCII as they are: DNS knows upper and lower case of A to Z only", async () => {
    const { send, list } = await startRoute53();
    await send(create({ Name: "\\303\\211X.example.com" }));
    expect(await list()).toContain("\\303\\211x.example.com. A");
  });

  it("is paged by name, type and identifier, at most 300 a page", async () => {
    const { send, client } = await startRoute53();
    for (const Type of ["A", "AAAA"] as const)
      for (const label of ["a", "b"])
        await send(
          ...Array.from({ length: 100 }, (_, at) =>
            create({
              ...weighted(`s${at}`, 1, { Type, Name: `${label}.example.com` }),
              values: [Type === "A" ? "192.0.2.1" : "::1"],
            }),
          ),
        );
    const seen: string[] = [];
    const sizes: number[] = [];
    let next: { StartRecordName?: string; StartRecordType?: "A"; StartRecordIdentifier?: string } | undefined = {};
    while (next) {
      const page: Awaited<ReturnType<typeof send2>> = await send2(next);
      seen.push(
        ...(page.ResourceRecordSets ?? []).map(({ Name, Type, SetIdentifier }) => `${Name} ${Type} ${SetIdentifier}`),
      );
      sizes.push(page.ResourceRecordSets?.length ?? 0);
      const { NextRecordName, NextRecordType, NextRecordIdentifier } = page;
      next = page.IsTruncated
        ? {
            StartRecordName: NextRecordName,
            StartRecordType: NextRecordType as "A",
            StartRecordIdentifier: NextRecordIdentifier,
          }
        : undefined;
    }
    expect(sizes).toEqual([300, 102]);
    expect(new Set(seen).size).toBe(402);

    function send2(start: NonNullable<typeof next>) {
      return client.send(new ListResourceRecordSetsCommand({ HostedZoneId: zoneId, MaxItems: 1000, ...start }));
    }
  });

  it("wants a name with a type", async () => {
    const { client } = await startRoute53();
    const command = new ListResourceRecordSetsCommand({ HostedZoneId: zoneId, StartRecordType: "A" });
    await expect(client.send(command)).rejects.toMatchObject({ name: "InvalidInput" });
  });
});

describe("a change", () => {
  it("is PENDING, then INSYNC after the delay; the SDK's waiter sees it", async () => {
    let nowMs = 1000;
    const { send, client } = await startRoute53({ open: { nowMs: () => nowMs }, timing: { insyncMs: 40_000 } });
    const Id = await send(create());
    const status = async () => (await client.send(new GetChangeCommand({ Id }))).ChangeInfo?.Status;
    expect(await status()).toBe("PENDING");
    nowMs += 39_999;
    expect(await status()).toBe("PENDING");
    nowMs += 1;
    expect(await status()).toBe("INSYNC");
    const waited = await waitUntilResourceRecordSetsChanged({ client, maxWaitTime: 60 }, { Id });
    expect(waited.state).toBe("SUCCESS");
    await expect(client.send(new GetChangeCommand({ Id: "C0" }))).rejects.toMatchObject({ name: "NoSuchChange" });
  });

  it("of the same zone is refused while one is under way; of another zone it is not", async () => {
    const { send, client, zones } = await startRoute53({ changeMs: 100 });
    await zones.create({ name: "example.org", id: "Z0OTHER" });
    const other = new ChangeResourceRecordSetsCommand({
      HostedZoneId: "Z0OTHER",
      ChangeBatch: { Changes: [create({ Name: "example.org" })] },
    });
    const [first, second, third] = await Promise.allSettled([
      send(create()),
      send(create({ Name: "b.example.com" })),
      client.send(other),
    ]);
    expect([first.status, third.status]).toEqual(["fulfilled", "fulfilled"]);
    expect(second).toMatchObject({ reason: { name: "PriorRequestNotComplete" } });
    await send(create({ Name: "b.example.com" }));
  });
});

describe("the pace", () => {
  it.each([
    { which: "of today", pace: currentPace },
    { which: "of before", pace: legacyPace },
  ])("$which is $pace.burst at once and $pace.perS a second for the whole account", async ({ pace }) => {
    let nowMs = 0;
    const { client } = await startRoute53({ pace, nowMs: () => nowMs });
    const ask = () => client.send(new ListHostedZonesCommand({}));
    for (let at = 0; at < pace.burst; at += 1) await ask();
    await expect(ask()).rejects.toMatchObject({ name: "Throttling", message: "Rate exceeded" });
    nowMs += 1000;
    for (let at = 0; at < pace.perS; at += 1) await ask();
    await expect(ask()).rejects.toMatchObject({ name: "Throttling" });
  });
});

describe("hosted zones", () => {
  it("are made, found and removed", async () => {
    const { client, send, url } = await startRoute53();
    const made = await client.send(
      new CreateHostedZoneCommand({
        Name: "Example.ORG",
        CallerReference: "once",
        HostedZoneConfig: { Comment: "c & d" },
      }),
    );
    const Id = made.HostedZone?.Id?.replace("/hostedzone/", "");
    expect(made.DelegationSet?.NameServers).toHaveLength(2);
    expect(made.Location).toBe(`${url}/2013-04-01/hostedzone/${Id}`);
    const { ChangeInfo } = await client.send(new GetChangeCommand({ Id: made.ChangeInfo?.Id }));
    expect(ChangeInfo).toEqual(made.ChangeInfo);
    await expect(
      client.send(new CreateHostedZoneCommand({ Name: "x.test", CallerReference: "once" })),
    ).rejects.toMatchObject({ name: "HostedZoneAlreadyExists" });
    const got = await client.send(new GetHostedZoneCommand({ Id }));
    expect(got.HostedZone).toMatchObject({
      Name: "example.org.",
      Config: { Comment: "c & d", PrivateZone: false },
      ResourceRecordSetCount: 2,
    });
    const byName = await client.send(new ListHostedZonesByNameCommand({ DNSName: "example.org", MaxItems: 1 }));
    expect(byName.HostedZones?.map(({ Name }) => Name)).toEqual(["example.org."]);
    const first = await client.send(new ListHostedZonesCommand({ MaxItems: 1 }));
    const rest = await client.send(new ListHostedZonesCommand({ Marker: first.NextMarker }));
    const listed = [first, rest].flatMap(({ HostedZones = [] }) => HostedZones.map(({ Name }) => Name));
    expect(new Set(listed)).toEqual(new Set(["example.com.", "example.org."]));
    expect(listed).toHaveLength(2);
    await client.send(new DeleteHostedZoneCommand({ Id }));
    await expect(client.send(new GetHostedZoneCommand({ Id }))).rejects.toMatchObject({ name: "NoSuchHostedZone" });
    await send(create());
    await expect(client.send(new DeleteHostedZoneCommand({ Id: zoneId }))).rejects.toMatchObject({
      name: "HostedZoneNotEmpty",
    });
    expect((await client.send(new ListHealthChecksCommand({}))).HealthChecks).toEqual([]);
  });
});

describe("the endpoint", () => {
  it("says which port is taken, and by which flag to choose another", async () => {
    const { zones, url } = await startRoute53();
    const port = Number(new URL(url).port);
    const second = serveRoute53(zones, { port, flag: "--route53-port" });
    await expect(second).rejects.toBeInstanceOf(UserError);
    await expect(second).rejects.toThrow(`port ${port} of 127.0.0.1 is taken; choose another with --route53-port`);
  });

  it("takes no request that is not signed, and outlives hostile ones", async () => {
    const { url, client } = await startRoute53();
    const authorization =
      "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/route53/aws4_request, SignedHeaders=host, Signature=0";
    const path = `${url}/2013-04-01/hostedzone/${zoneId}/rrset/`;
    expect((await fetch(path)).status).toBe(403);
    const bomb = `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]><ChangeResourceRecordSetsRequest>&a;</ChangeResourceRecordSetsRequest>`;
    const bodies = ["", "<", "<a>", "{}", "\u0000", bomb, "<ChangeResourceRecordSetsRequest/>", "<x>".repeat(100_000)];
    for (const body of bodies) {
      const response = await fetch(path, { method: "POST", body, headers: { authorization } });
      expect([body.slice(0, 40), response.status]).toEqual([body.slice(0, 40), 400]);
      expect(await response.text()).toMatch(/<Code>(MalformedInput|InvalidInput)<\/Code>/);
    }
    expect(
      (await fetch(path, { method: "POST", body: "x".repeat(5_000_000), headers: { authorization } })).status,
    ).toBe(413);
    expect((await fetch(`${url}/2013-04-01/%ff`, { headers: { authorization } })).status).toBe(404);
    expect((await fetch(`${path}?maxitems=-1`, { headers: { authorization } })).status).toBe(400);
    await client.send(new GetHostedZoneCommand({ Id: zoneId }));
  });

  it("answers a client that asks again after a lost answer", async () => {
    let faults = 1;
    const { url, send } = await startRoute53({ fault: () => (faults-- > 0 ? { kind: "reset-after" } : undefined) });
    const retrying = clientOf(url, 3);
    const command = new ChangeResourceRecordSetsCommand({ HostedZoneId: zoneId, ChangeBatch: { Changes: [create()] } });
    // The first attempt was carried out: its own retry meets it.
    await expect(retrying.send(command)).rejects.toMatchObject({ name: "InvalidChangeBatch" });
    await send(change("DELETE"));
  });
});
