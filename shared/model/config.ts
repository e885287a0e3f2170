import * as z from "zod";
import { checkSchema } from "./check.ts";
import { KEEP } from "./manifest.ts";
import { probeHeaderSchema } from "./probe-header.ts";

/** The intervals that divide a minute evenly; those under 5 s only on one machine, as the Scheduler is too coarse there. */
export const intervalsS = [1, 2, 5, 10, 15, 20, 30, 60] as const;

/** Two public resolvers of different operators: if neither answers and no load balancer does, the region is blind. */
const resolvers = [
  { address: "1.1.1.1", port: 443 },
  { address: "8.8.8.8", port: 443 },
];

/** It stands in paths, keys and command lines, where `..` and `-x` mean something else, and is a key of objects. */
const id = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    "must be 1 to 64 of A–Z a–z 0–9 . _ - and begin with a letter or a digit",
  );

const port = z.int().min(1).max(65_535);

const loadBalancerSchema = z.strictObject({
  id: id.describe("a short name for the load balancer, such as 'lb1'"),
  setIdentifier: z
    .string()
    .regex(/^[\x20-\x7e]{1,128}$/, "must be 1 to 128 printable ASCII characters, as Route 53 keeps it")
    .optional()
    .describe("what tells its record from its siblings in Route 53; without it the id"),
  island: id.describe("the site it stands on, one of `islands`"),
  address: z.string().describe("its public IPv4 address"),
  address6: z.string().optional().describe("its public IPv6 address, served as an AAAA record with the same weight"),
  vips: z
    .array(z.string())
    .max(50)
    .default([])
    .describe("its private addresses as Zen knows them, where NAT stands in front of it"),
  weight: z.int().min(0).max(255).default(1).describe("its share of the answers; 0 is a standby"),
});

const nameSchema = z
  .union([
    z.string(),
    z.strictObject({
      name: z.string().describe("the DNS name"),
      zoneId: z
        .string()
        .regex(/^[A-Z0-9]{1,32}$/, "must be a hosted zone's id, such as 'Z0123456789ABCDEFGHIJ'")
        .describe("the id of its hosted zone"),
    }),
  ])
  .describe("a DNS name such as 'lb.example.com', or { name, zoneId }");

const floorSchema = z.strictObject({
  count: z.int().min(1).max(100).default(1),
  weight: z.int().min(0).max(25_500).default(0),
});

const restoreSchema = z.strictObject({
  mode: z.enum(["auto", "manual"]).default("auto"),
  afterS: z.int().min(0).max(3600).default(60),
  successes: z.int().min(1).max(100).default(3),
  damping: z.boolean().default(true),
  ramp: z
    .strictObject({
      percent: z.array(z.int().min(1).max(99)).min(1).max(10),
      everyS: z.int().min(60).max(86_400).default(300),
    })
    .refine(({ percent }) => percent.every((one, at) => at === 0 || one > (percent[at - 1] ?? 0)), {
      path: ["percent"],
      message: "must rise from step to step, such as [10, 50]; the full weight follows by itself",
    })
    .optional(),
});

const poolSchema = z.strictObject({
  id: id.describe("a short name for the pool, such as 'web'"),
  mode: z.enum(["active", "observe"]).default("active"),
  names: z.array(nameSchema).min(1).describe("the DNS names that the pool serves"),
  ttlS: z.int().min(1).max(86_400).default(60),
  withdraw: z.enum(["weight", "delete"]).default("weight"),
  checks: z.array(z.string()).min(1).describe("the names of at least one of `checks`"),
  floor: floorSchema.prefault({}),
  restore: restoreSchema.prefault({}),
  loadBalancers: z.array(loadBalancerSchema).min(1).describe("at least one load balancer"),
  follows: z
    .array(z.string())
    .max(20)
    .default([])
    .describe("names hosted elsewhere that should answer as the pool does"),
});

