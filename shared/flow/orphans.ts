import { ordersOf } from "../decide/intents.ts";
import type { Ownership } from "../model/fact.ts";
import { fenceNameOf } from "../model/fence.ts";
import type { OperateOutcome } from "../model/operate.ts";
import type { SteerPorts } from "./decision.ts";

/**
 * Names that were begun or adopted, never given back, and that the configuration no longer has: nobody withdraws there any
 * more. Whether their fences still stand is not looked up: their zones may be the configuration's no longer.
 */
export async function withOrphans<T extends OperateOutcome>(
  outcome: T,
  { config, clock, store }: Pick<SteerPorts, "config" | "clock" | "store">,
): Promise<T> {
  const { ownership } = ordersOf(await store.orders(), clock.nowMs());
  const configured = new Set(config.pools.flatMap(({ names }) => names.map(({ name }) => name)));
  const orphans = [...ownership.values()].filter(({ name, did }) => did === "adopt" && !configured.has(name));
  return orphans.length === 0
    ? outcome
    : { ...outcome, text: [outcome.text, orphans.map(note).join("\n")].join("\n\n") };
}

function note({ name, pool }: Ownership): string {
  const fence = fenceNameOf(name);
  return `? ${name} was of pool ${pool} and is no longer configured. While its fence (TXT ${fence}) stands, its records stay as they are and nobody withdraws there: configure it again and \`npx lifeboat release --name '${name}'\`, or delete the fence.`;
}
