// if_NAME_conf in its three formats: colons (Zen 2.0 to ZEVENET 4), `status=` and semicolons (5.0 to 5.9), ini (5.10 on).
// A virtual interface (`eth0:vip`) holds a VIP; its colon is in the file's name. Pure; no other room.
import type { Interface } from "../model/snapshot.ts";
import { networkInterface } from "./farm.ts";
import { parseIni } from "./ini.ts";
import { linesOf, type Notes, someText } from "./text.ts";

/** Real interfaces have one a family. */
const MOST_ADDRESSES = 100;

const address = (
  ip: string | undefined,
  mask: string | undefined,
  gateway: string | undefined,
): Interface["addresses"] =>
  someText(ip) === null ? [] : [{ ip: ip?.trim() ?? "", mask: mask?.trim() ?? "", gateway: someText(gateway) }];

/** `dev:virtual:ip:mask:status:gateway:`, one line. */
function colons(result: Interface, line: string): boolean {
  const [device, , ip, mask, status, gateway] = line.split(":", 8);
  if (status === undefined || device === "" || result.addresses.length >= MOST_ADDRESSES) return false;
  result.addresses.push(...address(ip, mask, gateway));
  result.status = someText(status);
  return true;
}

/** `status=up`, then `name;ip;mask;gateway;`, one line for each family. */
function semicolons(result: Interface, line: string): boolean {
  if (line.startsWith("status=")) {
    result.status = someText(line.slice("status=".length));
    return true;
  }
  const fields = line.split(";", 6);
  if (fields.length < 3 || result.addresses.length >= MOST_ADDRESSES) return false;
  result.addresses.push(...address(fields[1], fields[2], fields[3]));
  return true;
}

/** Reads one interface. Never throws. `name` is what stands between `if_` and `_conf`. */
export function parseInterface(file: string, name: string, text: string, notes: Notes): Interface {
  const result = networkInterface(name, file);
  const first = text.trimStart();
  if (first.startsWith("[")) {
    for (const { values } of parseIni(file, text, notes).slice(0, MOST_ADDRESSES)) {
      result.addresses.push(...address(values.get("addr"), values.get("mask"), values.get("gateway")));
      result.status = someText(values.get("status"));
      result.dhcp = values.get("dhcp") === "true";
      result.mac = someText(values.get("mac"));
    }
    return result;
  }
  for (const [at, raw] of linesOf(text).entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    const known = line.includes(";") || line.startsWith("status=") ? semicolons(result, line) : colons(result, line);
    if (!known) notes.line(file, at + 1, raw);
  }
  return result;
}
