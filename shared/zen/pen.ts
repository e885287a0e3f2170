// F_pen.cfg (TCP) and F_pen_udp.cfg (UDP), Zen 2.0 to ZEVENET 4: what `penctl write` wrote. Pure; no other room.
import type { Backend, Farm } from "../model/snapshot.ts";
import { backend, farm, service } from "./farm.ts";
import { keyword, linesOf, type Notes, numberOf } from "./text.ts";

/** Switches and numbers of pen's own writer (`write_cfg` in pen.c) that say something of the service. */
const SETTINGS = new Set([
  "acl",
  "ascii",
  "blacklist",
  "block",
  "client_acl",
  "control_acl",
  "debug",
  "delayed_forward",
  "hash",
  "http",
  "log",
  "prio",
  "roundrobin",
  "stubborn",
  "timeout",
  "tracking",
  "web_stats",
  "weight",
]);

/** Maintenance of a pen backend: access list 9 denies everybody, and the GUI moves the backend there. */
const CLOSED_ACL = "9";

/** `server N acl A address IP port P max M hard H [weight W] [prio P]`; an address of 0.0.0.0 is an empty slot. */
function serverOf(words: string[]): Backend | "empty" | null {
  const value = new Map<string, string>();
  for (let at = 1; at + 1 < words.length; at += 2) value.set(words[at] ?? "", words[at + 1] ?? "");
  const [ip, port] = [value.get("address"), value.get("port")];
  if (ip === undefined || port === undefined) return null;
  if (ip === "0.0.0.0" || port === "0") return "empty";
  const maxConns = numberOf(value.get("max"));
  return backend({
    id: numberOf(words[0]),
    ip,
    port,
    weight: numberOf(value.get("weight")),
    priority: numberOf(value.get("prio")),
    maintenance: value.get("acl") === CLOSED_ACL,
    maxConns: maxConns === 0 ? null : maxConns,
  });
}

/** The arguments of the `# pen` comment: the GUI starts the farm with them, so they are the configuration. */
function startLine(result: Farm, line: string): void {
  const words = line.split(/\s+/).slice(2);
  const listen = words.at(-1) ?? "";
  const colon = listen.lastIndexOf(":");
  if (colon > 0) {
    result.vip = listen.slice(0, colon).replace(/^\[(.*)\]$/, "$1");
    result.ports = listen.slice(colon + 1);
  }
  for (const [flag, key] of [
    ["-c", "clients"],
    ["-x", "connections"],
  ] as const) {
    const at = words.indexOf(flag);
    if (at >= 0) result.settings[key] = words[at + 1] ?? "";
  }
}

function algorithmOf(on: ReadonlySet<string>): string {
  for (const name of ["weight", "prio", "hash"]) if (on.has(name)) return name;
  return "roundrobin";
}

/**
 * Reads a TCP or UDP farm. Never throws. The time, control port and number of slots of the first two lines are noise.
 * pen's own blacklist is never in the file, so there is no run state.
 */
export function parsePen(file: string, text: string, protocol: "tcp" | "udp", notes: Notes): Farm {
  const result = farm(protocol, file, { protocol });
  const only = service(null);
  result.services.push(only);
  const on = new Set<string>();
  let last = "";
  for (const [at, raw] of linesOf(text).entries()) {
    const line = raw.trim();
    if (line === "") continue;
    last = line;
    if (/^# pen\s/.test(line)) startLine(result, line);
    if (line.startsWith("#")) continue;
    const negated = /^no\s/.test(line);
    const { key, rest } = keyword(negated ? line.slice(3).trim() : line);
    if (key === "server" && !negated) {
      const server = serverOf(rest.split(/\s+/));
      if (server === null) notes.line(file, at + 1, raw);
      else if (server !== "empty") only.backends.push(server);
    } else if (!SETTINGS.has(key)) notes.line(file, at + 1, raw);
    else if (!negated) {
      on.add(key);
      // The GUI's own closing list is in every file; the others are an operator's.
      if (key !== "acl") result.settings[key] = rest === "" ? "on" : rest;
      else if (!/^9 deny 0\.0\.0\.0 0\.0\.0\.0$/.test(rest)) result.settings[`acl ${rest.split(/\s/, 1)[0]}`] = rest;
    }
  }
  result.algorithm = algorithmOf(on);
  // Algorithm and persistence have fields of their own.
  for (const key of ["weight", "prio", "hash", "roundrobin"]) delete result.settings[key];
  result.persistence = !on.has("roundrobin");
  if (last === "#down") result.boot = "down";
  if (result.vip === null) notes.problem(file, "no `# pen …` line with the address and port of the farm.");
  return result;
}
