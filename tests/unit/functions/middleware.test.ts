import { beforeEach, describe, expect, test, vi } from "vitest";
import * as z from "zod/mini";
import { handle } from "../../../functions/middleware.ts";
import { UserError } from "../../../shared/model/errors.ts";
import type { Log } from "../../../shared/ports.ts";

const lines: { message: string; fields: Record<string, unknown> | undefined; requestId: string | undefined }[] = [];
let requestId: string | undefined;

vi.mock("../../../shared/runtime/log.ts", () => ({
  createLog: (): Log => ({
    info: () => undefined,
    warn: () => undefined,
    error: (message, fields) => void lines.push({ message, fields, requestId }),
  }),
  inRequest: (id: string, work: () => unknown) => {
    requestId = id;
    return work();
  },
}));

const schema = z.object({ kind: z.literal("wake"), at: z.pipe(z.string(), z.transform(Number)) });

function context(remainingMs: number) {
  return { awsRequestId: "r1", getRemainingTimeInMillis: () => remainingMs };
}

beforeEach(() => {
  lines.length = 0;
});

describe("the stack of every function", () => {
  test("hands the parsed event over and returns what it answers", async () => {
    const handler = handle("failover", schema, async (event) => ({ got: event.at + 1 }));
    expect(await handler({ kind: "wake", at: "41" }, context(30_000))).toEqual({ got: 42 });
    expect(lines).toEqual([]);
  });

  test.each([undefined, null, [null]])("an answer of %o is that answer", async (result) => {
    const handler = handle("failover", schema, async () => result);
    expect(await handler({ kind: "wake", at: "1" }, context(30_000))).toEqual(result);
  });

  test.each([undefined, null, {}, { kind: "sleep", at: "1" }, "wake"])(
    "an event %o is logged and thrown",
    async (event) => {
      const run = vi.fn<() => Promise<void>>();
      const handler = handle("failover", schema, run);
      await expect(handler(event, context(30_000))).rejects.toThrow(/no event of its/);
      expect(run).not.toHaveBeenCalled();
      expect(lines).toMatchObject([{ message: "failover failed", requestId: "r1" }]);
    },
  );

  test("what the function throws is logged under the request's id and thrown as it is", async () => {
    const error = new UserError("nothing to do");
    const handler = handle("failover", schema, () => Promise.reject(error));
    await expect(handler({ kind: "wake", at: "1" }, context(30_000))).rejects.toBe(error);
    expect(lines).toEqual([{ message: "failover failed", fields: { error }, requestId: "r1" }]);
  });

  test("the signal aborts before Lambda's end, and what is written down by then is the answer", async () => {
    let abortedMs = 0;
    const startedMs = performance.now();
    const handler = handle("failover", schema, async (_event, signal) => {
      await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
      abortedMs = performance.now() - startedMs;
      await new Promise((resolve) => setTimeout(resolve, 50));
      return "what there was";
    });
    expect(await handler({ kind: "wake", at: "1" }, context(2100))).toBe("what there was");
    expect(abortedMs).toBeGreaterThan(80);
    expect(abortedMs).toBeLessThan(1500);
    expect(lines).toEqual([]);
  });

  test("what does not end although its signal aborted is ended, logged and thrown", async () => {
    const startedMs = performance.now();
    const handler = handle("failover", schema, () => new Promise(() => undefined));
    await expect(handler({ kind: "wake", at: "1" }, context(2000))).rejects.toThrow(/did not end in time/);
    expect(performance.now() - startedMs).toBeGreaterThan(1700);
    expect(lines).toMatchObject([{ message: "failover failed", requestId: "r1" }]);
  });

  test("the signal of one that ended in time never aborts", async () => {
    let kept: AbortSignal | undefined;
    const handler = handle("failover", schema, async (_event, signal) => {
      kept = signal;
    });
    await handler({ kind: "wake", at: "1" }, context(2020));
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(kept?.aborted).toBe(false);
  });
});
