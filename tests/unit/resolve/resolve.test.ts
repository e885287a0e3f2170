import { expect, test } from "vitest";
import { resolvedSchema } from "../../../shared/model/resolved.ts";
import { canonicalJson, digestOf } from "../../../shared/model/digest.ts";
import { namesToLookUp, resolveConfig } from "../../../shared/resolve/resolve.ts";
import { base, env, spoil } from "./base.ts";

const resolve = (input: unknown, over = {}) => resolveConfig(input, { ...env, ...over }).resolved;

test("defaults are filled in", () => {
  const resolved = resolve(base());
  expect(resolvedSchema.parse(resolved)).toEqual(resolved);
  expect(resolved).toMatchObject({
    version: 1,
    cfg: env.cfg,
    owner: "acme",
    intervalS: 30,
    quorum: 2,
    shards: 1,
    confirm: { attempts: 3, spreadMs: 3000 },
    islands: { north: {}, south: { note: "Call the south." } },
    checks: {
      web: {
        check: {
          protocol: "http",
          port: 80,
          path: "/test.txt",
          statuses: [200],
          timeoutMs: 2500,
          votes: true,
          host: "lb.acme.com",
        },
      },
      mail: { check: { protocol: "tcp", port: 587, timeoutMs: 2500, votes: true } },
    },
    boxes: {
      lb1: { id: "lb1", island: "north", address: "4.1.1.1", shard: 0, checks: ["mail", "web"] },
      lb2: { id: "lb2", island: "south", address: "4.1.1.2", shard: 0, checks: ["mail", "web"] },
    },
  });
  expect(resolved.pools).toEqual([
    {
      id: "web",
      mode: "active",
      ttlS: 60,
      withdraw: "weight",
      names: [{ name: "lb.acme.com", zoneId: "Z1" }],
      checks: ["web", "mail"],
      members: [
        { box: "lb1", setIdentifier: "lb1", weight: 1 },
        { box: "lb2", setIdentifier: "lb2", weight: 2 },
      ],
      floor: { count: 1, weight: 0 },
      restore: { mode: "auto", afterS: 60, successes: 3, damping: true },
    },
  ]);
  expect(new Set(resolved.canaries.map(({ address }) => address)).size).toBe(2);
});

test.each([
  [["eu-west-1"], 1],
  [["eu-west-1", "eu-west-2", "eu-west-3", "eu-north-1"], 3],
  [["eu-west-1", "eu-west-2", "eu-west-3", "eu-north-1", "eu-south-1"], 3],
])("the quorum of %j is %i by default", (regions, quorum) => {
  expect(resolve(spoil(base(), "regions", regions)).quorum).toBe(quorum);
});

test("names are canonical, their zones looked up unless given", () => {
  const names = ["LB.Acme.com.", { name: "WWW.acme.com", zoneId: "Z9" }, "api.acme.com", "no_host.acme.com"];
  const input = spoil(base(), "pools[0].names", names);
  expect(namesToLookUp(input)).toEqual(["lb.acme.com", "api.acme.com"]);
  spoil(input, "pools[0].names", names.slice(0, 3));
  expect(resolve(input, { zones: (name: string) => ({ zoneId: `zone of ${name}` }) }).pools[0]?.names).toEqual([
    { name: "lb.acme.com", zoneId: "zone of lb.acme.com" },
    { name: "www.acme.com", zoneId: "Z9" },
    { name: "api.acme.com", zoneId: "zone of api.acme.com" },
  ]);
  expect(namesToLookUp(null)).toEqual([]);
});

test.each([
  [{ protocol: "http" }, "lb.acme.com"],
  [{ protocol: "https" }, "lb.acme.com"],
  [{ protocol: "tls" }, "lb.acme.com"],
  [{ protocol: "smtp", tls: "starttls" }, "lb.acme.com"],
  [{ protocol: "imap", tls: "starttls" }, "lb.acme.com"],
  [{ protocol: "pop3", tls: "starttls" }, "lb.acme.com"],
  [{ protocol: "https", host: "www.acme.com:8443" }, "www.acme.com:8443"],
  [{ protocol: "dns", name: "acme.com" }, undefined],
  [{ protocol: "tcp", port: 1 }, undefined],
])("%j asks for the name %s", (check, host) => {
  const found = resolve(spoil(base(), "checks.mail", check)).checks["mail"]?.check;
  expect(found).toHaveProperty("protocol", check.protocol);
  expect(found && "host" in found ? found.host : undefined).toBe(host);
});

