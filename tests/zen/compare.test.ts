import { describe, expect, it } from "vitest";
import { changeSchema, driftSchema, type Drift } from "../../shared/model/snapshot.ts";
import { readBox } from "../../shared/zen/box.ts";
import { diffOf } from "../../shared/zen/diff.ts";
import { driftOf } from "../../shared/zen/drift.ts";
import { boxOf, bundles, filesOf, key, single } from "./fixtures.ts";

const brief = ({ class: kind, farm, service, backend, what, values }: Drift): unknown[] => [
  kind,
  farm,
  service,
  backend,
  what,
  ...Object.values(values),
];

const driftOfPair = (name: string): Drift[] => driftOf({ a: boxOf(`${name}-a`).config, b: boxOf(`${name}-b`).config });

describe("drift", () => {
  it("finds what differs on a pair of Zen 3.10, and nothing of the noise", () => {
    expect(driftOfPair("zen-3.10").map(brief)).toEqual([
      // Every real server of the farm is another one: one row.
      [
        "configuration",
        "imap",
        null,
        null,
        "backends differ",
        "10.30.2.31 weight 1, 10.30.2.32:1143 weight 2",
        "10.30.2.33 weight 1, 10.30.2.34:1143 weight 2",
      ],
      ["configuration", "mx", null, "10.30.2.22:25", "weight", 4, 2],
      ["operator", "mx", null, "10.30.2.22:25", "maintenance", "maintenance", "active"],
      ["configuration", "secure", "api", null, "persistence", "IP ttl 300", "IP ttl 600"],
      // The servers stand in another order on b, and maintenance is by index: the address decides.
      ["operator", "shop", "www", "10.30.2.12:80", "maintenance", "maintenance", "active"],
      ["run", "shop", "img", "203.0.113.9:8080", "state", "active", "fgDOWN"],
    ]);
  });

  it("finds what differs on a pair of SKUDONET 7, and nothing of the noise", () => {
    expect(driftOfPair("skudonet-7").map(brief)).toEqual([
      ["configuration", "ftp", null, "10.30.2.51:21", "weight", 1, 5],
      ["run", "ftp", null, "10.30.2.51:21", "state", "up", "down"],
      [
        "configuration",
        "ftp",
        null,
        null,
        "FarmGuardian command",
        "check_ftp -H HOST -p PORT -t 5",
        "check_ftp -H HOST -p PORT -t 9",
      ],
      ["operator", "web", "www", "10.30.2.11:80", "maintenance", "active", "maintenance"],
      ["configuration", "web", "extra", null, "service missing on b", "^/extra", null],
      ["configuration", null, null, null, "$ntp", "ntp.example.test", "pool.example.test"],
      [
        "configuration",
        null,
        null,
        null,
        "zlb-start",
        "ip route add 10.98.0.0/16 via 10.30.0.1 src (own address)",
        "ip route add 10.98.0.0/16 via 10.30.0.2 src (own address)",
      ],
    ]);
  });

  it.each(bundles)("%s does not drift from itself", (bundle) => {
    const { config } = boxOf(bundle);
    expect(driftOf({ a: config, b: config, c: config })).toEqual([]);
    expect(diffOf(config, config)).toEqual([]);
  });

  it("has the shape of its schema", () => {
    for (const pair of ["zen-3.10", "skudonet-7"])
      for (const one of driftOfPair(pair)) expect(driftSchema.parse(one)).toEqual(one);
  });
});

/** A layer 4 farm of servers `ip:port:weight:state`. */
function farm(...servers: string[]) {
  const lines = servers.map((server) => {
    const [ip, port = "", weight = "1", state = "up"] = server.split(":");
    return `;server;${ip};${port};0x200;${weight};1;${state}\n`;
  });
  return readBox(single("w_l4xnat.cfg", `w;tcp;10.0.0.1;25;nat;weight;none;120;up\n${lines.join("")}`), { key }).config;
}

