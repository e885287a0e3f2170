// F_pound.cfg and F_proxy.cfg: HTTP and HTTPS farms of every release, pound's and zproxy's dialect. Read by keyword, as
// releases order them differently: a setting is on when its line is not commented. Pure; no other room.
import type { Backend, Farm, Service } from "../model/snapshot.ts";
import { backend, farm, service } from "./farm.ts";
import { keyword, linesOf, type Notes, numberOf, someText, unquote } from "./text.ts";

/** Differ by box, release or run and say nothing of the service: names, sockets, paths of error pages, logging, marks. */
const NOISE = new Set(
  "name user group control daemon logfacility rootjail nfmark err414 err500 err501 err503 errwaf".split(" "),
);

const GLOBAL = new Set(
  "timeout connto alive client threadmodel dhparams ecdhcurve loglevel extendedhttp grace threads ignorecase ignore100continue dynscale anonymise tcpkeepalive".split(
    " ",
  ),
);

const LISTENER = new Set(
  "xhttp rewritelocation rewritedestination ciphers disable disablesslv3 disablesslv2 disabletlsv1 sslhonorcipherorder sslallowclientrenegotiation clientcert addheader headremove addresponseheader addrespheader removeheader removeresponseheader removeresphead replaceheader replaceresponseheader rewritehost maxrequest checkurl client ignore100continue ignorecase forwardsni nohttps11 wafrules errnossl rewriteurl ssluncleanshutdown verifylist calist crllist cahierarchy compression cors".split(
    " ",
  ),
);

const SERVICE = new Set(
  "dynscale backendcookie stricttransportsecurity disabled headdeny ignorecase addheader addresponseheader headremove removeresponseheader replaceheader replaceresponseheader rewriteurl rewritelocation urlrewrite pinnedconnection routingpolicy transparent corsallow".split(
    " ",
  ),
);

type Block = "top" | "listener" | "service" | "session" | "backend" | "emergency";

type Reading = {
  farm: Farm;
  notes: Notes;
  /** Open blocks, the innermost last. */
  open: Block[];
  listeners: number;
  service: Service | null;
  server: Backend | null;
  session: Map<string, string>;
};

/** Puts a setting down; a keyword that stands several times keeps all its values. */
function put(settings: Record<string, string>, key: string, value: string): void {
  if (!/^[a-z]/.test(key)) return;
  const text = value === "" ? "on" : value;
  settings[key] = Object.hasOwn(settings, key) ? `${settings[key]}, ${text}` : text;
}

function redirectOf(key: string, rest: string): Service["redirect"] {
  const code = /^(\d{3})\s+/.exec(rest);
  return {
    to: unquote(code ? rest.slice(code[0].length) : rest),
    append: key === "redirectappend",
    code: code?.[1] ? Number(code[1]) : null,
  };
}

function serverLine(server: Backend, key: string, rest: string): boolean {
  if (key === "address") server.ip = unquote(rest);
  else if (key === "port") server.port = someText(rest);
  else if (key === "https") server.https = true;
  else if (key === "timeout") server.timeout = numberOf(rest);
  else if (key === "priority") server.priority = numberOf(rest);
  else if (key === "weight") server.weight = numberOf(rest);
  else if (key === "connlimit") server.maxConns = numberOf(rest);
  else if (key === "disabled") server.state = rest === "1" ? "disabled" : server.state;
  else return NOISE.has(key) || key === "connto" || key === "alive";
  return true;
}

function serviceLine(current: Service, key: string, rest: string): boolean {
  const value = unquote(rest);
  const host = /^Host:\s*/i.exec(value);
  if (key === "headrequire" && host && current.vhost === null) current.vhost = someText(value.slice(host[0].length));
  else if (key === "headrequire") put(current.settings, "headrequire", value);
  else if (key === "url" && current.url === null) current.url = someText(value);
  else if (key === "url") current.url = `${current.url} ${value}`;
  else if (key === "redirect" || key === "redirectappend") current.redirect = redirectOf(key, rest);
  else {
    put(current.settings, key, rest);
    return SERVICE.has(key);
  }
  return true;
}

