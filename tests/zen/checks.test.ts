import { describe, expect, it } from "vitest";
import type { CheckInput } from "../../shared/model/check.ts";
import { checkSchema } from "../../shared/model/check.ts";
import { type BoxConfig, type ZenProbe, zenProbeSchema } from "../../shared/model/snapshot.ts";
import { readBox } from "../../shared/zen/box.ts";
import { checksOf } from "../../shared/zen/checks.ts";
import { coverageOf } from "../../shared/zen/coverage.ts";
import { driftOf } from "../../shared/zen/drift.ts";
import { lintOf } from "../../shared/zen/lint.ts";
import { boxOf, bundles, filesOf, key, single } from "./fixtures.ts";

const brief = ({ farm, role, proto, target, skip }: ZenProbe): string =>
  `${farm} ${role} ${proto} ${target}${skip === null ? "" : ` (${skip})`}`;

const read = (name: string, text: string): BoxConfig => readBox(single(name, text), { key }).config;

describe("derived probes", () => {
  it("of a Zen 2.0 box", () => {
    expect(checksOf("lb1", boxOf("zen-2.0").config).map(brief)).toEqual([
      "db vip tcp 10.30.1.11:3306",
      "db backend tcp 10.30.2.51:3306",
      "mx vip tcp 10.30.1.10:25",
      "mx backend tcp 10.30.2.21:25",
      "mx backend tcp 10.30.2.23:2525 (maintenance)",
      "ns vip udp 10.30.1.10:53",
      "ns backend udp 10.30.2.41:53",
      "ns backend udp 10.30.2.42:53",
      "pop vip tcp 10.30.1.10:110 (farm down)",
      "pop backend tcp 10.30.2.31:110 (farm down)",
      "pop backend tcp 10.30.2.32:110 (farm down)",
      "shop vip http 10.30.1.10:80",
      "shop backend http 10.30.2.11:8080",
      "shop backend http 10.30.2.12:8080 (maintenance or dead)",
      "shop backend http 10.30.2.13:8081",
    ]);
  });

  it("of a Zen 3.10 box: lists of ports, sip, gslb, none of every port and of an uplink", () => {
    expect(checksOf("lb1", boxOf("zen-3.10-a").config).map(brief)).toEqual([
      "geo vip udp 10.30.1.10:53",
      "geo vip tcp 10.30.1.10:53",
      "geo backend tcp 198.51.100.20:443",
      "geo backend tcp 198.51.100.21:443",
      "geo backend tcp 198.51.100.10:80",
      "geo backend tcp 198.51.100.11:80",
      "imap vip tcp 10.30.1.10:143",
      "imap vip tcp 10.30.1.10:993",
      "imap backend tcp 10.30.2.31:143",
      "imap backend tcp 10.30.2.31:993",
      "imap backend tcp 10.30.2.32:1143",
      "mx vip tcp 10.30.1.10:25",
      "mx backend tcp 10.30.2.21:25",
      "mx backend tcp 10.30.2.22:25 (maintenance)",
      "secure vip https 10.30.1.10:443",
      "secure backend https 10.30.2.15:8443",
      "shop vip http 10.30.1.10:80",
      "shop backend http 10.30.2.11:80",
      "shop backend http 10.30.2.12:80 (maintenance)",
      "shop backend http 203.0.113.9:8080",
      "voip vip udp 10.30.1.10:5060",
      "voip vip tcp 10.30.1.10:5060",
      "voip backend udp 10.30.2.81:5060",
      "voip backend tcp 10.30.2.81:5060",
    ]);
  });

  it.each(bundles)("%s: have the shape of the schema", (bundle) => {
    for (const probe of checksOf("lb1", boxOf(bundle).config)) expect(zenProbeSchema.parse(probe)).toEqual(probe);
  });

  it("know the host names, and whether a DNS question may be asked", () => {
    const probes = checksOf("lb1", boxOf("zen-3.10-a").config);
    const of = (farm: string) => probes.find((probe) => probe.farm === farm && probe.role === "vip");
    expect(of("shop")).toMatchObject({
      hosts: ["www.example.test", "old.example.test", "older.example.test"],
      dns: false,
      expect: "open",
    });
    expect(of("geo")).toMatchObject({ proto: "udp", dns: true });
  });

  it("propose VIPs, and of the real servers those on public addresses, which do not vote", () => {
    const probes = checksOf("lb1", boxOf("zen-3.10-a").config);
    const of = (target: string) => probes.find((probe) => probe.target === target)?.proposal;
    expect(of("10.30.1.10:80")).toEqual({
      protocol: "http",
      address: "10.30.1.10",
      port: 80,
      host: "www.example.test",
      votes: true,
    });
    expect(of("10.30.1.10:53")).toMatchObject({ protocol: "dns", votes: true });
    expect(of("10.30.1.10:5060")).toBeNull();
    expect(of("203.0.113.9:8080")).toMatchObject({ protocol: "http", votes: false });
    expect(of("10.30.2.11:80")).toBeNull();
    expect(checksOf("lb1", boxOf("zen-2.0").config).find(({ farm }) => farm === "pop")?.proposal).toBeNull();
  });

  it("put IPv6 addresses in brackets, and take all as both protocols", () => {
    const six = checksOf("lb1", boxOf("skudonet-7-a").config).filter(({ farm }) => farm === "six");
    expect(six.slice(0, 2).map(brief)).toEqual([
      "six vip tcp [2001:db8:30::10]:8000",
      "six vip udp [2001:db8:30::10]:8000",
    ]);
    expect(six).toHaveLength(2 * 2 * 11);
  });

  it("ask a listener on every address at the box's virtual ones", () => {
    const files = single("w_pound.cfg", "ListenHTTP\nAddress 0.0.0.0\nPort 80\nEnd\n");
    files.set("usr/local/zenloadbalancer/config/if_eth0_conf", Buffer.from("eth0::10.0.0.1:255.255.255.0:up::\n"));
    files.set(
      "usr/local/zenloadbalancer/config/if_eth0:vip_conf",
      Buffer.from("eth0:vip:10.0.0.9:255.255.255.0:up::\n"),
    );
    expect(checksOf("lb1", readBox(files, { key }).config).map(brief)).toEqual(["w vip http 10.0.0.9:80"]);
  });

  it("are one for a server in two services, unless only one of them keeps it in maintenance", () => {
    const service = (name: string) => `Service "${name}"\nBackEnd\nAddress 10.0.0.2\nPort 80\nEnd\nEnd\n`;
    const files = single("w_pound.cfg", `ListenHTTP\nAddress 10.0.0.1\nPort 80\n${service("a")}${service("b")}End\n`);
    const behind = () => checksOf("lb1", readBox(files, { key }).config).filter(({ role }) => role === "backend");
    expect(behind()).toMatchObject([{ services: ["a", "b"], skip: null }]);
    files.set("usr/local/zenloadbalancer/config/w_status.cfg", Buffer.from("-b 0 1 0 maintenance\n"));
    expect(behind()).toMatchObject([
      { services: ["a"], skip: null },
      { services: ["b"], skip: "maintenance" },
    ]);
  });
});

