import { describe, expect, it } from "vitest";
import { type Backend, type BoxConfig, boxConfigSchema, type Farm } from "../../shared/model/snapshot.ts";
import { boxOf, bundles } from "./fixtures.ts";

const farmOf = (config: BoxConfig, name: string): Farm => {
  const farm = config.farms[name];
  if (!farm) throw new Error(`no farm ${name}`);
  return farm;
};

/** `ip:port w1 p2 t20 https max30`, then `maintenance` or `?` where nobody can tell, then the word of the file. */
function line(server: Backend): string {
  const { ip, port, weight, priority, timeout, https, maxConns, maintenance, state } = server;
  const parts = [port === null ? ip : `${ip}:${port}`];
  if (weight !== null) parts.push(`w${weight}`);
  if (priority !== null) parts.push(`p${priority}`);
  if (timeout !== null) parts.push(`t${timeout}`);
  if (https) parts.push("https");
  if (maxConns !== null) parts.push(`max${maxConns}`);
  if (maintenance !== false) parts.push(maintenance === null ? "?" : "maintenance");
  if (state !== null) parts.push(state);
  return parts.join(" ");
}

/** Each farm as a line, its services and servers below it. */
function outline({ farms }: BoxConfig): string[] {
  return Object.entries(farms).flatMap(([name, farm]) => [
    `${name}: ${farm.profile} ${farm.protocol} ${farm.vip} ${farm.ports} ${farm.boot}`,
    ...farm.services.flatMap((service) => [
      ...(service.name === null ? [] : [`  ${service.name}:`]),
      ...service.backends.map((server) => `  ${server.id} ${line(server)}`),
      ...service.emergency.map((server) => `  emergency ${line(server)}`),
    ]),
  ]);
}

