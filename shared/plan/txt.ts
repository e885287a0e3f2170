// The strings of a TXT record, as Route 53 spells them in a value: `"…" "…"`. Pure; names no other room.

/** A character-string of DNS holds at most 255 bytes (RFC 1035, 3.3). */
const STRING_MAX = 255;

/**
 * A text of printable ASCII without `"` and `\` as the value of a TXT record: strings of at most 255 bytes in quotes,
 * a space between them. Such text needs no escapes, so Route 53 lists it exactly as it was written.
 */
export function writeTxt(text: string): string {
  const strings = text.match(new RegExp(`.{1,${STRING_MAX}}`, "gs")) ?? [""];
  return strings.map((one) => `"${one}"`).join(" ");
}

/**
 * The joined strings of a value, or undefined where it is not a row of quoted strings. `\"`, `\\` and `\ooo` (octal)
 * are undone, as the developer guide's "TXT record type" has them.
 */
export function readTxt(value: string): string | undefined {
  // Each string has one way to match, so that a hostile value costs no more than its length.
  if (!/^\s*"(?:[^"\\]|\\.)*"(?:\s+"(?:[^"\\]|\\.)*")*\s*$/s.test(value)) return undefined;
  const strings = value.matchAll(/"((?:[^"\\]|\\.)*)"/gs);
  return [...strings].map(([, quoted = ""]) => unescaped(quoted)).join("");
}

function unescaped(quoted: string): string {
  return quoted.replaceAll(/\\([0-3][0-7]{2}|.)/gs, (_all, code: string) =>
    code.length === 3 ? String.fromCharCode(Number.parseInt(code, 8)) : code,
  );
}
