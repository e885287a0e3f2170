import { describe, expect, test } from "vitest";
import { attempt, attemptsFor } from "../../../shared/flow/attempts.ts";
import type { Finding } from "../../../shared/model/finding.ts";
import { createFakeClock } from "../../fakes/clock.ts";
import { config, down, hung, up } from "../decide/base.ts";

const START_MS = 1_000_000;
const never = new AbortController().signal;
const check = { protocol: "tcp", port: 80, votes: true, timeoutMs: 2500 } as const;

/** What a box that fails until a moment (ms from the start) makes of an ask whose asker has waited so long already. */
async function ask(
  waitedMs: number,
  failsForMs: number,
  failure: Finding,
): Promise<{ kind: string; startsMs: number[]; endMs: number }> {
  const clock = createFakeClock({ startMs: START_MS });
  const startsMs: number[] = [];
  const prober = {
    async probe(): Promise<Finding> {
      const sinceMs = clock.nowMs() - START_MS;
      startsMs.push(sinceMs);
      if (sinceMs >= failsForMs) return up;
      await clock.sleep(failure === hung ? 2500 : 0);
      return failure;
    },
  };
  const lastStartMs = START_MS + Math.max(0, 3000 - waitedMs);
  const plan = attemptsFor(config(), 1, { lastStartMs, firstMs: START_MS });
  const finding = await clock.run(attempt(check, "192.0.2.1", plan, { clock, prober }, never));
  return { kind: finding.kind, startsMs, endMs: clock.nowMs() - START_MS };
}

describe("an asked region", () => {
  test.each([
    ["refuses, the asker met a refusal", 0, 60_000, down, "down", [0, 1500, 3000], 3000],
    [
      "refuses, the asker met a hang: once more, 3 s after the first",
      2500,
      60_000,
      down,
      "down",
      [0, 500, 1000, 3000],
      3000,
    ],
    ["restarts for 2 s, the asker met a hang", 2500, 2000, down, "up", [0, 500, 1000, 3000], 3000],
    ["hangs, the asker met a hang: no more is needed", 2500, 60_000, hung, "down", [0, 500, 1000], 3500],
    ["is well again at the second", 2500, 400, down, "up", [0, 500], 500],
  ])("%s", async (_title, waitedMs, failsForMs, failure, kind, startsMs, endMs) => {
    expect(await ask(waitedMs, failsForMs, failure)).toEqual({ kind, startsMs, endMs });
  });
});
