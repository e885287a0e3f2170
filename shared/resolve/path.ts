// Where in the configuration something stands. Pure; names no other room.

export type Path = readonly PropertyKey[];

/** A fault or warning at a place. */
export type Note = { path: Path; text: string };

/** `pools[0].loadBalancers[1].address`; keys that are no plain words in brackets. */
export function formatPath(path: Path): string {
  const parts = path.map((part) => {
    if (typeof part === "number") return `[${part}]`;
    const text = String(part);
    return /^[A-Za-z_][\w-]*$/.test(text) ? `.${text}` : `[${JSON.stringify(text)}]`;
  });
  return parts.join("").replace(/^\./, "");
}

/** "path: sentence"; without a path the sentence alone. */
export function formatNote({ path, text }: Note): string {
  return path.length === 0 ? text : `${formatPath(path)}: ${text}`;
}