const expected: Record<string, string[]> = {
  "zen-2.0": [
    "db: tcp tcp 10.30.1.11 3306 up",
    "  0 10.30.2.51:3306",
    "mx: tcp tcp 10.30.1.10 25 up",
    "  0 10.30.2.21:25",
    "  2 10.30.2.23:2525 maintenance",
    "ns: udp udp 10.30.1.10 53 up",
    "  0 10.30.2.41:53",
    "  1 10.30.2.42:53",
    "pop: tcp tcp 10.30.1.10 110 down",
    "  0 10.30.2.31:110 p1",
    "  1 10.30.2.32:110 p5",
    "shop: http tcp 10.30.1.10 80 up",
    "  shop:",
    "  0 10.30.2.11:8080 t15 active",
    "  1 10.30.2.12:8080 p3 ? disabled",
    "  2 10.30.2.13:8081 p9 active",
    "uplink: datalink null 10.30.0.11  up",
    "  0 10.30.0.1 w1 p1 up",
    "  1 10.31.0.1 w2 p9 fgDOWN",
  ],
  "zen-3.02": [
    "pop3: l4xnat tcp 10.30.1.10 110 up",
    "  0 10.30.2.31:110 w1 p1 up",
    "  1 10.30.2.32 w3 p1 fgDOWN",
    "syslog: l4xnat udp 10.30.1.10 514 down",
    "  0 10.30.2.61:514 w1 p1 up",
  ],
  "zen-3.10-a": [
    "every: l4xnat all 10.30.1.10 * down",
    "  0 10.30.2.71 w1 p1 up",
    "geo: gslb dns 10.30.1.10 53 up",
    "  site:",
    "  null 198.51.100.20:443 p1",
    "  null 198.51.100.21:443 p2",
    "  web:",
    "  1 198.51.100.10:80",
    "  2 198.51.100.11:80",
    "imap: l4xnat tcp 10.30.1.10 143,993 up",
    "  0 10.30.2.31 w1 p1 up",
    "  1 10.30.2.32:1143 w2 p1 fgDOWN",
    "line: datalink null 10.30.0.11  up",
    "  0 10.30.0.1 w1 p1 up",
    "mx: tcp tcp 10.30.1.10 25 up",
    "  0 10.30.2.21:25 w1",
    "  1 10.30.2.22:25 w4 maintenance",
    "secure: https tcp 10.30.1.10 443 up",
    "  api:",
    "  0 10.30.2.15:8443 https active",
    "shop: http tcp 10.30.1.10 80 up",
    "  www:",
    "  0 10.30.2.11:80 p1 t20 active",
    "  1 10.30.2.12:80 p1 t20 maintenance maintenance",
    "  old:",
    "  img:",
    "  0 203.0.113.9:8080 active",
    "voip: l4xnat sip 10.30.1.10 5060 up",
    "  0 10.30.2.81:5060 w1 p1 up",
  ],
  "zevenet-4.0": [
    "geo: gslb dns 10.30.1.12 5353 down",
    "  web:",
    "  1 198.51.100.30:8080",
    "mx: tcp tcp 10.30.1.10 25 up",
    "  0 10.30.2.21:25",
    "tftp: l4xnat tftp 10.30.1.10 * up",
    "  0 10.30.2.91 w1 p1 up",
    "web: http tcp 10.30.1.10 80 down",
    "  web:",
    "  0 10.30.2.11:80 p2 active",
  ],
  "zevenet-5.0": [
    "media: l4xnat udp 10.30.1.10 8000:8010 up",
    "  0 10.30.2.95 w1 p1 up",
    "mx: l4xnat tcp 10.30.1.10 25 up",
    "  0 10.30.2.21:25 w1 p1 up",
    "  1 10.30.2.22:25 w1 p1 max40 maintenance maintenance",
    "web: https tcp 10.30.1.10 443 up",
    "  one:",
    "  0 10.30.2.11:80 p7 t5 active",
    "  1 10.30.2.12:80 fgDOWN",
  ],
  "zevenet-5.9": [
    "mail: l4xnat tcp 10.30.1.10 25,465,587 up",
    "  0 10.30.2.21 w9 p1 up",
    "  3 10.30.2.22 w1 p2 maintenance off",
    "stale: l4xnat tcp 10.30.1.10 2525 down",
    "  0 10.30.2.29:25 w1 p1 up",
  ],
  "zevenet-5.13": [
    "dns: l4xnat udp 10.30.1.10 53 down",
    "  0 10.30.2.41:53 w1 p1 max100 config_error",
    "web: https tcp 10.30.1.10 443 up",
    "  app:",
    "  0 10.30.2.11:8443 w4 p2 t9 https max30 active",
    "  1 10.30.2.12:8443 https maintenance maintenance",
    "  go:",
  ],
  "skudonet-7-b": [
    "all: l4xnat sctp 10.30.1.20 * up",
    "ftp: l4xnat tcp 10.30.1.20 21 up",
    "  4 10.30.2.51:21 w5 p1 down",
    "six: l4xnat all 2001:db8:30::10 8000:8010 up",
    "  0 2001:db8:30::51 w1 p1 available",
    "web: http tcp 10.30.1.20 80 up",
    "  www:",
    "  0 10.30.2.11:80 p1 t20 maintenance maintenance",
  ],
  "relianoid-7": [
    "web: http tcp 10.30.1.10 80 up",
    "  www:",
    "  0 10.30.2.11:80 active",
    "  emergency 10.30.2.99:81 active",
  ],
};

