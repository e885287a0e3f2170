// The embedded Route 53 judges a change batch as strictly as the real one.
import type { Change } from "@aws-sdk/client-route-53";
import { describe, expect, it } from "vitest";
import { change, create, startRoute53, text, weighted } from "./route53-fixture.ts";

describe("a batch", () => {
  const manyA = (count: number): string[] =>
    Array.from({ length: count }, (_, at) => `10.0.${Math.floor(at / 250)}.${at % 250}`);

  it.each<[string, Change[], Change[], string]>([
    [
      "CREATE of what exists",
      [create()],
      [create()],
      "Tried to create resource record set [name='lb.example.com.', type='A'] but it already exists",
    ],
    [
      "DELETE of nothing",
      [],
      [change("DELETE", weighted("a"))],
      "Tried to delete resource record set [name='lb.example.com.', type='A', set identifier='a'] but it was not found",
    ],
    [
      "DELETE with another TTL",
      [create()],
      [change("DELETE", { TTL: 61 })],
      "but the values provided do not match the current values",
    ],
    ["DELETE with another value", [create()], [change("DELETE", { values: ["192.0.2.2"] })], "do not match"],
    ["DELETE with a value less", [create({ values: ["192.0.2.1", "192.0.2.2"] })], [change("DELETE")], "do not match"],
    ["DELETE with another weight", [create(weighted("a", 1))], [change("DELETE", weighted("a", 2))], "do not match"],
    ["DELETE of a TXT that is one letter off", [create(text('"a"'))], [change("DELETE", text('"A"'))], "do not match"],
    [
      "a weighted set beside a simple one",
      [create()],
      [create(weighted("a"))],
      "SetIdentifier a cannot be created as a non-weighted set exists with the same name and type.",
    ],
    [
      "a simple set beside a weighted one",
      [create(weighted("a"))],
      [create()],
      "RRSet with DNS name lb.example.com., type A cannot be created as other RRSets exist with the same name and type.",
    ],
    [
      "simple to weighted in the wrong order",
      [create()],
      [create(weighted("a")), change("DELETE")],
      "a non-weighted set exists",
    ],
    ["UPSERT to another routing", [create()], [change("UPSERT", weighted("a"))], "a non-weighted set exists"],
    [
      "CNAME beside others",
      [create()],
      [create({ Type: "CNAME", values: ["x.example.com."] })],
      "RRSet of type CNAME with DNS name lb.example.com. is not permitted as it conflicts with other records",
    ],
    [
      "others beside a CNAME",
      [create({ Type: "CNAME", values: ["x.example.com."] })],
      [create()],
      "RRSet of type A with DNS name lb.example.com. is not permitted as it conflicts",
    ],
    [
      "CNAME at the apex",
      [],
      [create({ Name: "example.com", Type: "CNAME", values: ["x.example.org."] })],
      "is not permitted at apex in zone example.com.",
    ],
    [
      "mixed TTLs",
      [create(weighted("a"))],
      [create(weighted("b", 1, { TTL: 30 }))],
      "SetIdentifier b cannot be created as weighted sets must contain the same TTL.",
    ],
    [
      "UPSERT of one TTL of several",
      [create(weighted("a")), create(weighted("b"))],
      [change("UPSERT", weighted("a", 1, { TTL: 30 }))],
      "must contain the same TTL",
    ],
    [
      "a name outside the zone",
      [],
      [create({ Name: "lb.example.org" })],
      "RRSet with DNS name lb.example.org. is not permitted in zone example.com.",
    ],
    ["a name that only ends alike", [], [create({ Name: "badexample.com" })], "is not permitted in zone example.com."],
    [
      "one record set twice",
      [],
      [create(), change("UPSERT")],
      "The request contains an invalid set of changes for a resource record set 'A lb.example.com.'",
    ],
    ["a value twice", [], [create({ values: ["192.0.2.1", "192.0.2.1"] })], "Duplicate Resource Record: '192.0.2.1'"],
    [
      "what is no IPv4 address",
      [],
      [create({ values: ["192.0.2.256"] })],
      "ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address) encountered with '192.0.2.256'",
    ],
    [
      "what is no IPv6 address",
      [],
      [create({ Type: "AAAA", values: ["fe80::1%eth0"] })],
      "AAAARRDATAIllegalIPv6Address",
    ],
    [
      "TXT without quotes",
      [],
      [create(text("bare"))],
      "InvalidCharacterString (Value should be enclosed in quotation marks) encountered with 'bare'",
    ],
    ["TXT with an open quote", [], [create(text('"a" "b'))], "InvalidCharacterString"],
    ["TXT with a string of 256", [], [create(text(`"${"x".repeat(256)}"`))], "CharacterStringTooLong"],
    [
      "DELETE of the apex SOA",
      [],
      [
        change("DELETE", {
          Name: "example.com",
          Type: "SOA",
          TTL: 900,
          values: ["ns-1.route53.test. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"],
        }),
      ],
      "A HostedZone must contain exactly one SOA record.",
    ],
    [
      "DELETE of the apex NS",
      [],
      [
        change("DELETE", {
          Name: "example.com",
          Type: "NS",
          TTL: 172_800,
          values: ["ns-2.route53.test.", "ns-1.route53.test."],
        }),
      ],
      "A HostedZone must contain at least one NS record for the zone itself.",
    ],
    [
      "1,001 values",
      [],
      [create({ values: manyA(501) }), create({ Name: "b.example.com", values: manyA(500) })],
      "Number of records limit of 1000 exceeded.",
    ],
    [
      "501 values of an UPSERT, which count twice",
      [],
      [change("UPSERT", { values: manyA(501) })],
      "Number of records limit of 1000 exceeded.",
    ],
    [
      "32,001 characters",
      [],
      Array.from({ length: 9 }, (_, at) =>
        create({
          ...text(Array.from({ length: 14 }, () => `"${"y".repeat(253)}"`).join(" ")),
          Name: `t${at}.example.com`,
        }),
      ),
      "Number of characters limit of 32000 exceeded.",
    ],
  ])("is refused whole for %s", async (_, before, changes, sentence) => {
    const { send, list } = await startRoute53();
    if (before.length > 0) await send(...before);
    const there = await list();
    const sent = send(create({ Name: "first.example.com" }), ...changes, create({ Name: "last.example.com" }));
    await expect(sent).rejects.toMatchObject({
      name: "InvalidChangeBatch",
      message: expect.stringContaining(sentence),
    });
    expect(await list()).toEqual(there);
  });

  it.each<[string, Change[], Change[], string[]]>([
    [
      "DELETE with the values in another order",
      [create({ values: ["192.0.2.1", "192.0.2.2"] })],
      [change("DELETE", { values: ["192.0.2.2", "192.0.2.1"] })],
      [],
    ],
    [
      "simple to weighted, DELETE first",
      [create()],
      [change("DELETE"), create(weighted("a"))],
      ["lb.example.com. A a"],
    ],
    [
      "the TTL of a whole set",
      [create(weighted("a")), create(weighted("b"))],
      [
        change("DELETE", weighted("a")),
        change("DELETE", weighted("b")),
        create(weighted("a", 1, { TTL: 30 })),
        create(weighted("b", 1, { TTL: 30 })),
      ],
      ["lb.example.com. A a", "lb.example.com. A b"],
    ],
    [
      "UPSERT of one that is alone to another TTL",
      [create(weighted("a"))],
      [change("UPSERT", weighted("a", 0, { TTL: 30 }))],
      ["lb.example.com. A a"],
    ],
    [
      "1,000 values and weights 0 and 255",
      [],
      [create(weighted("a", 0, { values: manyA(500) })), create(weighted("b", 255, { values: manyA(500) }))],
      ["lb.example.com. A a", "lb.example.com. A b"],
    ],
    [
      "TXT of several strings with quotes inside",
      [],
      [create(text('"a \\"b\\"" "c"', `"${"x".repeat(255)}"`))],
      ["lb.example.com. TXT"],
    ],
    [
      "A and AAAA routed each in its own way",
      [create()],
      [create(weighted("a", 1, { Type: "AAAA", values: ["::1"] }))],
      ["lb.example.com. A", "lb.example.com. AAAA a"],
    ],
    ["a name in upper case and with a dot", [], [create({ Name: "LB.Example.COM." })], ["lb.example.com. A"]],
  ])("is taken: %s", async (_, before, changes, after) => {
    const { send, list } = await startRoute53();
    if (before.length > 0) await send(...before);
    await send(...changes);
    expect(await list()).toEqual(["example.com. NS", "example.com. SOA", ...after]);
  });

  it("says every fault at once, in one message", async () => {
    const { send } = await startRoute53();
    const sent = send(change("DELETE"), create({ Name: "x.example.com", values: ["nonsense"] }));
    await expect(sent).rejects.toThrow(/^\[Tried to delete .* not found, Invalid Resource Record: .* 'nonsense'\]$/);
  });

  it("holds 100 weighted records a set and no more", async () => {
    const { send } = await startRoute53();
    await send(...Array.from({ length: 100 }, (_, at) => create(weighted(`box${at}`))));
    await expect(send(create(weighted("one more")))).rejects.toThrow("limit of 100");
    await send(create(weighted("x", 1, { Type: "AAAA", values: ["::1"] })));
  });

  it.each<[string, Change | undefined]>([
    ["no change", undefined],
    ["a weight of 256", create(weighted("a", 256))],
    ["a weight without SetIdentifier", create({ Weight: 1 })],
    ["a SetIdentifier without routing", create({ SetIdentifier: "a" })],
    ["two ways of routing", create(weighted("a", 1, { Region: "eu-west-1" }))],
    ["no values", create({ values: [] })],
    [
      "no TTL",
      {
        ...create(),
        ResourceRecordSet: { Name: "lb.example.com", Type: "A", ResourceRecords: [{ Value: "192.0.2.1" }] },
      },
    ],
    ["an unknown type", create({ Type: "DS", values: ["x"] })],
  ])("that says %s is InvalidInput", async (_, wrong) => {
    const { send } = await startRoute53();
    await expect(send(...(wrong ? [wrong] : []))).rejects.toMatchObject({ name: "InvalidInput" });
  });
});
