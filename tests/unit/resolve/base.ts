import type { ConfigInput } from "../../../shared/model/config.ts";
import { UserError } from "../../../shared/model/errors.ts";
import { type ResolveEnv, resolveConfig } from "../../../shared/resolve/resolve.ts";

export const env: ResolveEnv = { cfg: 1_790_000_000, zones: () => ({ zoneId: "Z1" }) };

/** A configuration with neither faults nor warnings, new at every call, so that a test may spoil it. */
export function base() {
  return {
    owner: "acme",
    home: "eu-west-1",
    regions: ["eu-west-1", "eu-central-1", "us-east-1"],
    checks: { web: { protocol: "http" }, mail: { protocol: "tcp", port: 587 } },
    islands: { north: {}, south: { note: "Call the south." } },
    pools: [
      {
        id: "web",
        names: ["lb.acme.com"],
        checks: ["web", "mail"],
        loadBalancers: [
          { id: "lb1", island: "north", address: "4.1.1.1" },
          { id: "lb2", island: "south", address: "4.1.1.2", weight: 2 },
        ],
      },
    ],
  } satisfies ConfigInput;
}

/** A value set (or, with undefined, removed) at a path such as `pools[0].ttlS`; missing places are made. */
export function spoil(input: object, path: string, value: unknown): object {
  const keys = path.split(/[.[\]]+/).filter((key) => key !== "");
  const last = keys.pop() ?? "";
  let here = input;
  for (const key of keys) {
    if (Reflect.get(here, key) === undefined) Reflect.set(here, key, {});
    const next: unknown = Reflect.get(here, key);
    if (typeof next !== "object" || next === null) throw new Error(`no such place: ${path}`);
    here = next;
  }
  if (value === undefined) Reflect.deleteProperty(here, last);
  else Reflect.set(here, last, value);
  return input;
}

/** The faults of a configuration; empty when there are none. */
export function faultsOf(input: unknown, over: Partial<ResolveEnv> = {}): readonly string[] {
  try {
    resolveConfig(input, { ...env, ...over });
    return [];
  } catch (error) {
    if (error instanceof UserError) return error.faults;
    throw error;
  }
}

export function warningsOf(input: unknown): readonly string[] {
  return resolveConfig(input, env).warnings;
}
