import { CANCELLED, NODATA, NOTFOUND, Resolver as NodeResolver } from "node:dns/promises";
import type { Resolution } from "../model/follow.ts";
import type { Family } from "../model/record.ts";
import type { Resolver } from "../ports.ts";

/** For one try; there are two, of each server that is configured. */
const TRY_MS = 2000;
const TRIES = 2;

/** Names are asked as they are: a search domain of the machine's would answer for a name that is not there. */
const absolute = (name: string): string => `${name}.`;

/**
 * Asks these servers (`address` or `address:port`), or those of the machine. They are resolvers: they follow CNAMEs to
 * the end. Each question has a socket of its own, so that a signal cuts off no other one.
 *
 * | the resolver says           | resolution                                     |
 * | --------------------------- | ---------------------------------------------- |
 * | addresses                   | addresses, sorted                              |
 * | no such name, no such data  | none                                           |
 * | anything else, or nothing   | unknown: it may well be the resolver's fault   |
 */
export function createResolver(servers: readonly string[] | undefined): Resolver {
  return {
    async resolve(name, family, signal) {
      const resolver = new NodeResolver({ timeout: TRY_MS, tries: TRIES });
      const cancel = (): void => resolver.cancel();
      signal.addEventListener("abort", cancel, { once: true });
      try {
        if (signal.aborted) return unknown("out of time");
        if (servers) resolver.setServers([...servers]);
        const addresses = await ask(resolver, absolute(name), family);
        return { kind: "addresses", addresses: addresses.toSorted() };
      } catch (error) {
        return resolutionOf(error);
      } finally {
        signal.removeEventListener("abort", cancel);
      }
    },
  };
}

function ask(resolver: NodeResolver, name: string, family: Family): Promise<string[]> {
  return family === "A" ? resolver.resolve4(name) : resolver.resolve6(name);
}

function resolutionOf(error: unknown): Resolution {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code === NOTFOUND) return { kind: "none", detail: "no such name" };
  if (code === NODATA) return { kind: "none", detail: "no address" };
  return unknown(code === CANCELLED ? "out of time" : code || String(error));
}

function unknown(detail: string): Resolution {
  return { kind: "unknown", detail };
}
