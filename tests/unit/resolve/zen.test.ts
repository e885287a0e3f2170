import { describe, expect, test } from "vitest";
import { resolveConfig } from "../../../shared/resolve/resolve.ts";
import { base, env, faultsOf, spoil, warningsOf } from "./base.ts";

describe("Zen", () => {
  test("vips are one list a load balancer, over its pools, and not there where none are given", () => {
    const config = base();
    const [pool] = config.pools;
    const second = {
      ...pool,
      id: "mail",
      names: ["mail.acme.com"],
      checks: ["mail"],
      loadBalancers: [{ id: "lb1", island: "north", address: "4.1.1.1", vips: ["10.0.0.9", "10.0.0.1"] }],
    };
    const first = spoil(config, "pools[0].loadBalancers[0].vips", ["10.0.0.9"]);
    const { boxes } = resolveConfig({ ...first, pools: [...config.pools, second] }, env).resolved;
    expect(boxes["lb1"]?.vips).toEqual(["10.0.0.1", "10.0.0.9"]);
    expect(boxes["lb2"]).not.toHaveProperty("vips");
  });

  test("what is kept has its defaults filled in", () => {
    const zen = (given: unknown) => resolveConfig({ ...base(), zen: given }, env).resolved.zen;
    expect(zen({})).toEqual({ keep: { count: 200, days: 400 } });
    expect(zen({ keep: { count: 7 } })).toEqual({ keep: { count: 7, days: 400 } });
    expect(resolveConfig(base(), env).resolved).not.toHaveProperty("zen");
  });

  test("faults and warnings of both", () => {
    const vips = (...list: string[]) => spoil(base(), "pools[0].loadBalancers[0].vips", list);
    expect(faultsOf(vips("10.0.0.1", "192.168.0.1", "203.0.113.5"))).toEqual([]);
    expect(faultsOf(vips("10.0.0.1", "10.0.0.1", "x"))).toEqual([
      expect.stringMatching(/^pools\[0\]\.loadBalancers\[0\]\.vips\[2\]: 'x' is not an IPv4 address/),
      "pools[0].loadBalancers[0].vips[1]: '10.0.0.1' stands already at pools[0].loadBalancers[0].vips[0]; remove one",
    ]);
    expect(warningsOf(vips("4.1.1.1"))).toEqual([
      "pools[0].loadBalancers[0].vips[0]: '4.1.1.1' is its public address, which is counted anyway; remove it",
    ]);
    expect(faultsOf({ ...base(), zen: { keep: { count: 0, weeks: 1 } } })).toHaveLength(2);
  });
});
