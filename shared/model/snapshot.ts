import * as z from "zod/mini";

/**
 * One box's Zen configuration as it was read: the shape in which snapshots are compared, probed, linted and answered.
 * Words are the vendor's (farm, service, backend, vip). Ports stay text: `53`, `80,443`, `8000:8010`, `*`.
 */
const backendSchema = z.object({
  /** The vendor's own number of it: pen's slot, pound's index, the N of nftlb's `bckN`. Not comparable between boxes. */
  id: z.nullable(z.int()),
  ip: z.string(),
  /** Null: the port that the client asked for. */
  port: z.nullable(z.string()),
  weight: z.nullable(z.number()),
  priority: z.nullable(z.number()),
  /** Seconds. */
  timeout: z.nullable(z.number()),
  https: z.boolean(),
  /** What the operator ordered. Null: the format cannot tell maintenance from dead (Zen 2.0's HTTP farms). */
  maintenance: z.nullable(z.boolean()),
  /** The word of the file, run state included. Null where the format has none. */
  state: z.nullable(z.string()),
  maxConns: z.nullable(z.number()),
  /** Uplinks only. */
  interface: z.nullable(z.string()),
});

const redirectSchema = z.object({ to: z.string(), append: z.boolean(), code: z.nullable(z.int()) });

const serviceSchema = z.object({
  /** Null for profiles that know no services. */
  name: z.nullable(z.string()),
  /** The pattern of the Host header, without quotes and `Host:`. */
  vhost: z.nullable(z.string()),
  url: z.nullable(z.string()),
  redirect: z.nullable(redirectSchema),
  /** `TYPE`, `TYPE ttl S`, `TYPE ttl S id NAME`. */
  persistence: z.nullable(z.string()),
  algorithm: z.nullable(z.string()),
  /** Every other setting that is on, by keyword. */
  settings: z.record(z.string(), z.string()),
  backends: z.array(backendSchema),
  /** Pound's Emergency blocks: asked when every backend is dead. */
  emergency: z.array(backendSchema),
});

const guardianSchema = z.object({
  /** Only where checks have names (from 5.9 on). */
  name: z.nullable(z.string()),
  service: z.nullable(z.string()),
  /** Seconds. */
  interval: z.nullable(z.number()),
  command: z.string(),
  enabled: z.boolean(),
  log: z.boolean(),
  /** Close the connections of a backend that is found dead. */
  cut: z.nullable(z.boolean()),
});

export const profiles = ["http", "https", "tcp", "udp", "l4xnat", "datalink", "gslb"] as const;

const farmSchema = z.object({
  profile: z.enum(profiles),
  file: z.string(),
  /** tcp, udp, sctp, all; sip, ftp and tftp in old l4xnat files; null for an uplink. */
  protocol: z.nullable(z.string()),
  vip: z.nullable(z.string()),
  ports: z.string(),
  boot: z.enum(["up", "down"]),
  algorithm: z.nullable(z.string()),
  /** pen: on or off. l4xnat: none, ip, srcip and so on. Null: by service, or unknown to the profile. */
  persistence: z.nullable(z.union([z.boolean(), z.string()])),
  /** Seconds that a client stays with its backend. */
  ttl: z.nullable(z.number()),
  nat: z.nullable(z.string()),
  helper: z.nullable(z.string()),
  /** Paths on the box, in the order of the file. */
  certs: z.array(z.string()),
  settings: z.record(z.string(), z.string()),
  services: z.array(serviceSchema),
  guardian: z.array(guardianSchema),
  /** gslb: the records of each zone, its serial left out. */
  zones: z.record(z.string(), z.array(z.string())),
});

const interfaceSchema = z.object({
  name: z.string(),
  file: z.string(),
  /** An interface of the form `eth0:name` holds a VIP. */
  virtual: z.boolean(),
  addresses: z.array(z.object({ ip: z.string(), mask: z.string(), gateway: z.nullable(z.string()) })),
  status: z.nullable(z.string()),
  dhcp: z.boolean(),
  mac: z.nullable(z.string()),
});

const certificateSchema = z.object({
  file: z.string(),
  subject: z.string(),
  /** DNS names and addresses it is for; the common name if it has no other. */
  names: z.array(z.string()),
  selfSigned: z.boolean(),
  /** Epoch milliseconds. */
  notBeforeMs: z.number(),
  expiresMs: z.number(),
  /** SHA-256, as openssl prints it. */
  fingerprint: z.string(),
});

const listenerSchema = z.object({
  file: z.string(),
  /** Null: every address. */
  address: z.nullable(z.string()),
  port: z.nullable(z.string()),
  /** Path of the certificate on the box, if the file names one. */
  certificate: z.nullable(z.string()),
});

const adminSchema = z.object({
  gui: z.array(listenerSchema),
  ssh: z.nullable(
    z.object({
      listen: z.array(z.string()),
      ports: z.array(z.string()),
      rootLogin: z.nullable(z.string()),
      passwords: z.nullable(z.string()),
    }),
  ),
  /** Where the agent listens and from where a community is accepted; null source: anywhere. */
  snmp: z.nullable(z.object({ listen: z.array(z.string()), sources: z.array(z.nullable(z.string())) })),
});

