// Which derived probes the checks of a load balancer do already, and which of either has no counterpart. Pure; no other
// room.
import type { Check } from "../model/check.ts";
import type { ZenProbe } from "../model/snapshot.ts";

/** What is asked of one load balancer from outside: its addresses as Zen knows them, and its checks by name. */
export type Covered = { vips: readonly string[]; checks: Readonly<Record<string, Check>> };

/**
 * Checks that answer a probe's question.
 *
 * | probe | checks                                                    |
 * | http  | http                                                      |
 * | https | https                                                     |
 * | tcp   | any over TCP: its connection is made before anything else |
 * | udp   | dns over UDP                                              |
 */
function answers(check: Check, proto: ZenProbe["proto"]): boolean {
  if (proto === "udp") return check.protocol === "dns" && check.transport === "udp";
  if (proto === "tcp") {
    if (check.protocol === "dns") return check.transport === "tcp";
    return check.protocol !== "tcp" || check.expect !== "closed";
  }
  return check.protocol === proto;
}

/** Names of the checks that do what a probe would; of a backend none does. */
export function coveredBy({ role, ip, port, proto }: ZenProbe, { vips, checks }: Covered): string[] {
  if (role !== "vip" || !vips.includes(ip)) return [];
  return Object.entries(checks).flatMap(([name, check]) =>
    check.port === port && answers(check, proto) ? [name] : [],
  );
}

export type Coverage = {
  /** Farms that serve and whose VIPs no check asks at all. */
  unprobed: string[];
  /** Checks at whose port no farm listens (any more), by name. */
  gone: string[];
};

/** What has no counterpart, of the probes of one box. A check of a farm that is stopped is not gone. */
export function coverageOf(probes: readonly ZenProbe[], { vips, checks }: Covered): Coverage {
  const fronts = probes.filter(({ role }) => role === "vip");
  const serving = fronts.filter(({ skip }) => skip === null);
  const probed = new Set(serving.filter((probe) => probe.coveredBy.length > 0).map(({ farm }) => farm));
  const unprobed = [...new Set(serving.map(({ farm }) => farm))].filter((farm) => !probed.has(farm));
  const ports = new Set(fronts.filter(({ ip }) => vips.includes(ip)).map(({ port }) => port));
  const gone = Object.entries(checks).flatMap(([name, check]) => {
    const watchesClosed = check.protocol === "tcp" && check.expect === "closed";
    return watchesClosed || ports.has(check.port) ? [] : [name];
  });
  return { unprobed, gone };
}