const confirmSchema = z.strictObject({
  attempts: z.int().min(1).max(10).default(3),
  spreadS: z.number().min(0.5).max(15).default(3),
});

/** Who is told. Everybody subscribes to the topics of two regions, so that one of them may be lost. */
const notifySchema = z.strictObject({
  email: z.array(z.email("must be an e-mail address")).max(20).default([]),
  sms: z
    .array(z.string().regex(/^\+[1-9]\d{6,14}$/, "must be a phone number such as '+4930123456'"))
    .max(20)
    .default([]),
  https: z
    .array(z.url({ protocol: /^https$/, error: "must be an https URL" }))
    .max(20)
    .default([]),
});

/** Snapshots of Zen configurations. The newest of a load balancer is kept whatever this says. */
const zenSchema = z.strictObject({
  keep: z
    .strictObject({
      count: z.int().min(1).max(10_000).default(KEEP.count),
      /** Counted from when the next one was taken. */
      days: z.int().min(1).max(36_500).default(KEEP.days),
    })
    .prefault({}),
});

/**
 * `lifeboat.config.ts` as a user writes it. Strict everywhere: an option that is not built is refused, never accepted and
 * ignored. What one field alone cannot show (a name claimed twice, an unknown check) is judged in `shared/resolve`.
 */
export const configSchema = z.strictObject({
  owner: id.describe("the name of this deployment in every fence, such as your company's"),
  account: z
    .string()
    .regex(/^\d{12}$/, "must be the 12 digits of an AWS account")
    .optional()
    .describe("the AWS account to deploy into"),
  contact: z
    .string()
    .min(1)
    .max(200)
    // It stands in brackets in a header, where nothing else can be sent.
    .regex(/^[\x20-\x27\x2a-\x7e]*$/, "must be printable ASCII without brackets, such as an address or a URL")
    .optional()
    .describe("whom to reach about the probes, sent with each of them"),
  probeHeader: z.optional(probeHeaderSchema).describe("a header of every http and https probe, for firewalls"),
  home: z.string().describe("the region whose stack holds what exists once, one of `regions`"),
  regions: z
    .array(z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, "must be an AWS region, such as 'eu-west-1'"))
    .min(1)
    .max(16)
    .describe("the AWS regions that are to probe"),
  intervalS: z.literal(intervalsS).default(30),
  quorum: z.int().min(1).optional(),
  confirm: confirmSchema.prefault({}),
  canaries: z
    .array(z.strictObject({ address: z.string(), port }))
    .min(1)
    .max(5)
    .default(resolvers),
  allowLocal: z.boolean().default(false),
  resolvers: z
    .array(z.string())
    .min(1)
    .max(5)
    .optional()
    .describe("the DNS resolvers that are asked for `follows`, such as '9.9.9.9' or '127.0.0.1:5353'"),
  heartbeat: z
    .boolean()
    .default(false)
    .describe("whether probe calls the URL in LIFEBOAT_HEARTBEAT_URL after a good slot"),
  notify: notifySchema.prefault({}),
  checks: z
    .record(id, checkSchema)
    .describe("what is to be asked of load balancers, each check under a name of your own"),
  islands: z
    .record(id, z.strictObject({ note: z.string().max(1000).optional() }))
    .describe("the sites, each under a name of your own, perhaps with a runbook `note`"),
  zen: zenSchema.optional(),
  pools: z.array(poolSchema).min(1).describe("at least one pool"),
});

/** Options of the design that are not built yet, so that a refusal can say so instead of "unknown". */
export const unbuilt: readonly string[] = "intents webhooks snapshots api".split(" ");

export type Config = z.output<typeof configSchema>;
export type ConfigInput = z.input<typeof configSchema>;

/** What `lifeboat.config.ts` exports: gives the editor the types, and returns its argument as it is. */
export function defineConfig(config: ConfigInput): ConfigInput {
  return config;
}
