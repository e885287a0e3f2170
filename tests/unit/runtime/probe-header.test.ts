import { describe, expect, test } from "vitest";
import { UserError } from "../../../shared/model/errors.ts";
import { probeHeaderSchema } from "../../../shared/model/probe-header.ts";
import { readProbeHeader } from "../../../shared/runtime/probe-header.ts";
import { base, env, faultsOf, spoil } from "../resolve/base.ts";
import { resolveConfig } from "../../../shared/resolve/resolve.ts";

const probeHeader = { name: "X-Lifeboat", secret: "LIFEBOAT_PROBE_SECRET" };
const value = "0123456789abcdef";

describe("the header that firewalls know the probes by", () => {
  test("none is configured: no secret is wanted", () => {
    expect(readProbeHeader({}, {})).toBeUndefined();
  });

  test("its value comes from the environment", () => {
    expect(readProbeHeader({ probeHeader }, { LIFEBOAT_PROBE_SECRET: value })).toEqual({ name: "X-Lifeboat", value });
    const other = { ...probeHeader, secret: "LIFEBOAT_WAF" };
    expect(readProbeHeader({ probeHeader: other }, { LIFEBOAT_WAF: value })).toEqual({ name: "X-Lifeboat", value });
  });

  test.each([
    [undefined, "LIFEBOAT_PROBE_SECRET is not set; the header X-Lifeboat needs it"],
    ["short", /^LIFEBOAT_PROBE_SECRET must be 16 to 256 printable ASCII characters without spaces; /],
    [`${value}\r\nHost: evil`, /^LIFEBOAT_PROBE_SECRET must be/],
  ])("%j is refused, and not repeated", (given, fault) => {
    const read = () => readProbeHeader({ probeHeader }, { LIFEBOAT_PROBE_SECRET: given });
    expect(read).toThrow(UserError);
    expect(read).toThrow(fault);
    expect(read).not.toThrow(/evil|short/);
  });

  test.each([
    [{ name: "Host" }, "name"],
    [{ name: "User-Agent" }, "name"],
    [{ name: "X A" }, "name"],
    [{ name: "X-A", secret: "LIFEBOAT_KEY" }, "secret"],
    [{ name: "X-A", secret: "LIFEBOAT_TOKEN" }, "secret"],
    [{ name: "X-A", secret: "LIFEBOAT_HEARTBEAT_URL" }, "secret"],
    [{ name: "X-A", secret: "LIFEBOAT_TABLE" }, "secret"],
    [{ name: "X-A", secret: "AWS_SECRET_ACCESS_KEY" }, "secret"],
  ])("%j is no header to configure", (given, at) => {
    expect(probeHeaderSchema.safeParse(given).error?.issues.map(({ path }) => path.join("."))).toEqual([at]);
  });

  test("the resolved configuration holds its names and no value", () => {
    const input = spoil(base(), "probeHeader", { name: "X-Lifeboat" });
    expect(resolveConfig(input, env).resolved.probeHeader).toEqual(probeHeader);
    expect(faultsOf(spoil(base(), "probeHeader", { name: "X-Lifeboat", value }))[0]).toMatch(/^probeHeader.value: /);
  });

  test.each(["Zürich", "(ops)", "a\nb"])("a contact that no header can carry is refused: %j", (contact) => {
    expect(faultsOf(spoil(base(), "contact", contact))[0]).toMatch(/^contact: [^]* must be printable ASCII/);
  });
});
