import { X509Certificate } from "node:crypto";
import * as z from "zod/mini";
import { rcodes } from "./rcode.ts";

/** What every check has. `votes: false` makes it observe only. `timeoutMs` is one probe's whole budget. */
const common = {
  votes: z._default(z.boolean(), true),
  timeoutMs: z._default(z.int().check(z.gte(50), z.lte(10_000)), 2500),
};

const port = z.int().check(z.gte(1), z.lte(65_535));

/** A name (or address, perhaps with a port) as it stands in a Host header; the same name is asked of certificates. */
const host = z.optional(
  z.string().check(z.minLength(1), z.maxLength(253), z.regex(/^[A-Za-z0-9._*:[\]-]+$/, "must be a host name")),
);

const path = z._default(
  z
    .string()
    .check(
      z.maxLength(2048),
      z.regex(/^\/[\x21-\x7e]*$/, "must start with '/' and hold neither spaces nor anything but ASCII"),
    ),
  "/test.txt",
);

const text = z.string().check(z.minLength(1), z.maxLength(255));

/** A regular expression as JavaScript's, with the flag u. It gets 50 ms for one body, then it counts as no match. */
const pattern = text.check(z.refine(isPattern, "is not a regular expression"));

function isPattern(source: string): boolean {
  try {
    return new RegExp(source, "u").source !== "";
  } catch {
    return false;
  }
}

/** One certificate or several, each of which can be read: node:tls leaves out what it cannot, and says nothing. */
function isPem(text: string): boolean {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.length > 0 && blocks.length === text.split("-----BEGIN ").length - 1 && blocks.every(isCertificate);
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== undefined;
  } catch {
    return false;
  }
}

/** What a certificate must satisfy, wherever TLS is spoken. */
const certificate = {
  /** `ignore`: the handshake alone counts. */
  certificate: z._default(z.enum(["verify", "ignore"]), "verify"),
  /** Certificates (PEM) of own CAs, instead of those that Node trusts. */
  ca: z.optional(
    z.string().check(z.maxLength(65_536), z.refine(isPem, "must be whole certificates as PEM text, and no keys")),
  ),
  /** Down when fewer whole days are left. */
  minDays: z.optional(z.int().check(z.gte(0), z.lte(3650))),
  /** Up with a warning when fewer whole days are left. */
  warnDays: z._default(z.int().check(z.gte(0), z.lte(3650)), 14),
};

/** What a header of the answer must be: there, and if asked with this text or pattern in one of its values. */
const headerRule = z.strictObject({
  name: z.string().check(z.maxLength(100), z.regex(/^[A-Za-z0-9-]+$/, "must be a header's name")),
  contains: z.optional(text),
  matches: z.optional(pattern),
  /** `false`: the header must not be there. */
  present: z._default(z.boolean(), true),
});

const web = {
  /** The Host header (and for https the name on the certificate); without it the first name of the pool that asks. */
  host,
  path,
  statuses: z._default(z.array(z.int().check(z.gte(200), z.lte(599))).check(z.minLength(1)), [200]),
  /** Text that the first 5,120 bytes of the body must contain. */
  contains: z.optional(text),
  /** What the first 5,120 bytes of the body must match. */
  matches: z.optional(pattern),
  headers: z.optional(z.array(headerRule).check(z.minLength(1), z.maxLength(20))),
};

const http = z.strictObject({ ...common, protocol: z.literal("http"), port: z._default(port, 80), ...web });

const https = z.strictObject({
  ...common,
  protocol: z.literal("https"),
  port: z._default(port, 443),
  ...web,
  ...certificate,
});

/** One line of a dialogue: bytes as given (write `\r\n` yourself); text that must come next, whatever is before it; TLS. */
const step = z
  .union([
    z.strictObject({ send: z.string().check(z.minLength(1), z.maxLength(1024)) }),
    z.strictObject({ expect: text }),
    z.strictObject({ starttls: z.strictObject({ host, ...certificate }) }),
  ])
  .check(z.describe("one of { send: … }, { expect: … } and { starttls: { … } }"));

const tcp = z
  .strictObject({
    ...common,
    protocol: z.literal("tcp"),
    port,
    /** `closed`: up while no connection can be made, for what must not be reachable (an admin page, SSH). Never votes. */
    expect: z.optional(z.enum(["open", "closed"])),
    script: z.optional(z.array(step).check(z.minLength(1), z.maxLength(20))),
  })
  .check(
    z.refine((check) => check.expect !== "closed" || !check.votes, {
      path: ["votes"],
      message: "must be false where expect is 'closed': an open port is no reason to withdraw a load balancer",
    }),
    z.refine((check) => check.expect !== "closed" || check.script === undefined, {
      path: ["script"],
      message: "cannot be played where expect is 'closed'; remove one of them",
    }),
  );

const tls = z.strictObject({
  ...common,
  protocol: z.literal("tls"),
  port: z._default(port, 443),
  /** SNI and the name on the certificate; without it the first name of the pool that asks. */
  host,
  ...certificate,
});

const mail = {
  ...common,
  /** `starttls`: must be offered and is used; `implicit`: TLS from the first byte (ports 465, 993, 995). */
  tls: z._default(z.enum(["none", "starttls", "implicit"]), "none"),
  /** The name on the certificate, where TLS is used; without it the first name of the pool that asks. */
  host,
  ...certificate,
};

const smtp = z.strictObject({
  ...mail,
  protocol: z.literal("smtp"),
  port: z._default(port, 25),
  /** What EHLO says. */
  ehlo: z._default(
    z.string().check(z.maxLength(253), z.regex(/^[A-Za-z0-9.:[\]-]+$/, "must be a host name")),
    "lifeboat.invalid",
  ),
});

const imap = z.strictObject({ ...mail, protocol: z.literal("imap"), port: z._default(port, 143) });

const pop3 = z.strictObject({ ...mail, protocol: z.literal("pop3"), port: z._default(port, 110) });

export const recordTypes = ["A", "AAAA", "CNAME", "MX", "NS", "PTR", "SOA", "SRV", "TXT"] as const;

/** A record's data as text: "192.0.2.1", "10 mail.example.com", "10 5 443 host.example.com" (SRV), a TXT's own text. */
const answers = z.optional(z.array(z.string().check(z.minLength(1), z.maxLength(512))).check(z.maxLength(50)));

const dns = z.strictObject({
  ...common,
  protocol: z.literal("dns"),
  port: z._default(port, 53),
  transport: z._default(z.enum(["udp", "tcp"]), "udp"),
  name: z
    .string()
    .check(z.maxLength(254), z.regex(/^(\.|([A-Za-z0-9_-]{1,63}\.)*[A-Za-z0-9_-]{1,63}\.?)$/, "must be a DNS name")),
  type: z._default(z.enum(recordTypes), "A"),
  /** Ask the server to resolve what it does not know itself. */
  recursion: z._default(z.boolean(), true),
  rcode: z._default(z.enum(rcodes), "NOERROR"),
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
