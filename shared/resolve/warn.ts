// What works, but badly. Pure; needs model, schedule.
import type { Check } from "../model/check.ts";
import type { Config } from "../model/config.ts";
import type { Resolved } from "../model/resolved.ts";
import { predictWorstCase } from "../schedule/predict.ts";
import type { Note } from "./path.ts";

/** A client may keep an answer this long after it was withdrawn; more, and the TTL is the longest part of an outage. */
const TTL_S = 60;
const WORST_CASE_S = 40;

/** Every warning, in the order of the file. */
export function warn(config: Config, resolved: Resolved): Note[] {
  return [
    ...warnRegions(config),
    ...warnTime(resolved),
    ...warnChecks(config),
    ...config.pools.flatMap(warnPool),
    ...warnAddresses(config),
    ...warnVips(config),
  ];
}

function warnRegions({ regions }: Config): Note[] {
  const path = ["regions"];
  if (regions.length === 1)
    return [{ path, text: "one region cannot tell its own network's fault from a load balancer's; list three" }];
  if (regions.length % 2 === 1) return [];
  const fewer = regions.length - 1;
  const text =
    fewer === 1
      ? "with two regions nothing is withdrawn while either is lost; list three"
      : `${regions.length} regions bear the loss of no more than ${fewer} do; list an odd number`;
  return [{ path, text }];
}

function warnTime(resolved: Resolved): Note[] {
  const { hangS, refusedS } = predictWorstCase(resolved);
  const worstS = Math.max(hangS, refusedS);
  if (worstS <= WORST_CASE_S) return [];
  const text = `a dead load balancer may serve ${worstS.toFixed(1)} s before Route 53 is asked to withdraw it; shorten the interval or the timeouts, or add a region`;
  return [{ path: ["intervalS"], text }];
}

function warnChecks({ checks, pools }: Config): Note[] {
  return Object.entries(checks).flatMap(([name, check]) => {
    const notes: Note[] = [];
    if (check.port === 25)
      notes.push({
        path: ["checks", name, "port"],
        text: "no Lambda without a VPC reaches port 25, so this check will never vote; ask 587 or 465",
      });
    notes.push(...warnTls(check).map(({ path, text }) => ({ path: ["checks", name, ...path], text })));
    if (!pools.some((pool) => pool.checks.includes(name)))
      notes.push({ path: ["checks", name], text: "no pool lists it, so it is never asked" });
    return notes;
  });
}

/** The ports on which servers greet in the clear, and those where TLS comes first (RFC 8314, 3.1 to 3.3). */
const implicitPorts = { smtp: { 25: 465, 587: 465 }, imap: { 143: 993 }, pop3: { 110: 995 } } as const;

function warnTls(check: Check): Note[] {
  switch (check.protocol) {
    case "smtp":
    case "imap":
    case "pop3": {
      const ports: Readonly<Record<number, number>> = implicitPorts[check.protocol];
      const port = check.tls === "implicit" ? ports[check.port] : undefined;
      if (port === undefined) return [];
      return [
        {
          path: ["port"],
          text: `servers begin in the clear on ${check.port}, so TLS from the first byte fails; ask ${port}`,
        },
      ];
    }
    case "tcp":
      return (check.script ?? []).flatMap((step, index) => {
        if (!("starttls" in step) || step.starttls.host !== undefined || step.starttls.certificate === "ignore")
          return [];
        const text = "is missing, so the certificate must be for the bare address; set the name that it is for";
        return [{ path: ["script", index, "starttls", "host"], text }];
      });
    default:
      return [];
  }
}

function warnPool(pool: Config["pools"][number], index: number): Note[] {
  const path = ["pools", index];
  const notes: Note[] = [];
  if (pool.ttlS > TTL_S)
    notes.push({
      path: [...path, "ttlS"],
      text: `clients keep a withdrawn address for up to ${pool.ttlS} s; ${TTL_S} is the usual`,
    });
  if (pool.floor.count === pool.loadBalancers.length)
    notes.push({
      path: [...path, "floor"],
      text: `${floorSentence(pool.floor.count)}, so nothing will ever be withdrawn`,
    });
  const islands = new Set(pool.loadBalancers.map(({ island }) => island));
  if (islands.size === 1 && pool.loadBalancers.length > 1)
    notes.push({
      path: [...path, "loadBalancers"],
      text: `all stand on island '${[...islands].join("")}' and share its fate; a second island would survive it`,
    });
  return notes;
}

function floorSentence(count: number): string {
  return count === 1 ? "the floor keeps the only load balancer" : `the floor keeps all ${count} load balancers`;
}

/** `vips` are what NAT hides. */
function warnVips({ pools }: Config): Note[] {
  return pools.flatMap((pool, index) =>
    pool.loadBalancers.flatMap(({ address, vips }, place) => {
      const at = vips.indexOf(address);
      const path = ["pools", index, "loadBalancers", place, "vips", at];
      return at < 0 ? [] : [{ path, text: `'${address}' is its public address, which is counted anyway; remove it` }];
    }),
  );
}

function warnAddresses({ pools }: Config): Note[] {
  const first = new Map<string, string>();
  const said = new Set<string>();
  return pools.flatMap((pool, index) =>
    pool.loadBalancers.flatMap(({ id, address }, place) => {
      const other = first.get(address) ?? id;
      first.set(address, other);
      if (other === id || said.has(id)) return [];
      said.add(id);
      const path = ["pools", index, "loadBalancers", place, "address"];
      return [
        { path, text: `'${address}' is also the address of '${other}': they are probed twice and fail together` },
      ];
    }),
  );
}
