// F_status.cfg: maintenance and health of an HTTP farm's backends, by index of service and backend. Pure; no other room.
import type { Farm } from "../model/snapshot.ts";
import { linesOf, type Notes, numberOf } from "./text.ts";

/**
 * Puts the states of a status file on the farm's backends. `-b` is disabled, `-B` enabled; then listener, service,
 * backend, word. Zen 2.0 wrote no word: there `-b` is maintenance or dead, nobody can tell, so maintenance is null.
 */
export function applyStatus(farm: Farm, file: string, text: string, notes: Notes): void {
  for (const [at, raw] of linesOf(text).entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    const [flag, , service, server, word] = line.split(/\s+/, 6);
    const disabled = flag === "-b";
    const numbers = [numberOf(service), numberOf(server)];
    if ((!disabled && flag !== "-B") || numbers[0] === null || numbers[1] === null) {
      notes.line(file, at + 1, raw);
      continue;
    }
    const target = farm.services[numbers[0] ?? -1]?.backends[numbers[1] ?? -1];
    if (!target) {
      notes.problem(
        file,
        `line ${at + 1} is about backend ${server} of service ${service}, which the farm does not have.`,
      );
      continue;
    }
    target.state = word ?? (disabled ? "disabled" : "active");
    target.maintenance = word === undefined && disabled ? null : target.state === "maintenance";
  }
}
