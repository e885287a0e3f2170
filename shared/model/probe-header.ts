import * as z from "zod";

/** Headers that HTTP or the probes themselves need: another value would break the request. */
const OWN = new Set(
  "host user-agent accept accept-encoding connection content-length transfer-encoding te trailer upgrade expect".split(
    " ",
  ),
);

/** Secrets of the deployment that must never go to a load balancer. */
const KEPT = new Set(["LIFEBOAT_KEY"]);

/**
 * A header of every http and https probe, by which a firewall may know them. Only the name of its value is configured:
 * the environment variable that holds it where the probes run. The value stands in no configuration.
 */
export const probeHeaderSchema = z.strictObject({
  name: z
    .string()
    .max(100)
    .regex(/^[A-Za-z0-9-]+$/, "must be a header's name")
    .refine((name) => !OWN.has(name.toLowerCase()), "is a header that the probes set themselves; choose another")
    .describe("the header's name, such as 'X-Lifeboat'"),
  secret: z
    .string()
    .regex(/^LIFEBOAT_[A-Z0-9_]{1,60}$/, "must be an environment variable's name that begins with LIFEBOAT_")
    .refine((name) => !KEPT.has(name), "is no secret to be sent to load balancers; choose another")
    .default("LIFEBOAT_PROBE_SECRET"),
});

export type ProbeHeader = z.output<typeof probeHeaderSchema>;

/** What the secret may be: long enough not to be guessed, nor to be an everyday word; sendable as a header's value. */
export const probeSecretSchema = z
  .string("is not set")
  .regex(/^[\x21-\x7e]{16,256}$/, "must be 16 to 256 printable ASCII characters without spaces");
