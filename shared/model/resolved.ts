import * as z from "zod/mini";
import { checkSchema } from "./check.ts";
import { probeHeaderSchema } from "./probe-header.ts";

/**
 * The configuration as the functions get it: one JSON, defaults filled in, zone ids looked up. `lifeboat.config.ts` is
 * turned into it at deploy, at start and by the CLI, and nowhere else. The functions know by its digest that it is that.
 */
const boxSchema = z.object({
  id: z.string(),
  island: z.string(),
  address: z.string(),
  /** Served as AAAA; no region can ask it (a Lambda has IPv6 only in a VPC), so it follows the other address. */
  address6: z.optional(z.string()),
  /** Its private addresses as Zen knows them, sorted; absent where there are none. */
  vips: z.optional(z.array(z.string())),
  shard: z.int(),
  /** Names of the checks asked of it: the union over its pools, sorted. */
  checks: z.array(z.string()),
});

const memberSchema = z.object({ box: z.string(), setIdentifier: z.string(), weight: z.int() });

const poolSchema = z.object({
  id: z.string(),
  mode: z.enum(["active", "observe"]),
  ttlS: z.int(),
  withdraw: z.enum(["weight", "delete"]),
  names: z.array(z.object({ name: z.string(), zoneId: z.string() })).check(z.minLength(1)),
  checks: z.array(z.string()),
  members: z.array(memberSchema),
  floor: z.object({ count: z.int(), weight: z.int() }),
  restore: z.object({
    mode: z.enum(["auto", "manual"]),
    afterS: z.int(),
    successes: z.int(),
    damping: z.boolean(),
    /** What comes back serves these percents of its weight in turn, each for `everyS`, and then all of it. */
    ramp: z.optional(z.object({ percent: z.array(z.int()), everyS: z.int() })),
  }),
  /** Names hosted elsewhere that should answer as the pool does, canonical; absent where there are none. */
  follows: z.optional(z.array(z.string())),
});

export const resolvedSchema = z.object({
  version: z.literal(1),
  /** Of everything but itself and `cfg`: hex sha-256. */
  digest: z.string(),
  /** When it was resolved, epoch seconds: the time of the deploy. A newer one outranks an older one in every fence. */
  cfg: z.int(),
  owner: z.string(),
  contact: z.optional(z.string()),
  /** The header's name and its secret's; the value is read where the probes run. */
  probeHeader: z.optional(probeHeaderSchema),
  home: z.string(),
  /** The electorate, in the order of their phases. */
  regions: z.array(z.string()).check(z.minLength(1)),
  intervalS: z.int(),
  quorum: z.int(),
  shards: z.int(),
  confirm: z.object({ attempts: z.int(), spreadMs: z.int() }),
  canaries: z.array(z.object({ address: z.string(), port: z.int() })),
  /** Who is asked for `follows`, as `address` or `address:port`; absent: what the machine asks by itself. */
  resolvers: z.optional(z.array(z.string())),
  /** Probe calls the URL in LIFEBOAT_HEARTBEAT_URL after a good slot. */
  heartbeat: z.optional(z.literal(true)),
  /** By name, `host` filled in. `digest` is of what is asked, not of whether it votes. */
  checks: z.record(z.string(), z.object({ check: checkSchema, digest: z.string() })),
  islands: z.record(z.string(), z.object({ note: z.optional(z.string()) })),
  boxes: z.record(z.string(), boxSchema),
  pools: z.array(poolSchema),
  /** Absent: as `KEEP` in manifest.ts says. */
  zen: z.optional(z.object({ keep: z.object({ count: z.int(), days: z.int() }) })),
  /** By shard: digest of the shard's whole list of questions (box, address, check, digest). */
  asked: z.array(z.string()),
});

export type Resolved = z.output<typeof resolvedSchema>;
export type Box = z.output<typeof boxSchema>;
export type Pool = z.output<typeof poolSchema>;
export type Member = z.output<typeof memberSchema>;