test("a box in two pools is asked the checks of both, once", () => {
  const lb2 = { id: "lb2", setIdentifier: "Second", island: "south", address: "4.1.1.2" };
  const input = spoil(base(), "pools[1]", {
    id: "api",
    names: ["api.acme.com"],
    checks: ["spare", "mail"],
    loadBalancers: [lb2],
  });
  const { boxes, pools } = resolve(spoil(input, "checks.spare", { protocol: "tcp", port: 7 }));
  expect(boxes["lb1"]?.checks).toEqual(["mail", "web"]);
  expect(boxes["lb2"]?.checks).toEqual(["mail", "spare", "web"]);
  expect(pools[1]?.members).toEqual([{ box: "lb2", setIdentifier: "Second", weight: 1 }]);
});

test.each([0, 1])("a box has the address6 that pool %i alone gives it", (index) => {
  const lb1 = { id: "lb1", island: "north", address: "4.1.1.1" };
  const api = { id: "api", names: ["api.acme.com"], checks: ["mail"], loadBalancers: [lb1] };
  const input = spoil(base(), "pools[1]", api);
  spoil(input, `pools[${index}].loadBalancers[0].address6`, "2a01:4f8:1::1");
  expect(resolve(input).boxes["lb1"]?.address6).toBe("2a01:4f8:1::1");
});

test("shards hold 500 boxes each, in an order that the file's order does not change", () => {
  const boxes = Array.from({ length: 1001 }, (_, n) => ({
    id: `lb-${String(n).padStart(4, "0")}`,
    island: "north",
    address: "4.1.1.1",
  }));
  const pools = (list: typeof boxes) =>
    Array.from({ length: 11 }, (_, n) => ({
      id: `p${n}`,
      names: [`p${n}.acme.com`],
      checks: ["mail"],
      loadBalancers: list.slice(n * 100, n * 100 + 100),
    }));
  const one = resolve(spoil(base(), "pools", pools(boxes)));
  const two = resolve(spoil(base(), "pools", pools(boxes.toReversed())));
  expect(one.shards).toBe(3);
  const ids = Object.keys(one.boxes);
  expect(ids.filter((id) => one.boxes[id]?.shard === 0)).toEqual(boxes.slice(0, 500).map(({ id }) => id));
  expect(ids.filter((id) => one.boxes[id]?.shard === 2)).toEqual(["lb-1000"]);
  expect(two.boxes).toEqual(one.boxes);
  expect(two.asked).toEqual(one.asked);
  expect(new Set(one.asked).size).toBe(3);
});

/** What changes the digest of a check, of the questions, of the whole. */
const digests: [
  title: string,
  at: string,
  value: unknown,
  changes: { check: boolean; asked: boolean; all: boolean },
][] = [
  ["nothing", "intervalS", 30, { check: false, asked: false, all: false }],
  ["the path", "checks.web.path", "/other", { check: true, asked: true, all: true }],
  ["the timeout", "checks.web.timeoutMs", 1000, { check: true, asked: true, all: true }],
  ["the first name, and so the host", "pools[0].names[0]", "www.acme.com", { check: true, asked: true, all: true }],
  ["whether it votes", "checks.web.votes", false, { check: false, asked: false, all: true }],
  ["an address", "pools[0].loadBalancers[0].address", "4.1.1.7", { check: false, asked: true, all: true }],
  ["a check more", "pools[0].checks", ["web"], { check: false, asked: true, all: true }],
  ["a weight", "pools[0].loadBalancers[0].weight", 9, { check: false, asked: false, all: true }],
  ["the note", "islands.north.note", "x", { check: false, asked: false, all: true }],
];

test.each(digests)("digests after a change of %s", (_title, at, value, changes) => {
  const before = resolve(base());
  const after = resolve(spoil(base(), at, value), { cfg: env.cfg + 1 });
  expect(after.checks["web"]?.digest !== before.checks["web"]?.digest).toBe(changes.check);
  expect(after.asked[0] !== before.asked[0]).toBe(changes.asked);
  expect(after.digest !== before.digest).toBe(changes.all);
  const { digest, cfg, ...rest } = after;
  expect(digest).toBe(digestOf(rest));
  expect(cfg).toBe(env.cfg + 1);
});

test("canonical JSON", () => {
  expect(canonicalJson({ b: [1, { d: undefined, c: null }], a: "x", B: true })).toBe(
    '{"B":true,"a":"x","b":[1,{"c":null}]}',
  );
  // FIPS 180-2's own example, quoted as JSON quotes it: sha256 of '"abc"'.
  expect(digestOf("abc")).toBe("6cc43f858fbb763301637b5af970e2a46b46f461f27e5a0f41e009c59b827b25");
});
