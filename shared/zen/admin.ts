// Ways into the box: the GUI's server (mini_httpd on Zen 2 and 3, cherokee from 4 on), sshd, snmpd. Pure; no other room.
import type { Admin } from "../model/snapshot.ts";
import { keyword, linesOf, someText } from "./text.ts";

type Listener = Admin["gui"][number];
type Ssh = NonNullable<Admin["ssh"]>;
type Snmp = NonNullable<Admin["snmp"]>;

const EVERYWHERE = new Set(["*", "0.0.0.0", "::", "[::]", ""]);

/** Whether an address of a listener means every address. */
export const everywhere = (address: string | null): boolean => address === null || EVERYWHERE.has(address);

const settingsOf = (text: string): [string, string][] =>
  linesOf(text).flatMap((raw): [string, string][] => {
    const line = raw.trim();
    const at = line.indexOf("=");
    return line.startsWith("#") || at <= 0 ? [] : [[line.slice(0, at).trim(), line.slice(at + 1).trim()]];
  });

/** Reads mini_httpd.conf: `host=*` or no host is every address. */
export function parseMiniHttpd(file: string, text: string): Listener[] {
  const values = new Map(settingsOf(text));
  const host = someText(values.get("host"));
  return [
    {
      file,
      address: everywhere(host) ? null : host,
      port: someText(values.get("port")),
      certificate: someText(values.get("certfile")),
    },
  ];
}

/** Reads cherokee.conf: `server!bind!N!interface` and `!port`. Without an interface it is every address. */
export function parseCherokee(file: string, text: string): Listener[] {
  const binds = new Map<string, Listener>();
  let certificate: string | null = null;
  for (const [key, value] of settingsOf(text)) {
    const bind = /^server!bind!(\d{1,6})!(interface|port|tls)$/.exec(key);
    if (/^vserver!\d{1,6}!ssl_certificate_file$/.test(key)) certificate ??= someText(value);
    if (!bind?.[1]) continue;
    const listener = binds.get(bind[1]) ?? { file, address: null, port: null, certificate: null };
    if (bind[2] === "interface") listener.address = everywhere(value) ? null : value;
    if (bind[2] === "port") listener.port = someText(value);
    binds.set(bind[1], listener);
  }
  return [...binds.values()].map((listener) => ({ ...listener, certificate }));
}

/** Reads sshd_config as sshd does: the first value of a keyword holds, and a Match block's is not everybody's. */
export function parseSshd(text: string): Ssh {
  const result: Ssh = { listen: [], ports: [], rootLogin: null, passwords: null };
  for (const raw of linesOf(text)) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    const { key, rest } = keyword(line.replace(/^(\w+)\s*=\s*/, "$1 "));
    const name = key.toLowerCase();
    if (name === "match") break;
    if (name === "listenaddress") result.listen.push(rest);
    else if (name === "port") result.ports.push(rest);
    else if (name === "permitrootlogin") result.rootLogin ??= rest.toLowerCase();
    else if (name === "passwordauthentication") result.passwords ??= rest.toLowerCase();
  }
  return result;
}

/** Reads snmpd.conf: where the agent listens and whom a community serves. The community itself is redacted before. */
export function parseSnmpd(text: string): Snmp {
  const result: Snmp = { listen: [], sources: [] };
  for (const raw of linesOf(text)) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    const { key, rest } = keyword(line);
    const name = key.toLowerCase();
    if (name === "agentaddress") result.listen = result.listen.concat(rest.split(",").map((part) => part.trim()));
    if (/^r[ow]community6?$/.test(name)) {
      const source = someText(rest.split(/\s+/)[1]);
      result.sources.push(
        source === null || source === "default" || source === "0.0.0.0/0" || source === "::/0" ? null : source,
      );
    }
  }
  return result;
}