function outerLine(reading: Reading, key: string, rest: string): boolean {
  const { farm } = reading;
  const listening = reading.open.at(-1) === "listener";
  // A second listener's address would hide the first's: the GUI knows one, and the first is it.
  if (listening && key === "address") farm.vip ??= unquote(rest);
  else if (listening && key === "port") farm.ports ||= rest;
  else if (listening && key === "cert") farm.certs.push(unquote(rest));
  else if (NOISE.has(key)) return true;
  else {
    put(farm.settings, key, unquote(rest));
    return GLOBAL.has(key) || (listening && LISTENER.has(key));
  }
  return true;
}

function openBlock(reading: Reading, key: string, rest: string): boolean {
  const { open } = reading;
  if (key === "listenhttp" || key === "listenhttps") {
    reading.listeners += 1;
    if (key === "listenhttps") reading.farm.profile = "https";
    open.push("listener");
  } else if (key === "service" && open.at(-1) !== "service") {
    reading.service = service(someText(unquote(rest)));
    reading.farm.services.push(reading.service);
    open.push("service");
  } else if (key === "session" && reading.service) {
    reading.session = new Map();
    open.push("session");
  } else if ((key === "backend" || key === "emergency") && reading.service) {
    reading.server = backend({ ip: "", state: "active" });
    open.push(key);
  } else return false;
  return true;
}

function closeBlock(reading: Reading): boolean {
  const closed = reading.open.length > 1 ? reading.open.pop() : undefined;
  const { service: current, server, session } = reading;
  if (closed === "backend" && current && server) current.backends.push({ ...server, id: current.backends.length });
  if (closed === "emergency" && current && server) current.emergency.push({ ...server, id: current.emergency.length });
  if (closed === "session" && current) {
    const [type, ttl, id] = [session.get("type"), session.get("ttl"), session.get("id")];
    current.persistence = `${type ?? "?"}${ttl === undefined ? "" : ` ttl ${ttl}`}${id === undefined ? "" : ` id ${unquote(id)}`}`;
  }
  if (closed === "service") reading.service = null;
  return closed !== undefined;
}

function statement(reading: Reading, key: string, rest: string): boolean {
  if (key === "end") return closeBlock(reading);
  if (openBlock(reading, key, rest)) return true;
  const inside = reading.open.at(-1);
  if ((inside === "backend" || inside === "emergency") && reading.server) return serverLine(reading.server, key, rest);
  if (inside === "session") {
    reading.session.set(key, rest);
    return ["type", "ttl", "id", "path", "domain"].includes(key);
  }
  if (inside === "service" && reading.service) return serviceLine(reading.service, key, rest);
  return outerLine(reading, key, rest);
}

/**
 * Reads an HTTP or HTTPS farm. Never throws; lines of no known keyword are noted and kept as settings.
 * Backends are "active" until the status file says otherwise. Sources: pound(8); the templates of Zen 2.0 to SKUDONET 7.
 */
export function parsePound(file: string, text: string, notes: Notes): Farm {
  const result = farm("http", file);
  const reading: Reading = {
    farm: result,
    notes,
    open: ["top"],
    listeners: 0,
    service: null,
    server: null,
    session: new Map(),
  };
  let last = "";
  for (const [at, raw] of linesOf(text).entries()) {
    const line = raw.trim();
    if (line === "") continue;
    last = line;
    if (line === "##True##HTTPS-backend##" && reading.service) reading.service.settings["https-backend"] = "true";
    if (line.startsWith("#")) continue;
    const { key, rest } = keyword(line);
    if (!statement(reading, key.toLowerCase(), rest)) notes.line(file, at + 1, raw);
  }
  if (last === "#down") result.boot = "down";
  if (reading.listeners === 0) notes.problem(file, "no listener: the file has neither ListenHTTP nor ListenHTTPS.");
  if (reading.listeners > 1)
    notes.problem(file, "more than one listener: only the first one's address and port are shown.");
  if (reading.open.length > 1)
    notes.problem(file, `it ends inside a ${reading.open.at(-1)} block: the file may be cut off.`);
  return result;
}
