// How large and how long-lived the functions are. Pure; needs model.
import type { Resolved } from "../shared/model/resolved.ts";

/** Handshakes that a Lambda of 128 MB (a fourteenth of a processor) finishes within their deadlines, side by side. */
const TLS_CHECKS_SMALL = 20;
/** Boxes whose plain checks it finishes, and whose sockets fit beside the SDK. */
const BOXES_SMALL = 100;

/** Node with the SDK keeps 71 MB to itself in probe and 76 MB in failover after some hundred calls (`docs/deploy.md`). */
const SMALL_MB = 128;
const LARGE_MB = 256;
const HUGE_MB = 512;

/** What is not TLS: a bare connection, plain HTTP, and DNS over UDP. The mail protocols may or may not speak it. */
const PLAIN = new Set(["tcp", "http", "dns"]);

/** Reads before the pass, writes after it, and the two seconds that the functions keep for winding up. */
const OVERHEAD_S = 9;

/** Lambda's own time limit is 900 s, but a minute's schedule must not meet the next one. */
const MOST_S = 60;

/** By shard: how many boxes, and how many TLS checks are asked of them. The largest shard decides. */
function largestShard({ boxes, checks, shards }: Resolved): { boxes: number; tls: number } {
  const tally = Array.from({ length: shards }, () => ({ boxes: 0, tls: 0 }));
  for (const box of Object.values(boxes)) {
    const shard = tally[box.shard];
    if (!shard) continue;
    shard.boxes += 1;
    shard.tls += box.checks.filter((name) => !PLAIN.has(checks[name]?.check.protocol ?? "")).length;
  }
  return {
    boxes: Math.max(0, ...tally.map(({ boxes }) => boxes)),
    tls: Math.max(0, ...tally.map(({ tls }) => tls)),
  };
}

/**
 * | boxes a shard | TLS checks a shard | probe  |
 * | ------------- | ------------------ | ------ |
 * | up to 100     | up to 20           | 128 MB |
 * | up to 100     | more               | 256 MB |
 * | more          | any                | 256 MB |
 */
export function probeMemoryMB(config: Resolved): number {
  const { boxes, tls } = largestShard(config);
  return boxes <= BOXES_SMALL && tls <= TLS_CHECKS_SMALL ? SMALL_MB : LARGE_MB;
}

/**
 * Failover is the one that somebody waits for, and often cold: its first call takes 0.3 s of a whole processor, which are
 * 4 s at 128 MB and 2 s at 256 MB. It reads every shard's reports.
 */
export function failoverMemoryMB({ boxes }: Resolved): number {
  return Object.keys(boxes).length <= BOXES_SMALL ? LARGE_MB : HUGE_MB;
}

/**
 * A pass asks every check (its longest timeout), asks again until the spread has passed (and the last attempt's timeout),
 * and writes. It gets no less than the interval, after which the next slot's report would outrank its own anyway.
 */
export function probeTimeoutS({ intervalS, checks, confirm }: Resolved): number {
  const longestMs = Math.max(0, ...Object.values(checks).map(({ check }) => check.timeoutMs));
  const passS = Math.ceil((2 * longestMs + confirm.spreadMs) / 1000) + OVERHEAD_S;
  return Math.min(MOST_S, Math.max(intervalS, passS));
}

/** Reads of the zone (10 s a page at the very worst), of the table, and some rounds against other writers. */
export const FAILOVER_TIMEOUT_S = 30;

/** An upload of 4 MiB is unpacked, cleaned of secrets, compared and packed again. */
export const API_MB = 512;

/** API Gateway itself gives up after 30 s. */
export const API_TIMEOUT_S = 29;
