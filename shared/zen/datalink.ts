// F_datalink.cfg: uplinks, the same in every release. Pure; no other room.
import type { Farm } from "../model/snapshot.ts";
import { backend, farm, service } from "./farm.ts";
import { linesOf, type Notes, numberOf, someText } from "./text.ts";

/** Reads `name;ip;interface;algorithm;boot` and `;server;ip;interface;weight;priority;status` lines. Never throws. */
export function parseDatalink(file: string, text: string, notes: Notes): Farm {
  const result = farm("datalink", file, { protocol: null });
  const only = service(null);
  result.services.push(only);
  let seen = false;
  for (const [at, raw] of linesOf(text).entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    const fields = line.split(";", 10).map((field) => field.trim());
    if (fields[0] === "" && fields[1] === "server" && fields.length >= 4) {
      const [ip, device, weight, priority, state] = fields.slice(2);
      const numbers = { weight: numberOf(weight), priority: numberOf(priority) };
      only.backends.push(
        backend({
          id: only.backends.length,
          ip: ip ?? "",
          interface: someText(device),
          ...numbers,
          state: someText(state) ?? "up",
        }),
      );
    } else if (fields[0] !== "" && fields.length >= 5 && !seen) {
      seen = true;
      result.vip = someText(fields[1]);
      if (fields[2]) result.settings["interface"] = fields[2];
      result.algorithm = someText(fields[3]);
      result.boot = fields[4] === "down" ? "down" : "up";
    } else notes.line(file, at + 1, raw);
  }
  if (!seen) notes.problem(file, "no header line: the uplink's address is not known.");
  return result;
}
