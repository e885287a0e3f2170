// From a box's files to its configuration. Pure; no other room.
import { createHash } from "node:crypto";
import { UserError } from "../model/errors.ts";
import type { BoxConfig, Certificate, Farm, Interface } from "../model/snapshot.ts";
import { parseCherokee, parseMiniHttpd, parseSnmpd, parseSshd } from "./admin.ts";
import { parseCertificate } from "./certificates.ts";
import { parseDatalink } from "./datalink.ts";
import { expand, parseCluster, parseGlobal } from "./global.ts";
import { parseGslb } from "./gslb.ts";
import { type FarmGuardian, parseGuardians, parseOldGuardian } from "./guardian.ts";
import { parseInterface } from "./interfaces.ts";
import { parseL4xnat } from "./l4xnat.ts";
import { parseNftlb } from "./nftlb.ts";
import { parsePen } from "./pen.ts";
import { configDirectory, type Kind, kindOf } from "./place.ts";
import { parsePound } from "./pound.ts";
import { applyStatus } from "./status.ts";
import { decode, isBinary, linesOf, type NoteBook, noteBook, numberOf, plainName, someText } from "./text.ts";

/** The largest known real file of a known kind is 20 KB. */
const MOST_FILE_BYTES = 2 * 1024 * 1024;
/** Of all files of known kinds together; real boxes have under 1 MB. What is read takes many times its size in memory. */
const MOST_TEXT_BYTES = 4 * 1024 * 1024;
const MOST_BACKENDS = 50_000;
const MOST_CERTIFICATES = 2000;
const LISTED_FILES = 500;

type Placed = { path: string; shown: string; kind: Kind; bytes: Uint8Array };

type Build = {
  notes: NoteBook;
  textBytes: number;
  farms: Map<string, Farm>;
  statuses: { farm: string; file: string; text: string }[];
  guardians: FarmGuardian[];
  gslb: Map<string, Map<string, string>>;
  interfaces: Interface[];
  certificates: Certificate[];
  texts: Map<string, string[]>;
  global: Map<string, string>;
  box: Pick<BoxConfig, "cluster" | "hostname" | "admin">;
};

