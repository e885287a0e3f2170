import { describe, expect, it } from "vitest";
import { judgeAddress6 } from "../../../shared/resolve/address6.ts";
import { resolveConfig } from "../../../shared/resolve/resolve.ts";
import { base, env, faultsOf, spoil } from "./base.ts";

const strict = { allowLocal: false, examples: false };

describe("judgeAddress6", () => {
  it.each([
    ["2a01:4f8:1::1", undefined],
    ["2A01:4F8:1:0:0:0:0:1", undefined],
    ["2001:db8::1", /example address/],
    ["fe80::1", /link-local/],
    ["fd00::1", /private/],
    ["ff02::1", /multicast/],
    ["::1", /loopback/],
    ["::ffff:192.0.2.1", /loopback or mapped/],
    ["3fff::1", /example address/],
    ["fec0::1", /site-local/],
    ["100::1", /outside 2000::/],
    ["64:ff9b::a00:1", /outside 2000::/],
    ["5f00::1", /outside 2000::/],
    ["4000::1", /outside 2000::/],
    ["2001::1", /Teredo and ORCHID/],
    ["2001:20::1", /Teredo and ORCHID/],
    ["2001:1ff:ffff::1", /Teredo and ORCHID/],
    ["2001:200::1", undefined],
    ["2620:4f:8000::1", /AS112/],
    ["2620:4f:8001::1", undefined],
    ["2002:a00:1::1", /is the 6to4 address \(RFC 3056\) of 10.0.0.1, which is no public one/],
    ["2002:808:808::1", undefined],
    ["3ffe:ffff::1", undefined],
    ["192.0.2.1", /is not an IPv6 address/],
    ["[2a01:4f8:1::1]", /is not an IPv6 address/],
    ["fe80::1%eth0", /is not an IPv6 address/],
    ["2a01:4f8:1::1/64", /is not an IPv6 address/],
    ["", /is not an IPv6 address/],
  ])("%s", (text, fault) => {
    expect(judgeAddress6(text, strict) ?? "can be served").toMatch(fault ?? /^can be served$/);
  });

  it("lets local addresses through where the service is on one machine, and examples where nothing is probed", () => {
    expect(judgeAddress6("::1", { allowLocal: true, examples: false })).toBeUndefined();
    expect(judgeAddress6("2001:db8::1", { allowLocal: false, examples: true })).toBeUndefined();
  });
});

describe("a load balancer's address6", () => {
  const at = "pools[0].loadBalancers[0].address6";
  it("is refused with its path", () => {
    expect(faultsOf(spoil(base(), at, "10.0.0.1"))).toEqual([
      `${at}: '10.0.0.1' is not an IPv6 address; give it without brackets, zone or port`,
    ]);
  });

  it("is resolved", () => {
    const { resolved } = resolveConfig(spoil(base(), at, "2a01:4f8:1::1"), env);
    expect(resolved.boxes["lb1"]?.address6).toBe("2a01:4f8:1::1");
  });
});
