// A farm's ports as text (`53`, `80,443`, `8000:8010`, `*`) to the ports that are worth a probe. Pure; no other room.

/** A range of more ports than this is probed at its first ones: a probe a port of 60,000 helps nobody. */
export const MOST_PORTS = 32;

const portOf = (text: string): number | null => {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65_535 ? port : null;
};

/** The ports that a text names, in its order, the first {@link MOST_PORTS}. None for `*`, for nothing and for nonsense. */
export function portsOf(text: string): number[] {
  const found = new Set<number>();
  for (const part of text.split(",", 200)) {
    const [first = "", last = first] = part.trim().split(/[:-]/, 3);
    const [from, to] = [portOf(first.trim()), portOf(last.trim())];
    if (from === null || to === null) continue;
    for (let port = from; port <= to && found.size < MOST_PORTS; port += 1) found.add(port);
  }
  return [...found];
}
