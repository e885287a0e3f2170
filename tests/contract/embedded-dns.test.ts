// The embedded DNS server, asked by a real client: it answers as Route 53 would.
import { decode } from "dns-packet";
import { describe, expect, it } from "vitest";
import type { DnsRecord } from "../../shared/model/record.ts";
import { gist, query, simple, startDns, type World } from "./dns-fixture.ts";

function weighted(name: string, weights: Record<string, number>): DnsRecord[] {
  return Object.entries(weights).map(([setIdentifier, weight]) => ({
    name,
    type: "A",
    setIdentifier,
    weight,
    ttlS: 60,
    values: [setIdentifier],
  }));
}

function aliasOf(name: string, DNSName: string): DnsRecord {
  const AliasTarget = { HostedZoneId: "Z3", DNSName, EvaluateTargetHealth: false };
  return { name, type: "A", values: [], other: { AliasTarget } };
}

describe("what is answered", () => {
  async function world(): Promise<World> {
    const started = await startDns();
    await started.zones.create({ name: "sub.example.com", id: "Z2" });
    await started.zones.create({ name: "example.org", id: "Z3" });
    await started.put(
      simple("example.com", "A", "192.0.2.1"),
      simple("www.example.com", "CNAME", "lb.example.org."),
      simple("lb.example.org", "A", "192.0.2.2"),
      simple("out.example.com", "CNAME", "elsewhere.test."),
      simple("broken.example.com", "CNAME", "nowhere.example.org."),
      simple("loop.example.com", "CNAME", "loop2.example.com."),
      simple("loop2.example.com", "CNAME", "loop.example.com."),
      simple("*.wild.example.com", "A", "192.0.2.3"),
      simple("host.wild.example.com", "TXT", '"host"'),
      simple("deep.inner.wild.example.com", "A", "192.0.2.4"),
      simple("a.empty.example.com", "A", "192.0.2.5"),
      simple("x.sub.example.com", "A", "192.0.2.6"),
      simple("cut.example.com", "NS", "ns.cut.example.com."),
      simple("ns.cut.example.com", "A", "192.0.2.7"),
      aliasOf("alias.example.com", "lb.example.org."),
      aliasOf("lost.example.com", "gone.example.com."),
      aliasOf("away.example.com", "a.cut.example.com."),
      simple("mail.example.com", "MX", "10 mx.example.com."),
      simple("0\\057\\040\\303\\211.example.com", "A", "192.0.2.8"),
      simple("odd.example.com", "CNAME", "0\\057\\040\\303\\211.example.com."),
    );
    return started;
  }

  it.each([
    ["an apex", "example.com", "A", "NOERROR; example.com A 192.0.2.1"],
    ["another type of a name that is there", "example.com", "AAAA", "NOERROR; SOA example.com"],
    ["a name that is not there", "none.example.com", "A", "NXDOMAIN; SOA example.com"],
    [
      "a CNAME into another zone of ours",
      "www.example.com",
      "A",
      "NOERROR; www.example.com CNAME lb.example.org; lb.example.org A 192.0.2.2",
    ],
    [
      "a CNAME's target without that type",
      "www.example.com",
      "AAAA",
      "NOERROR; www.example.com CNAME lb.example.org; SOA example.org",
    ],
    ["the CNAME itself", "www.example.com", "CNAME", "NOERROR; www.example.com CNAME lb.example.org"],
    ["a CNAME out of our zones", "out.example.com", "A", "NOERROR; out.example.com CNAME elsewhere.test"],
    [
      "a CNAME to a name that is not there",
      "broken.example.com",
      "A",
      "NXDOMAIN; broken.example.com CNAME nowhere.example.org; SOA example.org",
    ],
    ["a loop of CNAMEs", "loop.example.com", "A", "SERVFAIL"],
    ["a wildcard", "any.wild.example.com", "A", "NOERROR; any.wild.example.com A 192.0.2.3"],
    ["a wildcard, several labels below it", "a.b.wild.example.com", "A", "NOERROR; a.b.wild.example.com A 192.0.2.3"],
    ["a wildcard without that type", "any.wild.example.com", "AAAA", "NOERROR; SOA example.com"],
    ["a name that is there beside a wildcard", "host.wild.example.com", "A", "NOERROR; SOA example.com"],
    ["an empty name beside a wildcard", "inner.wild.example.com", "A", "NOERROR; SOA example.com"],
    ["a name below an empty one beside a wildcard", "x.inner.wild.example.com", "A", "NXDOMAIN; SOA example.com"],
    ["the wildcard's own name", "*.wild.example.com", "A", "NOERROR; *.wild.example.com A 192.0.2.3"],
    ["an empty name", "empty.example.com", "A", "NOERROR; SOA example.com"],
    ["a zone within a zone", "x.sub.example.com", "A", "NOERROR; x.sub.example.com A 192.0.2.6"],
    ["nothing in a zone within a zone", "y.sub.example.com", "A", "NXDOMAIN; SOA sub.example.com"],
    ["a name below a delegation", "a.cut.example.com", "A", "NOERROR; NS"],
    ["an alias", "alias.example.com", "A", "NOERROR; alias.example.com A 192.0.2.2"],
    ["an alias of what is not there", "lost.example.com", "A", "NOERROR; SOA example.com"],
    ["an alias of what is delegated", "away.example.com", "A", "NOERROR; SOA example.com"],
    ["a name that needs escapes", "0/ É.example.com", "A", "NOERROR; 0/ É.example.com A 192.0.2.8"],
    [
      "a CNAME to a name that needs escapes",
      "odd.example.com",
      "A",
      "NOERROR; odd.example.com CNAME 0/ É.example.com; 0/ É.example.com A 192.0.2.8",
    ],
    ["a wildcard, asked with such a name", "a@É.wild.example.com", "A", "NOERROR; a@É.wild.example.com A 192.0.2.3"],
    ["a name outside our zones", "example.net", "A", "REFUSED"],
    ["the root", ".", "NS", "REFUSED"],
    ["a transfer", "example.com", "AXFR", "REFUSED"],
  ])("for %s", async (_, name, type, expected) => {
    const { ask } = await world();
    expect(gist(await ask(name, type))).toBe(expected);
  });

  it("is never of another name than the one that was asked for: a label with a dot in it cannot be written", async () => {
    const { udp } = await world();
    const asked = query("a?b.wild.example.com");
    asked[asked.indexOf("?")] = ".".charCodeAt(0);
    expect(gist(decode(await udp(asked)))).toBe("SERVFAIL");
  });

  it("is of every type that the zone keeps", async () => {
    const { ask, put } = await startDns();
    await put(
      simple("t.example.com", "TXT", '"a \\"b\\"" "\\303\\251"'),
      simple("t.example.com", "MX", "10 mx.example.com."),
      simple("t.example.com", "AAAA", "2001:db8::1"),
      simple("t.example.com", "CAA", '0 issue "ca.example.net"'),
      simple("_s._tcp.example.com", "SRV", "1 2 443 t.example.com."),
      simple("p.example.com", "PTR", "t.example.com."),
      simple("s.example.com", "SPF", '"v=spf1" " -all"'),
    );
    const data = async (name: string, type: string) =>
      (await ask(name, type)).answers?.map((answer) => "data" in answer && answer.data);
    expect(await data("t.example.com", "TXT")).toEqual([[Buffer.from('a "b"'), Buffer.from("é")]]);
    expect(await data("t.example.com", "MX")).toEqual([{ preference: 10, exchange: "mx.example.com" }]);
    expect(await data("t.example.com", "AAAA")).toEqual(["2001:db8::1"]);
    expect(await data("t.example.com", "CAA")).toMatchObject([{ tag: "issue", value: "ca.example.net" }]);
    expect(await data("_s._tcp.example.com", "SRV")).toMatchObject([
      { priority: 1, weight: 2, port: 443, target: "t.example.com" },
    ]);
    expect(await data("p.example.com", "PTR")).toEqual(["t.example.com"]);
    expect(await data("s.example.com", "SPF")).toEqual([Buffer.from("\u0006v=spf1\u0005 -all")]);
    expect(await data("example.com", "SOA")).toMatchObject([{ mname: "ns-1.route53.test", minimum: 86_400 }]);
    expect(await data("example.com", "NS")).toHaveLength(2);
  });

  it("is from the zone's own authority, and a negative answer lives 900 s", async () => {
    const { ask } = await startDns();
    const {
      flag_aa: authoritative,
      flag_rd: recursion,
      flag_ra: available,
      authorities,
    } = await ask("none.example.com");
    expect({ authoritative, recursion, available }).toEqual({ authoritative: true, recursion: true, available: false });
    expect(authorities).toMatchObject([{ type: "SOA", name: "example.com", ttl: 900 }]);
    expect((await ask("none.example.net")).flag_aa).toBe(false);
  });
});

