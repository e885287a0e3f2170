// Which IPv4 addresses can be probed, and why not. Pure; names no other room.

type Range = {
  cidr: string;
  /** Continues "'10.0.0.5' is …". */
  is: string;
  /** May be used when `allowLocal` is set. */
  local?: true;
  /** May be used where nothing is probed, as in the examples. */
  example?: true;
};

const LOCAL = "set allowLocal for a service on one machine";
const EXAMPLE = "an example address that nobody has (RFC 5737); put your own load balancer's address here";

/** IANA's IPv4 Special-Purpose Address Registry, and what lies above 224.0.0.0. */
const ranges: readonly Range[] = [
  { cidr: "0.0.0.0/8", is: "an address of 'this network' (RFC 791), which cannot be connected to; give a public one" },
  { cidr: "10.0.0.0/8", is: `a private address, which no Lambda can reach; ${LOCAL}`, local: true },
  {
    cidr: "100.64.0.0/10",
    is: `a carrier's shared address (RFC 6598), which no Lambda can reach; ${LOCAL}`,
    local: true,
  },
  { cidr: "127.0.0.0/8", is: `a loopback address, which is the Lambda itself; ${LOCAL}`, local: true },
  { cidr: "169.254.0.0/16", is: `a link-local address, which no Lambda can reach; ${LOCAL}`, local: true },
  { cidr: "172.16.0.0/12", is: `a private address, which no Lambda can reach; ${LOCAL}`, local: true },
  { cidr: "192.0.0.0/24", is: "kept for IETF protocols (RFC 6890) and no host's; give a public one" },
  { cidr: "192.0.2.0/24", is: EXAMPLE, example: true },
  { cidr: "192.31.196.0/24", is: "an anycast address of AS112 (RFC 7535) and no load balancer's; give your own" },
  {
    cidr: "192.52.193.0/24",
    is: "an anycast address for multicast relays (RFC 7450) and no load balancer's; give your own",
  },
  { cidr: "192.88.99.0/24", is: "an address of the withdrawn 6to4 relays (RFC 7526); give a public one" },
  { cidr: "192.168.0.0/16", is: `a private address, which no Lambda can reach; ${LOCAL}`, local: true },
  { cidr: "192.175.48.0/24", is: "an anycast address of AS112 (RFC 7534) and no load balancer's; give your own" },
  {
    cidr: "198.18.0.0/15",
    is: `an address for benchmarks (RFC 2544), which no Lambda can reach; ${LOCAL}`,
    local: true,
  },
  { cidr: "198.51.100.0/24", is: EXAMPLE, example: true },
  { cidr: "203.0.113.0/24", is: EXAMPLE, example: true },
  { cidr: "224.0.0.0/4", is: "a multicast address, which cannot be connected to; give a public one" },
  { cidr: "255.255.255.255/32", is: "the broadcast address, which cannot be connected to; give a public one" },
  { cidr: "240.0.0.0/4", is: "a reserved address (RFC 1112), which nobody can reach; give a public one" },
];

const table = ranges.map((range) => {
  const [base = "", bits = ""] = range.cidr.split("/");
  return { ...range, base: number(base) ?? 0, size: 2 ** (32 - Number(bits)) };
});

/**
 * Why an address cannot be probed, as a sentence that begins with the address, or undefined if it can.
 * `allowLocal` lets private, loopback, link-local, shared and benchmark addresses through; `examples` the documentation's.
 */
export function judgeAddress(
  text: string,
  { allowLocal, examples }: { allowLocal: boolean; examples: boolean },
): string | undefined {
  const value = number(text);
  if (value === undefined) return `${quote(text)} ${notAnAddress(text)}`;
  const range = table.find(({ base, size }) => value >= base && value < base + size);
  if (!range || (range.local && allowLocal) || (range.example && examples)) return undefined;
  return `${quote(text)} is ${range.is}`;
}

function notAnAddress(text: string): string {
  if (text.includes(":")) return "is an IPv6 address or has a port; only a plain IPv4 address is built yet";
  if (/^[\d.]+$/.test(text)) return "is not four numbers from 0 to 255 without leading zeros; correct it";
  if (text.includes("/")) return "is a network or a URL; give one IPv4 address";
  return "is not an IPv4 address; give the address itself, as a name would be answered by the DNS that is to be kept honest";
}

function number(text: string): number | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1);
  if (!parts || parts.some((part) => Number(part) > 255 || (part.length > 1 && part.startsWith("0")))) return undefined;
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0);
}

function quote(text: string): string {
  return `'${text.slice(0, 100)}'`;
}
