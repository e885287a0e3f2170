import type { Uploaded } from "../model/api.ts";
import { Problem } from "../model/errors.ts";
import { CONTENT_MOST_BYTES, KEEP, type Manifest } from "../model/manifest.ts";
import type { BoxConfig } from "../model/snapshot.ts";
import type { Member, Snapshots, Tarballs } from "../ports.ts";
import { type Box, readBox } from "../zen/box.ts";
import { diffOf } from "../zen/diff.ts";
import { changedMsOf, contentDigest, expiredOf, summaryOf } from "../zen/history.ts";
import { parseBox } from "../zen/parse.ts";
import type { AnnouncePorts } from "./announce.ts";
import { entryOf, knownBox } from "./snapshots.ts";
import { tellSnapshot } from "./tell-snapshot.ts";

export type SnapshotPorts = AnnouncePorts & { snapshots: Snapshots; tarballs: Tarballs; redactionKey: Uint8Array };

/** What comes of comparing with the snapshot before; its files are let go of at once, as memory is short. */
type Compared = Pick<Manifest, "changedMs" | "changes" | "summary"> & { config: BoxConfig | undefined };

/** Deleted in one call: what is left over goes with the next upload. */
const SWEEP = 20;

/**
 * Takes an uploaded backup: reads it, takes the secrets out, stores it if it is not equal to the newest one, tells what
 * is worth telling. Throws a UserError for what is no backup; nothing is stored then. What cannot be told or swept now
 * is by the next upload, so it never fails one.
 */
export async function takeSnapshot(
  upload: { box: string; who: string; bytes: Uint8Array },
  ports: SnapshotPorts,
): Promise<Uploaded> {
  const { snapshots, tarballs, region, clock, log } = ports;
  const { box, who } = upload;
  knownBox(box, ports.config);
  const { read, members } = await readUpload(upload.bytes, ports);
  const digest = contentDigest(read.files);
  const [newest] = await snapshots.manifests(box, { limit: 1 });
  const nowMs = clock.nowMs();
  if (newest?.digest === digest) {
    const sighting = { region, box, id: newest.id, atMs: nowMs, who };
    await snapshots.putSighting(sighting);
    await tidyUp(box, { config: read.config, before: undefined, manifest: newest }, ports);
    return { changed: false, snapshot: entryOf(newest, [sighting]) };
  }
  const { config: before, ...compared } = await compareWith(newest, read, members, ports);
  const draft = { ...draftOf({ box, who, digest, nowMs }, read), ...compared };
  const manifest = await snapshots.putSnapshot(draft, await packed(read, members, tarballs));
  log.info("a snapshot was stored", { box, id: manifest.id, who, changes: manifest.changes });
  await tidyUp(box, { config: read.config, before, manifest }, ports);
  return { changed: true, snapshot: entryOf(manifest, []) };
}

/** The uploaded files without their secrets. Those with them are not kept any longer than this takes. */
async function readUpload(
  bytes: Uint8Array,
  { tarballs, redactionKey }: SnapshotPorts,
): Promise<{ read: Box; members: Member[] }> {
  const { files, members } = await tarballs.read(bytes);
  return { read: readBox(files, { key: redactionKey }), members };
}

/** One that cannot be read is a fault to log, and no reason to lose a backup. */
async function compareWith(
  newest: Manifest | undefined,
  { files, config }: Box,
  members: readonly Member[],
  { snapshots, tarballs, clock, log }: SnapshotPorts,
): Promise<Compared> {
  const nowMs = clock.nowMs();
  const first = { changes: null, summary: [], config: undefined };
  if (!newest) return { changedMs: changedMsOf(files, members, undefined, nowMs), ...first };
  try {
    const before = (await tarballs.read(await snapshots.content(newest))).files;
    const was = parseBox(before);
    const changedMs = changedMsOf(files, members, before, nowMs);
    return { changedMs, ...summaryOf(diffOf(was, config)), config: was };
  } catch (error) {
    log.error("the snapshot before could not be read", { box: newest.box, id: newest.id, error });
    return { changedMs: null, ...first };
  }
}

/** What could not be read back would be no backup: without its secrets a file may be longer than it was. */
async function packed({ files }: Box, members: readonly Member[], tarballs: Tarballs): Promise<Uint8Array> {
  const bytes = await tarballs.write(files, members);
  await tarballs.read(bytes);
  if (bytes.length <= CONTENT_MOST_BYTES) return bytes;
  const detail = `it packs to ${bytes.length} bytes without its secrets; at most ${CONTENT_MOST_BYTES} are kept.`;
  throw new Problem(422, detail);
}

function draftOf(
  given: { box: string; who: string; digest: string; nowMs: number },
  { config, files }: Box,
): Omit<Manifest, "packed" | keyof Compared> {
  const { box, who, digest, nowMs } = given;
  const { product, version, farms, unknown, problems } = config;
  return {
    id: `${nowMs}-${digest.slice(0, 12)}`,
    box,
    takenMs: nowMs,
    who,
    digest,
    product,
    version,
    farms: Object.keys(farms).length,
    files: files.size,
    unknown: { files: unknown.fileCount, lines: unknown.lineCount },
    problems: problems.length,
  };
}

/** What follows an upload and must not fail it. */
async function tidyUp(
  box: string,
  taken: { config: BoxConfig; before: BoxConfig | undefined; manifest: Manifest },
  ports: SnapshotPorts,
): Promise<void> {
  const { log } = ports;
  await tellSnapshot(box, taken, ports).catch((error: unknown) =>
    log.error("what the snapshot shows could not be told", { box, error }),
  );
  await sweep(box, ports).catch((error: unknown) => log.error("old snapshots could not be deleted", { box, error }));
}

async function sweep(box: string, { snapshots, config, clock }: SnapshotPorts): Promise<void> {
  const keep = config.zen?.keep ?? KEEP;
  const all = await snapshots.manifests(box, { limit: keep.count + SWEEP });
  const expired = expiredOf(all, keep, clock.nowMs()).slice(-SWEEP);
  const kept = new Set(all.filter((one) => !expired.includes(one)).map(({ packed }) => packed.digest));
  for (const manifest of expired) await snapshots.deleteSnapshot(manifest, kept.has(manifest.packed.digest));
}
