// What all comparisons share: columns (one a configuration), rows (one a difference) and how lists are put side by side.
// Pure; no other room.
import type { BoxConfig, Drift, DifferenceValue } from "../model/snapshot.ts";

/** A configuration to be compared. `plain` takes out what may differ: of a pair, a box's own addresses. */
export type Column = { config: BoxConfig; plain: (text: string) => string };

export type Place = Pick<Drift, "class" | "farm" | "service" | "backend" | "file" | "minor">;

/** One difference: a value for each column. `missing`: the thing itself is not there where the value is null. */
export type Row = Place & { field: string; noun: string; missing: boolean; values: DifferenceValue[] };

export type Table = {
  columns: readonly Column[];
  /** Two snapshots of one box: what is the box's own counts too. */
  identity: boolean;
  rows: Row[];
};

/** A place in the configuration, of the box itself unless a farm is given. */
export const place = (fields: Partial<Place> = {}): Place => ({
  class: "configuration",
  farm: null,
  service: null,
  backend: null,
  file: null,
  minor: false,
  ...fields,
});

/** Adds a row if the values are not all equal. */
export function add(
  table: Table,
  at: Place,
  field: string,
  values: readonly DifferenceValue[],
  { noun = field, missing = false }: { noun?: string; missing?: boolean } = {},
): void {
  if (values.every((value) => value === values[0])) return;
  table.rows.push({ ...at, field, noun, missing, values: [...values] });
}

/** Adds a row for each setting that differs; one that is not there is null. */
export function addSettings(
  table: Table,
  at: Place,
  each: readonly Readonly<Record<string, string>>[],
  { minor, prefix = "" }: { minor?: RegExp; prefix?: string } = {},
): void {
  for (const key of new Set(each.flatMap((settings) => Object.keys(settings)))) {
    const values = each.map((settings) => (Object.hasOwn(settings, key) ? (settings[key] ?? null) : null));
    add(table, { ...at, minor: at.minor || (minor?.test(key) ?? false) }, prefix + key, values);
  }
}

/** The settings of a column without what is the box's own. */
export function plainSettings(
  table: Table,
  column: number,
  settings: Readonly<Record<string, string>>,
): Record<string, string> {
  const plain = table.columns[column]?.plain ?? ((text: string): string => text);
  return Object.fromEntries(Object.entries(settings).map(([key, value]) => [key, plain(value)]));
}

/**
 * Puts lists side by side: a row for each key, in the order of first appearance, with what each list has under it. Of
 * equal keys in one list the first goes with the first of the others, and so on.
 */
export function align<T>(lists: readonly (readonly T[])[], keyOf: (item: T) => string): (T | undefined)[][] {
  const rows = new Map<string, (T | undefined)[]>();
  for (const [column, list] of lists.entries()) {
    const seen = new Map<string, number>();
    for (const item of list) {
      const key = keyOf(item);
      const nth = seen.get(key) ?? 0;
      seen.set(key, nth + 1);
      const full = nth === 0 ? key : `${key}\0${nth}`;
      const row = rows.get(full) ?? Array.from({ length: lists.length }, (): T | undefined => undefined);
      row[column] = item;
      rows.set(full, row);
    }
  }
  return [...rows.values()];
}

/** Whether every column has it. */
export const isFull = <T>(row: readonly (T | undefined)[]): row is T[] => row.every((item) => item !== undefined);

/** A value is for people: what is longer is in the files. */
const LONGEST_VALUE = 2000;

/** Adds a row if texts differ: of each the lines that not all have. Undefined: the text is not there. */
export function addText(
  table: Table,
  at: Place,
  field: string,
  texts: readonly (readonly string[] | undefined)[],
): void {
  const plain = texts.map((lines, index) => lines?.map((line) => table.columns[index]?.plain(line) ?? line));
  const whole = plain.map((lines) => lines?.join("\n") ?? null);
  if (whole.every((text) => text === whole[0])) return;
  const sets = plain.map((lines) => new Set(lines));
  const own = plain.map((lines, index) => {
    if (lines === undefined) return null;
    const rest = lines.filter((line) => sets.some((set, other) => other !== index && !set.has(line)));
    return rest.join("\n").slice(0, LONGEST_VALUE);
  });
  const values = own.every((text) => text === own[0]) ? own.map((_, index) => `order ${index + 1}`) : own;
  add(table, at, field, values);
}
