import * as z from "zod/mini";

/** Headers that HTTP or the probes themselves need: another value would break the request. */
const OWN = new Set(
  "host user-agent accept accept-encoding connection content-length transfer-encoding te trailer upgrade expect".split(
    " ",
  ),
);

/** Lifeboat's own variables after `LIFEBOAT_`: secrets that must never go to a load balancer, and what deploy sets. */
const KEPT = new Set(
  "KEY TOKEN HEARTBEAT_URL URL CONFIG_FILE TABLE QUEUE_URL PROBE_FUNCTION FAILOVER_FUNCTION TOPICS BUS"
    .split(" ")
    .map((name) => `LIFEBOAT_${name}`),
);

/**
 * A header of every http and https probe, by which a firewall may know them. Only the name of its value is configured:
 * the environment variable that holds it where the probes run. The value stands in no configuration.
 */
export const probeHeaderSchema = z.strictObject({
  name: z.string().check(
    z.maxLength(100),
    z.regex(/^[A-Za-z0-9-]+$/, "must be a header's name"),
    z.refine((name) => !OWN.has(name.toLowerCase()), "is a header that the probes set themselves; choose another"),
    z.describe("the header's name, such as 'X-Lifeboat'"),
  ),
  secret: z._default(
    z.string().check(
      z.regex(/^LIFEBOAT_[A-Z0-9_]{1,60}$/, "must be an environment variable's name that begins with LIFEBOAT_"),
      z.refine(
        (name) => !KEPT.has(name),
        "is a variable of Lifeboat's own, which is not to be sent to load balancers; choose another",
      ),
    ),
    "LIFEBOAT_PROBE_SECRET",
  ),
});

/** What the secret may be: long enough not to be guessed, nor to be an everyday word; sendable as a header's value. */
export const probeSecretSchema = z
  .string("is not set")
  .check(z.regex(/^[\x21-\x7e]{16,256}$/, "must be 16 to 256 printable ASCII characters without spaces"));
