import { createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { writeArchive } from "../../shared/archive/read.ts";
import { readBox } from "../../shared/zen/box.ts";
import { diffOf } from "../../shared/zen/diff.ts";
import { configDirectory } from "../../shared/zen/place.ts";
import { maskOf, redactFiles, redactionKey, redactText } from "../../shared/zen/redact.ts";
import { boxOf, bundles, filesOf, key, secrets, single } from "./fixtures.ts";
import { places } from "./redact-places.ts";

const CONFIG = "usr/local/zenloadbalancer/config/";

const textOf = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString("latin1");

/** One file of a box, redacted. */
function redacted(name: string, text: string | Uint8Array, secret: Uint8Array = key): string {
  return textOf(redactFiles(single(name, text), CONFIG, secret).get(CONFIG + name));
}

describe("no secret of any fixture", () => {
  const all = secrets();

  it("there are secrets to look for", () => expect(all.length).toBeGreaterThan(40));

  it.each(bundles)("%s: is in the files that are stored, in the configuration or in a difference", (bundle) => {
    const { config, files } = boxOf(bundle);
    const empty = { ...config, farms: {}, global: {}, texts: {}, files: [] };
    const out =
      JSON.stringify([config, diffOf(empty, config), diffOf(config, empty)]) +
      [...files.values()].map(textOf).join("\n");
    expect(all.filter((secret) => out.includes(secret))).toEqual([]);
    expect(out).not.toMatch(/s3cr3t|PRIVATE KEY/);
  });

  it.each(bundles)("%s: is in the archive for a restore", async (bundle) => {
    const { files } = boxOf(bundle);
    const { readArchive } = await import("../../shared/archive/read.ts");
    const again = await readArchive(await writeArchive(files));
    const out = [...again.files.values()].map(textOf).join("\n");
    expect(all.filter((secret) => out.includes(secret))).toEqual([]);
    expect(again.files.size).toBe(files.size);
  });

  it.each(bundles)("%s: redacting twice changes nothing", (bundle) => {
    const { files } = boxOf(bundle);
    expect(redactFiles(files, configDirectory(files.keys()), key)).toEqual(files);
  });
});

const fitting = fc
  .stringMatching(/^[A-Za-z0-9][A-Za-z0-9+._~-]{10,30}$/)
  .filter((text) => !/pass|pwd|secret|token|key|HOST|PORT/i.test(text));

describe("every place", () => {
  it.each(places)("%s: %s", (name, template) => {
    fc.assert(
      fc.property(fitting, (secret) => {
        const out = redacted(name, `before\n${template.replaceAll("§", secret)}\nafter\n`);
        expect(out).not.toContain(secret);
        expect(out).toMatch(/^before\n[^]*REDACTED\([0-9a-f]{16}\)[^]*\nafter\n$/);
        expect(redacted(name, out)).toBe(out);
      }),
      { numRuns: 30, examples: [["P4ss/w0rd".replace("/", "x").padEnd(12, "9")]] },
    );
  });

  it.each([
    ["etc/snmp/snmpd.conf", "rocommunity §"],
    ["etc/snmp/snmpd.conf", 'rwcommunity "§" 10.0.0.0/8'],
    ["etc/snmp/snmpd.conf", "com2sec -Cn ctx local default §"],
    ["etc/snmp/snmpd.conf", "createUser mon SHA § AES other"],
    ["etc/snmp/snmpd.conf", "trap2sink 10.0.0.1 § 162"],
    ["etc/snmp/snmpd.conf", "smuxpeer .1.3.6.1.4.1.674 §"],
    ["etc/snmp/snmp.conf", "defCommunity §"],
    ["etc/snmp/snmp.conf", "defAuthPassphrase §"],
    ["etc/snmp/snmpd.conf", "rocommunity other\rrocommunity §\rrwcommunity §"],
    [`${CONFIG}w.conf`, "a=b\rpassword:\r§\r"],
    [`${CONFIG}zlb-start`, 'ip xfrm state add spi 0x1 auth "hmac(sha1)" 0x§ enc "cbc(aes)" 0x§'],
    ["etc/cron.d/zevenet", "* * * * * root report --token § --to a@example.test"],
    ["usr/local/zenloadbalancer/www/.htpasswd", "admin:§"],
    ["etc/shadow", "root:§:17000:0"],
    ["root/.ssh/id_rsa", "§"],
    [`${CONFIG}letsencrypt/any`, "§"],
    [`${CONFIG}x.p12`, "§"],
    [`${CONFIG}keystore.bin`, "\0§"],
  ])("%s: %s", (path, template) => {
    const files = new Map([
      ...single("x", ""),
      [path, Buffer.from(`${template.replaceAll("§", "Abc123xyzQ")}\n`)] as const,
    ]);
    const out = textOf(redactFiles(files, CONFIG, key).get(path));
    expect(out).not.toContain("Abc123xyzQ");
    expect(out).toContain("REDACTED(");
  });
});

const PEM = (label: string): string => `-----BEGIN ${label}-----\nMIIEvQIBADANBgkqhkiG\n-----END ${label}-----\n`;

describe("keys", () => {
  it.each(["RSA PRIVATE KEY", "PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "OPENSSH PRIVATE KEY"])(
    "%s in any file",
    (label) => {
      for (const name of ["x.pem", "zlb-start", "notes.txt", "w_Err503.html", "x.key", "certificates/a.crt"]) {
        expect(redacted(name, `a\n${PEM(label)}b\n`)).not.toContain("MIIEvQ");
      }
    },
  );

  it.each([
    ["without an end", "-----BEGIN RSA PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG\n"],
    ["on one line", '{"k":"-----BEGIN PRIVATE KEY-----\\nMIIEvQIBADANBgkqhkiG\\n-----END PRIVATE KEY-----\\n"}\n'],
    ["indented", "  -----BEGIN PRIVATE KEY-----\n  MIIEvQIBADANBgkqhkiG\n  -----END PRIVATE KEY-----\n"],
    ["of PuTTY", "PuTTY-User-Key-File-2: ssh-rsa\nPrivate-Lines: 1\nMIIEvQIBADANBgkqhkiG\n"],
    [
      "with four dashes",
      "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nMIIEvQIBADANBgkqhkiG\n---- END SSH2 ENCRYPTED PRIVATE KEY ----\n",
    ],
  ])("%s", (_name, text) => expect(redacted("notes.txt", text)).not.toContain("MIIEvQ"));

  it("keeps of a certificate's file only certificates", () => {
    const cert = PEM("CERTIFICATE");
    const out = redacted(
      "x.pem",
      `MIIEvQIBADANBgkqhkiGkey\n${cert}privateExponent: 00:af\n${PEM("RSA PRIVATE KEY").replace("KEY-----", "KEY----")}`,
    );
    expect(out).toContain(cert.trim());
    expect(out.replace(cert.trim(), "")).not.toMatch(/MIIEvQ|af/);
  });
});

describe("what stays", () => {
  it.each([
    ["w_guardian.conf", "w:::10:::check_smtp -H HOST -p PORT -C 'hello host' -t 5:::true:::false\n"],
    ["w_guardian.conf", "w:::10:::check_http -I HOST -p PORT -e 200 -t 5:::true:::\n"],
    ["w_guardian.conf", "w:::10:::check_dns -H a.example.test -s HOST -t 5:::true:::\n"],
    ["w_guardian.conf", "w:::10:::check_tcp -H HOST -p 8080 -t 5:::true:::\n"],
    ["w_pen.cfg", "# pen -S 10 -c 2049 -x 257 -F '/x/w_pen.cfg' -C 127.0.0.1:16802 10.0.0.1:25\n"],
    [
      "w_pound.cfg",
      '\tBackendCookie "SID" "example.test" "/" 0\n\tType COOKIE\n\tID "JSESSIONID"\n\tHeadRequire "Host: a.example.test"\n',
    ],
    ["w_pound.cfg", '\tRedirect "https://www.example.test:8443/a@b?c=d"\n'],
    [
      "global.conf",
      '$http_server_key="$certdir/zencert-c.key";\n$sshkeygen="/usr/bin/ssh-keygen";\n$cipher_pci="AES:@STRENGTH";\n',
    ],
    ["zlb-start", "mkdir -p /var/x && iptables -A INPUT -p tcp --dport 22 -j ACCEPT # mail a@example.test\n"],
    ["zlb-start", "ssh root@10.0.0.2:/tmp; scp x root@10.0.0.2:/tmp/x; date -u 10:30\n"],
    ["if_eth0:vip_conf", "eth0:vip:10.0.0.1:255.255.255.0:up::\n"],
    ["global.conf", '$bypass="eth0";\n$compass="north";\n$passive="on2";\n$PASSIVE_PORTS="4000-4100";\n'],
    ["global.conf", '$sshpass="/usr/bin/sshpass";\n$OLDPWD="/root/x";\n'],
    ["w_guardian.conf", "w:::10:::check_snmp -H HOST -p 161 -P 2c -o 1.3:::true:::\n"],
    ["w_guardian.conf", "w:::10:::check_tcp -H HOST -p PORT -s 'GET /login HTTP/1.0' -e 'a b':::true:::\n"],
    ["w_guardian.conf", "w:::10:::check_ftp -H HOST -s 'AUTH TLS' -e 234:::true:::\n"],
    ["w_guardian.conf", 'w:::10:::sh -c "check_tcp -H HOST -p 8080 -t 5":::true:::\n'],
    ["zlb-start", "ip xfrm state flush; ip xfrm policy add dir in mark 0x12345678\n"],
    ["zlb-start", "curl --user admin --cert /root/c.pem https://10.0.0.9/ \\\n  -o x\n"],
    ["zlb-start", "cat /etc/passwd | grep root\n"],
    ["zlb-start", "cat >>/etc/hosts <<EOF\n10.0.0.1 a\nEOF\n# see /etc/passwd\n"],
    ["zlb-start", "grep root /etc/passwd; cat <<EOF\nhello\nEOF\n"],
    ["zlb-start", "PASSWORD=\nif true; then\nPASSWORD=\nfi\n"],
    ["zlb-start", 'case $1 in\n--password)\n\tshift\n\t;;\npassword) exit 0 ;;\nesac\necho "Password:"\nread\n'],
    ["w.conf", "password=\nuser=mon\npassword:\n[other]\npassword =\n\nbare\n"],
    ["w.yaml", "credentials:\n  user: a\nkeys:\n  - id\n  - name\npassword: |\nuser: x\n"],
    ["w.conf", 'urls=["http://10.0.0.1:80","a@example.test"]\n'],
    ["w.conf", `a="http://10.0.0.1:80/" b='x@example.test'\n`],
    ["w.conf", "$FORM{'password'} =~ /x/;\nin_array('user', 'password');\n"],
    ["check.pl", "my ($self, $key) = @_;\n$cache{$key} = $res[0];\n$a->[0]{token} = shift;\n"],
    ["check.py", "for name in ('hotkey', 'x'):\n  d[password] = old\n  if token:\n    pass\n"],
    ["w_guardian.conf", "w:::10:::check_procs -C nginx -c 1:10:::true:::\n"],
    ["w_guardian.conf", "w:::10:::check_http -I HOST -p PORT -S -C 21,14:::true:::\n"],
    ["w_guardian.conf", "w:::10:::check_by_ssh -H HOST -C uptime:::true:::\n"],
    ["w_guardian.conf", "w:::10:::check_own -H HOST -C 90% -W 2:::true:::\n"],
  ])("%s: %j", (name, text) => expect(redacted(name, text)).toBe(text));

  it("a carriage return, alone or not, and lines that have none", () => {
    const text = "a\r\rb\r\r\nc\r\nd\ne\r";
    expect(redacted("notes.txt", text)).toBe(text);
    expect(redacted("notes.txt", `${text}token=abc\rf\n`)).toMatch(
      /^a\r\rb\r\r\nc\r\nd\ne\rtoken=REDACTED\(\w{16}\)\rf\n$/,
    );
  });

  it("what stands around a secret below its line", () => {
    const text = "x: 1\npassword: |\n  h0nterX\n  again\nuser: a\npasswd u <<EOF # a\nh0nterX\nEOF\nls\n";
    expect(redacted("w.yaml", text)).toMatch(
      /^x: 1\npassword: \|\n {2}(R\S+)\n {2}R\S+\nuser: a\n[^\n]+\n\1\nEOF\nls\n$/,
    );
  });

  it("all other bytes, in whatever encoding", () => {
    const bytes = Buffer.concat([
      Buffer.from([0xff, 0xfe, 0xe9, 0x0d, 0x0a]),
      Buffer.from("password=x1\r\nl\xfcck\r\n", "latin1"),
    ]);
    const out = Buffer.from(redacted("notes.txt", bytes), "latin1");
    expect(out.subarray(0, 5)).toEqual(bytes.subarray(0, 5));
    expect(out.toString("latin1")).toMatch(/password=REDACTED\([0-9a-f]{16}\)\r\nl\xfcck\r\n$/);
  });
});

describe("the hash", () => {
  it("is keyed: equal secrets look equal, and a guess needs the key", () => {
    const line = 'password="hunter2"\n';
    expect(redacted("notes.txt", line)).toBe(redacted("notes.txt", line));
    expect(redacted("notes.txt", line)).not.toBe(redacted("notes.txt", line, redactionKey("another")));
    const wanted = createHmac("sha256", key).update("hunter2").digest("hex").slice(0, 16);
    expect(redacted("notes.txt", line)).toBe(`password="REDACTED(${wanted})"\n`);
    expect(createHmac("sha256", "a test's key").update("hunter2").digest("hex").slice(0, 16)).not.toBe(wanted);
  });

  it("leaves the quotes around it", () => {
    expect(redacted("zlb-start", "curl --cert 'c.p12:h0nterX' -E \"c.p12:h0nterX\" x\n")).toMatch(
      /^curl --cert 'c\.p12:(REDACTED\(\w+\))' -E "c\.p12:\1" x\n$/,
    );
  });

  it("is that of the secret alone, however deep it stands", () => {
    const hashes = [
      "mysql -ph0nterX z",
      "su -c 'mysql -ph0nterX z'",
      'R="$(mysql -ph0nterX)"',
      "x \\\n && mysql -ph0nterX",
    ].map((line) => /REDACTED\([0-9a-f]+\)/.exec(redacted("zlb-start", `${line}\n`))?.[0]);
    expect(new Set(hashes).size).toBe(1);
    expect(hashes[0]).toMatch(/^REDACTED/);
  });

  it("shows a change of a secret", () => {
    const box = (secret: string) =>
      readBox(single("global.conf", `$version="5.0";\n$zapikey="${secret}";\n`), { key }).config;
    expect(diffOf(box("one"), box("one"))).toEqual([]);
    expect(diffOf(box("one"), box("two"))).toMatchObject([{ field: "$zapikey", file: "global.conf" }]);
  });

  it("shows a change of a private key, whose certificate stays", () => {
    const files = filesOf("zevenet-5.13");
    const before = readBox(files, { key }).config;
    const path = "usr/local/zevenet/config/certificates/zencert-c.key";
    files.set(path, Buffer.from(PEM("PRIVATE KEY")));
    expect(diffOf(before, readBox(files, { key }).config)).toMatchObject([
      { field: "file", file: "certificates/zencert-c.key" },
    ]);
  });

  it("leaves what is redacted already", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (noise) => {
        const mask = maskOf(key);
        const once = redactText(Buffer.from(`password=${noise}\n`).toString("latin1"), true, mask);
        expect(redactText(once, true, mask)).toBe(once);
      }),
      { numRuns: 500 },
    );
  });
});
