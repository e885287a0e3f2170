// What a month of a deployment costs, part by part, from what the functions do while nothing is wrong. The counts of
// requests are measured: tests/infra holds them against the functions as they are deployed.
import type { Resolved } from "../shared/model/resolved.ts";
import { failoverMemoryMB, probeMemoryMB } from "../stacks/sizes.ts";
import { prices } from "./prices.ts";

/** A month of 730 hours. */
const MONTH_S = 730 * 3600;
const MONTH_MINUTES = MONTH_S / 60;

/** Lambda gives a whole processor at 1,769 MB. */
const PROCESSOR_MB = 1769;
/** Waiting for load balancers 100 ms away (connect, answer), for the table, and for another region's part of a minute. */
const SLOT_WAIT_S = 0.2;
const PLAN_WAIT_S = 0.55;
const RECONCILE_WAIT_S = 0.1;
const TURN_WAIT_S = 0.2;
/** Processor seconds, warm: a slot, each of its checks, a reconcile, and one in turn. */
const SLOT_CPU_S = 0.005;
const PLAIN_CPU_S = 0.00015;
const TLS_CPU_S = 0.003;
const RECONCILE_CPU_S = 0.01;
const TURN_CPU_S = 0.04;

/** Bytes that leave AWS for one check, headers of packets and all. A bare connection is three packets: SYN, ACK, RST. */
const EGRESS_BYTES = { tcp: 160, http: 450, dns: 100, tls: 1500 };
const LOG_LINE_BYTES = 260;
const REPORT_BYTES = 400;

/** Lambda polls an idle queue with five connections, each waiting up to 20 s. */
const POLLERS = 5;
const POLL_S = 20;
const SQS_BATCH = 10;

/** History stays this long. */
const HISTORY_DAYS = 7;
const HISTORY_BYTES_A_CHECK = 12;

/** Alarms of a region. */
export const ALARMS_A_REGION = 5;

/** What a calm slot reads (consistently) and writes. Latencies are written once a minute. */
export const slotRequests = { reads: 3, writes: 1 };

type Fleet = { regions: number; activePools: number; observingPools: number };

/**
 * Reads of one reconcile: consistent ones of what is this region's own, cheaper ones (half) of the others'. In turn the
 * zone, the evidence, what was told of a freeze and each pool come on top.
 */
export function reconcileReads({ regions }: Fleet): { consistent: number; eventual: number } {
  return { consistent: 5, eventual: 3 * (regions - 1) };
}

export function turnReads({ regions, activePools, observingPools }: Fleet): { consistent: number; eventual: number } {
  const pools = activePools + observingPools;
  return { consistent: 6 + pools + observingPools, eventual: 4 * (regions - 1) + pools * regions };
}

/** A view of each pool, and that the turn was taken. */
export function turnWrites({ activePools, observingPools }: Fleet): number {
  return 1 + activePools + observingPools;
}

export type Part = { name: string; dollars: number; because: string };

/** The monthly bill, in the order of the way of the data. */
export function billOf(config: Resolved): Part[] {
  const regions = config.regions.length;
  const { shards, intervalS } = config;
  const slots = (MONTH_S / intervalS) * regions * shards;
  const minutes = MONTH_MINUTES * regions;
  const checks = countChecks(config);
  const compute = lambdaParts(config, slots, minutes, checks);
  return [
    ...compute,
    { name: "Scheduler", dollars: minutes * 2 * prices.schedulerCall, because: "two schedules a minute and region" },
    {
      name: "SQS",
      dollars: sqsRequests(config, slots) * prices.sqsRequest,
      because: "slots, and Lambda's polls of an idle queue",
    },
    ...tableParts(config, slots, minutes, checks.all),
    { name: "egress", dollars: egress(config) * prices.egressGb, because: "packets to the load balancers" },
    {
      name: "logs",
      dollars: (((slots + minutes) * LOG_LINE_BYTES) / 1e9) * (prices.logsGb + prices.logsKeptGb),
      because: "one line a slot, kept a month",
    },
    { name: "alarms", dollars: regions * ALARMS_A_REGION * prices.alarm, because: `${ALARMS_A_REGION} a region` },
  ];
}

type Checks = { all: number; tls: number };

/** Questions asked in one pass over all shards. */
function countChecks({ boxes, checks }: Resolved): Checks {
  const protocols = Object.values(boxes).flatMap((box) =>
    box.checks.map((name) => checks[name]?.check.protocol ?? "tcp"),
  );
  return { all: protocols.length, tls: protocols.filter((protocol) => kindOf(protocol) === "tls").length };
}

function kindOf(protocol: string): keyof typeof EGRESS_BYTES {
  return protocol === "tcp" || protocol === "http" || protocol === "dns" ? protocol : "tls";
}

