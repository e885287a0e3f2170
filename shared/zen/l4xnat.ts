// F_l4xnat.cfg with semicolons, Zen 3.03 to ZEVENET 5.0, and its ancestors F_l4txnat.cfg and F_l4uxnat.cfg (3.0rc to
// 3.02, no protocol field). From 5.9 on the same name holds JSON: nftlb.ts. Pure; no other room.
import type { Backend, Farm } from "../model/snapshot.ts";
import { backend, farm, service } from "./farm.ts";
import { linesOf, type Notes, numberOf, someText } from "./text.ts";

const PROTOCOLS = new Set(["tcp", "udp", "all", "sip", "ftp", "tftp", "sctp"]);

/** `;server;ip;port;mark;weight;priority;status[;max_conns]`. The mark is noise. */
function serverOf(fields: string[], id: number): Backend {
  const state = someText(fields[7]) ?? "up";
  const maxConns = numberOf(fields[8]);
  return backend({
    id,
    ip: fields[2]?.trim() ?? "",
    port: someText(fields[3]),
    weight: numberOf(fields[5]),
    priority: numberOf(fields[6]),
    maintenance: state === "maintenance",
    state,
    maxConns: maxConns === 0 ? null : maxConns,
  });
}

function header(result: Farm, fields: string[], fallback: string | null, notes: Notes): void {
  const named = PROTOCOLS.has(fields[1]?.trim() ?? "");
  // Before 3.03 the file's name said the protocol, and the fields began one earlier.
  const [vip, ports, nat, algorithm, persistence, ttl, boot, log] = fields
    .slice(named ? 2 : 1)
    .map((field) => field.trim());
  result.protocol = named ? (fields[1]?.trim() ?? null) : (fallback ?? "tcp");
  if (!named && fallback === null)
    notes.problem(result.file, "the header names no protocol: taken as tcp, as before Zen 3.03.");
  result.vip = someText(vip);
  result.ports = someText(ports) ?? "*";
  result.nat = someText(nat);
  result.algorithm = someText(algorithm);
  result.persistence = someText(persistence) ?? "none";
  result.ttl = numberOf(ttl);
  result.boot = boot === "down" ? "down" : "up";
  if (log === "true") result.settings["log"] = "true";
}

/** Reads a layer 4 farm of semicolons. Never throws. `protocol` is what an old file's name says. */
export function parseL4xnat(file: string, text: string, protocol: "tcp" | "udp" | null, notes: Notes): Farm {
  const result = farm("l4xnat", file);
  const only = service(null);
  result.services.push(only);
  let seen = false;
  for (const [at, raw] of linesOf(text).entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    const fields = line.split(";", 12);
    if (fields[0] === "" && fields[1] === "server" && fields.length >= 4)
      only.backends.push(serverOf(fields, only.backends.length));
    else if (fields[0] !== "" && fields.length >= 8 && !seen) {
      seen = true;
      header(result, fields, protocol, notes);
    } else notes.line(file, at + 1, raw);
  }
  if (!seen) notes.problem(file, "no header line: the farm's address and ports are not known.");
  return result;
}
