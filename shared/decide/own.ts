/**
 * A record's own entry. Ids and names are the user's: a box called "constructor" must not find what JavaScript keeps
 * under that name in every object.
 */
export function own<T>(record: Readonly<Record<string, T>> | undefined, key: string): T | undefined {
  return record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined;
}
