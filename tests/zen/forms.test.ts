import { describe, expect, it } from "vitest";
import { UserError } from "../../shared/model/errors.ts";
import { readBox } from "../../shared/zen/box.ts";
import { hostsOf } from "../../shared/zen/hosts.ts";
import { portsOf } from "../../shared/zen/ports.ts";
import { key, single } from "./fixtures.ts";

const read = (name: string, text: string | Uint8Array) => readBox(single(name, text), { key }).config;

const POUND =
  'ListenHTTP\n\tAddress 10.0.0.1\n\tPort 80\n\tService "caf\u00e9"\n\tBackEnd\n\tAddress 10.0.0.2\n\tPort 80\n\tEnd\n\tEnd\nEnd\n';

describe("encodings and line ends", () => {
  it.each([
    ["UTF-8", Buffer.from(POUND, "utf8")],
    ["UTF-8 with a byte order mark", Buffer.from(`\ufeff${POUND}`, "utf8")],
    ["Latin-1", Buffer.from(POUND, "latin1")],
    ["CRLF", Buffer.from(POUND.replaceAll("\n", "\r\n"))],
    ["CR alone", Buffer.from(POUND.replaceAll("\n", "\r"))],
  ])("%s", (_name, bytes) => {
    const farm = read("w_pound.cfg", bytes).farms["w"];
    expect(farm).toMatchObject({
      vip: "10.0.0.1",
      ports: "80",
      services: [{ name: "café", backends: [{ ip: "10.0.0.2" }] }],
    });
  });

  it("reads broken UTF-8 as Latin-1", () => {
    const farm = read("w_pound.cfg", Buffer.concat([Buffer.from(POUND), Buffer.from([0xc3, 0x28, 0x0a])])).farms["w"];
    expect(farm?.services[0]?.backends).toHaveLength(1);
  });

  it("does not read what holds zero bytes, and says so", () => {
    const { farms, problems } = read("w_pound.cfg", Buffer.from(`${POUND}\0`));
    expect(farms).toEqual({});
    expect(problems).toEqual([{ file: "w_pound.cfg", says: "not text, so it was not read." }]);
  });
});

describe("pound", () => {
  it("does not read a commented service, and reads keywords in any order and case", () => {
    const text =
      'listenhttps\naddress "10.0.0.1"\nPORT 443\nService "a"\nbackend\nport 81\nPriority 2\naddress 10.0.0.2\nend\nEnd\n#Service "b"\n#BackEnd\n#End\nEnd\n#down\n';
    const farm = read("w_pound.cfg", text).farms["w"];
    expect(farm).toMatchObject({ profile: "https", vip: "10.0.0.1", ports: "443", boot: "down" });
    expect(farm?.services.map(({ name }) => name)).toEqual(["a"]);
    expect(farm?.services[0]?.backends).toMatchObject([{ port: "81", priority: 2 }]);
  });

  it("keeps what it does not know as a setting and counts the line", () => {
    const { farms, unknown } = read("w_pound.cfg", POUND.replace("\tPort 80\n", "\tPort 80\n\tNewThing 7\n"));
    expect(farms["w"]?.settings["newthing"]).toBe("7");
    expect(unknown).toMatchObject({ lineCount: 1, lines: [{ file: "w_pound.cfg", line: 4, text: "NewThing 7" }] });
  });

  it.each([
    ["no listener", "Timeout 45\n", "no listener"],
    ["cut off", POUND.slice(0, 70), "ends inside"],
    ["two listeners", POUND + POUND, "more than one listener"],
  ])("%s is a problem, not a failure", (_name, text, says) => {
    expect(read("w_pound.cfg", text).problems).toEqual([{ file: "w_pound.cfg", says: expect.stringContaining(says) }]);
  });

  it("tells backend 1 from backend 10 in a status file", () => {
    const server = (at: number): string => `BackEnd\nAddress 10.0.0.${at}\nPort 80\nEnd\n`;
    const servers = Array.from({ length: 11 }, (_, at) => server(at)).join("");
    const files = single("w_pound.cfg", `ListenHTTP\nAddress 10.0.0.1\nPort 80\nService "s"\n${servers}End\nEnd\n`);
    files.set(
      "usr/local/zenloadbalancer/config/w_status.cfg",
      Buffer.from("-b 0 0 1 maintenance\n-b 0 0 99 maintenance\nnonsense\n"),
    );
    const { farms, problems, unknown } = readBox(files, { key }).config;
    const closed = farms["w"]?.services[0]?.backends.filter(({ maintenance }) => maintenance).map(({ id }) => id);
    expect(closed).toEqual([1]);
    expect(problems).toHaveLength(1);
    expect(unknown.lineCount).toBe(1);
  });
});

