// Damages files as a seed says, for the fuzz and its short form among the tests.

/** A number in [0, 1) from the one before: mulberry32. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What parsers and the redaction look for, and what they should not expect. */
const TOKENS = [
  "\0",
  "\r",
  "\r\n",
  "\t",
  "\u00ff",
  "\ufeff",
  "\\",
  '"',
  "'",
  "#",
  ";",
  ":",
  ":::",
  "=",
  "=>",
  "{",
  "}",
  "[",
  "]",
  "@",
  "$",
  "-p ",
  "://",
  "End",
  "BackEnd",
  'Service "x"',
  "Session",
  "Emergency",
  "ListenHTTPS",
  "#down",
  "-b 0 0 0",
  "server 1 acl 9 address 10.0.0.9 port 1",
  "password=",
  "Authorization: Bearer ",
  "-----BEGIN PRIVATE KEY-----",
  "-----END CERTIFICATE-----",
  "__proto__",
  "constructor",
  "9999999999999999999",
  "-1",
  "NaN",
  "null",
  "true",
  '"state": []',
  "[farm]",
  "farms=a_b",
  "REDACTED(",
  "a:b@c",
  "\ud800",
];

/** One to eight damages: a token put in, a byte flipped, a stretch cut out, doubled or moved, the end cut off. */
export function mutate(bytes: Uint8Array, random: () => number): Uint8Array {
  let data = Buffer.from(bytes);
  const below = (limit: number): number => Math.floor(random() * limit);
  for (let count = 1 + below(8); count > 0; count -= 1) {
    const at = below(data.length + 1);
    const end = Math.min(data.length, at + below(64));
    const [head, middle, tail] = [data.subarray(0, at), data.subarray(at, end), data.subarray(end)];
    const kind = below(6);
    if (kind === 0) data = Buffer.concat([head, Buffer.from(TOKENS[below(TOKENS.length)] ?? ""), middle, tail]);
    else if (kind === 1) {
      data = Buffer.concat([head, middle, tail]);
      if (at < data.length) data[at] = (data[at] ?? 0) ^ (1 << below(8));
    } else if (kind === 2) data = Buffer.concat([head, tail]);
    else if (kind === 3) data = Buffer.concat([head, middle, middle, tail]);
    else if (kind === 4) data = Buffer.concat([middle, head, tail]);
    else if (random() < 0.2) data = Buffer.from(head);
  }
  return data;
}
