// Ways into the box: the GUI's server (mini_httpd on Zen 2 and 3, cherokee from 4 on), sshd, snmpd. Pure; no other room.
import type { Admin } from "../model/snapshot.ts";
import { keyword, linesOf, someText } from "./text.ts";

type Listener = Admin["gui"][number];
type Ssh = NonNullable<Admin["ssh"]>;
type Snmp = NonNullable<Admin["snmp"]>;

/** No address, `*`, and the zeros of both families, however they are written. */
const EVERYWHERE = /^(?:|\*|0\.0\.0\.0|(?:0*:){2,7}0*)$/;

/** Whether an address of a listener means every address: `0.0.0.0`, `[::]:22`, `* rdomain x`. */
export function everywhere(address: string | null): boolean {
  const [listener = ""] = (address ?? "").split(/\s/, 1);
  const host = /^\[([^\]]*)\](?::\d+)?$/.exec(listener)?.[1] ?? /^([^:]*):\d+$/.exec(listener)?.[1];
  return EVERYWHERE.test(host ?? listener);
}

/** Whether the source of a community is everybody: by word, by a mask of no bits, or as the address of all. */
function anybody(source: string | null): boolean {
  if (source === null || source === "default") return true;
  return source.includes("/") ? /\/(?:0|0\.0\.0\.0|::)$/.test(source) : everywhere(source);
}

/** The source of a community's line: `rocommunity NAME SOURCE`, `com2sec [-Cn CONTEXT] NAME SOURCE COMMUNITY`. */
function sourceOf(directive: string, words: readonly string[]): string | null | undefined {
  if (/^r[ow]community6?$/.test(directive)) return someText(words[1]);
  if (!/^com2sec6?$/.test(directive)) return undefined;
  return someText(words[words[0] === "-Cn" ? 3 : 1]);
}

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
    const source = sourceOf(name, rest.split(/\s+/));
    if (source !== undefined) result.sources.push(anybody(source) ? null : source);
  }
  return result;
}
