import { readFileSync } from "node:fs";
import * as z from "zod/mini";
import en from "zod/v4/locales/en.js";
import { UserError } from "../model/errors.ts";
import type { Resolved } from "../model/resolved.ts";
import { KEY_MIN } from "../model/secret.ts";
import { digestOf } from "../model/digest.ts";

// zod/mini comes without words: every message would be "Invalid input".
z.config(en());

const text = z.string("is not set").check(z.minLength(1, "is empty"));

/** One topic a region; the first is preferred, the next stands in for it. */
const topics = z.pipe(
  z.pipe(
    text,
    z.transform((value) => value.split(",").map((arn) => arn.trim())),
  ),
  z
    .array(
      z
        .string()
        .check(
          z.regex(/^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w.-]+$/, "must be SNS topics' ARNs, with commas between"),
        ),
    )
    .check(z.maxLength(2, "must be no more than two topics")),
);

/** Everything is REQUIRED but what has a default here. */
const environmentSchema = z.object({
  /** Set by Lambda itself. */
  AWS_REGION: text,
  /** Path of the resolved configuration, from the function's own folder. */
  LIFEBOAT_CONFIG_FILE: text,
  LIFEBOAT_TABLE: text,
  /** The queue of this region. */
  LIFEBOAT_QUEUE_URL: text.check(z.refine((url) => URL.canParse(url), "must be the queue's URL")),
  /** The functions' names, the same in every region. */
  LIFEBOAT_PROBE_FUNCTION: text,
  LIFEBOAT_FAILOVER_FUNCTION: text,
  LIFEBOAT_TOPICS: topics,
  /** Where phones are subscribed; absent where there are none. */
  LIFEBOAT_SMS_TOPICS: z.optional(topics),
  LIFEBOAT_BUS: z._default(text, "default"),
  /** The one secret, which only the API needs. */
  LIFEBOAT_KEY: z.optional(z.string().check(z.minLength(KEY_MIN, `is shorter than ${KEY_MIN} characters`))),
});

export type Settings = {
  region: string;
  config: Resolved;
  table: string;
  queueUrl: string;
  probeFunction: string;
  failoverFunction: string;
  /** ARNs; the first is preferred. */
  topics: string[];
  /** The same of the topics of phones; empty where there are none. */
  textTopics: string[];
  bus: string;
  /** Absent for the functions that are not given it. */
  key?: string;
};

/**
 * What a function must know: the environment and the resolved configuration, read once. Throws a
 * UserError that names everything that is wrong.
 */
export function readSettings(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  readFile: (path: string) => string = (path) => readFileSync(path, "utf8"),
): Settings {
  const faults: string[] = [];
  const parsed = environmentSchema.safeParse(environment);
  if (!parsed.success) faults.push(...parsed.error.issues.map(({ path, message }) => `${String(path[0])} ${message}`));
  const file = environment["LIFEBOAT_CONFIG_FILE"];
  const config = file ? readConfig(file, readFile, faults) : undefined;
  const region = environment["AWS_REGION"];
  if (config && region && !config.regions.includes(region)) {
    faults.push(`AWS_REGION is ${region}, and the configuration probes from ${config.regions.join(", ")}`);
  }
  if (faults.length > 0 || !parsed.success || !config) throw new UserError(faults);
  const { data } = parsed;
  return {
    region: data.AWS_REGION,
    config,
    table: data.LIFEBOAT_TABLE,
    queueUrl: data.LIFEBOAT_QUEUE_URL,
    probeFunction: data.LIFEBOAT_PROBE_FUNCTION,
    failoverFunction: data.LIFEBOAT_FAILOVER_FUNCTION,
    topics: data.LIFEBOAT_TOPICS,
    textTopics: data.LIFEBOAT_SMS_TOPICS ?? [],
    bus: data.LIFEBOAT_BUS,
    ...(data.LIFEBOAT_KEY === undefined ? {} : { key: data.LIFEBOAT_KEY }),
  };
}

/** The one secret. Throws a UserError where the environment has none. */
export function secretOf({ key }: Settings): string {
  if (key === undefined) throw new UserError("LIFEBOAT_KEY is not set");
  return key;
}

function readConfig(file: string, readFile: (path: string) => string, faults: string[]): Resolved | undefined {
  const name = `LIFEBOAT_CONFIG_FILE ${file}`;
  try {
    const value: unknown = JSON.parse(readFile(file));
    if (isResolved(value)) return value;
    faults.push(`${name} is not as a deploy of this version wrote it: its digest does not fit; deploy anew`);
  } catch (cause) {
    faults.push(`${name} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  return undefined;
}

/**
 * All of it passed the configuration's schema where it was resolved, and by its digest it is still the same. To parse it
 * here once more would cost each cold start some 15 ms, most of them for schemas of checks that nobody configured.
 */
function isResolved(value: unknown): value is Resolved {
  if (typeof value !== "object" || value === null || !("digest" in value && "cfg" in value)) return false;
  const { digest, cfg, ...rest } = value;
  return "version" in rest && rest.version === 1 && Number.isInteger(cfg) && digestOf(rest) === digest;
}
