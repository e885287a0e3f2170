// Which file means what: the configuration's directory in a tree, and the kind of every file in it. Pure; no other room.
import { UserError } from "../model/errors.ts";

/** What a file is, by its path below the configuration's directory (or on the box, for those outside). */
export type Kind =
  | {
      kind: "pound" | "status" | "pen-tcp" | "pen-udp" | "l4xnat" | "datalink" | "error-page";
      farm: string;
      old?: "tcp" | "udp";
    }
  | { kind: "gslb"; farm: string; inner: string }
  | { kind: "guardian"; farm: string; service: string | null }
  | { kind: "interface"; name: string }
  | { kind: "text"; name: string }
  | { kind: "enterprise"; farm: string }
  | {
      kind:
        | "global"
        | "cluster"
        | "guardians"
        | "certificate"
        | "key"
        | "mini-httpd"
        | "cherokee"
        | "sshd"
        | "snmpd"
        | "hostname"
        | "release"
        | "noise"
        | "plugin"
        | "secret"
        | "unknown";
    };

/** What kinds name their files by: a farm is `[a-zA-Z0-9-]+`, so its name ends at the first underscore. */
const FARM_FILES: readonly [RegExp, (farm: string, rest: string) => Kind][] = [
  [/^([a-zA-Z0-9-]+)_(pound|proxy)\.cfg$/, (farm) => ({ kind: "pound", farm })],
  [/^([a-zA-Z0-9-]+)_(status)\.cfg$/, (farm) => ({ kind: "status", farm })],
  [/^([a-zA-Z0-9-]+)_(pen)\.cfg$/, (farm) => ({ kind: "pen-tcp", farm })],
  [/^([a-zA-Z0-9-]+)_(pen_udp)\.cfg$/, (farm) => ({ kind: "pen-udp", farm })],
  [/^([a-zA-Z0-9-]+)_(l4xnat)\.cfg$/, (farm) => ({ kind: "l4xnat", farm })],
  [/^([a-zA-Z0-9-]+)_(l4txnat)\.cfg$/, (farm) => ({ kind: "l4xnat", farm, old: "tcp" })],
  [/^([a-zA-Z0-9-]+)_(l4uxnat)\.cfg$/, (farm) => ({ kind: "l4xnat", farm, old: "udp" })],
  [/^([a-zA-Z0-9-]+)_(datalink)\.cfg$/, (farm) => ({ kind: "datalink", farm })],
  [/^([a-zA-Z0-9-]+)_gslb\.cfg\/(.+)$/, (farm, inner) => ({ kind: "gslb", farm, inner })],
  [/^([a-zA-Z0-9-]+)_eproxy\.(yaml)$/, (farm) => ({ kind: "enterprise", farm })],
  [/^([a-zA-Z0-9-]+)_(Err\d{3}|ErrWAF)\.html$/, (farm) => ({ kind: "error-page", farm })],
  [/^([a-zA-Z0-9-]+)_guardian\.(conf)$/, (farm) => ({ kind: "guardian", farm, service: null })],
  [/^([a-zA-Z0-9-]+)_(.+)_guardian\.conf$/, (farm, service) => ({ kind: "guardian", farm, service })],
];

const NAMED: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ["global.conf", { kind: "global" }],
  ["cluster.conf", { kind: "cluster" }],
  ["farmguardian.conf", { kind: "guardians" }],
  // Marks are drawn by the box; the run state of leastconn and the floating addresses of a cluster are its own.
  ["fwmarks.conf", { kind: "noise" }],
  ["zlb-start", { kind: "text", name: "zlb-start" }],
  ["zlb-stop", { kind: "text", name: "zlb-stop" }],
  ["noid-start", { kind: "text", name: "zlb-start" }],
  ["noid-stop", { kind: "text", name: "zlb-stop" }],
  ["rt_tables", { kind: "text", name: "rt_tables" }],
  ["l4sd.cfg", { kind: "text", name: "l4sd.cfg" }],
  ["float.conf", { kind: "text", name: "float.conf" }],
]);

/** Directories of the enterprise edition that hold credentials and nothing we read. */
const SECRET_DIRECTORIES = /^(?:letsencrypt|notifications|cloud|vpn|rbac)\//;