describe("weights", () => {
  async function counts(records: DnsRecord[], times: number): Promise<Record<string, number>> {
    const { ask, put } = await startDns();
    await put(...records);
    const seen: Record<string, number> = {};
    for (let at = 0; at < times; at += 1) {
      const { answers = [] } = await ask("lb.example.com");
      expect(answers).toHaveLength(1);
      for (const answer of answers) if (answer.type === "A") seen[answer.data] = (seen[answer.data] ?? 0) + 1;
    }
    return seen;
  }

  /** Four standard deviations of a binomial: a right server fails it once in 16,000 seeds, and the seed is fixed. */
  function expectShare(count: number, times: number, share: number): void {
    expect(Math.abs(count - times * share)).toBeLessThan(4 * Math.sqrt(times * share * (1 - share)));
  }

  it("share the answers; a weight of 0 gets none", async () => {
    const seen = await counts(weighted("lb.example.com", { "192.0.2.1": 10, "192.0.2.2": 30, "192.0.2.3": 0 }), 1000);
    expect(Object.keys(seen).sort()).toEqual(["192.0.2.1", "192.0.2.2"]);
    expectShare(seen["192.0.2.1"] ?? 0, 1000, 0.25);
  });

  it("all of 0 are all equal", async () => {
    const seen = await counts(weighted("lb.example.com", { "192.0.2.1": 0, "192.0.2.2": 0, "192.0.2.3": 0 }), 900);
    expect(Object.keys(seen)).toHaveLength(3);
    for (const address of ["192.0.2.1", "192.0.2.2", "192.0.2.3"]) expectShare(seen[address] ?? 0, 900, 1 / 3);
  });

  it("change with the next answer, or when they have propagated", async () => {
    let nowMs = 1000;
    const { ask, zones, put } = await startDns({ nowMs: () => nowMs });
    await put(simple("lb.example.com", "A", "192.0.2.1"));
    expect(gist(await ask("lb.example.com"))).toContain("192.0.2.1");
    zones.timing.propagationMs = 500;
    await zones.change("Z1", [{ action: "UPSERT", record: simple("lb.example.com", "A", "192.0.2.2") }]);
    nowMs += 499;
    expect(gist(await ask("lb.example.com"))).toContain("192.0.2.1");
    nowMs += 1;
    expect(gist(await ask("lb.example.com"))).toContain("192.0.2.2");
  });

  it("multivalue sets are answered together, eight at most", async () => {
    const { ask, put } = await startDns();
    const set = (at: number): DnsRecord => ({
      ...simple("m.example.com", "A", `192.0.2.${at}`),
      setIdentifier: `${at}`,
      other: { MultiValueAnswer: true },
    });
    await put(...Array.from({ length: 10 }, (_, at) => set(at)));
    const { answers = [] } = await ask("m.example.com");
    expect(new Set(answers.map((answer) => "data" in answer && answer.data)).size).toBe(8);
  });
});