describe("real servers", () => {
  /** before, after, then what is said with both values. */
  const table: [string, string[], string[], unknown[][]][] = [
    ["the same in another order", ["10.1:25", "10.2:25"], ["10.2:25", "10.1:25"], []],
    ["one more", ["10.1:25"], ["10.1:25", "10.2:25:3"], [["10.2:25", "backend added", null, "10.2:25 weight 3"]]],
    ["one less", ["10.1:25", "10.2:25"], ["10.1:25"], [["10.2:25", "backend removed", "10.2:25 weight 1", null]]],
    [
      "one swapped",
      ["10.1:25", "10.2:25"],
      ["10.1:25", "10.3:25"],
      [[null, "backends differ", "10.2:25 weight 1", "10.3:25 weight 1"]],
    ],
    [
      "all swapped",
      ["10.1:25", "10.2:25"],
      ["10.3:25", "10.4:25"],
      [[null, "backends differ", "10.1:25 weight 1, 10.2:25 weight 1", "10.3:25 weight 1, 10.4:25 weight 1"]],
    ],
    ["another port", ["10.1:25"], ["10.1:2525"], [["10.1", "backend port differs", "25", "2525"]]],
    ["the client's port", ["10.1:25"], ["10.1"], [["10.1", "backend port differs", "25", null]]],
    [
      "another port and weight",
      ["10.1:25:1"],
      ["10.1:26:2"],
      [
        ["10.1", "backend port differs", "25", "26"],
        ["10.1", "weight", 1, 2],
      ],
    ],
    [
      "a second port of one address",
      ["10.1:25"],
      ["10.1:25", "10.1:26"],
      [["10.1:26", "backend added", null, "10.1:26 weight 1"]],
    ],
    ["into maintenance", ["10.1:25"], ["10.1:25:1:maintenance"], [["10.1:25", "maintenance", "active", "maintenance"]]],
    ["dead", ["10.1:25"], ["10.1:25:1:fgDOWN"], [["10.1:25", "state", "up", "fgDOWN"]]],
    [
      "dead, then into maintenance",
      ["10.1:25:1:fgDOWN"],
      ["10.1:25:1:maintenance"],
      [["10.1:25", "maintenance", "active", "maintenance"]],
    ],
  ];

  it.each(table)("%s", (_name, before, after, expected) => {
    const changes = diffOf(farm(...before), farm(...after));
    expect(changes.map(({ backend, what, before, after }) => [backend, what, before, after])).toEqual(expected);
    for (const change of changes) expect(changeSchema.parse(change)).toEqual(change);
  });

  it("compares three boxes at once", () => {
    const drift = driftOf({ a: farm("10.1:25", "10.2:25"), b: farm("10.1:25", "10.2:25"), c: farm("10.1:25") });
    expect(drift.map(({ what, values }) => [what, values])).toEqual([
      ["backend missing on c", { a: "10.2:25 weight 1", b: "10.2:25 weight 1", c: null }],
    ]);
  });

  it("is not drawn into a farm's marks", () => {
    const other = filesOf("zen-3.02");
    const bytes = other.get("usr/local/zenloadbalancer/config/pop3_l4txnat.cfg");
    other.set(
      "usr/local/zenloadbalancer/config/pop3_l4txnat.cfg",
      Buffer.from(
        Buffer.from(bytes ?? [])
          .toString()
          .replaceAll("0x2", "0x3"),
      ),
    );
    expect(diffOf(boxOf("zen-3.02").config, readBox(other, { key }).config)).toEqual([]);
  });
});

