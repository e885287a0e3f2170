import * as z from "zod";

/** What every check has. `votes: false` makes it observe only. `timeoutMs` is one probe's whole budget. */
const common = {
  votes: z.boolean().default(true),
  timeoutMs: z.int().min(50).max(10_000).default(2500),
};

const port = z.int().min(1).max(65_535);

/** A name (or address, perhaps with a port) as it stands in a Host header; the same name is asked of certificates. */
const host = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[A-Za-z0-9._*:[\]-]+$/, "must be a host name")
  .optional();

const path = z
  .string()
  .max(2048)
  .regex(/^\/[\x21-\x7e]*$/, "must start with '/' and hold neither spaces nor anything but ASCII")
  .default("/test.txt");

const text = z.string().min(1).max(255);

/** A regular expression as JavaScript's, with the flag u. It gets 50 ms for one body, then it counts as no match. */
const pattern = text.refine(isPattern, "is not a regular expression");

function isPattern(source: string): boolean {
  try {
    return new RegExp(source, "u").source !== "";
  } catch {
    return false;
  }
}

/** What a certificate must satisfy, wherever TLS is spoken. */
const certificate = {
  /** `ignore`: the handshake alone counts. */
  certificate: z.enum(["verify", "ignore"]).default("verify"),
  /** Certificates (PEM) of own CAs, instead of those that Node trusts. */
  ca: z
    .string()
    .max(65_536)
    .regex(/-----BEGIN CERTIFICATE-----[^]+-----END CERTIFICATE-----/, "must hold a certificate as PEM text")
    .optional(),
  /** Down when fewer whole days are left. */
  minDays: z.int().min(0).max(3650).optional(),
  /** Up with a warning when fewer whole days are left. */
  warnDays: z.int().min(0).max(3650).default(14),
};

/** The body is searched within this many first bytes, as Route 53's string matching does (health-checks-creating-values). */
export const BODY_BYTES = 5120;

/** What a header of the answer must be: there, and if asked with this text or pattern in one of its values. */
const headerRule = z.strictObject({
  name: z
    .string()
    .max(100)
    .regex(/^[A-Za-z0-9-]+$/, "must be a header's name"),
  contains: text.optional(),
  matches: pattern.optional(),
  /** `false`: the header must not be there. */
  present: z.boolean().default(true),
});

const web = {
  /** The Host header (and for https the name on the certificate); without it the first name of the pool that asks. */
  host,
  path,
  statuses: z.array(z.int().min(200).max(599)).min(1).default([200]),
  /** Text that the first 5,120 bytes of the body must contain. */
  contains: text.optional(),
  /** What the first 5,120 bytes of the body must match. */
  matches: pattern.optional(),
  headers: z.array(headerRule).min(1).max(20).optional(),
};

const http = z.strictObject({ ...common, protocol: z.literal("http"), port: port.default(80), ...web });

const https = z.strictObject({
  ...common,
  protocol: z.literal("https"),
  port: port.default(443),
  ...web,
  ...certificate,
});

/** One line of a dialogue: bytes as given (write `\r\n` yourself); text that must come next, whatever is before it; TLS. */
const step = z.union([
  z.strictObject({ send: z.string().min(1).max(1024) }),
  z.strictObject({ expect: text }),
  z.strictObject({ starttls: z.strictObject({ host, ...certificate }) }),
]);

const tcp = z
  .strictObject({
    ...common,
    protocol: z.literal("tcp"),
    port,
    /** `closed`: up while no connection can be made, for what must not be reachable (an admin page, SSH). Never votes. */
    expect: z.enum(["open", "closed"]).optional(),
    script: z.array(step).min(1).max(20).optional(),
  })
  .refine((check) => check.expect !== "closed" || !check.votes, {
    path: ["votes"],
    message: "must be false where expect is 'closed': an open port is no reason to withdraw a load balancer",
  })
  .refine((check) => check.expect !== "closed" || check.script === undefined, {
    path: ["script"],
    message: "cannot be played where expect is 'closed'; remove one of them",
  });

const tls = z.strictObject({
  ...common,
  protocol: z.literal("tls"),
  port: port.default(443),
  /** SNI and the name on the certificate; without it the first name of the pool that asks. */
  host,
  ...certificate,
});

const mail = {
  ...common,
  /** `starttls`: must be offered and is used; `implicit`: TLS from the first byte (ports 465, 993, 995). */
  tls: z.enum(["none", "starttls", "implicit"]).default("none"),
  /** The name on the certificate, where TLS is used; without it the first name of the pool that asks. */
  host,
  ...certificate,
};

const smtp = z.strictObject({
  ...mail,
  protocol: z.literal("smtp"),
  port: port.default(25),
  /** What EHLO says. */
  ehlo: z
    .string()
    .max(253)
    .regex(/^[A-Za-z0-9.:[\]-]+$/, "must be a host name")
    .default("lifeboat.invalid"),
});

const imap = z.strictObject({ ...mail, protocol: z.literal("imap"), port: port.default(143) });

const pop3 = z.strictObject({ ...mail, protocol: z.literal("pop3"), port: port.default(110) });

export const recordTypes = ["A", "AAAA", "CNAME", "MX", "NS", "PTR", "SOA", "SRV", "TXT"] as const;
/** In the order of their numbers (RFC 1035, 4.1.1). */
export const rcodes = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"] as const;

/** A record's data as text: "192.0.2.1", "10 mail.example.com", "10 5 443 host.example.com" (SRV), a TXT's own text. */
const answers = z.array(z.string().min(1).max(512)).max(50).optional();

const dns = z.strictObject({
  ...common,
  protocol: z.literal("dns"),
  port: port.default(53),
  transport: z.enum(["udp", "tcp"]).default("udp"),
  name: z
    .string()
    .max(254)
    .regex(/^(\.|([A-Za-z0-9_-]{1,63}\.)*[A-Za-z0-9_-]{1,63}\.?)$/, "must be a DNS name"),
  type: z.enum(recordTypes).default("A"),
  /** Ask the server to resolve what it does not know itself. */
  recursion: z.boolean().default(true),
  rcode: z.enum(rcodes).default("NOERROR"),
  /** Each of these must be among the answers of the type. Without it and `equals`, NOERROR needs one answer at least. */
  contains: answers,
  /** The answers of the type must be these, in any order; an empty list wants none. */
  equals: answers,
});

/** One question asked of a load balancer. To add a protocol: its schema here, its file in `probe/`, its line in the map. */
export const checkSchema = z.discriminatedUnion("protocol", [http, https, tcp, tls, smtp, imap, pop3, dns]);

export type Check = z.output<typeof checkSchema>;
export type CheckInput = z.input<typeof checkSchema>;
export type Protocol = Check["protocol"];
export type CheckOf<P extends Protocol> = Extract<Check, { protocol: P }>;

/** Checks whose `host` is filled in with the first name of the pool that asks. */
export type NamedCheck = Exclude<Check, CheckOf<"tcp"> | CheckOf<"dns">>;

export function isNamed(check: Check): check is NamedCheck {
  return check.protocol !== "tcp" && check.protocol !== "dns";
}
