/**
 * Text that came from a load balancer or names a file of an archive, for a terminal: what steers one or turns the direction
 * of writing must not reach it.
 */
export function safe(text: string): string {
  return text.replaceAll(/(?!\n)[\p{Cc}\p{Bidi_Control}]/gu, "?");
}

const LONGEST_CELL = 60;

function cell(text: string, isLast: boolean): string {
  const line = safe(text).replaceAll("\n", " / ");
  return line.length > LONGEST_CELL && !isLast ? `${line.slice(0, LONGEST_CELL - 1)}…` : line;
}

/** So much of what is equal is left before a difference, to tell where it is. */
const CONTEXT = 12;

/** Values that are side by side in a table: long ones from shortly before where they part, as the rest may be cut off. */
export function apart(values: readonly string[]): string[] {
  const [first = ""] = values;
  let same = 0;
  while (same < first.length && values.every((value) => value[same] === first[same])) same += 1;
  const from = same - CONTEXT;
  const isLong = values.some((value) => value.length > LONGEST_CELL);
  return isLong && from > 0 ? values.map((value) => `…${value.slice(from)}`) : [...values];
}

/**
 * Rows as lines of aligned columns, the first row a header; columns that are empty in every row are left out. What is long
 * is cut, but not in the last column, where nothing stands behind it.
 */
export function tableOf(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const cells = rows.map((row) => row.map((text, column) => cell(text, column === header.length - 1)));
  const shown = header.flatMap((_, column) => (cells.some((row) => row[column]) ? [column] : []));
  const all = [header, ...cells].map((row) => shown.map((column) => row[column] ?? ""));
  const widths = shown.map((_, column) => all.reduce((most, row) => Math.max(most, row[column]?.length ?? 0), 0));
  return all.map((row) =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

/** JSON for a pipe or a terminal: characters that steer one are escaped. */
export function jsonOf(value: unknown): string {
  const escape = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(value, undefined, 2).replaceAll(/[\x7f-\x9f]/g, escape);
}
