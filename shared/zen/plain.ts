// What two boxes of an island may call differently: their own addresses. Pure; no other room.
import type { BoxConfig } from "../model/snapshot.ts";

/** The addresses of a box's interfaces and farms. */
export function ownAddresses(config: BoxConfig): ReadonlySet<string> {
  const own = new Set<string>();
  for (const { addresses } of config.interfaces) for (const { ip } of addresses) own.add(ip);
  for (const { vip } of Object.values(config.farms)) if (vip !== null && vip !== "0.0.0.0" && vip !== "*") own.add(vip);
  return own;
}

const IPV4 = /\d{1,3}(?:\.\d{1,3}){3}/g;
const IPV6 = /[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}/g;

/** Replaces a box's own addresses and name by one word, so that texts which differ only by them are equal. */
export function plainer(config: BoxConfig): (text: string) => string {
  const own = ownAddresses(config);
  const name = config.hostname !== null && config.hostname.length > 1 ? config.hostname : null;
  const put = (address: string): string => (own.has(address) ? "(own address)" : address);
  return (text) => {
    const plain = text.replaceAll(IPV4, put).replaceAll(IPV6, put);
    return name === null ? plain : plain.replaceAll(name, "(own name)");
  };
}
