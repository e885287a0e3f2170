import type { Fact } from "../model/fact.ts";
import type { Report } from "../model/report.ts";
import type { Pool, Resolved } from "../model/resolved.ts";
import type { DnsRecord } from "../model/record.ts";
import type { Seen, Status } from "../model/status.ts";
import type { View } from "../model/view.ts";
import { ordersOf } from "./intents.ts";
import { voteAgeMs } from "./votes.ts";

/**
 * The state of the service in one piece, from what the regions wrote and operators ordered. Records are those of the
 * newest view of each pool; shares are Route 53's: weight over sum, all equal where all are 0.
 */
export function statusOf(input: {
  config: Resolved;
  reports: readonly Report[];
  views: readonly View[];
  /** Undefined: they cannot be read, which hides nothing else. */
  orders: readonly Fact[] | undefined;
  nowMs: number;
}): Status {
  const { config, reports, orders, nowMs } = input;
  const { frozen } = ordersOf(orders ?? [], nowMs);
  return {
    atMs: nowMs,
    owner: config.owner,
    intervalS: config.intervalS,
    quorum: config.quorum,
    ...(orders ? {} : { ordersUnread: true as const }),
    ...(frozen ? { frozen: { who: frozen.who, why: frozen.why, atMs: frozen.atMs } } : {}),
    regions: config.regions.map((region) => {
      const own = reports.filter((report) => report.region === region);
      const newestMs = Math.max(...own.map(({ answeredMs }) => answeredMs));
      const age = own.length > 0 ? { reportAgeS: Math.max(0, Math.round((nowMs - newestMs) / 100) / 10) } : {};
      return { region, ...age, blind: own.some(({ blind }) => blind) };
    }),
    pools: config.pools.map((pool) => poolStatus(pool, input)),
  };
}

type Input = Parameters<typeof statusOf>[0];

function poolStatus(pool: Pool, { config, reports, views, nowMs }: Input): Status["pools"][number] {
  const view = views.filter((one) => one.pool === pool.id).sort((a, b) => b.atMs - a.atMs)[0];
  return {
    id: pool.id,
    open: view?.open ?? false,
    names: pool.names.map(({ name }) => {
      const records = view?.names.find((one) => one.name === name)?.records ?? [];
      const others = records.filter(({ weight }) => weight === undefined).map(labelOf);
      return { name, records: sharesOf(records), ...(others.length > 0 ? { others } : {}) };
    }),
    boxes: pool.members.flatMap(({ box: id, setIdentifier }) => {
      const box = config.boxes[id];
      if (!box) return [];
      const decided = view?.boxes[id];
      return [
        {
          id,
          island: box.island,
          address: box.address,
          ...(decided ? { weight: decided.weight } : {}),
          ...(view ? { inDns: weightsIn(view, setIdentifier) } : {}),
          verdict: decided?.verdict ?? ("undecided" as const),
          because: decided?.because ?? "",
          ...(decided?.barredUntilS === undefined ? {} : { barredUntilS: decided.barredUntilS }),
          seen: config.regions.map((region) => {
            const report = reports.find((one) => one.region === region && one.shard === box.shard);
            return seenBy(region, id, report, nowMs, voteAgeMs(config.intervalS * 1000));
          }),
        },
      ];
    }),
  };
}

/** What the names of a pool have of a load balancer: one weight, unless they differ. */
function weightsIn({ names }: View, setIdentifier: string): (number | null)[] {
  const weights = names.map(({ records }) => {
    const own = records.find((one) => one.type === "A" && one.setIdentifier === setIdentifier);
    return own?.weight ?? null;
  });
  return [...new Set(weights)];
}

function labelOf({ type, setIdentifier, values }: DnsRecord): string {
  return [type, ...(setIdentifier === undefined ? [] : [`'${setIdentifier}'`]), values.join(" ") || "an alias"].join(
    " ",
  );
}

/** Weighted records with the share of the answers that each gets (Route 53 guide, weighted routing). */
export function sharesOf(records: readonly DnsRecord[]): Status["pools"][number]["names"][number]["records"] {
  const weighted = records.filter(({ weight }) => weight !== undefined);
  const sum = weighted.reduce((total, { weight = 0 }) => total + weight, 0);
  return weighted.map(({ setIdentifier = "", values, weight = 0 }) => {
    const share = sum === 0 ? 1 / weighted.length : weight / sum;
    return { setIdentifier, value: values.join(" "), weight, share };
  });
}

function seenBy(region: string, box: string, report: Report | undefined, nowMs: number, ageMs: number): Seen {
  if (!report || nowMs - report.answeredMs > ageMs) return { region, state: "silent", detail: "no fresh report" };
  if (report.blind) return { region, state: "unknown", detail: "nothing at all answers this region" };
  const findings = Object.entries(report.boxes[box] ?? {}).map(([check, { finding }]) => ({ check, finding }));
  for (const { check, finding } of findings) {
    if (finding.kind === "down") return { region, state: "down", detail: `${check}: ${finding.detail}` };
  }
  for (const { check, finding } of findings) {
    if (finding.kind === "unknown") return { region, state: "unknown", detail: `${check}: ${finding.detail}` };
  }
  return { region, state: "up", detail: "" };
}
