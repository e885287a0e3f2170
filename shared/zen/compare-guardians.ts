// Differences of a farm's health checks, by service and, where checks have names, by name. Pure; no other room.
import type { DifferenceValue, Guardian } from "../model/snapshot.ts";
import { add, align, isFull, type Place, type Table } from "./compare-rows.ts";

/** The file of an old check; from 5.9 on (checks have names) all stand in one. */
function fileOf(farm: string, { name, service }: Guardian): string {
  if (name !== null) return "farmguardian.conf";
  return service === null ? `${farm}_guardian.conf` : `${farm}_${service}_guardian.conf`;
}

function compareOne(table: Table, at: Place, checks: readonly Guardian[]): void {
  const each = (field: string, read: (check: Guardian) => DifferenceValue): void =>
    add(table, { ...at, minor: field === "log" }, `guardian.${field}`, checks.map(read), {
      noun: `FarmGuardian ${field}`,
    });
  each("interval", ({ interval }) => interval);
  each("command", ({ command }) => command);
  each("enabled", ({ enabled }) => enabled);
  each("log", ({ log }) => log);
  each("cut", ({ cut }) => cut);
}

/** Compares the checks of one farm: which check a service has, and then the checks that all have. */
export function compareGuardians(table: Table, at: Place, lists: readonly (readonly Guardian[])[]): void {
  for (const service of new Set(lists.flatMap((checks) => checks.map((check) => check.service)))) {
    const own = lists.map((checks) => checks.filter((check) => check.service === service));
    const first = own.flat()[0];
    if (!first) continue;
    const here = { ...at, service, file: fileOf(at.farm ?? "", first) };
    const links = own.map((checks) => checks.map(({ name, command }) => name ?? command).join(", ") || null);
    const named = own.flat().some(({ name }) => name !== null);
    const lacking = own.some((checks) => checks.length === 0);
    if (named) add(table, here, "guardian", links, { noun: "FarmGuardian link" });
    else if (lacking) add(table, here, "guardian", links, { noun: "FarmGuardian", missing: true });
    for (const row of align(own, ({ name }) => name ?? "")) if (isFull(row)) compareOne(table, here, row);
  }
}
