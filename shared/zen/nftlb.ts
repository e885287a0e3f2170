// F_l4xnat.cfg as JSON, ZEVENET 5.9 to SKUDONET and RELIANOID 7: nftlb's own answer, saved. Pure; no other room.
import * as z from "zod/mini";
import { UserError } from "../model/errors.ts";
import type { Backend, Farm } from "../model/snapshot.ts";
import { backend, farm, service } from "./farm.ts";
import { type Notes, numberOf, plainName, someText } from "./text.ts";

/** nftlb writes every value as text; a number is taken for its text. Anything else counts as not there. */
const text = z.catch(z.optional(z.union([z.string(), z.pipe(z.number(), z.transform(String))])), undefined);

const serverSchema = z.object({
  name: text,
  "ip-addr": text,
  port: text,
  ports: text,
  weight: text,
  priority: text,
  "est-connlimit": text,
  state: text,
});

/** A list of which one is damaged keeps the others; null stands for the damaged one. */
const listOf = <T extends z.ZodMiniType>(schema: T) => z.catch(z.array(z.catch(z.nullable(schema), null)), []);

const addressSchema = z.object({ "ip-addr": text, ports: text, protocol: text });

const farmShape = z.object({
  name: text,
  family: text,
  "virtual-addr": text,
  "virtual-ports": text,
  "source-addr": text,
  mode: text,
  protocol: text,
  scheduler: text,
  "sched-param": text,
  persistence: text,
  "persist-ttl": text,
  helper: text,
  log: text,
  "log-rtlimit": text,
  "est-connlimit": text,
  state: text,
  addresses: listOf(addressSchema),
  backends: listOf(serverSchema),
});

const fileSchema = z.object({ farms: z.array(farmShape).check(z.minLength(1)) });

/** Real files nest five deep. */
const DEEPEST = 32;

/** Whether brackets nest deeper than any real file's, without parsing: a deep one would cost us the stack. */
export function nestsTooDeep(json: string, deepest = DEEPEST): boolean {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < json.length; at += 1) {
    const code = json.charCodeAt(at);
    if (quoted) {
      if (code === 0x5c) at += 1;
      else if (code === 0x22) quoted = false;
    } else if (code === 0x22) quoted = true;
    else if (code === 0x7b || code === 0x5b) {
      depth += 1;
      if (depth > deepest) return true;
    } else if (code === 0x7d || code === 0x5d) depth -= 1;
  }
  return false;
}

/** nftlb writes ranges with a hyphen and every port as nothing or the whole range; the GUI shows `8000:8010` and `*`. */
function portsOf(ports: string | undefined): string {
  const trimmed = ports?.trim() ?? "";
  if (trimmed === "" || trimmed === "1-65535" || trimmed === "0-65535" || trimmed === "*") return "*";
  return trimmed.replaceAll("-", ":");
}

function serverOf(raw: z.output<typeof serverSchema>): Backend {
  const state = someText(raw.state) ?? "up";
  const port = portsOf(raw.port ?? raw.ports);
  const maxConns = numberOf(raw["est-connlimit"]);
  return backend({
    id: numberOf(/^bck(\d+)$/.exec(raw.name ?? "")?.[1]),
    ip: someText(raw["ip-addr"]) ?? "",
    port: port === "*" || port === "0" ? null : port,
    weight: numberOf(raw.weight),
    priority: numberOf(raw.priority),
    maintenance: state === "off",
    state,
    maxConns: maxConns === 0 ? null : maxConns,
  });
}

/** 5.9 had no persistence key: it stood in sched-param, which with a hash scheduler is what to hash instead. */
function persistenceOf(raw: z.output<typeof farmShape>): string {
  const own = someText(raw.persistence);
  if (own !== null) return own;
  return raw.scheduler?.includes("hash") ? "none" : (someText(raw["sched-param"]) ?? "none");
}

/** What stays in `settings`: only what differs from nftlb's way of saying nothing. */
function settingsOf(raw: z.output<typeof farmShape>): Record<string, string> {
  const settings: Record<string, string> = {};
  for (const key of ["source-addr", "log", "log-rtlimit", "est-connlimit"] as const) {
    const value = someText(raw[key]);
    if (value !== null && !["none", "0", "0/second"].includes(value)) settings[key] = value;
  }
  if (raw.family !== undefined && raw.family !== "ipv4") settings["family"] = raw.family;
  if (raw.scheduler?.includes("hash")) settings["sched-param"] = raw["sched-param"]?.trim() ?? "";
  return settings;
}

/**
 * Reads a layer 4 farm of JSON. Returns null, with a problem noted, for what is no such file (a cut off one).
 * Throws a UserError for JSON that nests deeper than {@link DEEPEST}: nobody but an attacker writes that.
 */
export function parseNftlb(file: string, json: string, name: string, notes: Notes): Farm | null {
  if (nestsTooDeep(json))
    throw new UserError(
      `${plainName(file)}: its JSON nests deeper than ${DEEPEST} levels; no load balancer writes that.`,
    );
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    notes.problem(file, "not valid JSON: the file may be cut off.");
    return null;
  }
  const parsed = fileSchema.safeParse(value);
  const raw = parsed.success ? parsed.data.farms[0] : undefined;
  if (!parsed.success || !raw) {
    notes.problem(file, "JSON without a farm in `farms`.");
    return null;
  }
  if (parsed.data.farms.length > 1) notes.problem(file, "more than one farm in one file: only the first is shown.");
  if (raw.name !== undefined && raw.name !== name)
    notes.problem(file, "the farm inside has another name than the file.");
  const servers = raw.backends.filter((server) => server !== null);
  if (servers.length < raw.backends.length) notes.problem(file, "a backend that is no object: the others are shown.");
  const first = raw.addresses[0];
  return farm("l4xnat", file, {
    protocol: someText(raw.protocol) ?? someText(first?.protocol) ?? "tcp",
    vip: someText(raw["virtual-addr"]) ?? someText(first?.["ip-addr"]),
    ports: portsOf(raw["virtual-ports"] ?? first?.ports),
    boot: raw.state === undefined || raw.state === "up" ? "up" : "down",
    algorithm: someText(raw.scheduler),
    persistence: persistenceOf(raw),
    ttl: numberOf(raw["persist-ttl"]),
    nat: someText(raw.mode),
    helper: raw.helper === undefined || raw.helper === "none" ? null : someText(raw.helper),
    settings: settingsOf(raw),
    services: [service(null, servers.map(serverOf))],
  });
}