describe("every generation", () => {
  it.each(Object.keys(expected))("%s: farms, services and real servers", (bundle) => {
    expect(outline(boxOf(bundle).config)).toEqual(expected[bundle]);
  });

  it.each(bundles)("%s has the shape of the schema", (bundle) => {
    const { config } = boxOf(bundle);
    expect(boxConfigSchema.parse(config)).toEqual(config);
  });

  it.each([
    ["zen-2.0", "2rc1", "zen", "/usr/local/zenloadbalancer/config", null],
    ["zevenet-4.0", "4.0.4", "zen", "/usr/local/zenloadbalancer/config", null],
    ["zevenet-5.0", "5.0", "zevenet", "/usr/local/zevenet/config", "lba"],
    ["skudonet-7-a", "7.1.0", "skudonet", "/usr/local/skudonet/config", "lba"],
    ["relianoid-7", "7.9", "relianoid", "/usr/local/relianoid/config", null],
  ])("%s: release %s of %s", (bundle, version, product, config_dir, hostname) => {
    expect(boxOf(bundle).config).toMatchObject({ version, product, config_dir, hostname });
  });

  it.each(bundles.filter((bundle) => !["zen-2.0", "zevenet-5.13"].includes(bundle)))(
    "%s: nothing is unknown",
    (bundle) => {
      expect(boxOf(bundle).config.unknown).toEqual({ fileCount: 0, lineCount: 0, files: [], lines: [] });
    },
  );

  it("keeps and counts files that nobody reads", () => {
    const { config, files } = boxOf("zevenet-5.13");
    expect(config.unknown).toMatchObject({ fileCount: 1, files: ["ipds/blacklists.conf"] });
    expect(files.has("usr/local/zevenet/config/ipds/blacklists.conf")).toBe(true);
    expect(config.files).toHaveLength(files.size);
  });
});

describe("settings by profile", () => {
  it.each([
    ["zen-2.0", "mx", { algorithm: "roundrobin", persistence: true }],
    ["zen-2.0", "db", { algorithm: "hash", persistence: false }],
    ["zen-2.0", "pop", { algorithm: "prio", persistence: true }],
    ["zen-2.0", "uplink", { algorithm: "prio" }],
    ["zen-3.02", "pop3", { algorithm: "weight", persistence: "ip", ttl: 300, nat: "dnat" }],
    ["zen-3.02", "syslog", { algorithm: "prio", persistence: "none", ttl: 120, nat: "nat" }],
    ["zevenet-4.0", "tftp", { algorithm: "leastconn", nat: "nat" }],
    ["zevenet-5.9", "mail", { algorithm: "weight", persistence: "srcip", ttl: null, nat: "dnat" }],
    ["zevenet-5.13", "dns", { algorithm: "symhash", persistence: "srcip dstport", ttl: 90, nat: "stlsdnat" }],
    ["skudonet-7-a", "ftp", { persistence: "srcip", ttl: 60, nat: "snat", helper: "ftp" }],
    ["skudonet-7-a", "six", { algorithm: "rr", persistence: "none", nat: "dsr", helper: null }],
  ])("%s, %s", (bundle, name, settings) => expect(farmOf(boxOf(bundle).config, name)).toMatchObject(settings));

  it("reads services: host, path, redirect and session", () => {
    const { config } = boxOf("zen-3.10-a");
    expect(farmOf(config, "shop").services).toMatchObject([
      { name: "www", vhost: "www.example.test", url: null, redirect: null, persistence: null },
      {
        name: "old",
        vhost: "(old|older).example.test",
        url: "^/archive",
        redirect: { to: "https://www.example.test/", append: false, code: 301 },
      },
      { name: "img", vhost: null },
    ]);
    expect(farmOf(config, "secure").services[0]).toMatchObject({
      vhost: "^api\\.example\\.test$",
      persistence: "IP ttl 300",
    });
    const [shop] = farmOf(boxOf("zen-2.0").config, "shop").services;
    expect(shop).toMatchObject({ name: "shop", persistence: "COOKIE ttl 120 id JSESSIONID" });
    const [app, go] = farmOf(boxOf("zevenet-5.13").config, "web").services;
    expect(app).toMatchObject({ vhost: "app.example.test", url: "^/v[12]/", persistence: "BASIC ttl 60" });
    expect(go?.redirect).toMatchObject({ append: true, code: 302 });
  });

  it("reads all certificates of a listener, in their order, and never a key", () => {
    const { config } = boxOf("zevenet-5.0");
    expect(farmOf(config, "web").certs).toEqual([
      "/usr/local/zevenet/config/mail.pem",
      "/usr/local/zevenet/config/shop.pem",
    ]);
    expect(config.certificates.find(({ file }) => file === "mail.pem")).toMatchObject({
      subject: "CN=mail.example.test",
      names: ["mail.example.test", "192.0.2.25"],
      expiresMs: Date.UTC(2025, 2, 1),
      notBeforeMs: Date.UTC(2024, 0, 1),
      selfSigned: true,
    });
  });
});

