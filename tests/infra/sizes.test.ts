import { describe, expect, it } from "vitest";
import type { ConfigInput } from "../../shared/model/config.ts";
import type { Resolved } from "../../shared/model/resolved.ts";
import { resolveConfig } from "../../shared/resolve/resolve.ts";
import { failoverMemoryMB, FAILOVER_TIMEOUT_S, probeMemoryMB, probeTimeoutS } from "../../stacks/sizes.ts";
import { config } from "./configs.ts";

function resolved(boxes: number, checks: ConfigInput["checks"], more: Partial<ConfigInput> = {}): Resolved {
  const loadBalancers = Array.from({ length: boxes }, (_, at) => {
    return { id: `lb${at}`, island: "north", address: `11.0.${Math.floor(at / 250)}.${at % 250}` };
  });
  // Route 53 takes 100 weighted records a name.
  const pools = Array.from({ length: Math.ceil(boxes / 100) }, (_, at) => ({
    id: `pool${at}`,
    names: [`n${at}.example.com`],
    checks: Object.keys(checks),
    loadBalancers: loadBalancers.slice(at * 100, at * 100 + 100),
  }));
  return resolveConfig({ ...config, ...more, checks, pools }, { cfg: 1, zones: () => ({ zoneId: "Z" }) }).resolved;
}

const tcp = { port: { protocol: "tcp", port: 443 } } as const;
const https = { ...tcp, page: { protocol: "https", host: "lb.example.com" } } as const;
const two = { ...https, tls: { protocol: "tls", port: 993, host: "lb.example.com" } } as const;

describe("probe's memory", () => {
  it.each([
    [20, "plain", tcp, 128],
    [100, "plain", tcp, 128],
    [101, "plain", tcp, 256],
    [20, "TLS", https, 128],
    [21, "TLS", https, 256],
    [10, "twice TLS", two, 128],
    [11, "twice TLS", two, 256],
  ] as const)("%i boxes with %s checks", (boxes, _kind, checks, wanted) => {
    expect(probeMemoryMB(resolved(boxes, checks))).toBe(wanted);
  });

  it("is decided by the largest shard", () => {
    const many = resolved(520, tcp);
    expect([many.shards, probeMemoryMB(many)]).toEqual([2, 256]);
  });
});

describe("probe's time limit", () => {
  it.each([
    [30, 2500, 30],
    [60, 2500, 60],
    [10, 2500, 17],
    [5, 1000, 14],
    [20, 10_000, 32],
  ] as const)("at %i s and checks of %i ms", (intervalS, timeoutMs, wanted) => {
    const checks = { port: { protocol: "tcp", port: 443, timeoutMs } } as const;
    expect(probeTimeoutS(resolved(1, checks, { intervalS }))).toBe(wanted);
  });
});

describe("failover", () => {
  it.each([
    [100, 256],
    [101, 512],
  ])("with %i boxes gets %i MB", (boxes, wanted) => expect(failoverMemoryMB(resolved(boxes, tcp))).toBe(wanted));

  it("ends before it is called for the next minute", () => expect(FAILOVER_TIMEOUT_S).toBeLessThan(60));
});
