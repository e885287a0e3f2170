// Differences of a service's real servers, matched by address and port, never by the vendor's number. Pure; no other room.
import type { Backend, DifferenceValue } from "../model/snapshot.ts";
import { add, align, isFull, type Place, type Table } from "./compare-rows.ts";

/** `ip:port`, an IPv6 address in brackets; the address alone where the port is the client's. */
export function endpoint({ ip, port }: Pick<Backend, "ip" | "port">): string {
  const host = ip.includes(":") ? `[${ip}]` : ip;
  return port === null ? ip : `${host}:${port}`;
}

/** `10.0.0.1:80 weight 2`. */
function describe(server: Backend): string {
  const parts = [endpoint(server)];
  if (server.interface !== null) parts.push(`on ${server.interface}`);
  if (server.weight !== null) parts.push(`weight ${server.weight}`);
  if (server.priority !== null && server.priority !== 1) parts.push(`priority ${server.priority}`);
  return parts.join(" ");
}

const maintenanceWord = ({ maintenance }: Backend): string =>
  maintenance === null ? "maintenance or dead" : maintenance ? "maintenance" : "active";

const ALIVE = new Set(["active", "up", "available"]);

/** Words for the same: formats and releases call a living backend by several. */
const runWord = ({ state }: Backend): string => (state === null || ALIVE.has(state) ? "up" : state);

/** What `state` is called in a row: the word of the file. */
const shownState = ({ state }: Backend): string => state ?? "up";

/**
 * | maintenance differs | state differs | row                                     |
 * | yes                 | any           | operator: maintenance                   |
 * | no, nobody is in it | yes           | run: state                              |
 * | no, all are in it   | any           | none: nobody is asked to serve          |
 */
function compareServer(table: Table, at: Place, servers: readonly Backend[], statusFile: string | null): void {
  const put = (field: string, read: (server: Backend) => DifferenceValue): void =>
    add(table, at, field, servers.map(read));
  put("weight", ({ weight }) => weight);
  put("priority", ({ priority }) => priority);
  put("timeout", ({ timeout }) => timeout);
  put("https", ({ https }) => https);
  put("maxConns", ({ maxConns }) => maxConns);
  put("interface", (server) => server.interface);
  const words = servers.map(maintenanceWord);
  const file = statusFile ?? at.file;
  add(table, { ...at, file, class: "operator" }, "maintenance", words);
  if (new Set(words).size > 1 || words[0] !== "active" || new Set(servers.map(runWord)).size < 2) return;
  add(table, { ...at, file, class: "run" }, "state", servers.map(shownState));
}

type Loose = (Backend | undefined)[][];

/** Rows of one address that each column has equally often: the same servers on other ports. */
function moved(loose: Loose, columns: number): { pairs: Backend[][]; missing: Loose } {
  const byIp = new Map<string, Loose>();
  for (const row of loose) {
    const ip = row.find((server) => server !== undefined)?.ip ?? "";
    byIp.set(ip, [...(byIp.get(ip) ?? []), row]);
  }
  const result: { pairs: Backend[][]; missing: Loose } = { pairs: [], missing: [] };
  for (const rows of byIp.values()) {
    const lists = Array.from({ length: columns }, (_, column) => rows.flatMap((row) => row[column] ?? []));
    const most = Math.max(...lists.map((list) => list.length));
    // Servers that some of the columns share stay matched by port; only whole loose sets are paired.
    const even = lists.every((list) => list.length === most);
    if (!even) for (const row of rows) result.missing.push(row);
    else for (let nth = 0; nth < most; nth += 1) result.pairs.push(lists.flatMap((list) => list[nth] ?? []));
  }
  return result;
}

/** Whether two columns each have a server that the other has not. */
function isSwap(missing: Loose, columns: number): boolean {
  const only = (one: number, other: number): boolean => missing.some((row) => row[one] && !row[other]);
  for (let one = 0; one < columns; one += 1)
    for (let other = 0; other < one; other += 1) if (only(one, other) && only(other, one)) return true;
  return false;
}

/**
 * Compares the lists of real servers of one service (or its emergency ones, by `prefix`). Servers that were exchanged for
 * others are one row; a server on another port is one row; one that only some have is one row.
 */
export function compareBackends(
  table: Table,
  at: Place,
  lists: readonly (readonly Backend[])[],
  { statusFile = null, prefix = "" }: { statusFile?: string | null; prefix?: string } = {},
): void {
  const rows = align(lists, (server) => `${endpoint(server)} ${server.interface ?? ""}`);
  for (const row of rows) {
    if (isFull(row) && row[0]) compareServer(table, { ...at, backend: endpoint(row[0]) }, row, statusFile);
  }
  const { pairs, missing } = moved(
    rows.filter((row) => !isFull(row)),
    lists.length,
  );
  for (const servers of pairs) {
    const here = { ...at, backend: servers[0]?.ip ?? null };
    add(
      table,
      here,
      `${prefix}port`,
      servers.map(({ port }) => port),
      { noun: `${prefix}backend port differs` },
    );
    compareServer(table, here, servers, statusFile);
  }
  if (isSwap(missing, lists.length)) {
    const values = lists.map(
      (_, column) =>
        missing
          .flatMap((row) => row[column] ?? [])
          .map(describe)
          .join(", ") || null,
    );
    add(table, at, `${prefix}backends`, values, { noun: `${prefix}backends differ` });
    return;
  }
  for (const row of missing) {
    const known = row.find((server) => server !== undefined);
    const values = row.map((server) => (server ? describe(server) : null));
    const here = { ...at, backend: known ? endpoint(known) : null };
    add(table, here, `${prefix}backend`, values, { noun: `${prefix}backend`, missing: true });
  }
}
