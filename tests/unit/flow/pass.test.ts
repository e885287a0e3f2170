// One pass over a large shard: what is not worth asking once an address is known not to connect.
import { expect, it } from "vitest";
import type { Finding } from "../../../shared/model/finding.ts";
import { type Question, questionsOf, runPass } from "../../../shared/flow/pass.ts";
import { resolveConfig } from "../../../shared/resolve/resolve.ts";
import { createFakeClock } from "../../fakes/clock.ts";
import { base, env } from "../resolve/base.ts";

/** More questions than a pass asks at once. */
const BOXES = 400;
const POOLS = 4;

/**
 * The answer to `first` is that nobody does; to the other check it is that it is up. Returns what was not asked. `met`: the
 * checks that have been seen up from here; `lists`: the checks of each of the pools that share the load balancers.
 */
async function asked(
  first: "tcp" | "udp",
  { met = ["names", "web"], lists = [["names", "web"]] } = {},
): Promise<string[]> {
  const { resolved } = resolveConfig(
    {
      ...base(),
      checks: {
        names: { protocol: "dns", name: "example.com", transport: first },
        web: { protocol: "http", host: "example.com" },
      },
      pools: lists.flatMap((checks, list) =>
        Array.from({ length: POOLS }, (_pool, pool) => ({
          id: `web${pool}-${list}`,
          names: [`lb${pool}-${list}.example.com`],
          checks,
          loadBalancers: Array.from({ length: BOXES / POOLS }, (_, at) => ({
            id: `lb${pool}-${at}`,
            island: "north",
            address: `4.1.${pool}.${at + 1}`,
          })),
        })),
      ),
    },
    env,
  );
  const nobody: Finding = { kind: "down", ms: 9, reason: "timeout", phase: "connect", detail: "nobody" };
  const clock = createFakeClock({ startMs: 0 });
  const answers = new Map<string, Finding>();
  const questions: Question[] = questionsOf(resolved, Object.values(resolved.boxes));
  const prober = {
    probe: async ({ protocol }: { protocol: string }): Promise<Finding> =>
      protocol === "dns" ? nobody : { kind: "up", ms: 1 },
  };
  await clock.run(
    runPass(
      resolved,
      questions,
      { clock, prober },
      ({ box, check, finding }) => answers.set(`${box} ${check}`, finding),
      new AbortController().signal,
      Object.fromEntries(met.map((name) => [resolved.checks[name]?.digest ?? "", 1])),
    ),
  );
  expect(answers.size).toBe(2 * BOXES);
  return [...answers].flatMap(([key, finding]) => (finding.kind === "unknown" ? [`${key}: ${finding.detail}`] : []));
}

it("asks no more of an address that does not connect than it has begun to", async () => {
  const left = await asked("tcp");
  expect(left).toHaveLength(50);
  expect(left[0]).toMatch(/^lb\d+-\d+ web: not asked: the address does not connect$/);
});

it("goes on asking an address of which only a datagram was not answered", async () => {
  expect(await asked("udp")).toEqual([]);
});

it("goes on asking where the check that does not connect was never reached from here, as port 25 is not", async () => {
  expect(await asked("tcp", { met: ["web"] })).toEqual([]);
  expect(await asked("tcp", { met: [] })).toEqual([]);
});

it("goes on asking for the pool that has another check: the failure of this one withdraws it from its own pool alone", async () => {
  expect(await asked("tcp", { lists: [["names"], ["web"]] })).toEqual([]);
});
