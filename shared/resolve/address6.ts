// Which IPv6 addresses can be served, and why not. Pure; names no other room.

type Range = { prefix: number; bits: number; is: string; local?: true; example?: true };

const LOCAL = "set allowLocal for a service on one machine";

/** IANA's IPv6 Special-Purpose Address Registry, as far as the first 32 bits tell. */
const ranges: readonly Range[] = [
  {
    prefix: 0x20010db8,
    bits: 32,
    is: "an example address that nobody has (RFC 3849); put your own here",
    example: true,
  },
  { prefix: 0xfe800000, bits: 10, is: `a link-local address, which no client can reach; ${LOCAL}`, local: true },
  { prefix: 0xfc000000, bits: 7, is: `a private address (RFC 4193), which no client can reach; ${LOCAL}`, local: true },
  { prefix: 0xff000000, bits: 8, is: "a multicast address, which cannot be connected to; give a public one" },
  {
    prefix: 0x00000000,
    bits: 32,
    is: `a loopback or mapped address, which no client can reach; ${LOCAL}`,
    local: true,
  },
];

/** Why an address cannot be served as AAAA, as a sentence that begins with it, or undefined if it can. */
export function judgeAddress6(
  text: string,
  { allowLocal, examples }: { allowLocal: boolean; examples: boolean },
): string | undefined {
  const quoted = `'${text.slice(0, 100)}'`;
  const canonical = canonicalOf(text);
  if (canonical === undefined) return `${quoted} is not an IPv6 address; give it without brackets, zone or port`;
  const first = firstBits(canonical);
  const range = ranges.find(
    ({ prefix, bits }) => Math.floor(first / 2 ** (32 - bits)) === Math.floor(prefix / 2 ** (32 - bits)),
  );
  if (!range || (range.local && allowLocal) || (range.example && examples)) return undefined;
  return `${quoted} is ${range.is}`;
}

/** As the URL standard spells it (RFC 5952); undefined for what is no IPv6 address. */
function canonicalOf(text: string): string | undefined {
  const url = `http://[${text}]/`;
  if (!/^[0-9a-f:.]+$/i.test(text) || !URL.canParse(url)) return undefined;
  return new URL(url).hostname.slice(1, -1);
}

function firstBits(canonical: string): number {
  const [head = ""] = canonical.split("::");
  const words = head.split(":").filter((word) => word !== "");
  const [first = 0, second = 0] = words.map((word) => Number.parseInt(word, 16));
  return first * 65_536 + second;
}
