// A name that is dropped from the configuration is left as it stands, and that is said.
import { expect, it } from "vitest";
import { failover } from "../../../shared/flow/failover.ts";
import type { Command } from "../../../shared/model/operate.ts";
import { outcomeSchema } from "../../../shared/model/operate.ts";
import { createWorld, NAME, reconcileInTurn, type World } from "./base.ts";

const WWW = "www.example.com";

/** What is answered by a deploy whose configuration has these names only. */
async function answered(world: World, names: readonly string[], command: Command): Promise<string> {
  const ports = world.ports();
  const pools = ports.config.pools.map((pool) => ({
    ...pool,
    names: pool.names.filter(({ name }) => names.includes(name)),
  }));
  const event = { kind: "operate" as const, who: "ann", command };
  const run = failover(event, { ...ports, config: { ...ports.config, pools } }, new AbortController().signal);
  return outcomeSchema.parse(await world.clock.run(run)).text;
}

async function settled(): Promise<World> {
  const world = createWorld((config) => ({
    ...config,
    pools: config.pools.map((pool) => ({ ...pool, names: [NAME, WWW] })),
  }));
  await world.report();
  await reconcileInTurn(world);
  return world;
}

it.each([{ do: "plan", what: "apply" }, { do: "explain" }] satisfies Command[])(
  "$do tells of a name that Lifeboat began and that is no longer configured, until it was given back",
  async (command) => {
    const world = await settled();
    expect(await answered(world, [NAME, WWW], command)).not.toContain("no longer configured");
    expect(await answered(world, [NAME], command)).toMatch(
      /\? www\.example\.com was of pool web and is no longer configured\. While its fence \(TXT _lifeboat\.www\.example\.com\)/,
    );
    const asked = { what: "release" as const, names: [WWW] };
    await world.clock.advance(1000);
    const plan = await world.run({ kind: "operate", who: "ann", command: { do: "plan", ...asked } });
    const { checksum = "" } = outcomeSchema.parse(plan);
    await answered(world, [NAME, WWW], { do: "carry-out", ...asked, checksum });
    expect(await answered(world, [NAME], command)).not.toContain("no longer configured");
  },
);
