import * as z from "zod/mini";
import { manifestSchema } from "./manifest.ts";
import { boxConfigSchema, changeSchema, driftSchema, lintSchema, zenProbeSchema } from "./snapshot.ts";

// What the API takes and answers. Handlers, the OpenAPI document and the CLI all rest on this one table.

const box = z.string().check(z.describe("A load balancer's id, as in the configuration."));
const snapshot = z.string().check(z.describe("A snapshot's id, or `latest`."));

/** RFC 9457. */
export const problemSchema = z.object({
  type: z.literal("about:blank"),
  title: z.string(),
  status: z.int(),
  /** A sentence. */
  detail: z.string(),
});

/** The history's entry: a snapshot, and when an upload was last found equal to it. */
const entrySchema = z.extend(z.omit(manifestSchema, { packed: true }), {
  /** Of the stored content (a tar.gz), bytes. */
  bytes: z.int(),
  /** Null: no later upload was equal to it. */
  seen: z.nullable(z.object({ atMs: z.int(), who: z.string() })),
});

export const uploadedSchema = z.object({
  /** False: equal to the newest snapshot, which was only noted as seen. */
  changed: z.boolean(),
  snapshot: entrySchema,
});

export const pageSchema = z.object({
  /** Newest first. */
  snapshots: z.array(entrySchema),
  /** For the next page; null on the last one. */
  next: z.nullable(z.string()),
});

export const parsedSchema = z.object({
  snapshot: entrySchema,
  config: boxConfigSchema,
  /** What is wrong with the box, judged when it was asked for. */
  lint: z.array(lintSchema),
});

export const diffSchema = z.object({ from: entrySchema, to: entrySchema, changes: z.array(changeSchema) });

export const driftAnswerSchema = z.object({
  island: z.string(),
  /** By load balancer; null: there is no snapshot of it yet, so it was not compared. */
  snapshots: z.record(z.string(), z.nullable(entrySchema)),
  drift: z.array(driftSchema),
});

export const checksSchema = z.object({
  snapshot: entrySchema,
  probes: z.array(zenProbeSchema),
  /** Farms that serve and that no check asks. */
  unprobed: z.array(z.string()),
  /** Checks at whose port no farm listens. */
  gone: z.array(z.string()),
});

export type Entry = z.output<typeof entrySchema>;
export type Uploaded = z.output<typeof uploadedSchema>;
export type Page = z.output<typeof pageSchema>;
export type Parsed = z.output<typeof parsedSchema>;
export type DiffAnswer = z.output<typeof diffSchema>;
export type DriftAnswer = z.output<typeof driftAnswerSchema>;
export type ChecksAnswer = z.output<typeof checksSchema>;

/** As Lambda takes it: base64 makes a third more of it, and the whole event may have 6 MiB. */
export const UPLOAD_BYTES = 4 * 1024 * 1024;

export const UPLOAD_TYPES = ["application/gzip", "application/x-gzip", "application/octet-stream"] as const;

export type Operation = {
  method: "GET" | "POST";
  path: string;
  summary: string;
  /** Who may: anybody, who may read, who may upload for the load balancer of the path. */
  needs: "nothing" | "read" | "upload";
  params: z.ZodMiniObject;
  query: z.ZodMiniObject;
  /** Media types of the body. */
  takes?: readonly string[];
  /** By status, of what succeeds. A string is the media type of bytes. */
  answers: Readonly<Record<number, { says: string; is: z.ZodMiniType | string }>>;
  /** Statuses with a problem that a well-formed request may meet. */
  fails: readonly number[];
};

const none = z.strictObject({});
const snapshots = "/v1/load-balancers/{id}/snapshots";

const LIMIT = "must be a whole number from 1 to 200";
const TOO_LONG = "is longer than any id";