describe("coverage", () => {
  const checks = Object.fromEntries(
    Object.entries<CheckInput>({
      web: { protocol: "http", port: 80 },
      mail: { protocol: "smtp", port: 25 },
      port443: { protocol: "tcp", port: 443 },
      names: { protocol: "dns", port: 53, name: "example.test" },
      old: { protocol: "tcp", port: 9999 },
      admin: { protocol: "tcp", port: 444, expect: "closed", votes: false },
    }).map(([name, check]) => [name, checkSchema.parse(check)]),
  );

  it("tells which probes a check does, which farms nobody asks and which checks ask no farm", () => {
    const covered = { vips: ["10.30.1.10"], checks };
    const probes = checksOf("lb1", boxOf("zen-3.10-a").config, covered);
    const done = probes.filter(({ coveredBy }) => coveredBy.length > 0).map((probe) => [brief(probe), probe.coveredBy]);
    expect(done).toEqual([
      ["geo vip udp 10.30.1.10:53", ["names"]],
      ["mx vip tcp 10.30.1.10:25", ["mail"]],
      ["shop vip http 10.30.1.10:80", ["web"]],
    ]);
    // A connection to port 443 says nothing of what https serves; a door that must be shut is no farm's.
    expect(coverageOf(probes, covered)).toEqual({ unprobed: ["imap", "secure", "voip"], gone: ["old"] });
  });

  it("covers nothing on another VIP", () => {
    const covered = { vips: ["10.30.1.77"], checks };
    const probes = checksOf("lb1", boxOf("zen-3.10-a").config, covered);
    expect(probes.every(({ coveredBy }) => coveredBy.length === 0)).toBe(true);
  });
});

