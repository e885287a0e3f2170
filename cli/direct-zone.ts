// The hosted zones as an operator's own machine reaches them: what cannot be read keeps nobody else from being written.
import { SoftError } from "../shared/model/errors.ts";
import type { Resolved } from "../shared/model/resolved.ts";
import { fenceOf } from "../shared/plan/fence.ts";
import type { Zone } from "../shared/ports.ts";
import type { ZoneLookup } from "../shared/resolve/resolve.ts";

/** The id of no hosted zone: of the names that are in none that could be looked up. */
const NO_ZONE = "unknown";

/** A look-up by which a name without a zone is in one that cannot be read; `faults` keeps why, by name. */
export function withoutZone(zones: ZoneLookup, faults: Map<string, string>): ZoneLookup {
  return (name) => {
    const found = zones(name);
    if ("zoneId" in found) return found;
    faults.set(name, found.fault);
    return { zoneId: NO_ZONE };
  };
}

/** The same zone, which remembers what became of the batches: `unwritten` are the names whose last one was not accepted. */
export function watched(
  zone: Zone,
  faults: ReadonlyMap<string, string>,
): Zone & { written(): number; unwritten(): string[] } {
  const left = new Map<string, string>();
  let written = 0;
  return {
    ...zone,
    written: () => written,
    unwritten: () => [...left].map(([name, detail]) => `${name}: ${detail}`),
    async read(zoneId, names) {
      if (zoneId !== NO_ZONE) return zone.read(zoneId, names);
      throw new SoftError([...new Set(names.map((name) => faults.get(name) ?? name))].join("; "));
    },
    async soa(zoneId) {
      return zoneId === NO_ZONE ? undefined : zone.soa?.(zoneId);
    },
    async apply(batch, signal) {
      const applied = await zone.apply(batch, signal);
      if (applied.kind === "accepted") {
        written += 1;
        left.delete(batch.name);
      } else left.set(batch.name, applied.detail);
      return applied;
    },
  };
}

/**
 * The deploy that wrote last: this is no deploy, and must neither outrank one nor be outranked. In a zone that cannot be
 * read nothing is written either; a name of it that a later deploy has written refuses this one, should it come back.
 */
export async function newestCfg({ pools }: Resolved, zone: Zone, note: (text: string) => void): Promise<number> {
  const byZone = Map.groupBy(
    pools.flatMap(({ names }) => names),
    ({ zoneId }) => zoneId,
  );
  const read = [...byZone].map(([zoneId, names]) =>
    zone
      .read(
        zoneId,
        names.map(({ name }) => name),
      )
      .catch((error: unknown) => {
        if (!(error instanceof SoftError)) throw error;
        note(error.message);
        return new Map<never, never>();
      }),
  );
  const written = (await Promise.all(read)).flatMap((states) =>
    [...states.values()].flatMap((state) => fenceOf(state)?.cfg ?? []),
  );
  return Math.max(0, ...written);
}