const fileSchema = z.object({
  path: z.string(),
  kind: z.string(),
  bytes: z.int(),
  /** SHA-256 of the bytes that were parsed (after redaction), hex. */
  digest: z.string(),
});

export const boxConfigSchema = z.object({
  version: z.nullable(z.string()),
  product: z.enum(["zen", "zevenet", "skudonet", "relianoid", "unknown"]),
  config_dir: z.string(),
  hostname: z.nullable(z.string()),
  farms: z.record(z.string(), farmSchema),
  interfaces: z.array(interfaceSchema),
  /** Assignments of global.conf, variables not filled in. */
  global: z.record(z.string(), z.string()),
  /** Null: not clustered. */
  cluster: z.nullable(z.record(z.string(), z.string())),
  certificates: z.array(certificateSchema),
  admin: adminSchema,
  /** Files that are compared as text, by name: comments, blank lines and trailing blanks left out. */
  texts: z.record(z.string(), z.array(z.string())),
  files: z.array(fileSchema),
  /** What no parser knows: all of it is counted and kept in the files, the first of it listed. */
  unknown: z.object({
    fileCount: z.int(),
    lineCount: z.int(),
    files: z.array(z.string()),
    lines: z.array(z.object({ file: z.string(), line: z.int(), text: z.string() })),
  }),
  /** What is wrong with a known file, one sentence each. */
  problems: z.array(z.object({ file: z.string(), says: z.string() })),
});

export type BoxConfig = z.output<typeof boxConfigSchema>;
export type Farm = z.output<typeof farmSchema>;
export type Profile = Farm["profile"];
export type Service = z.output<typeof serviceSchema>;
export type Backend = z.output<typeof backendSchema>;
export type Guardian = z.output<typeof guardianSchema>;
export type Interface = z.output<typeof interfaceSchema>;
export type Certificate = z.output<typeof certificateSchema>;
export type Admin = z.output<typeof adminSchema>;

const valueSchema = z.nullable(z.union([z.string(), z.number(), z.boolean()]));

/** Configuration; what an operator ordered (maintenance); what the box found out by itself, which is no difference. */
export const differenceClasses = ["configuration", "operator", "run"] as const;

const placeSchema = z.object({
  class: z.enum(differenceClasses),
  /** Null: of the box itself. */
  farm: z.nullable(z.string()),
  service: z.nullable(z.string()),
  /** `ip:port`, or `ip` where the port is what differs. */
  backend: z.nullable(z.string()),
  field: z.string(),
  /** In a few words: "backend missing on lb2", "backend port differs", "persistence". */
  what: z.string(),
  file: z.nullable(z.string()),
  /** Of little weight: a log switch, a description. */
  minor: z.boolean(),
});

/** One difference between two snapshots of one box. Null: not there. */
export const changeSchema = z.extend(placeSchema, { before: valueSchema, after: valueSchema });

/** One difference between the boxes of an island. Null: not there. */
export const driftSchema = z.extend(placeSchema, { values: z.record(z.string(), valueSchema) });

export type DifferenceClass = (typeof differenceClasses)[number];
export type DifferenceValue = z.output<typeof valueSchema>;
export type Change = z.output<typeof changeSchema>;
export type Drift = z.output<typeof driftSchema>;

const proposalSchema = z.object({
  protocol: z.enum(["http", "https", "tcp", "dns"]),
  address: z.string(),
  port: z.int(),
  host: z.nullable(z.string()),
  votes: z.boolean(),
});

/** One probe that follows from a configuration. */
export const zenProbeSchema = z.object({
  box: z.string(),
  farm: z.string(),
  services: z.array(z.string()),
  role: z.enum(["vip", "backend"]),
  proto: z.enum(["http", "https", "tcp", "udp"]),
  /** `ip:port`, an IPv6 address in brackets. */
  target: z.string(),
  ip: z.string(),
  port: z.int(),
  /** Host names that the farm serves here. */
  hosts: z.array(z.string()),
  /** A DNS question may be asked of it. */
  dns: z.boolean(),
  expect: z.nullable(z.enum(["open"])),
  /** Why it is expected down and not to be asked. */
  skip: z.nullable(z.string()),
  /** Checks of the configuration that ask this already, by name. */
  coveredBy: z.array(z.string()),
  /** As a check of the configuration: for a VIP, and for a backend that the Internet can reach. */
  proposal: z.nullable(proposalSchema),
});

export type ZenProbe = z.output<typeof zenProbeSchema>;
export type Proposal = z.output<typeof proposalSchema>;

export const lintRules = [
  "gui-open",
  "ssh-open",
  "ssh-root",
  "snmp-open",
  "default-certificate",
  "certificate-expiry",
  "certificate-missing",
] as const;

export const lintSchema = z.object({
  rule: z.enum(lintRules),
  severity: z.enum(["info", "warning", "error"]),
  /** A file, farm or certificate. */
  subject: z.string(),
  /** A sentence with the remedy. */
  says: z.string(),
  /** Whole days, negative when past; null for other rules. */
  daysLeft: z.nullable(z.int()),
});

export type Lint = z.output<typeof lintSchema>;
