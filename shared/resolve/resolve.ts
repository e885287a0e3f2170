// From `lifeboat.config.ts` to the one JSON that the functions get. Pure; needs model, schedule. A room of its own, as
// deploy, start and the CLI all come here, and nothing else may read the configuration.
import { configSchema } from "../model/config.ts";
import { UserError } from "../model/errors.ts";
import { canonicalName } from "../model/record.ts";
import type { Resolved } from "../model/resolved.ts";
import { build } from "./build.ts";
import { present, type ZoneLookup } from "./draft.ts";
import { judge } from "./judge.ts";
import { judgeName } from "./name.ts";
import { formatNote } from "./path.ts";
import { describeIssues, readable } from "./shape.ts";
import { warn } from "./warn.ts";

export type { ZoneLookup } from "./draft.ts";

export type ResolveEnv = {
  /** Epoch seconds: outranks an older configuration in every fence. */
  cfg: number;
  /** Asked only for valid names without a zoneId, in canonical form. A fault is a sentence with the remedy. */
  zones: ZoneLookup;
  /** Documentation addresses (192.0.2.0/24 and its like) pass: where nothing is probed, as in cost and the examples. */
  examples?: boolean;
};

/**
 * Checks a configuration and fills it in.
 * @throws UserError with every fault there is, each as "path: sentence with the remedy".
 */
export function resolveConfig(input: unknown, env: ResolveEnv): { resolved: Resolved; warnings: string[] } {
  const { zones, examples = false } = env;
  const parsed = configSchema.safeParse(input);
  const shape = parsed.success ? [] : describeIssues(configSchema, input, parsed.error.issues);
  const draft = parsed.success ? parsed.data : readable(configSchema, input);
  const faults = [...shape, ...(draft ? judge(draft, input, { zones, examples }) : [])];
  if (!parsed.success || faults.length > 0) throw new UserError(faults.map(formatNote));
  const resolved = build(parsed.data, env.cfg, zones);
  return { resolved, warnings: warn(parsed.data, resolved).map(formatNote) };
}

/** The names whose zones must be looked up before `resolveConfig` is called: valid, canonical, each once. */
export function namesToLookUp(input: unknown): string[] {
  const draft = readable(configSchema, input);
  const names = present(draft?.pools).flatMap(([pool]) =>
    present(pool.names).flatMap(([entry]) => (typeof entry === "string" ? [canonicalName(entry)] : [])),
  );
  return [...new Set(names)].filter((name) => judgeName(name) === undefined);
}