describe("health checks", () => {
  it("reads the old one-line files, off and on, with and without a service", () => {
    expect(farmOf(boxOf("zen-2.0").config, "mx").guardian).toEqual([
      {
        name: null,
        service: null,
        interval: 10,
        command: "check_smtp -H HOST -p PORT -C 'hello host' -t 5",
        enabled: false,
        log: false,
        cut: null,
      },
    ]);
    expect(farmOf(boxOf("zen-3.10-a").config, "shop").guardian).toMatchObject([
      { service: "www", interval: 15, enabled: true, log: true },
    ]);
  });

  it("reads the ini file of all checks: one a farm and service that uses it", () => {
    const { config } = boxOf("zevenet-5.13");
    expect(farmOf(config, "web").guardian).toMatchObject([
      { name: "check_http", service: "app", interval: 15, cut: false },
    ]);
    expect(farmOf(config, "dns").guardian).toMatchObject([{ name: "check_http", service: null, enabled: true }]);
  });
});

describe("the box itself", () => {
  it.each([
    ["zen-2.0", "eth0", false, [{ ip: "10.30.0.11", mask: "255.255.255.0", gateway: "10.30.0.1" }], "up"],
    ["zen-2.0", "eth0.100", false, [{ ip: "10.30.100.11", mask: "255.255.255.0", gateway: null }], "down"],
    ["zen-2.0", "eth0:vip", true, [{ ip: "10.30.1.10", mask: "255.255.255.0", gateway: null }], "up"],
    [
      "zevenet-5.0",
      "eth0",
      false,
      [
        { ip: "10.30.0.11", mask: "255.255.255.0", gateway: "10.30.0.1" },
        { ip: "2001:db8:30::11", mask: "64", gateway: "2001:db8:30::1" },
      ],
      "up",
    ],
    ["zevenet-5.13", "eth0", false, [{ ip: "10.30.0.11", mask: "255.255.255.0", gateway: "10.30.0.1" }], "up"],
    ["skudonet-7-b", "eth0:vip", true, [{ ip: "10.30.1.20", mask: "255.255.255.0", gateway: null }], "up"],
  ])("%s: interface %s", (bundle, name, virtual, addresses, status) => {
    const found = boxOf(bundle).config.interfaces.find((device) => device.name === name);
    expect(found).toMatchObject({ virtual, addresses, status });
  });

  it("reads cluster.conf, scripts and the ways in", () => {
    const old = boxOf("zen-2.0").config;
    expect(old.cluster).toMatchObject({ MEMBERS: "lba:10.30.0.11:lbb:10.30.0.12", DEADRATIO: "2" });
    expect(old.texts["zlb-start"]?.at(-1)).toBe("ip route add 10.99.0.0/16 via 10.30.0.1");
    expect(old.admin.gui).toMatchObject([{ address: "10.30.0.11", port: "444" }]);
    const { admin, cluster } = boxOf("zevenet-5.0").config;
    expect(cluster).toBeNull();
    expect(admin).toMatchObject({
      gui: [{ address: null, port: "444", certificate: "/usr/local/zevenet/config/zencert-c.key" }],
      ssh: { listen: [], ports: ["22"], rootLogin: "yes" },
      snmp: { listen: ["udp:161"], sources: [null, "10.30.0.0/24"] },
    });
    expect(boxOf("relianoid-7").config.texts["zlb-start"]).toEqual(["ip link set lo up"]);
  });

  it("says what is left over and what it cannot show", () => {
    const { problems } = boxOf("relianoid-7").config;
    expect(problems).toEqual([{ file: "modern_eproxy.yaml", says: expect.stringContaining("enterprise edition") }]);
  });
});