const page = z.strictObject({
  limit: z
    ._default(z.coerce.number(LIMIT).check(z.int(LIMIT), z.gte(1, LIMIT), z.lte(200, LIMIT)), 50)
    .check(z.describe("Snapshots on a page.")),
  cursor: z.optional(z.string().check(z.maxLength(200, TOO_LONG))).check(z.describe("`next` of the page before.")),
});

const compared = z
  .string()
  .check(z.minLength(1, "is empty; give a snapshot's id, or leave it out"), z.maxLength(100, TOO_LONG));

const fromTo = z.strictObject({
  from: z.optional(compared).check(z.describe("A snapshot's id; without it the one before `to`.")),
  to: z._default(compared, "latest").check(z.describe("A snapshot's id, or `latest`.")),
});

/** One row an operation, the special before the general where two paths fit. */
export const operations = {
  openapi: {
    method: "GET",
    path: "/v1/openapi.json",
    summary: "This document.",
    needs: "nothing",
    params: none,
    query: none,
    answers: { 200: { says: "OpenAPI 3.1.", is: z.looseObject({ openapi: z.string() }) } },
    fails: [],
  },
  uploadSnapshot: {
    method: "POST",
    path: snapshots,
    summary: "Uploads a backup tarball, as Zen's GUI makes it. Secrets are taken out before anything is stored.",
    needs: "upload",
    params: z.strictObject({ id: box }),
    query: none,
    takes: UPLOAD_TYPES,
    answers: {
      200: { says: "It is equal to the newest snapshot.", is: uploadedSchema },
      201: { says: "A new snapshot.", is: uploadedSchema },
    },
    fails: [400, 401, 403, 404, 413, 415, 422, 503],
  },
  listSnapshots: {
    method: "GET",
    path: snapshots,
    summary: "The history of a load balancer's configuration, newest first.",
    needs: "read",
    params: z.strictObject({ id: box }),
    query: page,
    answers: { 200: { says: "One page.", is: pageSchema } },
    fails: [400, 401, 403, 404, 503],
  },
  diffSnapshots: {
    method: "GET",
    path: `${snapshots}/diff`,
    summary: "What changed between two snapshots of a load balancer.",
    needs: "read",
    params: z.strictObject({ id: box }),
    query: fromTo,
    answers: { 200: { says: "The changes.", is: diffSchema } },
    fails: [400, 401, 403, 404, 503],
  },
  getSnapshot: {
    method: "GET",
    path: `${snapshots}/{snapshot}`,
    summary: "One snapshot, parsed.",
    needs: "read",
    params: z.strictObject({ id: box, snapshot }),
    query: none,
    answers: { 200: { says: "The configuration as it was read.", is: parsedSchema } },
    fails: [401, 403, 404, 503],
  },
  getSnapshotFiles: {
    method: "GET",
    path: `${snapshots}/{snapshot}/files`,
    summary: "One snapshot's files, as a tar.gz, for a restore by hand. Secrets stand there as REDACTED(…).",
    needs: "read",
    params: z.strictObject({ id: box, snapshot }),
    query: none,
    answers: { 200: { says: "The files.", is: "application/gzip" } },
    fails: [401, 403, 404, 503],
  },
  getDrift: {
    method: "GET",
    path: "/v1/islands/{island}/drift",
    summary: "Where the load balancers of an island differ that should be configured alike.",
    needs: "read",
    params: z.strictObject({ island: z.string().check(z.describe("An island's id, as in the configuration.")) }),
    query: none,
    answers: { 200: { says: "The differences.", is: driftAnswerSchema } },
    fails: [401, 403, 404, 503],
  },
  getChecks: {
    method: "GET",
    path: "/v1/load-balancers/{id}/checks",
    summary: "What is to be probed of a load balancer, as its newest snapshot says, and what is probed already.",
    needs: "read",
    params: z.strictObject({ id: box }),
    query: none,
    answers: { 200: { says: "The probes.", is: checksSchema } },
    fails: [401, 403, 404, 503],
  },
} satisfies Record<string, Operation>;

export type OperationName = keyof typeof operations;