/** A comment, a blank line and blanks at a line's end are no difference. */
function comparable(text: string): string[] {
  return linesOf(text)
    .map((line) => line.trimEnd())
    .filter((line) => line !== "" && !/^\s*#(?!!)/.test(line));
}

/** Two files of one farm: what the release in use would not read is left over from an upgrade. */
function addFarm(build: Build, name: string, farm: Farm | null): void {
  if (!farm) return;
  const other = build.farms.get(name);
  if (!other) {
    build.farms.set(name, farm);
    return;
  }
  const [kept, left] =
    farm.file.endsWith("_pen.cfg") || farm.file.endsWith("_pen_udp.cfg") || farm.file.endsWith("_pound.cfg")
      ? [other, farm]
      : [farm, other];
  build.farms.set(name, kept);
  build.notes.problem(left.file, `a second file of farm ${name}: ${kept.file} is the one that is shown.`);
}

function readFarm(build: Build, kind: Kind, shown: string, text: string): boolean {
  const { notes } = build;
  if (kind.kind === "pound") addFarm(build, kind.farm, parsePound(shown, text, notes));
  else if (kind.kind === "pen-tcp") addFarm(build, kind.farm, parsePen(shown, text, "tcp", notes));
  else if (kind.kind === "pen-udp") addFarm(build, kind.farm, parsePen(shown, text, "udp", notes));
  else if (kind.kind === "datalink") addFarm(build, kind.farm, parseDatalink(shown, text, notes));
  else if (kind.kind === "l4xnat") {
    const json = text.trimStart().startsWith("{");
    addFarm(
      build,
      kind.farm,
      json ? parseNftlb(shown, text, kind.farm, notes) : parseL4xnat(shown, text, kind.old ?? null, notes),
    );
  } else if (kind.kind === "gslb") {
    const files = build.gslb.get(kind.farm) ?? new Map<string, string>();
    files.set(kind.inner, text);
    build.gslb.set(kind.farm, files);
  } else return false;
  return true;
}

function readAdmin(build: Build, kind: Kind, shown: string, text: string): boolean {
  const { admin } = build.box;
  if (kind.kind === "mini-httpd") admin.gui = admin.gui.concat(parseMiniHttpd(shown, text));
  else if (kind.kind === "cherokee") admin.gui = admin.gui.concat(parseCherokee(shown, text));
  else if (kind.kind === "sshd") admin.ssh ??= parseSshd(text);
  else if (kind.kind === "snmpd") admin.snmp ??= parseSnmpd(text);
  else return false;
  return true;
}

function readRest(build: Build, kind: Kind, shown: string, text: string): void {
  const { notes, box } = build;
  if (kind.kind === "status") build.statuses.push({ farm: kind.farm, file: shown, text });
  else if (kind.kind === "guardian")
    build.guardians.push(...parseOldGuardian(shown, text, kind.farm, kind.service, notes));
  else if (kind.kind === "guardians")
    for (const check of parseGuardians(shown, text, notes)) build.guardians.push(check);
  else if (kind.kind === "interface") build.interfaces.push(parseInterface(shown, kind.name, text, notes));
  else if (kind.kind === "global") build.global = parseGlobal(shown, text, notes);
  else if (kind.kind === "cluster") box.cluster = parseCluster(shown, text, notes);
  else if (kind.kind === "hostname") box.hostname = someText(linesOf(text)[0]);
  else if (kind.kind === "text" && !build.texts.has(kind.name)) build.texts.set(kind.name, comparable(text));
  else if (kind.kind === "enterprise")
    notes.problem(shown, "a farm of the enterprise edition, whose format is not known: it is kept and not shown.");
  else if (kind.kind === "certificate" && build.certificates.length < MOST_CERTIFICATES) {
    const certificate = parseCertificate(shown, text, notes);
    if (certificate) build.certificates.push(certificate);
  }
}

function read(build: Build, { shown, kind, bytes }: Placed): void {
  if (["noise", "plugin", "secret", "unknown", "key", "release", "error-page"].includes(kind.kind)) return;
  if (bytes.length > MOST_FILE_BYTES) {
    throw new UserError(
      `${plainName(shown)}: ${(bytes.length / 1e6).toFixed(1)} MB is more than a load balancer writes into it (${MOST_FILE_BYTES / 1024 / 1024} MiB at most).`,
    );
  }
  build.textBytes += bytes.length;
  if (build.textBytes > MOST_TEXT_BYTES) {
    throw new UserError(
      `more than ${MOST_TEXT_BYTES / 1024 / 1024} MiB of configuration: no load balancer has so much.`,
    );
  }
  const text = decode(bytes);
  if (isBinary(bytes) || /^REDACTED\([0-9a-f]{16}\)\s*$/.test(text)) {
    build.notes.problem(shown, "not text, so it was not read.");
    return;
  }
  if (!readFarm(build, kind, shown, text) && !readAdmin(build, kind, shown, text)) readRest(build, kind, shown, text);
}

/** Files that speak of a farm wait until all farms are read: an archive's order is not ours. */
function join({ notes, farms, gslb, statuses, guardians }: Build): void {
  for (const [name, files] of gslb) if (!farms.has(name)) farms.set(name, parseGslb(`${name}_gslb.cfg`, files, notes));
  for (const { farm: name, file, text } of statuses) {
    const farm = farms.get(name);
    if (farm) applyStatus(farm, file, text, notes);
    else notes.problem(file, `the status of farm ${name}, which is not there.`);
  }
  for (const { farm: name, guardian } of guardians) {
    const farm = farms.get(name);
    if (farm) farm.guardian.push(guardian);
    else notes.problem("farmguardian", `a health check of farm ${name}, which is not there.`);
  }
}

function count(build: Build): void {
  let backends = 0;
  for (const farm of build.farms.values())
    for (const service of farm.services) backends += service.backends.length + service.emergency.length;
  if (backends > MOST_BACKENDS) throw new UserError(`${backends} backends: more than ${MOST_BACKENDS} are not read.`);
}

const PRODUCTS = ["zevenet", "skudonet", "relianoid"] as const;

function productOf(directory: string): BoxConfig["product"] {
  const found = PRODUCTS.find((product) => directory.includes(product));
  return found ?? (directory.includes("zenloadbalancer") ? "zen" : "unknown");
}

/** Pen farms are not run from ZEVENET 5 on: the files stay behind after an upgrade. */
function leftOver(build: Build, version: string | null): void {
  const major = numberOf(version?.split(".")[0]);
  if (major === null || major < 5) return;
  for (const farm of build.farms.values()) {
    if (farm.profile === "tcp" || farm.profile === "udp")
      build.notes.problem(
        farm.file,
        `release ${version} no longer runs pen farms: the file is left over from an upgrade.`,
      );
  }
}

const newBuild = (): Build => ({
  notes: noteBook(),
  textBytes: 0,
  farms: new Map(),
  statuses: [],
  guardians: [],
  gslb: new Map(),
  interfaces: [],
  certificates: [],
  texts: new Map(),
  global: new Map(),
  box: { cluster: null, hostname: null, admin: { gui: [], ssh: null, snmp: null } },
});

/**
 * Reads a box's configuration from the files of its backup or of a directory (path → bytes, no leading slash needed).
 * Call `redact` first: what is read here is stored and printed. Never fails for what it does not know, which is counted
 * and listed; throws a UserError for what is no Zen configuration, or what no load balancer would write.
 */
export function parseBox(files: ReadonlyMap<string, Uint8Array>): BoxConfig {
  const directory = configDirectory(files.keys());
  const build = newBuild();
  const placed = [...files].map(([path, bytes]): Placed => {
    const shown = path.startsWith(directory) ? path.slice(directory.length) : path;
    return { path, shown, kind: kindOf(path, directory), bytes };
  });
  placed.sort((a, b) => (a.path < b.path ? -1 : 1));
  for (const one of placed) read(build, one);
  join(build);
  count(build);
  const version = someText(build.global.get("version"));
  leftOver(build, version);
  const named = expand(build.global, build.global.get("configdir") ?? "");
  const root = directory.includes("/config/") ? `/${directory.replace(/^\/+|\/+$/g, "")}` : (someText(named) ?? ".");
  const unknown = placed.filter(({ kind }) => kind.kind === "unknown").map(({ shown }) => shown);
  return {
    version,
    product: productOf(root),
    config_dir: root,
    ...build.box,
    farms: Object.fromEntries([...build.farms].sort(([a], [b]) => (a < b ? -1 : 1))),
    interfaces: build.interfaces,
    global: Object.fromEntries(build.global),
    certificates: build.certificates,
    texts: Object.fromEntries(build.texts),
    files: placed.map(({ shown, kind, bytes }) => ({
      path: shown,
      kind: kind.kind,
      bytes: bytes.length,
      digest: createHash("sha256").update(bytes).digest("hex"),
    })),
    unknown: {
      fileCount: unknown.length,
      lineCount: build.notes.lineCount(),
      files: unknown.slice(0, LISTED_FILES),
      lines: build.notes.lines,
    },
    problems: build.notes.problems,
  };
}