describe("diff of one box", () => {
  const change = (path: string, from: string, to: string) => {
    const files = filesOf("zen-3.10-a");
    const text = Buffer.from(files.get(path) ?? []).toString();
    expect(text).toContain(from);
    files.set(path, Buffer.from(text.replaceAll(from, to)));
    return diffOf(boxOf("zen-3.10-a").config, readBox(files, { key }).config);
  };
  const Z = "usr/local/zenloadbalancer/config/";

  it.each([
    ["pen's time and control port", `${Z}mx_pen.cfg`, "2016-11-03 10:14:52", "2016-11-04 00:00:00"],
    ["pen's control port", `${Z}mx_pen.cfg`, "127.0.0.1:16802", "127.0.0.1:19999"],
    ["the serial of a zone", `${Z}geo_gslb.cfg/zones/geo.example.test`, "1478000000", "1478999999"],
    ["gdnsd's own port", `${Z}geo_gslb.cfg/config`, "35060", "35099"],
    ["marks", `${Z}fwmarks.conf`, "0x200", "0x2ff"],
    ["a comment", `${Z}zlb-start`, "#make your own", "#made by Eva: make your own"],
    ["an enabled line of a status file", `${Z}shop_status.cfg`, "-B 0 0 0 active\n", ""],
  ])("%s is noise", (_name, path, from, to) => expect(change(path, from, to)).toEqual([]));

  it.each([
    ["the VIP", `${Z}mx_pen.cfg`, "10.30.1.10:25", "10.30.1.99:25", ["mx", "vip", "10.30.1.10", "10.30.1.99"]],
    [
      "an interface",
      `${Z}if_eth0_conf`,
      "10.30.0.11",
      "10.30.0.13",
      [
        null,
        "interface eth0",
        "10.30.0.11/255.255.255.0 via 10.30.0.1 up",
        "10.30.0.13/255.255.255.0 via 10.30.0.1 up",
      ],
    ],
    ["a stopped farm", `${Z}secure_pound.cfg`, "\nEnd \n", "\nEnd \n#down\n", ["secure", "boot", "up", "down"]],
    [
      "a header's secret",
      `${Z}shop_pound.cfg`,
      "s3cr3tBasic0123==",
      "another-one",
      ["shop", "addheader", expect.stringMatching(/REDACTED/), expect.stringMatching(/REDACTED/)],
    ],
    [
      "a script",
      `${Z}zlb-start`,
      "dev lo",
      "dev eth9",
      [null, "zlb-start", "ip addr add 10.30.1.10/32 dev lo", "ip addr add 10.30.1.10/32 dev eth9"],
    ],
    [
      "a zone",
      `${Z}geo_gslb.cfg/zones/geo.example.test`,
      "multifo!web",
      "multifo!other",
      ["geo", "zone geo.example.test", "www DYNA multifo!web", "www DYNA multifo!other"],
    ],
  ])("%s", (_name, path, from, to, expected) => {
    expect(change(path, from, to).map(({ farm, what, before, after }) => [farm, what, before, after])).toEqual([
      expected,
    ]);
  });

  it("shows an exchanged certificate at the farm that serves it, and at the file", () => {
    const files = filesOf("zen-3.10-a");
    files.set(
      `${Z}shop.pem`,
      filesOf("zevenet-5.13").get("usr/local/zevenet/config/certificates/mail.pem") ?? Buffer.alloc(0),
    );
    const changes = diffOf(boxOf("zen-3.10-a").config, readBox(files, { key }).config);
    expect(
      changes.map(({ farm, what, before, after }) => [
        farm,
        what,
        String(before).slice(0, 18),
        String(after).slice(0, 18),
      ]),
    ).toEqual([
      ["secure", "certificates", "shop.example.test ", "mail.example.test "],
      [null, "certificate", "shop.example.test ", "mail.example.test "],
    ]);
  });

  it("shows a farm that vanished, once", () => {
    const files = filesOf("zen-3.10-a");
    for (const path of files.keys()) if (path.includes("/shop_")) files.delete(path);
    const changes = diffOf(boxOf("zen-3.10-a").config, readBox(files, { key }).config);
    expect(
      changes.filter(({ minor }) => !minor).map(({ farm, what, before, after }) => [farm, what, before, after]),
    ).toEqual([["shop", "farm removed", "http 80", null]]);
  });

  it("does not stumble over a farm called as a part of JavaScript", () => {
    const files = single("constructor_l4xnat.cfg", "constructor;tcp;10.0.0.1;25;nat;weight;none;120;up\n");
    const { config } = readBox(files, { key });
    expect(diffOf(readBox(single("x", ""), { key }).config, config).map(({ what }) => what)).toContain("farm added");
  });
});
