// Which IPv6 addresses can be served, and why not. Pure; names no other room.
import { judgeAddress } from "./address.ts";

type Range = { cidr: string; is: string; local?: true; example?: true };

const LOCAL = "set allowLocal for a service on one machine";
const example = (rfc: number) => `an example address that nobody has (RFC ${rfc}); put your own here`;

/** IANA's IPv6 Special-Purpose Address Registry and what else no load balancer has; the first that holds an address counts. */
const ranges: readonly Range[] = [
  { cidr: "2001:db8::/32", is: example(3849), example: true },
  { cidr: "3fff::/20", is: example(9637), example: true },
  { cidr: "fe80::/10", is: `a link-local address, which no client can reach; ${LOCAL}`, local: true },
  { cidr: "fec0::/10", is: `a site-local address (RFC 3879), which no client can reach; ${LOCAL}`, local: true },
  { cidr: "fc00::/7", is: `a private address (RFC 4193), which no client can reach; ${LOCAL}`, local: true },
  { cidr: "ff00::/8", is: "a multicast address, which cannot be connected to; give a public one" },
  { cidr: "::/32", is: `a loopback or mapped address, which no client can reach; ${LOCAL}`, local: true },
  {
    cidr: "2001::/23",
    is: "kept for IETF protocols such as Teredo and ORCHID (RFC 2928), and no host's; give a public one",
  },
  { cidr: "2620:4f:8000::/48", is: "an anycast address of AS112 (RFC 7534) and no load balancer's; give your own" },
];

const table = ranges.map((range) => {
  const [base = "", bits = ""] = range.cidr.split("/");
  return { ...range, base: number(base), shift: BigInt(128 - Number(bits)) };
});

/** Why an address cannot be served as AAAA, as a sentence that begins with it, or undefined if it can. */
export function judgeAddress6(
  text: string,
  { allowLocal, examples }: { allowLocal: boolean; examples: boolean },
): string | undefined {
  const quoted = `'${text.slice(0, 100)}'`;
  const canonical = canonical6(text);
  if (canonical === undefined) return `${quoted} is not an IPv6 address; give it without brackets, zone or port`;
  const value = number(canonical);
  const range = table.find(({ base, shift }) => value >> shift === base >> shift);
  if (range) return (range.local && allowLocal) || (range.example && examples) ? undefined : `${quoted} is ${range.is}`;
  if (value >> 125n !== 1n) return `${quoted} is outside 2000::/3, where every public address is; give a public one`;
  const four = of6to4(value);
  return four !== undefined && judgeAddress(four, { allowLocal, examples }) !== undefined
    ? `${quoted} is the 6to4 address (RFC 3056) of ${four}, which is no public one; give a public one`
    : undefined;
}

/** As the URL standard spells it (RFC 5952), so that the same address is the same text; undefined for what is none. */
export function canonical6(text: string): string | undefined {
  const url = `http://[${text}]/`;
  if (!/^[0-9a-f:.]+$/i.test(text) || !URL.canParse(url)) return undefined;
  return new URL(url).hostname.slice(1, -1);
}

/** The 128 bits of an address in its canonical form. */
function number(canonical: string): bigint {
  const [head = [], tail = []] = canonical.split("::").map((half) => half.split(":").filter((word) => word !== ""));
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => "0");
  return [...head, ...zeros, ...tail].reduce((sum, word) => (sum << 16n) | BigInt(`0x${word}`), 0n);
}

/** The IPv4 address that a 6to4 address (2002::/16) carries. */
function of6to4(value: bigint): string | undefined {
  if (value >> 112n !== 0x2002n) return undefined;
  return [104n, 96n, 88n, 80n].map((shift) => (value >> shift) & 0xffn).join(".");
}