function lambdaParts(config: Resolved, slots: number, minutes: number, { all, tls }: Checks): Part[] {
  const probeMB = probeMemoryMB(config);
  const failoverMB = failoverMemoryMB(config);
  const passCpuS = SLOT_CPU_S + ((all - tls) * PLAIN_CPU_S + tls * TLS_CPU_S) / config.shards;
  const slotS = SLOT_WAIT_S + onProcessor(passCpuS, probeMB);
  const planS = PLAN_WAIT_S + onProcessor(SLOT_CPU_S, probeMB);
  const reconcileS = RECONCILE_WAIT_S + onProcessor(RECONCILE_CPU_S, failoverMB);
  const turnS = TURN_WAIT_S + onProcessor(TURN_CPU_S, failoverMB);
  const turns = MONTH_MINUTES;
  const failoverS = (minutes - turns) * reconcileS + turns * turnS;
  const price = (seconds: number, megabytes: number, requests: number): number =>
    seconds * (megabytes / 1024) * prices.lambdaGbS + requests * prices.lambdaRequest;
  return [
    {
      name: "probe",
      dollars: price(slots * slotS, probeMB, slots),
      because: `${round(slotS)} s a slot at ${probeMB} MB`,
    },
    { name: "planning", dollars: price(minutes * planS, probeMB, minutes), because: "every minute and region" },
    { name: "reconcile", dollars: price(failoverS, failoverMB, minutes), because: "every minute and region, in turns" },
  ];
}

function onProcessor(seconds: number, megabytes: number): number {
  return (seconds * PROCESSOR_MB) / megabytes;
}

/** A message is sent in a batch, received and deleted. A poll that it ends early is followed by another. */
function sqsRequests({ regions, shards, intervalS }: Resolved, slots: number): number {
  const aMinute = (60 / intervalS) * shards;
  const betweenS = (POLLERS * 60) / aMinute;
  const pollS = betweenS * (1 - Math.exp(-POLL_S / betweenS));
  const polls = (POLLERS * 60) / pollS;
  const sends = shards * Math.ceil(60 / intervalS / SQS_BATCH);
  return regions.length * MONTH_MINUTES * (polls + sends) + slots;
}

function tableParts(config: Resolved, slots: number, minutes: number, checks: number): Part[] {
  const regions = config.regions.length;
  const observingPools = config.pools.filter(({ mode }) => mode === "observe").length;
  const fleet = { regions, activePools: config.pools.length - observingPools, observingPools };
  const historyBytes = 100 + (checks / config.shards) * HISTORY_BYTES_A_CHECK;
  const histories = minutes * config.shards * Math.ceil(historyBytes / 1024);
  const [each, turn] = [reconcileReads(fleet), turnReads(fleet)];
  const reads =
    slots * slotRequests.reads +
    minutes * (config.shards + each.consistent + each.eventual / 2) +
    MONTH_MINUTES * (turn.consistent + turn.eventual / 2);
  const writes = slots * slotRequests.writes + MONTH_MINUTES * turnWrites(fleet);
  const keptGb = (minutes * config.shards * historyBytes * regions * (HISTORY_DAYS / 30.4)) / 1e9;
  const replicated = ((slots * REPORT_BYTES + minutes * historyBytes) * (regions - 1)) / 1e9;
  return [
    {
      name: "table: writes",
      dollars: writes * regions * prices.dynamodbWrite,
      because: `each billed in ${regions} regions`,
    },
    { name: "table: reads", dollars: reads * prices.dynamodbRead, because: "by slots, and by reconcile" },
    {
      name: "history",
      // What expires is deleted for nothing where it was written, and as a write in every other region.
      dollars:
        histories * (regions + regions - 1) * prices.dynamodbWrite +
        keptGb * (prices.dynamodbGb + prices.dynamodbBackupGb),
      because: `latencies each minute, kept ${HISTORY_DAYS} days`,
    },
    { name: "replication", dollars: replicated * prices.otherRegionGb, because: "between regions" },
  ];
}

/** GB a month. */
function egress({ boxes, checks, regions, intervalS }: Resolved): number {
  const bytes = Object.values(boxes)
    .flatMap((box) => box.checks.map((name) => EGRESS_BYTES[kindOf(checks[name]?.check.protocol ?? "tcp")]))
    .reduce((total, one) => total + one, 0);
  return ((MONTH_S / intervalS) * regions.length * bytes) / 1e9;
}

/**
 * Route 53's own checks for the same work: one for each check of each box, and one for the box that joins them. Options
 * of a check: an interval of 10 s where ours is below 30 s, HTTPS, and a string to be found. What Route 53 cannot ask
 * (mail, DNS, a certificate) is counted as the TCP connect that would stand in for it.
 */
export function route53Bill({ boxes, checks, intervalS }: Resolved): number {
  return Object.values(boxes).reduce((total, box) => {
    const asked = box.checks.flatMap((name) => checks[name]?.check ?? []);
    const options = asked.reduce((sum, check) => {
      const tls = check.protocol === "https" ? 1 : 0;
      const search = (check.protocol === "http" || check.protocol === "https") && check.contains !== undefined ? 1 : 0;
      return sum + tls + search + (intervalS < 30 ? 1 : 0);
    }, 0);
    return total + asked.length * prices.route53Check + options * prices.route53Option + prices.route53Calculated;
  }, 0);
}

export function totalOf(parts: readonly Part[]): number {
  return parts.reduce((total, { dollars }) => total + dollars, 0);
}

function round(seconds: number): number {
  return Math.round(seconds * 100) / 100;
}
