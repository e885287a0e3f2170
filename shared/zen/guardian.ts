// Health checks: F_guardian.conf and F_SERVICE_guardian.conf (Zen 2.0 to ZEVENET 5.0), farmguardian.conf (5.9 on).
// Pure; no other room.
import type { Guardian } from "../model/snapshot.ts";
import { guardian } from "./farm.ts";
import { parseIni } from "./ini.ts";
import { linesOf, type Notes, numberOf, someText } from "./text.ts";

/** A check and whose it is. */
export type FarmGuardian = { farm: string; guardian: Guardian };

/** Reads the one line `farm:::seconds:::command:::enabled:::log`. A file with `false` is a check that is off. */
export function parseOldGuardian(
  file: string,
  text: string,
  farm: string,
  service: string | null,
  notes: Notes,
): FarmGuardian[] {
  const found: FarmGuardian[] = [];
  for (const [at, raw] of linesOf(text).entries()) {
    const line = raw.trim();
    if (line === "") continue;
    const [owner, interval, command, enabled, log] = line.split(":::", 6).map((field) => field.trim());
    if (command === undefined || enabled === undefined || found.length > 0) {
      notes.line(file, at + 1, raw);
      continue;
    }
    if (owner !== farm)
      notes.problem(file, `the check inside names farm '${(owner ?? "").slice(0, 100)}', not the file's.`);
    found.push({
      farm,
      guardian: guardian({
        service,
        interval: numberOf(interval),
        command,
        enabled: enabled === "true",
        log: log === "true",
      }),
    });
  }
  return found;
}

/** A check is used by no more farms and services than a box has. */
const MOST_OWNERS = 5000;

/**
 * Reads the ini file of all checks. `farms` lists `FARM` or `FARM_SERVICE`, one guardian each; a check without farms is
 * used by nobody, and one that is not in the file at all may still be the vendor's template: neither is a fault.
 */
export function parseGuardians(file: string, text: string, notes: Notes): FarmGuardian[] {
  return parseIni(file, text, notes).flatMap(({ name, values }) => {
    const owners = new Set((values.get("farms") ?? "").split(/\s+/, MOST_OWNERS).filter((owner) => owner !== ""));
    return [...owners].map((owner) => {
      const at = owner.indexOf("_");
      return {
        farm: at < 0 ? owner : owner.slice(0, at),
        guardian: guardian({
          name: someText(name),
          service: at < 0 ? null : owner.slice(at + 1),
          interval: numberOf(values.get("interval")),
          command: values.get("command") ?? "",
          enabled: true,
          log: values.get("log") === "true",
          cut: values.get("cut_conns") === undefined ? null : values.get("cut_conns") === "true",
        }),
      };
    });
  });
}
