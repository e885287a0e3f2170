// The resolver over a real DNS server, and over what is none.
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { expect, onTestFinished, test } from "vitest";
import { serveDns } from "../../local/embedded/route53/dns.ts";
import { createZones } from "../../local/embedded/route53/zones.ts";
import type { Resolution } from "../../shared/model/follow.ts";
import type { DnsRecord, Family } from "../../shared/model/record.ts";
import { createResolver } from "../../shared/probe/resolver.ts";

const never = new AbortController().signal;

async function serve(): Promise<string> {
  const zones = await createZones();
  onTestFinished(() => zones.close());
  const records: Record<string, DnsRecord[]> = {
    "acme.example": [
      { name: "lb.acme.example", type: "A", ttlS: 60, values: ["192.0.2.1"], setIdentifier: "a", weight: 1 },
      { name: "lb.acme.example", type: "A", ttlS: 60, values: ["192.0.2.2"], setIdentifier: "b", weight: 0 },
      { name: "text.acme.example", type: "TXT", ttlS: 60, values: ['"x"'] },
    ],
    "client.example": [
      { name: "client.example", type: "A", ttlS: 60, values: ["192.0.2.9", "192.0.2.10"] },
      { name: "client.example", type: "AAAA", ttlS: 60, values: ["2001:db8:0::1"] },
      { name: "www.client.example", type: "CNAME", ttlS: 60, values: ["a.client.example."] },
      { name: "a.client.example", type: "CNAME", ttlS: 60, values: ["lb.acme.example."] },
      { name: "dead.client.example", type: "CNAME", ttlS: 60, values: ["gone.acme.example."] },
    ],
  };
  for (const [name, list] of Object.entries(records)) {
    const zone = await zones.create({ name });
    await zones.change(
      zone.id,
      list.map((record) => ({ action: "CREATE", record })),
    );
  }
  const dns = await serveDns(zones);
  onTestFinished(() => dns.close());
  return `127.0.0.1:${dns.port}`;
}

const rows: [name: string, family: Family, resolution: Resolution][] = [
  ["client.example", "A", { kind: "addresses", addresses: ["192.0.2.10", "192.0.2.9"] }],
  ["client.example", "AAAA", { kind: "addresses", addresses: ["2001:db8::1"] }],
  // Two CNAMEs on the way.
  ["www.client.example", "A", { kind: "addresses", addresses: ["192.0.2.1"] }],
  ["lb.acme.example", "AAAA", { kind: "none", detail: "no address" }],
  ["text.acme.example", "A", { kind: "none", detail: "no address" }],
  ["nobody.acme.example", "A", { kind: "none", detail: "no such name" }],
  ["dead.client.example", "A", { kind: "none", detail: "no such name" }],
  // A name that its server does not serve: that may be our resolver's doing.
  ["www.elsewhere.example", "A", { kind: "unknown", detail: "EREFUSED" }],
];

test.each(rows)("%s %s", async (name, family, resolution) => {
  const resolver = createResolver([await serve()]);
  expect(await resolver.resolve(name, family, never)).toEqual(resolution);
});

test("nobody listens: that is our resolver's fault", async () => {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  await once(socket, "close");
  const resolution = await createResolver([`127.0.0.1:${port}`]).resolve("a.example", "A", never);
  expect(resolution).toEqual({ kind: "unknown", detail: "ECONNREFUSED" });
});

test("a resolver that never answers is cut off by the signal, and not before others' questions", async () => {
  const silent = createSocket("udp4").bind(0, "127.0.0.1");
  onTestFinished(() => void silent.close());
  await once(silent, "listening");
  const resolver = createResolver([`127.0.0.1:${silent.address().port}`]);
  const abort = new AbortController();
  const [asked, other] = ["a.example", "b.example"].map((name, at) =>
    resolver.resolve(name, "A", at === 0 ? abort.signal : never),
  );
  await once(silent, "message");
  abort.abort();
  expect(await asked).toEqual({ kind: "unknown", detail: "out of time" });
  expect(await resolver.resolve("c.example", "A", AbortSignal.abort())).toEqual({
    kind: "unknown",
    detail: "out of time",
  });
  expect(await Promise.race([other, Promise.resolve("still asking")])).toBe("still asking");
  expect(await other).toEqual({ kind: "unknown", detail: "ETIMEOUT" });
});
