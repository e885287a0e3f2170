// The differences of several configurations: two snapshots of one box, or the boxes of an island. Farms are matched by
// name, services by name, backends by address and port. Pure; no other room.
import type { BoxConfig, DifferenceValue, Farm, Service } from "../model/snapshot.ts";
import { compareBackends } from "./compare-backends.ts";
import { compareBox } from "./compare-box.ts";
import { compareGuardians } from "./compare-guardians.ts";
import {
  add,
  addSettings,
  addText,
  align,
  type Column,
  isFull,
  plainSettings,
  type Place,
  place,
  type Row,
  type Table,
} from "./compare-rows.ts";

/** Settings that say how much is logged. */
const MINOR = /^(?:log|loglevel|debug|log-rtlimit)$/;

/** A farm and the configuration that it stands in. */
type Placed = { farm: Farm; config: BoxConfig };

/** A farm's certificates by what they are, or by path where the file is not there. */
function certificatesOf({ farm, config }: Placed): string | null {
  const names = farm.certs.map((path) => {
    const own = config.certificates.find(({ file }) => path === file || path.endsWith(`/${file}`));
    return own ? `${own.names[0] ?? own.subject} ${own.fingerprint}` : path;
  });
  return names.length === 0 ? null : names.join(", ");
}

/** How clients stay with their backend: `srcip ttl 300`, or pen's switch. */
function persistenceOf({ persistence, ttl }: Farm): string | boolean | null {
  return typeof persistence === "string" && ttl !== null ? `${persistence} ttl ${ttl}` : persistence;
}

function compareService(table: Table, at: Place, services: readonly Service[], statusFile: string | null): void {
  const here = { ...at, service: services[0]?.name ?? null };
  const put = (field: string, read: (service: Service) => DifferenceValue): void =>
    add(table, here, field, services.map(read));
  put("vhost", ({ vhost }) => vhost);
  put("url", ({ url }) => url);
  const redirects = services.map(({ redirect }, column) => {
    if (!redirect) return null;
    const to = table.columns[column]?.plain(redirect.to) ?? redirect.to;
    return `${redirect.code ?? ""} ${to}${redirect.append ? " and the path" : ""}`.trim();
  });
  add(table, here, "redirect", redirects);
  put("persistence", ({ persistence }) => persistence);
  put("algorithm", ({ algorithm }) => algorithm);
  const settings = services.map((service, column) => plainSettings(table, column, service.settings));
  addSettings(table, here, settings);
  const [backends, emergency] = [
    services.map((service) => service.backends),
    services.map((service) => service.emergency),
  ];
  compareBackends(table, here, backends, { statusFile });
  compareBackends(table, here, emergency, { prefix: "emergency " });
}

/** The first service whose patterns fit gets the request, so the order of those that all have is a setting. */
function compareServices(table: Table, at: Place, farms: readonly Farm[]): void {
  const statusFile =
    at.farm !== null && ["http", "https"].includes(farms[0]?.profile ?? "") ? `${at.farm}_status.cfg` : null;
  const rows = align(
    farms.map(({ services }) => services),
    ({ name }) => name ?? "",
  );
  for (const row of rows) {
    if (isFull(row)) {
      compareService(table, at, row, statusFile);
      continue;
    }
    const name = row.find((service) => service !== undefined)?.name ?? null;
    const values = row.map((service) => (service ? (service.vhost ?? service.url ?? "every request") : null));
    add(table, { ...at, service: name }, "service", values, { missing: true });
  }
  const shared = new Set(rows.filter(isFull).map((row) => row[0]?.name ?? ""));
  const orders = farms.map(({ services }) =>
    services
      .map(({ name }) => name ?? "")
      .filter((name) => shared.has(name))
      .join(", "),
  );
  add(table, at, "service order", orders);
}

function compareZones(table: Table, at: Place, farms: readonly Farm[]): void {
  for (const zone of new Set(farms.flatMap(({ zones }) => Object.keys(zones)))) {
    addText(
      table,
      at,
      `zone ${zone}`,
      farms.map(({ zones }) => (Object.hasOwn(zones, zone) ? zones[zone] : undefined)),
    );
  }
}

function compareFarm(table: Table, name: string, row: readonly (Placed | undefined)[]): void {
  const at = place({ farm: name, file: row.find((placed) => placed !== undefined)?.farm.file ?? null });
  if (!isFull(row)) {
    const values = row.map((placed) => (placed ? `${placed.farm.profile} ${placed.farm.ports}`.trim() : null));
    add(table, at, "farm", values, { missing: true });
    return;
  }
  const farms = row.map(({ farm }) => farm);
  const put = (field: string, read: (farm: Farm) => DifferenceValue): void => add(table, at, field, farms.map(read));
  put("profile", ({ profile }) => profile);
  put("protocol", ({ protocol }) => protocol);
  if (table.identity) put("vip", ({ vip }) => vip);
  put("ports", ({ ports }) => ports);
  put("boot", ({ boot }) => boot);
  put("algorithm", ({ algorithm }) => algorithm);
  put("persistence", persistenceOf);
  put("nat", ({ nat }) => nat);
  put("helper", ({ helper }) => helper);
  add(table, at, "certificates", row.map(certificatesOf));
  const settings = farms.map((farm, column) => plainSettings(table, column, farm.settings));
  addSettings(table, at, settings, { minor: MINOR });
  compareZones(table, at, farms);
  compareServices(table, at, farms);
  const guardians = farms.map(({ guardian }) => guardian);
  compareGuardians(table, at, guardians);
}

/** All differences, farms first, in the order of their names. `identity`: two snapshots of one box. */
export function compare(columns: readonly Column[], identity: boolean): Row[] {
  const table: Table = { columns, identity, rows: [] };
  const names = new Set(columns.flatMap(({ config }) => Object.keys(config.farms)));
  for (const name of [...names].sort()) {
    const row = columns.map(({ config }): Placed | undefined => {
      const farm = Object.hasOwn(config.farms, name) ? config.farms[name] : undefined;
      return farm && { farm, config };
    });
    compareFarm(table, name, row);
  }
  compareBox(table);
  return table.rows;
}
