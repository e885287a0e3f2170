import { own } from "../decide/own.ts";
import type { ChecksAnswer, DiffAnswer, DriftAnswer, Entry, Page, Parsed } from "../model/api.ts";
import { Problem } from "../model/errors.ts";
import type { Manifest, Sighting } from "../model/manifest.ts";
import type { Box, Resolved } from "../model/resolved.ts";
import type { BoxConfig } from "../model/snapshot.ts";
import type { Clock, Snapshots, Tarballs } from "../ports.ts";
import { checksOf } from "../zen/checks.ts";
import { type Covered, coverageOf } from "../zen/coverage.ts";
import { diffOf } from "../zen/diff.ts";
import { driftOf } from "../zen/drift.ts";
import { lintOf } from "../zen/lint.ts";
import { parseBox } from "../zen/parse.ts";

export type ReadPorts = { config: Resolved; clock: Clock; snapshots: Snapshots; tarballs: Tarballs };

/** The history's entry of a snapshot. */
export function entryOf({ packed, ...rest }: Manifest, sightings: readonly Sighting[]): Entry {
  const own = sightings.filter(({ id }) => id === rest.id).toSorted((a, b) => b.atMs - a.atMs)[0];
  return { ...rest, bytes: packed.bytes, seen: own ? { atMs: own.atMs, who: own.who } : null };
}

/** The load balancer of the configuration. Throws a Problem when there is none. */
export function knownBox(id: string, { boxes }: Resolved): Box {
  const box = own(boxes, id);
  if (!box) throw new Problem(404, `There is no load balancer '${id}' in the configuration.`);
  return box;
}

/** One page of a box's history. */
export async function listSnapshots(
  { box, limit, cursor }: { box: string; limit: number; cursor?: string | undefined },
  ports: ReadPorts,
): Promise<Page> {
  knownBox(box, ports.config);
  if (cursor !== undefined && !/^\d{13}-[0-9a-f]{12}$/.test(cursor))
    throw new Problem(400, "cursor: is not the `next` of any page.");
  const manifests = await ports.snapshots.manifests(box, { before: cursor, limit: limit + 1 });
  const page = manifests.slice(0, limit);
  const last = page.at(-1);
  return { snapshots: await entriesOf(box, page, ports), next: manifests.length > limit && last ? last.id : null };
}

/** Of one box, newest first. */
async function entriesOf(box: string, page: readonly Manifest[], { snapshots }: ReadPorts): Promise<Entry[]> {
  const [newest, oldest] = [page[0], page.at(-1)];
  const sightings = newest && oldest ? await snapshots.sightings(box, oldest.id, newest.id) : [];
  return page.map((manifest) => entryOf(manifest, sightings));
}

async function entry(manifest: Manifest, ports: ReadPorts): Promise<Entry> {
  const [one] = await entriesOf(manifest.box, [manifest], ports);
  return one ?? entryOf(manifest, []);
}

/** A snapshot by its id or `latest`. Throws a Problem when there is none. */
async function find(box: string, id: string, { config, snapshots }: ReadPorts): Promise<Manifest> {
  knownBox(box, config);
  const latest = id === "latest";
  const found = latest ? (await snapshots.manifests(box, { limit: 1 }))[0] : await snapshots.manifest(box, id);
  if (found) return found;
  throw new Problem(404, latest ? `There is no snapshot of '${box}' yet.` : `'${box}' has no snapshot '${id}'.`);
}

/** What was stored is redacted already. */
async function configOf(manifest: Manifest, { snapshots, tarballs }: ReadPorts): Promise<BoxConfig> {
  return parseBox((await tarballs.read(await snapshots.content(manifest))).files);
}

export async function getSnapshot({ box, id }: { box: string; id: string }, ports: ReadPorts): Promise<Parsed> {
  const manifest = await find(box, id, ports);
  const config = await configOf(manifest, ports);
  return { snapshot: await entry(manifest, ports), config, lint: lintOf(config, ports.clock.nowMs()) };
}

/** The redacted files as a tar.gz, and what to call it. */
export async function getSnapshotFiles(
  { box, id }: { box: string; id: string },
  ports: ReadPorts,
): Promise<{ bytes: Uint8Array; name: string }> {
  const manifest = await find(box, id, ports);
  return { bytes: await ports.snapshots.content(manifest), name: `backup-${box}-${manifest.id}.tar.gz` };
}

export async function diffSnapshots(
  { box, from, to }: { box: string; from?: string | undefined; to: string },
  ports: ReadPorts,
): Promise<DiffAnswer> {
  const after = await find(box, to, ports);
  const before = from === undefined ? await beforeOf(after, ports) : await find(box, from, ports);
  const [was, is] = await Promise.all([configOf(before, ports), configOf(after, ports)]);
  return { from: await entry(before, ports), to: await entry(after, ports), changes: diffOf(was, is) };
}

async function beforeOf({ box, id }: Manifest, { snapshots }: ReadPorts): Promise<Manifest> {
  const [before] = await snapshots.manifests(box, { before: id, limit: 1 });
  if (!before) throw new Problem(404, `'${box}' has no snapshot before '${id}' to compare with.`);
  return before;
}

/** The newest snapshots of an island's boxes, and their configurations where there are any. `known`: one that is read. */
export async function newestOf(
  island: string,
  ports: ReadPorts,
  known?: { manifest: Manifest; config: BoxConfig },
): Promise<{ boxes: string[]; manifests: Map<string, Manifest>; configs: Record<string, BoxConfig> }> {
  const boxes = Object.values(ports.config.boxes).filter((box) => box.island === island);
  const ids = boxes.map(({ id }) => id);
  const found = await Promise.all(ids.map((id) => ports.snapshots.manifests(id, { limit: 1 })));
  const manifests = new Map(found.flat().map((manifest) => [manifest.box, manifest]));
  const configs: Record<string, BoxConfig> = {};
  for (const [id, manifest] of manifests)
    configs[id] =
      manifest.id === known?.manifest.id && id === known.manifest.box ? known.config : await configOf(manifest, ports);
  return { boxes: ids, manifests, configs };
}

export async function getDrift(island: string, ports: ReadPorts): Promise<DriftAnswer> {
  if (!own(ports.config.islands, island))
    throw new Problem(404, `There is no island '${island}' in the configuration.`);
  const { boxes, manifests, configs } = await newestOf(island, ports);
  const entries = boxes.map(async (box) => {
    const manifest = manifests.get(box);
    return [box, manifest ? await entry(manifest, ports) : null] as const;
  });
  const drift = manifests.size < 2 ? [] : driftOf(configs);
  return { island, snapshots: Object.fromEntries(await Promise.all(entries)), drift };
}

/** What is asked of a box already. Its public address is one of its VIPs, where no NAT stands in front of it. */
function coveredOf({ address, vips = [], checks }: Box, config: Resolved): Covered {
  const asked = checks.flatMap((name) => {
    const check = own(config.checks, name)?.check;
    return check ? [[name, check] as const] : [];
  });
  return { vips: [address, ...vips], checks: Object.fromEntries(asked) };
}

export async function getChecks(box: string, ports: ReadPorts): Promise<ChecksAnswer> {
  const covered = coveredOf(knownBox(box, ports.config), ports.config);
  const manifest = await find(box, "latest", ports);
  const probes = checksOf(box, await configOf(manifest, ports), covered);
  return { snapshot: await entry(manifest, ports), probes, ...coverageOf(probes, covered) };
}
