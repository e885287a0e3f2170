import { UserError } from "../model/errors.ts";
import { probeSecretSchema } from "../model/probe-header.ts";
import type { Resolved } from "../model/resolved.ts";

/**
 * The configured header of the probes with its secret, which only what probes may read. Undefined when none is
 * configured. Throws a UserError that names the variable, never its value.
 */
export function readProbeHeader(
  { probeHeader }: Pick<Resolved, "probeHeader">,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): { name: string; value: string } | undefined {
  if (!probeHeader) return undefined;
  const { name, secret } = probeHeader;
  const parsed = probeSecretSchema.safeParse(environment[secret]);
  if (parsed.success) return { name, value: parsed.data };
  throw new UserError(parsed.error.issues.map(({ message }) => `${secret} ${message}; the header ${name} needs it`));
}
