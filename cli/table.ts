/**
 * Text that came from a load balancer or names a file of an archive, for a terminal: what steers one or turns the direction
 * of writing must not reach it.
 */
export function safe(text: string): string {
  return text.replaceAll(/(?!\n)[\p{Cc}\p{Bidi_Control}]/gu, "?");
}

const LONGEST_CELL = 60;

function cell(text: string): string {
  const line = safe(text).replaceAll("\n", " / ");
  return line.length > LONGEST_CELL ? `${line.slice(0, LONGEST_CELL - 1)}…` : line;
}

/** Rows as lines of aligned columns, the first row a header; columns that are empty in every row are left out. */
export function tableOf(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const cells = rows.map((row) => row.map(cell));
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