describe("lint", () => {
  const at = (bundle: string, nowMs = Date.UTC(2025, 1, 20)) =>
    lintOf(boxOf(bundle).config, nowMs).map(({ rule, severity, subject, daysLeft }) => [
      rule,
      severity,
      subject,
      daysLeft,
    ]);
  const CHEROKEE = "usr/local/zevenet/app/cherokee/etc/cherokee/cherokee.conf";

  it("finds open doors, the vendor's certificate and one that ends soon", () => {
    expect(at("zevenet-5.0")).toEqual([
      ["snmp-open", "warning", "etc/snmp/snmpd.conf", null],
      ["ssh-open", "warning", "etc/ssh/sshd_config", null],
      ["ssh-root", "warning", "etc/ssh/sshd_config", null],
      ["gui-open", "warning", CHEROKEE, null],
      ["certificate-expiry", "warning", "mail.pem", 9],
      ["default-certificate", "info", CHEROKEE, null],
    ]);
  });

  it.each([
    ["0.0.0.0:22", 1],
    ["[::]:22", 1],
    ["[::]", 1],
    ["*:2222", 1],
    ["0.0.0.0 rdomain mgmt", 1],
    ["0:0:0:0:0:0:0:0", 1],
    ["10.0.0.1:22", 0],
    ["[2001:db8::1]:22", 0],
    ["::1", 0],
  ])("ListenAddress %s: %i", (address, count) => {
    const files = single("x", "");
    files.set("etc/ssh/sshd_config", Buffer.from(`ListenAddress ${address}\n`));
    const found = lintOf(readBox(files, { key }).config, 0).filter(({ rule }) => rule === "ssh-open");
    expect(found).toHaveLength(count);
  });

  it.each([
    ["com2sec x default public", 1],
    ["com2sec -Cn ctx x 0.0.0.0/0 public", 1],
    ["com2sec6 x ::/0 public", 1],
    ["rocommunity public", 1],
    ["rocommunity public 0.0.0.0/0.0.0.0", 1],
    ["rwcommunity private ::", 1],
    ["rocommunity6 public ::/0", 1],
    ["com2sec x 10.0.0.0/24 public", 0],
    ["com2sec x localhost default", 0],
    ["rocommunity public 10.0.0.0/255.255.255.0", 0],
    ["rwcommunity private ::1", 0],
    ["com2secunix x default", 0],
  ])("%s: %i", (line, count) => {
    const files = single("x", "");
    files.set("etc/snmp/snmpd.conf", Buffer.from(`${line}\n`));
    const found = lintOf(readBox(files, { key }).config, 0).filter(({ rule }) => rule === "snmp-open");
    expect(found).toHaveLength(count);
  });

  it("finds nothing where the doors are shut", () => expect(at("skudonet-7-a")).toEqual([]));

  it.each([
    [Date.UTC(2024, 6, 1), []],
    [Date.UTC(2025, 0, 10), [["certificate-expiry", "info", "mail.pem", 50]]],
    [Date.UTC(2025, 1, 8), [["certificate-expiry", "warning", "mail.pem", 21]]],
    [Date.UTC(2025, 1, 28, 12), [["certificate-expiry", "warning", "mail.pem", 0]]],
    [Date.UTC(2025, 2, 1, 1), [["certificate-expiry", "error", "mail.pem", -1]]],
  ])("at %i: %j", (nowMs, expected) => {
    expect(at("zevenet-5.0", nowMs).filter(([rule]) => rule === "certificate-expiry")).toEqual(expected);
  });

  it("watches a certificate whose name begins as that of Diffie-Hellman parameters does, which say nothing", () => {
    const config = "usr/local/zenloadbalancer/config";
    const boxWith = (parameters: string) => {
      const files = single("w_pound.cfg", `ListenHTTPS\nAddress 10.0.0.1\nPort 443\nCert "/${config}/dhl.pem"\nEnd\n`);
      files.set(
        `${config}/dhl.pem`,
        filesOf("zevenet-5.0").get("usr/local/zevenet/config/mail.pem") ?? Buffer.from(""),
      );
      const block = `-----BEGIN DH PARAMETERS-----\n${parameters}\n-----END DH PARAMETERS-----\n`;
      files.set(`${config}/dh2048.pem`, Buffer.from(block));
      return readBox(files, { key }).config;
    };
    const found = lintOf(boxWith("MIIBCAKCAQEA"), Date.UTC(2025, 1, 28, 12));
    expect(found.map(({ rule, subject }) => [rule, subject])).toEqual([["certificate-expiry", "dhl.pem"]]);
    const { problems, certificates, unknown } = boxWith("MIIBCAKCAQEA");
    expect([problems, certificates.map(({ file }) => file), unknown.fileCount]).toEqual([[], ["dhl.pem"], 0]);
    expect(driftOf({ a: boxWith("MIIBCAKCAQEA"), b: boxWith("MIIBCAKCAQEB") })).toEqual([]);
  });

  it.each([
    [Date.UTC(2025, 1, 27, 12), "ends in 1 day"],
    [Date.UTC(2025, 1, 26, 12), "ends in 2 days"],
    [Date.UTC(2025, 1, 28, 12), "ends within a day"],
    [Date.UTC(2025, 2, 1, 1), "ended within the last day"],
    [Date.UTC(2025, 2, 2, 1), "ended 1 day ago"],
    [Date.UTC(2025, 2, 3, 1), "ended 2 days ago"],
  ])("at %i a certificate %s", (nowMs, says) => {
    const found = lintOf(boxOf("zevenet-5.0").config, nowMs).find(({ rule }) => rule === "certificate-expiry");
    expect(found?.says).toBe(`the certificate of mail.example.test, in use by farm web, ${says}: renew it.`);
  });

  it.each([
    ["a farm with the vendor's certificate", "zencert.pem", "default-certificate"],
    ["a farm whose certificate is not there", "lost.pem", "certificate-missing"],
  ])("finds %s", (_name, file, rule) => {
    const path = `/usr/local/zenloadbalancer/config/${file}`;
    const config = read("w_pound.cfg", `ListenHTTPS\nAddress 10.0.0.1\nPort 443\nCert "${path}"\nEnd\n`);
    expect(lintOf(config, 0)).toContainEqual(expect.objectContaining({ rule, severity: "error", subject: path }));
  });
});