function insideKind(path: string): Kind {
  const named = NAMED.get(path);
  if (named) return named;
  for (const [pattern, kind] of FARM_FILES) {
    const match = pattern.exec(path);
    if (match?.[1] !== undefined) return kind(match[1], match[2] ?? "");
  }
  const device = /^if_([^/]{1,64})_conf$/.exec(path)?.[1];
  if (device !== undefined) return { kind: "interface", name: device };
  if (SECRET_DIRECTORIES.test(path)) return { kind: "secret" };
  if (/\.(?:pem|crt|cer)$/.test(path)) return { kind: "certificate" };
  if (/\.(?:key|csr)$/.test(path)) return { kind: "key" };
  if (/(?:^|\/)\.keep$/.test(path) || path.startsWith("local/")) return { kind: "noise" };
  return { kind: "unknown" };
}

const OUTSIDE: readonly [RegExp, Kind][] = [
  [/(?:^|\/)mini_httpd\.conf$/, { kind: "mini-httpd" }],
  [/(?:^|\/)cherokee\.conf$/, { kind: "cherokee" }],
  [/(?:^|\/)etc\/iproute2\/rt_tables$/, { kind: "text", name: "rt_tables" }],
  [/(?:^|\/)etc\/ssh\/sshd_config$/, { kind: "sshd" }],
  [/(?:^|\/)etc\/snmp\/snmpd\.conf$/, { kind: "snmpd" }],
  [/(?:^|\/)etc\/hostname$/, { kind: "hostname" }],
  [/(?:^|\/)etc\/resolv\.conf$/, { kind: "text", name: "resolv.conf" }],
  [/(?:^|\/)etc\/cron\.d\/[^/]+$/, { kind: "text", name: "cron" }],
  [/(?:^|\/)(?:zevenet|skudonet|relianoid)_version$/, { kind: "release" }],
  [/(?:^|\/)\.htpasswd$/, { kind: "secret" }],
  [/(?:^|\/)(?:usr\/lib\/nagios\/plugins|libexec)\/[^/]+$/, { kind: "plugin" }],
  [/\.(?:pem|crt|cer)$/, { kind: "certificate" }],
  [/\.key$/, { kind: "key" }],
];

/** The kind of a file. `directory` is the configuration's directory in the tree, "" or ending in a slash. */
export function kindOf(path: string, directory: string): Kind {
  if (path.startsWith(directory)) {
    const inside = insideKind(path.slice(directory.length));
    if (inside.kind !== "unknown" || directory !== "") return inside;
  }
  return OUTSIDE.find(([pattern]) => pattern.test(path))?.[1] ?? { kind: "unknown" };
}

const FARM_FILE =
  /(?:^|\/)(?:[a-zA-Z0-9-]+_(?:pound|proxy|pen|pen_udp|l4xnat|l4txnat|l4uxnat|datalink)\.cfg|if_[^/]{1,64}_conf)$/;

const directoryOf = (path: string): string => path.slice(0, path.lastIndexOf("/") + 1);

/**
 * The directory that holds the configuration: global.conf's (the vendor's own test of a backup), the shallowest if there
 * are several; without one, that of the most farm and interface files. Throws a UserError when there is neither.
 */
export function configDirectory(paths: Iterable<string>): string {
  const all = [...paths];
  const roots = all.filter((path) => path === "global.conf" || path.endsWith("/global.conf")).map(directoryOf);
  const [root] = roots.sort((a, b) => a.split("/").length - b.split("/").length || (a < b ? -1 : 1));
  if (root !== undefined) return root;
  const counts = new Map<string, number>();
  for (const path of all)
    if (FARM_FILE.test(path)) counts.set(directoryOf(path), (counts.get(directoryOf(path)) ?? 0) + 1);
  const [most] = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  if (most) return most[0];
  if (all.some((path) => path.endsWith("config.tar.gz"))) {
    throw new UserError(
      "this is a supportsave, not a backup: make one in the GUI under Manage > Backup and send that.",
    );
  }
  throw new UserError("no global.conf and no farm in it: this is not a backup of a Zen load balancer.");
}
