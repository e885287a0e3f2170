import { describe, expect, it } from "vitest";
import { createZones, type Zones } from "../../local/embedded/route53/zones.ts";
import { resolveLocally, zoneNameOf } from "../../local/resolve.ts";
import type { ConfigInput } from "../../shared/model/config.ts";
import { UserError } from "../../shared/model/errors.ts";

type Names = ConfigInput["pools"][number]["names"];

function configOf(names: Names): ConfigInput {
  return {
    owner: "test",
    home: "eu-west-1",
    regions: ["eu-west-1"],
    allowLocal: true,
    checks: { web: { protocol: "http", port: 80 } },
    islands: { north: {} },
    pools: [
      { id: "lb", names, checks: ["web"], loadBalancers: [{ id: "lb1", island: "north", address: "127.0.0.1" }] },
    ],
  };
}

async function resolved(names: Names, zones?: Zones) {
  const all = zones ?? (await createZones());
  const { resolved } = await resolveLocally(configOf(names), all);
  const zoneOf = new Map(all.list().map(({ id, name }) => [id, name]));
  return {
    names: resolved.pools.flatMap((pool) => pool.names.map(({ name, zoneId }) => `${name} in ${zoneOf.get(zoneId)}`)),
    zones: all.list().map(({ name }) => name),
  };
}

describe("the zone of a name", () => {
  it.each([
    ["lb.example.test", "example.test"],
    ["a.b.c.example.test", "example.test"],
    ["example.test", "example.test"],
    ["*.example.test", "example.test"],
    ["lb.example.co.uk", "example.co.uk"],
    ["example.com.au", "example.com.au"],
    ["co.uk", "co.uk"],
  ])("of %s is %s", (name, zone) => {
    expect(zoneNameOf(name)).toBe(zone);
  });
});

describe("a configuration on one machine", () => {
  it("gets a hosted zone for each name that has none, one for names of one domain", async () => {
    const { names, zones } = await resolved(["lb.example.test", "example.test", "*.example.test", "lb.example.org"]);
    expect(names).toEqual([
      "lb.example.test in example.test",
      "example.test in example.test",
      "*.example.test in example.test",
      "lb.example.org in example.org",
    ]);
    expect(zones).toEqual(["example.org", "example.test"]);
  });

  it("takes the deepest zone that is there already", async () => {
    const zones = await createZones();
    await zones.create({ name: "example.test" });
    await zones.create({ name: "eu.example.test" });
    const found = await resolved(["lb.eu.example.test", "lb.us.example.test"], zones);
    expect(found.names).toEqual(["lb.eu.example.test in eu.example.test", "lb.us.example.test in example.test"]);
    expect(found.zones).toHaveLength(2);
  });

  it("gets the zones that it names by id, with that id", async () => {
    const zones = await createZones();
    await resolved(
      [
        { name: "lb.example.test", zoneId: "Z0EXAMPLE1" },
        { name: "b.example.test", zoneId: "Z0EXAMPLE1" },
      ],
      zones,
    );
    expect(zones.list().map(({ id, name }) => [id, name])).toEqual([["Z0EXAMPLE1", "example.test"]]);
  });

  it("is told when a name does not lie in the zone that it gives", async () => {
    const wrong = resolved([
      { name: "lb.example.test", zoneId: "Z0EXAMPLE1" },
      { name: "lb.example.org", zoneId: "Z0EXAMPLE1" },
    ]);
    await expect(wrong).rejects.toBeInstanceOf(UserError);
    await expect(wrong).rejects.toThrow(
      "'lb.example.org' is given the zoneId Z0EXAMPLE1, which is the zone of 'example.test'",
    );
  });

  it("is told every fault", async () => {
    const zones = await createZones();
    const faulty = resolveLocally({ ...configOf(["lb"]), owner: "" }, zones);
    await expect(faulty).rejects.toBeInstanceOf(UserError);
    await expect(faulty).rejects.toThrow(/owner[^]*'lb' has no domain/);
    expect(zones.list()).toEqual([]);
  });
});
