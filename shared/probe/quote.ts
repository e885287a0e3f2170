/** Longest text of a finding's `detail`, in characters. */
export const DETAIL_CHARS = 200;

/** Bytes of a reply that are quoted. */
const QUOTED_BYTES = 60;

const NAMED = new Map([
  [0x0a, "\\n"],
  [0x0d, "\\r"],
  [0x09, "\\t"],
  [0x22, '\\"'],
  [0x5c, "\\\\"],
]);

/**
 * The first bytes of what a server sent, in double quotes, as printable ASCII: everything else is escaped, so that a
 * hostile reply can neither steer a terminal nor pass for another sentence. Text is taken as UTF-8.
 */
export function quote(said: Buffer | string): string {
  const bytes = typeof said === "string" ? Buffer.from(said.slice(0, QUOTED_BYTES + 1)) : said;
  const text = escaped(bytes.subarray(0, QUOTED_BYTES));
  return bytes.length > QUOTED_BYTES ? `"${text}…"` : `"${text}"`;
}

/** All of the bytes as they would stand in a quote. */
export function escaped(bytes: Buffer): string {
  return Array.from(bytes, (byte) => NAMED.get(byte) ?? printable(byte)).join("");
}

function printable(byte: number): string {
  if (byte >= 0x20 && byte < 0x7f) return String.fromCharCode(byte);
  return `\\x${byte.toString(16).padStart(2, "0")}`;
}

/** Cut to what a finding may carry. */
export function shorten(detail: string): string {
  return detail.length <= DETAIL_CHARS ? detail : `${detail.slice(0, DETAIL_CHARS - 1)}…`;
}
