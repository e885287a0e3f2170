import * as z from "zod/mini";

const sha256 = z.string().check(z.regex(/^[0-9a-f]{64}$/));

/** How many differences there are to the snapshot before, by class; null where there is none, or it cannot be read. */
const countsSchema = z.object({ configuration: z.int(), operator: z.int(), run: z.int() });

/** One snapshot of one box. It exists once this is written; its content stands in chunks beside it. Times in epoch ms. */
export const manifestSchema = z.object({
  /** `<takenMs>-<first digits of the digest>`: sorts by time. */
  id: z.string().check(z.regex(/^\d{13}-[0-9a-f]{12}$/)),
  box: z.string(),
  takenMs: z.int(),
  /** The name of the token that uploaded it. */
  who: z.string(),
  /** Of the redacted files' names and bytes, whatever their times: equal configurations have equal digests. */
  digest: sha256,
  /** The content as stored, a tar.gz: by its digest its chunks are found. */
  packed: z.object({ digest: sha256, bytes: z.int(), chunks: z.int() }),
  product: z.string(),
  version: z.nullable(z.string()),
  farms: z.int(),
  files: z.int(),
  /** What no parser knew. */
  unknown: z.object({ files: z.int(), lines: z.int() }),
  problems: z.int(),
  /** When the box last changed a file that differs from the snapshot before; null where that cannot be known. */
  changedMs: z.nullable(z.int()),
  changes: z.nullable(countsSchema),
  /** The first changes, one sentence each. */
  summary: z.array(z.string().check(z.maxLength(200))).check(z.maxLength(5)),
});

/** That an upload was equal to the newest snapshot: the last time in each region. */
export const sightingSchema = z.object({
  region: z.string(),
  box: z.string(),
  /** The snapshot. */
  id: z.string(),
  atMs: z.int(),
  who: z.string(),
});

export type Manifest = z.output<typeof manifestSchema>;
export type Sighting = z.output<typeof sightingSchema>;

/** How long snapshots are kept where the configuration does not say: so many a box, so many days after the next one. */
export const KEEP = { count: 200, days: 400 };

/** A snapshot's content is written in one transaction, of which DynamoDB takes no more than 4 MB. */
export const CONTENT_MOST_BYTES = 3_800_000;