describe("nftlb", () => {
  it("keeps the other backends where one is no object", () => {
    const text = JSON.stringify({
      farms: [
        { name: "w", addresses: [7], backends: [{ "ip-addr": "10.0.0.2" }, "x", null, { "ip-addr": "10.0.0.3" }] },
      ],
    });
    const { farms, problems } = read("w_l4xnat.cfg", text);
    expect(farms["w"]?.services[0]?.backends.map(({ ip }) => ip)).toEqual(["10.0.0.2", "10.0.0.3"]);
    expect(problems).toEqual([{ file: "w_l4xnat.cfg", says: "a backend that is no object: the others are shown." }]);
  });

  const farm = (fields: object): string =>
    JSON.stringify({ farms: [{ name: "w", "virtual-addr": "10.0.0.1", ...fields }] });

  it.each([
    ["", "*"],
    ["1-65535", "*"],
    ["8000-8010,25", "8000:8010,25"],
    [25, "25"],
  ])("ports %j are %s", (ports, shown) => {
    expect(read("w_l4xnat.cfg", farm({ "virtual-ports": ports })).farms["w"]?.ports).toBe(shown);
  });

  it("takes a number for its text, and ignores what has another type", () => {
    const text = farm({
      "persist-ttl": 90,
      state: ["up"],
      backends: [{ name: "bck7", "ip-addr": "10.0.0.2", weight: 3, port: true }],
    });
    expect(read("w_l4xnat.cfg", text).farms["w"]).toMatchObject({
      ttl: 90,
      services: [{ backends: [{ id: 7, weight: 3, port: null }] }],
    });
  });

  it.each([
    ["100,000 levels", "[".repeat(100_000)],
    ["100,000 levels of objects", '{"a":'.repeat(100_000)],
  ])("refuses %s", (_name, text) => {
    expect(() => read("w_l4xnat.cfg", `{"farms":${text}`)).toThrow(UserError);
  });

  it("counts no brackets that stand in text", () => {
    expect(read("w_l4xnat.cfg", farm({ name: "[".repeat(100) })).farms["w"]).toBeDefined();
  });

  it("has a problem with a file that is cut off, and no farm", () => {
    const { farms, problems } = read("w_l4xnat.cfg", farm({}).slice(0, -3));
    expect([farms, problems]).toEqual([
      {},
      [{ file: "w_l4xnat.cfg", says: "not valid JSON: the file may be cut off." }],
    ]);
  });
});

describe("what no load balancer writes", () => {
  it.each([
    ["a pound file of 10 MB", "w_pound.cfg", Buffer.alloc(10_000_000, "# comment\n")],
    [
      "60,000 backends",
      "w_pound.cfg",
      Buffer.from(`ListenHTTP\nService "s"\n${"BackEnd\nAddress 10.0.0.1\nEnd\n".repeat(60_000)}`),
    ],
    [
      "30,000 different secrets",
      "zlb-start",
      Buffer.from(Array.from({ length: 30_000 }, (_, at) => `password=x${at}\n`).join("")),
    ],
  ])("refuses %s in a sentence", (_name, file, bytes) => {
    expect(() => read(file, bytes)).toThrow(/^[^\n]{10,200}\.$/);
    expect(() => read(file, bytes)).toThrow(UserError);
  });

  it.each([
    [
      "neither global.conf nor a farm",
      new Map([["etc/passwd", Buffer.from("root:x:0:0::/root:/bin/sh\n")]]),
      "not a backup",
    ],
    ["a supportsave", new Map([["support/config.tar.gz", Buffer.from("x")]]), "supportsave"],
  ])("refuses %s", (_name, files, says) => {
    expect(() => readBox(files, { key })).toThrow(says);
  });
});

describe("ports", () => {
  it.each([
    ["53", [53]],
    ["80,443", [80, 443]],
    ["8000:8003", [8000, 8001, 8002, 8003]],
    ["25, 25 ,587", [25, 587]],
    ["*", []],
    ["", []],
    ["0,65536,x,443:80", []],
  ])("%j: %j", (text, ports) => expect(portsOf(text)).toEqual(ports));

  it("caps a range", () => expect(portsOf("1:65535")).toHaveLength(32));
});

describe("host names of a pattern", () => {
  it.each([
    ["www.example.test", ["www.example.test"]],
    ["^www\\.example\\.test$", ["www.example.test"]],
    ["^www\\.Example\\.test.*", ["www.example.test"]],
    ["(www|mail).example.test", ["www.example.test", "mail.example.test"]],
    ["a.example.test|b.example.test", ["a.example.test", "b.example.test"]],
    ["www.example.test:8080", ["www.example.test"]],
    [".*\\.example\\.test", []],
    ["[a-z]+.example.test", []],
    ["", []],
    [null, []],
  ])("%j: %j", (pattern, hosts) => expect(hostsOf(pattern)).toEqual(hosts));
});
