// F_gslb.cfg/: a directory of gdnsd files, Zen 3.05 on. The main file is `config` or `etc/config`; both layouts occur.
// Pure; no other room.
import type { Backend, Farm, Service } from "../model/snapshot.ts";
import { backend, farm, service } from "./farm.ts";
import { linesOf, type Notes, someText } from "./text.ts";

/** The files of one farm, by path below `F_gslb.cfg/`. */
export type GslbFiles = ReadonlyMap<string, string>;

/** `http_port` is drawn at random at each start; the helper's path is the release's. */
const NOISE = new Set(["http_port", "http_listen", "helper_path"]);

/** `key => value` and `key = value`, a trailing comma left out; null for what is neither. */
function pairOf(line: string): { key: string; value: string } | null {
  const at = line.indexOf("=");
  if (at <= 0) return null;
  const value = line.slice(line[at + 1] === ">" ? at + 2 : at + 1).trim();
  return { key: line.slice(0, at).trim(), value: value.endsWith(",") ? value.slice(0, -1).trim() : value };
}

function options(result: Farm, path: string, text: string, notes: Notes): void {
  let section = "";
  for (const [at, raw] of linesOf(text).entries()) {
    const line = raw.trim();
    const opening = /^([\w-]+)\s*=>\s*\{$/.exec(line);
    if (line === ";down") result.boot = "down";
    if (line === "" || line.startsWith(";") || line.startsWith("#") || line.startsWith("$include")) continue;
    if (line === "}" || line === "},") section = "";
    else if (opening) section = opening[1] ?? "";
    else {
      const pair = pairOf(line);
      if (!pair || section === "") notes.line(path, at + 1, raw);
      else if (section !== "options") continue;
      else if (pair.key === "listen") result.vip = pair.value;
      else if (pair.key === "dns_port") result.ports = pair.value;
      else if (!NOISE.has(pair.key) && /^[a-z]/.test(pair.key)) result.settings[pair.key] = pair.value;
    }
  }
}

/** A plugin holds services; gdnsd asks the backends by TCP at the port of `service_types = tcp_N`. */
function plugin(result: Farm, path: string, text: string, notes: Notes): void {
  let algorithm: string | null = null;
  let current: Service | null = null;
  for (const [at, raw] of linesOf(text).entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#") || line.startsWith(";")) continue;
    const opening = /^([\w.-]+)\s*=>\s*\{$/.exec(line);
    if (opening && algorithm === null)
      algorithm = opening[1] === "multifo" ? "roundrobin" : opening[1] === "simplefo" ? "prio" : (opening[1] ?? "");
    else if (opening) {
      current = { ...service(opening[1] ?? null), algorithm };
      result.services.push(current);
    } else if (line === "}" || line === "},") {
      if (current) current = null;
      else algorithm = null;
    } else if (!serviceLine(current, line) && algorithm === null) notes.line(path, at + 1, raw);
  }
}

/** Of a round robin the key is a number; of a primary and its secondary, the order in which they are answered. */
function serverOf(key: string, ip: string): Backend {
  const number = /^\d{1,6}$/.test(key) ? Number(key) : null;
  const priority = key === "primary" ? 1 : key === "secondary" ? 2 : null;
  return backend({ id: number, ip, priority });
}

function serviceLine(current: Service | null, line: string): boolean {
  const pair = pairOf(line);
  if (!current || !pair) return false;
  if (pair.key === "service_types") current.settings["service_types"] = pair.value;
  else current.backends.push(serverOf(pair.key, pair.value));
  return true;
}

/** `tcp_80`, also inside `[ tcp_80, up ]`; null without one. */
function portOf(types: string | undefined): string | null {
  return /\btcp_(\d{1,5})\b/.exec(types ?? "")?.[1] ?? null;
}

/** The SOA's serial is the time of the last change. In the GUI's zones it is the line after the SOA. */
function zone(text: string): string[] {
  const lines = linesOf(text).map((line) => (line.split(";", 1)[0] ?? "").trim().replaceAll(/\s+/g, " "));
  const soa = lines.findIndex((line) => /\sSOA\s/.test(line));
  return lines.filter((line, at) => line !== "" && !(at === soa + 1 && soa >= 0 && /^\d+$/.test(line)));
}

/** Reads a global farm from its files. Never throws; files of no known place are noted. */
export function parseGslb(file: string, files: GslbFiles, notes: Notes): Farm {
  const result = farm("gslb", file, { protocol: "dns", ports: "53" });
  let main = false;
  for (const [path, text] of files) {
    const inner = path.startsWith("etc/") ? path.slice("etc/".length) : path;
    const shown = `${file}/${path}`;
    if (inner === "config") {
      main = true;
      options(result, shown, text, notes);
    } else if (inner.startsWith("plugins/")) plugin(result, shown, text, notes);
    else if (/^zones\/[A-Za-z0-9][\w.-]*$/.test(inner)) result.zones[inner.slice("zones/".length)] = zone(text);
    else if (!inner.startsWith("gdnsd.")) notes.problem(shown, "a file of no known place in a gslb farm.");
  }
  for (const current of result.services) {
    const port = portOf(current.settings["service_types"]);
    current.backends = current.backends.map((server): Backend => ({ ...server, port }));
  }
  result.vip = someText(result.vip);
  if (!main) notes.problem(file, "no `config` or `etc/config`: the farm's address is not known.");
  return result;
}
