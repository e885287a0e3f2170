// Differences of the box itself: release, settings, scripts, ways in; of two snapshots of one box also its addresses,
// certificates and every file that is not read. Pure; no other room.
import type { Admin, BoxConfig, Certificate, Interface } from "../model/snapshot.ts";
import { everywhere } from "./admin.ts";
import { add, addSettings, addText, align, place, plainSettings, type Table } from "./compare-rows.ts";

/** A box has its own API key by right. */
const OWN_SETTING = /^(?:zapikey|api_?key)$/i;

function globalOf({ global }: BoxConfig, identity: boolean): Record<string, string> {
  return Object.fromEntries(
    Object.entries(global).filter(([key]) => key !== "version" && (identity || !OWN_SETTING.test(key))),
  );
}

const boxPlace = (file: string | null, minor = false) => place({ file, minor });

/** The ways in as text, one line each. */
function adminLines({ gui, ssh, snmp }: Admin): string[] {
  const lines = gui.map(({ address, port }) => `gui ${address ?? "*"} port ${port ?? "?"}`);
  if (ssh) {
    const listen = ssh.listen.filter((address) => !everywhere(address)).join(" ") || "*";
    lines.push(`ssh ${listen} port ${ssh.ports.join(" ") || "22"}`);
    lines.push(`ssh root login ${ssh.rootLogin ?? "by default"}`, `ssh passwords ${ssh.passwords ?? "by default"}`);
  }
  if (snmp) {
    for (const address of snmp.listen) lines.push(`snmp ${address}`);
    for (const source of snmp.sources) lines.push(`snmp for ${source ?? "everybody"}`);
  }
  return lines;
}

const interfaceText = ({ addresses, status, dhcp }: Interface): string => {
  const all = addresses.map(({ ip, mask, gateway }) => `${ip}/${mask}${gateway === null ? "" : ` via ${gateway}`}`);
  return [...all, ...(dhcp ? ["dhcp"] : []), status ?? ""].join(" ").trim();
};

const certificateText = ({ names, subject, fingerprint }: Certificate): string =>
  `${names[0] ?? subject} ${fingerprint}`;

/** Kinds that are compared by what is in them, or not at all: the box draws marks, and status is compared by backend. */
const READ = new Set(
  "pound status pen-tcp pen-udp l4xnat datalink gslb guardian guardians interface text global cluster certificate mini-httpd cherokee sshd snmpd hostname release noise".split(
    " ",
  ),
);

/** Of the files that nobody reads, those in which a pair may differ without anybody caring. */
const OWN_FILE = new Set(["key", "secret", "plugin"]);

function compareFiles(table: Table): void {
  const lists = table.columns.map(({ config }) =>
    config.files.filter(({ kind }) => !READ.has(kind) && (table.identity || !OWN_FILE.has(kind))),
  );
  for (const row of align(lists, ({ path }) => path)) {
    const known = row.find((file) => file !== undefined);
    if (!known) continue;
    const farm = known.kind === "error-page" ? (known.path.split("/").at(-1)?.split("_")[0] ?? null) : null;
    const values = row.map((file) => (file ? `${file.bytes} bytes, sha256 ${file.digest.slice(0, 12)}` : null));
    const missing = values.includes(null);
    add(table, place({ farm, file: known.path, minor: true }), "file", values, { noun: "file", missing });
  }
}

function compareIdentity(table: Table): void {
  const configs = table.columns.map(({ config }) => config);
  const hostnames = configs.map(({ hostname }) => hostname);
  add(table, boxPlace("etc/hostname"), "hostname", hostnames);
  const devices = configs.map(({ interfaces }) => interfaces);
  for (const row of align(devices, ({ name }) => name)) {
    const known = row.find((device) => device !== undefined);
    const values = row.map((device) => (device ? interfaceText(device) : null));
    add(table, boxPlace(known?.file ?? null), `interface ${known?.name ?? ""}`, values, {
      missing: values.includes(null),
    });
  }
  const certificates = configs.map((config) => config.certificates);
  for (const row of align(certificates, ({ file }) => file)) {
    const known = row.find((certificate) => certificate !== undefined);
    const values = row.map((certificate) => (certificate ? certificateText(certificate) : null));
    add(table, boxPlace(known?.file ?? null), "certificate", values, { missing: values.includes(null) });
  }
}

/** Compares all that belongs to no farm. */
export function compareBox(table: Table): void {
  const { columns, identity } = table;
  const configs = columns.map(({ config }) => config);
  const versions = configs.map(({ version }) => version);
  add(table, boxPlace("global.conf"), "version", versions);
  const globals = configs.map((config, column) => plainSettings(table, column, globalOf(config, identity)));
  // Releases bring settings of their own; only boxes of one release are compared by them.
  if (new Set(versions).size === 1) addSettings(table, boxPlace("global.conf"), globals, { prefix: "$" });
  const clusters = configs.map(({ cluster }, column) => (cluster ? plainSettings(table, column, cluster) : {}));
  addSettings(table, boxPlace("cluster.conf"), clusters, { prefix: "cluster " });
  for (const name of new Set(configs.flatMap(({ texts }) => Object.keys(texts)))) {
    const lists = configs.map(({ texts }) => (Object.hasOwn(texts, name) ? texts[name] : undefined));
    addText(table, boxPlace(name), name, lists);
  }
  const ways = configs.map(({ admin }) => adminLines(admin));
  addText(table, boxPlace(null), "admin", ways);
  for (const file of new Set(configs.flatMap(({ unknown }) => unknown.lines.map((line) => line.file)))) {
    const lines = configs.map(({ unknown }) =>
      unknown.lines.filter((line) => line.file === file).map(({ text }) => text),
    );
    addText(table, boxPlace(file, true), "unknown lines", lines);
  }
  if (identity) compareIdentity(table);
  compareFiles(table);
}
